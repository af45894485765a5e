# pragma version 0.4.3
"""
@title Search for the mark at which an account falls below maintenance
@notice For tests that hold a closed form against it: halves a range of ticks by moving a scripted
        mark and asking the clearinghouse's own health. Meant to be read, which leaves no trace.
@custom:units Prices quote per base, 18 decimals.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarkPrice


interface IScriptedMark:
    def price(market: uint256) -> IMarkPrice.MarketPrice: view
    def set_price(market: uint256, market_price: IMarkPrice.MarketPrice): nonpayable


MAX_HALVINGS: constant(uint256) = 64  # of a range of ticks

_CLEARINGHOUSE: immutable(IClearinghouse)
_MARK: immutable(IScriptedMark)


@deploy
def __init__(clearinghouse: address, mark: address):
    _CLEARINGHOUSE = IClearinghouse(clearinghouse)
    _MARK = IScriptedMark(mark)


@external
def edge(account: uint256, market: uint256, tick_wad: uint256, ticks: uint256) -> (uint256, bool):
    """
    @notice The last mark, from a tick up to so many, at which the account is as it is at one tick,
            and whether that is below maintenance. A tick higher it is not so any more.
    """
    failing: bool = self._is_failing(account, market, tick_wad)
    if self._is_failing(account, market, ticks * tick_wad) == failing:
        return ticks * tick_wad, failing
    low: uint256 = 1
    high: uint256 = ticks
    for halving: uint256 in range(MAX_HALVINGS):
        if high - low == 1:
            break
        middle: uint256 = (low + high) // 2
        if self._is_failing(account, market, middle * tick_wad) == failing:
            low = middle
        else:
            high = middle
    return low * tick_wad, failing


@internal
def _is_failing(account: uint256, market: uint256, mark_wad: uint256) -> bool:
    price: IMarkPrice.MarketPrice = staticcall _MARK.price(market)
    price.mark_wad = mark_wad
    extcall _MARK.set_price(market, price)
    allowed: bool = False
    health: IClearinghouse.Health = empty(IClearinghouse.Health)
    allowed, health = staticcall _CLEARINGHOUSE.liquidation_health(account, market)
    return health.equity_wad < convert(health.maintenance_wad, int256)
