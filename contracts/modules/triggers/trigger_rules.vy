# pragma version 0.4.3
"""
@title When a trigger fires, and what it then asks for
@notice Pure: a trigger and a mark come in, a price comes out. A trigger sells for a long and buys
        for a short.
@custom:units Prices are quote per base, ratios fractions of one, 18 decimals.
"""

from contracts.modules import limits
from contracts.modules.book import price_ladder
from contracts.modules.math import fixed_point


struct Trigger:
    trigger_id: uint256
    account: uint256  # 0: no such trigger
    market: uint256
    kind: uint256
    is_long: bool  # side of the position it guards
    from_cross: bool  # its tip came out of the owner's cross account and goes back there
    group: uint256  # one cancels the other; 0: none
    epoch: uint256  # of the position it was programmed for
    trail_wad: uint256  # of a trailing stop: distance from the peak, as a ratio
    slippage_wad: uint256  # worst fill, as a ratio of the trigger price
    price_wad: uint256  # trigger price; of a trailing stop the best mark since
    size_wad: uint256  # most it may still take off the position
    tip_wad: uint256  # what is left of the prepaid tip


STOP_LOSS: constant(uint256) = 0
TAKE_PROFIT: constant(uint256) = 1
TRAILING_STOP: constant(uint256) = 2


@internal
@pure
def _trigger_price(t: Trigger) -> uint256:
    """
    @dev A trailing stop's is rounded away from the mark, so that the odd wei does not fire it.
    """
    if t.kind != TRAILING_STOP:
        return t.price_wad
    if t.is_long:
        return fixed_point._mul_wad_down(t.price_wad, limits.WAD - t.trail_wad)
    return fixed_point._mul_wad_up(t.price_wad, limits.WAD + t.trail_wad)


@internal
@pure
def _is_met(t: Trigger, mark_wad: uint256) -> bool:
    """
    @dev Stops fire when the mark is as bad as their price, take-profits when it is as good.
    """
    fires_below: bool = t.is_long != (t.kind == TAKE_PROFIT)
    trigger_wad: uint256 = self._trigger_price(t)
    return mark_wad <= trigger_wad if fires_below else mark_wad >= trigger_wad


@internal
@pure
def _limit_price(t: Trigger, tick_wad: uint256) -> uint256:
    """
    @dev trigger * (1 -+ slippage) on the grid, rounded so that it is never worse than programmed.
         Made from the trigger alone: whoever executes it, whenever, can't move it.
    """
    trigger_wad: uint256 = self._trigger_price(t)
    if t.is_long:
        least_wad: uint256 = fixed_point._mul_wad_up(trigger_wad, limits.WAD - t.slippage_wad)
        return max(fixed_point._mul_div_up(least_wad, 1, tick_wad), 1) * tick_wad
    most_wad: uint256 = fixed_point._mul_wad_down(trigger_wad, limits.WAD + t.slippage_wad)
    return min(most_wad // tick_wad, price_ladder.MAX_TICK) * tick_wad


@internal
@pure
def _best(t: Trigger, mark_wad: uint256) -> uint256:
    """
    @dev The best mark a trailing stop has seen: it only ever tightens.
    """
    return max(t.price_wad, mark_wad) if t.is_long else min(t.price_wad, mark_wad)
