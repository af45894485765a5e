# pragma version 0.4.3
"""
@title A mark price set by hand
@notice For tests of what pokes and reads the mark: anyone sets it, a poke changes nothing but
        the count of pokes.
"""

from contracts.interfaces import IMarkPrice

implements: IMarkPrice

pokes: public(uint256)
follows: public(uint256)
_prices: HashMap[uint256, IMarkPrice.MarketPrice]


@external
def set_price(market: uint256, market_price: IMarkPrice.MarketPrice):
    self._prices[market] = market_price


@external
def set_mark(market: uint256, mark_wad: uint256):
    """
    @notice A mark that nobody doubts: index, low and high are the same, status OK.
    """
    market_price: IMarkPrice.MarketPrice = empty(IMarkPrice.MarketPrice)
    market_price.mark_wad = mark_wad
    market_price.index_wad = mark_wad
    market_price.low_wad = mark_wad
    market_price.high_wad = mark_wad
    self._prices[market] = market_price


@external
def poke(market: uint256) -> IMarkPrice.MarketPrice:
    self.pokes += 1
    return self._prices[market]


@external
def poke_mark(market: uint256) -> uint256:
    self.pokes += 1
    return self._prices[market].mark_wad


@external
def follow_risk(market: uint256):
    self.follows += 1


@view
@external
def impact_notional(market: uint256) -> uint256:
    return 20_000 * 10**18


@view
@external
def is_unsafe(market: uint256) -> bool:
    return False


@view
@external
def price(market: uint256) -> IMarkPrice.MarketPrice:
    return self._prices[market]
