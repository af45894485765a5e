# pragma version 0.4.3
"""
@title Reserves of a constant-product pool, in one word, and what follows from them
@notice Price, product and what a trade gives. Both reserves are counted by the importer, whatever
        the tokens say.
@custom:units `_raw` is in a token's own decimals, `_wad` 18 decimals; the price is quote per base,
              in whole tokens; `_bps` is 1e-4.
"""

from contracts.modules import limits
from contracts.modules.index import price_history
from contracts.modules.math import fixed_point


struct Reserves:
    base_raw: uint256
    quote_raw: uint256
    count: uint256  # of observations of the price, ever; 0 before the first liquidity


MAX_RESERVE_WAD: constant(uint256) = 2**112 - 1  # 5e15 whole tokens
MAX_DECIMALS: constant(uint256) = 18
_RAW_MASK: constant(uint256) = 2**112 - 1
_COUNT_MASK: constant(uint256) = 2**32 - 1

_FEE_BPS: immutable(uint256)
_WAD_PER_BASE_RAW: immutable(uint256)
_WAD_PER_QUOTE_RAW: immutable(uint256)

# base_raw 112 | quote_raw 112 | count 32
_reserves: uint256


@deploy
def __init__(fee_bps: uint256, base_decimals: uint256, quote_decimals: uint256):
    assert base_decimals <= MAX_DECIMALS, "spot pool: too many decimals"
    assert quote_decimals <= MAX_DECIMALS, "spot pool: too many decimals"
    _FEE_BPS = fee_bps
    _WAD_PER_BASE_RAW = 10**(MAX_DECIMALS - base_decimals)
    _WAD_PER_QUOTE_RAW = 10**(MAX_DECIMALS - quote_decimals)


@internal
@view
def _load() -> Reserves:
    word: uint256 = self._reserves
    return Reserves(
        base_raw=word >> 144,
        quote_raw=(word >> 32) & _RAW_MASK,
        count=word & _COUNT_MASK,
    )


@internal
def _store(reserves: Reserves) -> uint256:
    """
    @dev Refuses reserves that are too large, or whose price no history can hold.
    @return The new price.
    """
    assert self._product_wad(reserves.base_raw, reserves.quote_raw) != 0, "spot pool: empty"
    price_wad: uint256 = self._price_wad(reserves)
    assert price_wad != 0, "spot pool: price too low"
    assert price_wad <= price_history.MAX_PRICE_WAD, "spot pool: price too high"
    self._reserves = (reserves.base_raw << 144) | (reserves.quote_raw << 32) | reserves.count
    return price_wad


@internal
@view
def _price_wad(reserves: Reserves) -> uint256:
    """
    @dev Rounded down; 0 before the first liquidity.
    """
    if reserves.count == 0:
        return 0
    base_wad: uint256 = reserves.base_raw * _WAD_PER_BASE_RAW
    return fixed_point._div_wad_down(reserves.quote_raw * _WAD_PER_QUOTE_RAW, base_wad)


@internal
@view
def _product_wad(base_raw: uint256, quote_raw: uint256) -> uint256:
    """
    @dev The square of the liquidity, which is the geometric mean of the two reserves.
    """
    assert max(base_raw, quote_raw) <= MAX_RESERVE_WAD, "spot pool: reserve too large"
    base_wad: uint256 = base_raw * _WAD_PER_BASE_RAW
    quote_wad: uint256 = quote_raw * _WAD_PER_QUOTE_RAW
    assert max(base_wad, quote_wad) <= MAX_RESERVE_WAD, "spot pool: reserve too large"
    return base_wad * quote_wad


@internal
@view
def _out_raw_down(reserves: Reserves, is_buy: bool, amount_in_raw: uint256) -> uint256:
    """
    @dev What keeps the product of the reserves, were the fee not paid in: rounded for the pool.
    """
    reserve_in_raw: uint256 = reserves.quote_raw if is_buy else reserves.base_raw
    reserve_out_raw: uint256 = reserves.base_raw if is_buy else reserves.quote_raw
    assert amount_in_raw <= MAX_RESERVE_WAD, "spot pool: reserve too large"
    paid: uint256 = amount_in_raw * (limits.BPS - _FEE_BPS)
    return fixed_point._mul_div_down(reserve_out_raw, paid, reserve_in_raw * limits.BPS + paid)
