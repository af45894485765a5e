# pragma version 0.4.3
"""
@title The price ladder alone
@notice Exposes `price_ladder` to tests.
"""

from contracts.modules.book import price_ladder

initializes: price_ladder


@external
def set_rung(rung: uint256):
    price_ladder._set(rung, False)


@external
def set_solid(rung: uint256):
    price_ladder._set(rung, True)


@external
def raise_solid(rung: uint256):
    price_ladder._raise(rung, True)


@external
def lower_solid(rung: uint256):
    price_ladder._lower(rung, False)


@external
def clear_rung(rung: uint256):
    price_ladder._clear(rung)


@view
@external
def best(is_buy: bool) -> uint256:
    return price_ladder._best(is_buy)


@view
@external
def first_from(rung: uint256) -> uint256:
    return price_ladder._first_from(rung, False)


@view
@external
def first_solid_from(rung: uint256) -> uint256:
    return price_ladder._first_from(rung, True)


@view
@external
def after(rung: uint256) -> uint256:
    return price_ladder._after(rung, False)


@pure
@external
def lowest_bit(word: uint256) -> uint256:
    return price_ladder._lowest_bit(word)


@pure
@external
def rung_of(is_buy: bool, tick: uint256) -> uint256:
    return price_ladder._rung(is_buy, tick)


@pure
@external
def tick_of(rung: uint256) -> uint256:
    return price_ladder._tick(rung)
