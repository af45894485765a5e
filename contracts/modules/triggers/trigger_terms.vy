# pragma version 0.4.3
"""
@title What may be programmed, and what a trigger's order asks for and brings
@notice Checks of a new trigger's fields, the size of its order, the average price of its fill, and
        whether the market's status and guardian let it act. Pure.
@custom:units 18 decimals: prices quote per base, sizes base, tips quote, trail and slippage ratios.
"""

from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams
from contracts.modules import limits
from contracts.modules import oracle_status
from contracts.modules.math import fixed_point
from contracts.modules.triggers import trigger_rules


struct NewTrigger:
    kind: uint256  # 0 STOP_LOSS, 1 TAKE_PROFIT, 2 TRAILING_STOP
    size_wad: uint256  # most it takes off the position; WHOLE: all of it, whatever it is by then
    trigger_wad: uint256  # mark at which it fires; 0 for a trailing stop
    trail_wad: uint256  # distance of a trailing stop from the best mark; 0 for the others
    slippage_wad: uint256  # fills no worse than trigger * (1 -+ slippage)
    tip_wad: uint256  # prepaid for its execution
    group: uint256  # 1..255: triggers that cancel each other; 0: none


# What a call knows of a market.
struct MarketSnapshot:
    market: uint256
    price: IMarkPrice.MarketPrice
    risk: IMarketParams.Risk
    grid: IMarketParams.Grid


WHOLE: constant(uint256) = 2**128 - 1


@internal
@pure
def _check_fields(
    new: NewTrigger, t: trigger_rules.Trigger, snapshot: MarketSnapshot, position_wad: uint256
):
    trails: bool = new.kind == trigger_rules.TRAILING_STOP
    assert new.kind <= trigger_rules.TRAILING_STOP, "triggers: unknown kind"
    assert trails == (new.trail_wad != 0) and trails != (
        new.trigger_wad != 0
    ), "triggers: a trail or a price, by kind"
    assert (
        new.trail_wad < limits.WAD and new.slippage_wad < limits.WAD
    ), "triggers: ratio is 1 or more"
    assert new.group < 256, "triggers: group out of range"
    # An eighth of the range, so that neither a limit nor a product overflows.
    assert (
        snapshot.grid.tick_wad <= t.price_wad and t.price_wad >> 125 == 0
    ), "triggers: price out of range"
    if new.size_wad != WHOLE:
        assert (
            new.size_wad % snapshot.grid.lot_wad == 0 and 0 < new.size_wad and new.size_wad < WHOLE
        ), "triggers: size is not in lots"
        assert new.size_wad >= position_wad or not self._is_dust(
            new.size_wad, min(t.price_wad, snapshot.price.mark_wad), snapshot
        ), "triggers: too small to be an order"
    assert new.tip_wad >> 128 == 0, "triggers: tip out of range"


@internal
@pure
def _asked_wad(
    t: trigger_rules.Trigger, due_wad: uint256, held_wad: uint256, snapshot: MarketSnapshot
) -> uint256:
    """
    @dev What the order asks for. The book judges a reduce-only order before it cuts it to the
         position, so that a position too small for an order can be closed by one large enough.
    """
    if t.size_wad < held_wad or not self._is_dust(due_wad, snapshot.price.mark_wad, snapshot):
        return due_wad
    least_wad: uint256 = fixed_point._div_wad_up(
        snapshot.grid.min_notional_wad, snapshot.price.mark_wad
    )
    return fixed_point._mul_div_up(least_wad, 1, snapshot.grid.lot_wad) * snapshot.grid.lot_wad


@internal
@pure
def _average(flow_wad: int256, filled_wad: uint256, snapshot: MarketSnapshot) -> uint256:
    """
    @dev Average price of a fill from what it brought or cost, the taker fee taken out again.
         What trades is worth a whole number of ticks times lots, which undoes the fee's rounding.
    """
    rate: uint256 = (
        limits.BPS - snapshot.risk.taker_fee_bps
        if flow_wad > 0
        else limits.BPS + snapshot.risk.taker_fee_bps
    )
    unit_wad: uint256 = fixed_point._mul_wad_down(snapshot.grid.tick_wad, snapshot.grid.lot_wad)
    gross_wad: uint256 = fixed_point._mul_div_down(
        convert(abs(flow_wad), uint256), limits.BPS, rate
    )
    gross_wad = (gross_wad + unit_wad // 2) // unit_wad * unit_wad
    return fixed_point._div_wad_down(gross_wad, filled_wad)


@internal
@pure
def _check_may_act(snapshot: MarketSnapshot):
    assert self._may_act(snapshot), "triggers: stopped by oracle status or pause"


@internal
@pure
def _may_act(snapshot: MarketSnapshot) -> bool:
    return (
        oracle_status._mode(snapshot.price.status, oracle_status.TRIGGER) == oracle_status.YES
        and (snapshot.risk.paused >> oracle_status.TRIGGER) & 1 == 0
    )


@internal
@pure
def _is_dust(size_wad: uint256, price_wad: uint256, snapshot: MarketSnapshot) -> bool:
    return fixed_point._mul_wad_down(size_wad, price_wad) < snapshot.grid.min_notional_wad


@internal
@pure
def _purse(account: uint256, from_cross: bool) -> uint256:
    return account >> 96 << 96 if from_cross else account
