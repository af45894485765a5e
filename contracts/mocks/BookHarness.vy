# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Book harness
@notice Stands where a market's book stands, so that tests propose fills to the clearinghouse
        directly, with resting sizes they choose.
@custom:units 18 decimals throughout.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IOrderBook
from contracts.modules import limits

_CLEARINGHOUSE: immutable(IClearinghouse)

_open: HashMap[uint256, IOrderBook.OpenSize]
result: public(IClearinghouse.FillResult)


@deploy
def __init__(clearinghouse: address):
    _CLEARINGHOUSE = IClearinghouse(clearinghouse)


@external
def fill(
    market: uint256,
    taker: uint256,
    is_buy: bool,
    forced: bool,
    fills: DynArray[IClearinghouse.MakerFill, limits.MAX_FILLS],
):
    """
    @notice Propose a trade; the outcome stays readable in `result`.
    """
    self.result = extcall _CLEARINGHOUSE.fill(market, taker, is_buy, forced, fills)


@external
def admit(market: uint256, account: uint256, buys_wad: uint256, sells_wad: uint256):
    """
    @notice Claim that `account` has these sizes resting and ask whether it may.
    """
    self._open[account] = IOrderBook.OpenSize(buys_wad=buys_wad, sells_wad=sells_wad)
    extcall _CLEARINGHOUSE.admit(market, account)


@external
def set_open(account: uint256, buys_wad: uint256, sells_wad: uint256):
    """
    @notice Change what rests without asking.
    """
    self._open[account] = IOrderBook.OpenSize(buys_wad=buys_wad, sells_wad=sells_wad)


@view
@external
@reentrant
def open_size(account: uint256) -> IOrderBook.OpenSize:
    """
    @notice What was set.
    """
    return self._open[account]


@view
@external
@reentrant
def top(impact_notional_wad: uint256) -> IOrderBook.Top:
    """
    @notice An empty book.
    """
    return empty(IOrderBook.Top)
