# pragma version 0.4.3
"""
@title A book whose top is set by hand
@notice For tests of what reads `top`: anyone sets it, the impact notional is not looked at.
"""

from contracts.interfaces import IOrderBook

_top: IOrderBook.Top


@external
def set_top(top: IOrderBook.Top):
    self._top = top


@view
@external
def top(impact_notional_wad: uint256) -> IOrderBook.Top:
    return self._top
