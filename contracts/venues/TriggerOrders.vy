# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Trigger orders
@license MIT
@notice Stop-losses, take-profits and trailing stops of a position, several of each, programmed
        when it is opened or later, executed by anyone for a prepaid tip.

An owner who wants them names this contract as operator in the vault. It then does what the owner
programmed and nothing else: its one order nobody else sent is a reduce-only IOC for a trigger whose
price the mark of the block has reached, never larger than trigger or position, never worse than
trigger * (1 -+ slippage), which no caller can move. All other calls for an account need its owner
or an operator of the owner's.

A trigger belongs to the position it was programmed for: once that has closed or changed sign, it is
dead whatever is opened later, and anyone may `bury` it. What the book can't fill stays armed.
Triggers of one group (of one account and market) cancel each other: what one fills the others lose
in size, and the first to complete cancels the rest.

Tips are cash of this contract's own account, so the clearinghouse's one sum stays the whole of
conservation. They leave the owner's account by the rule of a withdrawal, since that is what a tip
can amount to: free cash at hand is needed, before a position at high leverage is opened or in the
owner's cross account. A keeper earns the share of the tip that it filled of what was due; what is
not earned goes back where it came from.
@custom:units `_wad` is 18 decimals: prices quote per base, sizes base, tips quote, trail and
              slippage ratios.
@custom:invariant The cash of this contract's account covers the tips of all triggers that stand; a
                  trailing stop's price never loosens; no fill opens, flips or outlives a position.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarginVault
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams
from contracts.interfaces import IOrderEntry
from contracts.modules import codes
from contracts.modules import limits
from contracts.modules import oracle_status
from contracts.modules.margin import liquidation_price
from contracts.modules.margin import risk
from contracts.modules.math import fixed_point
from contracts.modules.triggers import trigger_rules
from contracts.modules.triggers import trigger_slots

initializes: trigger_slots


event TriggerProgrammed:
    trigger_id: indexed(uint256)
    account: indexed(uint256)
    market: indexed(uint256)
    kind: uint256
    is_long: bool
    size_wad: uint256
    trigger_wad: uint256
    trail_wad: uint256
    slippage_wad: uint256
    tip_wad: uint256
    group: uint256
    mark_wad: uint256


event TriggerRatcheted:
    trigger_id: indexed(uint256)
    account: indexed(uint256)
    trigger_wad: uint256
    mark_wad: uint256


event TriggerExecuted:
    trigger_id: indexed(uint256)
    account: indexed(uint256)
    keeper: indexed(address)
    mark_wad: uint256
    trigger_wad: uint256
    limit_wad: uint256
    filled_wad: uint256
    average_wad: uint256  # price of what was filled; 0: nothing was
    left_wad: uint256  # due now and not filled; 0: done
    tip_wad: uint256


event TriggerReduced:
    trigger_id: indexed(uint256)
    account: indexed(uint256)
    size_wad: uint256


event TriggerCancelled:
    trigger_id: indexed(uint256)
    account: indexed(uint256)
    reason: uint256
    refund_wad: uint256


event TriggerDied:
    trigger_id: indexed(uint256)
    account: indexed(uint256)
    refund_wad: uint256


struct NewTrigger:
    kind: uint256  # 0 STOP_LOSS, 1 TAKE_PROFIT, 2 TRAILING_STOP
    size_wad: uint256  # most it takes off the position; WHOLE: all of it, whatever it is by then
    trigger_wad: uint256  # mark at which it fires; 0 for a trailing stop
    trail_wad: uint256  # distance of a trailing stop from the best mark; 0 for the others
    slippage_wad: uint256  # fills no worse than trigger * (1 -+ slippage)
    tip_wad: uint256  # prepaid for its execution
    group: uint256  # 1..255: triggers that cancel each other; 0: none


struct TriggerState:
    trigger_id: uint256
    account: uint256
    market: uint256
    kind: uint256
    is_long: bool
    is_alive: bool  # the position it was programmed for still stands
    size_wad: uint256
    trigger_wad: uint256
    limit_wad: uint256
    trail_wad: uint256
    tip_wad: uint256
    group: uint256


# What a call knows of a market.
struct Scene:
    market: uint256
    price: IMarkPrice.MarketPrice
    risk: IMarketParams.Risk
    grid: IMarketParams.Grid


_MAX_TRIGGERS: constant(uint256) = trigger_slots.MAX_TRIGGERS
WHOLE: constant(uint256) = 2**128 - 1

# Why a trigger was cancelled
BY_OWNER: constant(uint256) = 0
SIBLING_FILLED: constant(uint256) = 1
TOO_SMALL: constant(uint256) = 2  # what was left is below the market's smallest order

_CLEARINGHOUSE: immutable(IClearinghouse)
_PARAMS: immutable(IMarketParams)
_MARK: immutable(IMarkPrice)
_VAULT: immutable(IMarginVault)


@deploy
def __init__(clearinghouse: address, params: address, mark: address, vault: address):
    """
    @param vault Who may act for an account.
    """
    _CLEARINGHOUSE = IClearinghouse(clearinghouse)
    _PARAMS = IMarketParams(params)
    _MARK = IMarkPrice(mark)
    _VAULT = IMarginVault(vault)


# Programming


@external
def open_with_bracket(
    account: uint256,
    market: uint256,
    order: IOrderEntry.NewOrder,
    triggers: DynArray[NewTrigger, _MAX_TRIGGERS],
    from_cross: bool,
) -> DynArray[uint256, _MAX_TRIGGERS]:
    """
    @notice Open a position at once and program its stops, take-profits and trailing stops, all or
            nothing. Only the account's owner or operator.
    @param order An IOC or FOK order that opens; it must fill something.
    @param triggers What guards the position, each as in `program`.
    @param from_cross Pay the tips out of the owner's cross account instead of `account`.
    @return The triggers' ids.
    """
    self._check_actor(account)
    assert order.kind == codes.IOC or order.kind == codes.FOK, "triggers: opening order would rest"
    self._prepay(account, triggers, from_cross)
    scene: Scene = self._scene(market)
    order_id: uint256 = 0
    filled_wad: uint256 = 0
    order_id, filled_wad = extcall IOrderEntry(scene.risk.book).place(
        account, order, limits.MAX_FILLS
    )
    size_wad: int256 = staticcall _CLEARINGHOUSE.size_of(account, market)
    assert (
        filled_wad != 0 and size_wad != 0 and (size_wad > 0) == order.is_buy
    ), "triggers: nothing was opened"
    return self._program(account, scene, triggers, from_cross)


@external
def program(
    account: uint256,
    market: uint256,
    triggers: DynArray[NewTrigger, _MAX_TRIGGERS],
    from_cross: bool,
) -> DynArray[uint256, _MAX_TRIGGERS]:
    """
    @notice Program triggers for a position that is there, all or none. Only the account's owner
            or operator. Refused are a trigger that the mark has already reached, a stop that
            liquidation would come before, and a trigger too small to be an order.
    @param from_cross Pay the tips out of the owner's cross account instead of `account`.
    @return Their ids.
    """
    self._check_actor(account)
    self._prepay(account, triggers, from_cross)
    return self._program(account, self._scene(market), triggers, from_cross)


@internal
def _prepay(
    account: uint256,
    triggers: DynArray[NewTrigger, _MAX_TRIGGERS],
    from_cross: bool,
):
    total_wad: uint256 = 0
    for t: NewTrigger in triggers:
        total_wad += t.tip_wad
    if total_wad != 0:
        payer: uint256 = self._purse(account, from_cross)
        extcall _VAULT.move(payer, convert(self, uint256) << 96, total_wad)


@internal
def _program(
    account: uint256,
    scene: Scene,
    triggers: DynArray[NewTrigger, _MAX_TRIGGERS],
    from_cross: bool,
) -> DynArray[uint256, _MAX_TRIGGERS]:
    self._bury(account, scene.market)
    size_wad: int256 = staticcall _CLEARINGHOUSE.size_of(account, scene.market)
    assert size_wad != 0, "triggers: no position"
    epoch: uint256 = staticcall _CLEARINGHOUSE.epoch(account, scene.market)
    last_wad: uint256 = self._liquidation_price(account, scene)
    mark_wad: uint256 = scene.price.mark_wad
    ids: DynArray[uint256, _MAX_TRIGGERS] = []
    for new: NewTrigger in triggers:
        t: trigger_rules.Trigger = trigger_rules.Trigger(
            trigger_id=0,
            account=account,
            market=scene.market,
            kind=new.kind,
            is_long=size_wad > 0,
            from_cross=from_cross,
            group=new.group,
            epoch=epoch,
            trail_wad=new.trail_wad,
            slippage_wad=new.slippage_wad,
            price_wad=mark_wad if new.kind == trigger_rules.TRAILING_STOP else new.trigger_wad,
            size_wad=new.size_wad,
            tip_wad=new.tip_wad,
        )
        self._check_fields(new, t, scene, convert(abs(size_wad), uint256))
        trigger_wad: uint256 = trigger_rules._trigger_price(t)
        assert not trigger_rules._is_met(t, mark_wad), "triggers: would fire at once"
        if t.kind != trigger_rules.TAKE_PROFIT:
            # For a long 0 means no price liquidates it, for a short that every price does.
            assert (
                trigger_wad > last_wad if t.is_long else trigger_wad < last_wad
            ), "triggers: stop beyond the liquidation price"
        trigger_id: uint256 = trigger_slots._add(t)
        ids.append(trigger_id)
        log TriggerProgrammed(
            trigger_id=trigger_id,
            account=account,
            market=scene.market,
            kind=t.kind,
            is_long=t.is_long,
            size_wad=t.size_wad,
            trigger_wad=trigger_wad,
            trail_wad=t.trail_wad,
            slippage_wad=t.slippage_wad,
            tip_wad=t.tip_wad,
            group=t.group,
            mark_wad=mark_wad,
        )
    return ids


@internal
@pure
def _check_fields(new: NewTrigger, t: trigger_rules.Trigger, scene: Scene, position_wad: uint256):
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
        scene.grid.tick_wad <= t.price_wad and t.price_wad >> 125 == 0
    ), "triggers: price out of range"
    if new.size_wad != WHOLE:
        assert (
            new.size_wad % scene.grid.lot_wad == 0 and 0 < new.size_wad and new.size_wad < WHOLE
        ), "triggers: size is not in lots"
        assert new.size_wad >= position_wad or not self._is_dust(
            new.size_wad, min(t.price_wad, scene.price.mark_wad), scene
        ), "triggers: too small to be an order"
    assert new.tip_wad >> 128 == 0, "triggers: tip out of range"


@internal
@view
def _liquidation_price(account: uint256, scene: Scene) -> uint256:
    """
    @dev Where this market's mark alone would liquidate the account; see `liquidation_price`.
    """
    position: IClearinghouse.Position = staticcall _CLEARINGHOUSE.position(account, scene.market)
    health: IClearinghouse.Health = staticcall _CLEARINGHOUSE.health(account)
    profit_wad: int256 = risk._profit_down(position, scene.price.mark_wad)
    notional_wad: uint256 = fixed_point._mul_wad_up(
        convert(abs(position.size_wad), uint256), scene.price.mark_wad
    )
    others_wad: uint256 = health.maintenance_wad - risk._maintenance_up(notional_wad, scene.risk)
    rest_wad: int256 = health.equity_wad - profit_wad + position.quote_wad
    return liquidation_price._liquidation_price(
        position.size_wad, rest_wad - convert(others_wad, int256), scene.risk
    )


@external
def cancel(trigger_ids: DynArray[uint256, _MAX_TRIGGERS]):
    """
    @notice Take back those of the triggers that still stand, and their tips. Only owner or
            operator.
    """
    for trigger_id: uint256 in trigger_ids:
        t: trigger_rules.Trigger = trigger_slots._find(trigger_id)
        if t.account != 0:
            self._check_actor(t.account)
            self._cancel(t, BY_OWNER)


# Keeping


@external
def execute(trigger_id: uint256) -> uint256:
    """
    @notice Reduce the position of a trigger that the mark of this block has reached. Anyone may
            call. Where the book has nothing within the limit nothing is filled, no tip is paid
            and the trigger stays armed; the event tells.
    @return The size filled.
    """
    t: trigger_rules.Trigger = self._standing(trigger_id)
    scene: Scene = self._scene(t.market)
    self._check_may_act(scene)
    assert trigger_rules._is_met(t, scene.price.mark_wad), "triggers: mark has not reached it"
    limit_wad: uint256 = trigger_rules._limit_price(t, scene.grid.tick_wad)
    due_wad: uint256 = 0
    filled_wad: uint256 = 0
    average_wad: uint256 = 0
    due_wad, filled_wad, average_wad = self._reduce(t, scene, limit_wad)
    earned_wad: uint256 = fixed_point._mul_div_down(t.tip_wad, filled_wad, due_wad)
    log TriggerExecuted(
        trigger_id=trigger_id,
        account=t.account,
        keeper=msg.sender,
        mark_wad=scene.price.mark_wad,
        trigger_wad=trigger_rules._trigger_price(t),
        limit_wad=limit_wad,
        filled_wad=filled_wad,
        average_wad=average_wad,
        left_wad=due_wad - filled_wad,
        tip_wad=earned_wad,
    )
    if filled_wad == 0:
        return 0

    self._pay(convert(msg.sender, uint256) << 96, earned_wad)
    done: bool = filled_wad == due_wad
    if done:
        trigger_slots._remove(trigger_id)
    else:
        t.tip_wad -= earned_wad
        self._shrink(t, filled_wad, scene)
    if t.group != 0:
        self._tell_siblings(t, filled_wad, done, scene)
    return filled_wad


@external
def ratchet(trigger_id: uint256) -> uint256:
    """
    @notice Let a trailing stop follow the mark of this block, if that is its best so far. Anyone
            may call.
    @return Its trigger price.
    """
    t: trigger_rules.Trigger = self._standing(trigger_id)
    assert t.kind == trigger_rules.TRAILING_STOP, "triggers: does not trail"
    scene: Scene = self._scene(t.market)
    self._check_may_act(scene)
    best_wad: uint256 = trigger_rules._best(t, scene.price.mark_wad)
    if best_wad != t.price_wad:
        t.price_wad = best_wad
        trigger_slots._change(t)
        log TriggerRatcheted(
            trigger_id=trigger_id,
            account=t.account,
            trigger_wad=trigger_rules._trigger_price(t),
            mark_wad=scene.price.mark_wad,
        )
    return trigger_rules._trigger_price(t)


@external
def bury(account: uint256, market: uint256) -> uint256:
    """
    @notice Remove an account's triggers whose position is gone; their tips go back. Anyone may
            call.
    @return How many.
    """
    return self._bury(account, market)


@internal
@view
def _standing(trigger_id: uint256) -> trigger_rules.Trigger:
    t: trigger_rules.Trigger = trigger_slots._find(trigger_id)
    assert t.account != 0, "triggers: no such trigger"
    assert self._is_alive(t), "triggers: its position is gone"
    return t


@internal
def _reduce(
    t: trigger_rules.Trigger, scene: Scene, limit_wad: uint256
) -> (uint256, uint256, uint256):
    """
    @dev The one order this contract sends on its own: reduce-only, immediate or cancel.
    @return What was due, what was filled, and the average price of that.
    """
    held_wad: uint256 = self._held(t)
    due_wad: uint256 = min(t.size_wad, held_wad) // scene.grid.lot_wad * scene.grid.lot_wad
    assert due_wad != 0, "triggers: nothing to reduce"
    asked_wad: uint256 = due_wad
    if t.size_wad >= held_wad and self._is_dust(due_wad, scene.price.mark_wad, scene):
        # The book judges a reduce-only order before it cuts it to the position, so that a
        # position too small for an order can be closed by one that is large enough.
        least_wad: uint256 = fixed_point._div_wad_up(
            scene.grid.min_notional_wad, scene.price.mark_wad
        )
        asked_wad = fixed_point._mul_div_up(least_wad, 1, scene.grid.lot_wad) * scene.grid.lot_wad
    owed_wad: int256 = staticcall _CLEARINGHOUSE.funding_owed(t.account, t.market)
    before_wad: int256 = self._worth(t) - owed_wad
    order_id: uint256 = 0
    filled_wad: uint256 = 0
    order_id, filled_wad = extcall IOrderEntry(scene.risk.book).place(
        t.account,
        IOrderEntry.NewOrder(
            is_buy=not t.is_long,
            size_wad=asked_wad,
            price_wad=limit_wad,
            kind=codes.IOC,
            reduce_only=True,
            expires_at=0,
        ),
        limits.MAX_FILLS,
    )
    if filled_wad == 0:
        return due_wad, 0, 0
    flow_wad: int256 = self._worth(t) - before_wad
    return due_wad, filled_wad, self._average(flow_wad, filled_wad, scene)


@internal
@pure
def _average(flow_wad: int256, filled_wad: uint256, scene: Scene) -> uint256:
    """
    @dev Average price of a fill from what it brought or cost, the taker fee taken out again.
         What trades is worth a whole number of ticks times lots, which undoes the fee's rounding.
    """
    rate: uint256 = (
        limits.BPS - scene.risk.taker_fee_bps
        if flow_wad > 0
        else limits.BPS + scene.risk.taker_fee_bps
    )
    unit_wad: uint256 = fixed_point._mul_wad_down(scene.grid.tick_wad, scene.grid.lot_wad)
    gross_wad: uint256 = fixed_point._mul_div_down(
        convert(abs(flow_wad), uint256), limits.BPS, rate
    )
    gross_wad = (gross_wad + unit_wad // 2) // unit_wad * unit_wad
    return fixed_point._div_wad_down(gross_wad, filled_wad)


@internal
def _shrink(t: trigger_rules.Trigger, by_wad: uint256, scene: Scene):
    """
    @dev Take what was filled off a trigger that goes on; one too small to be an order ends,
         unless it may close the whole position.
    """
    left: trigger_rules.Trigger = t
    if left.size_wad != WHOLE:
        left.size_wad -= by_wad
    trigger_slots._change(left)
    if left.size_wad < self._held(left) and self._is_dust(
        left.size_wad, scene.price.mark_wad, scene
    ):
        self._cancel(left, TOO_SMALL)


@internal
def _tell_siblings(t: trigger_rules.Trigger, filled_wad: uint256, done: bool, scene: Scene):
    """
    @dev One cancels the other: those of the group that are left lose what was filled, or end.
    """
    found: DynArray[trigger_rules.Trigger, _MAX_TRIGGERS] = trigger_slots._all_of(
        t.account, t.market
    )
    for sibling: trigger_rules.Trigger in found:
        if sibling.group != t.group or sibling.trigger_id == t.trigger_id:
            continue
        if done or sibling.size_wad <= filled_wad:
            self._cancel(sibling, SIBLING_FILLED)
        elif sibling.size_wad != WHOLE:
            log TriggerReduced(
                trigger_id=sibling.trigger_id,
                account=sibling.account,
                size_wad=sibling.size_wad - filled_wad,
            )
            self._shrink(sibling, filled_wad, scene)


@internal
def _bury(account: uint256, market: uint256) -> uint256:
    count: uint256 = 0
    found: DynArray[trigger_rules.Trigger, _MAX_TRIGGERS] = trigger_slots._all_of(account, market)
    for t: trigger_rules.Trigger in found:
        if not self._is_alive(t):
            count += 1
            trigger_slots._remove(t.trigger_id)
            log TriggerDied(trigger_id=t.trigger_id, account=account, refund_wad=t.tip_wad)
            self._pay(self._purse(account, t.from_cross), t.tip_wad)
    return count


@internal
def _cancel(t: trigger_rules.Trigger, reason: uint256):
    trigger_slots._remove(t.trigger_id)
    log TriggerCancelled(
        trigger_id=t.trigger_id, account=t.account, reason=reason, refund_wad=t.tip_wad
    )
    self._pay(self._purse(t.account, t.from_cross), t.tip_wad)


@internal
def _pay(recipient: uint256, amount_wad: uint256):
    # Cash inside the clearinghouse: no recipient can make this fail, whoever it is.
    if amount_wad != 0:
        extcall _CLEARINGHOUSE.pay(recipient, amount_wad)


# Views


@view
@external
def triggers_of(account: uint256, market: uint256) -> DynArray[TriggerState, _MAX_TRIGGERS]:
    """
    @notice The triggers of an account in a market, dead ones that nobody buried included.
    """
    states: DynArray[TriggerState, _MAX_TRIGGERS] = []
    found: DynArray[trigger_rules.Trigger, _MAX_TRIGGERS] = trigger_slots._all_of(account, market)
    for t: trigger_rules.Trigger in found:
        states.append(self._state(t))
    return states


@view
@external
def trigger(trigger_id: uint256) -> TriggerState:
    """
    @notice One trigger; empty if it no longer stands.
    """
    t: trigger_rules.Trigger = trigger_slots._find(trigger_id)
    return empty(TriggerState) if t.account == 0 else self._state(t)


@view
@external
def executable(trigger_id: uint256) -> bool:
    """
    @notice Whether `execute` would send its order in this block; not whether the book has depth.
    """
    t: trigger_rules.Trigger = trigger_slots._find(trigger_id)
    if t.account == 0 or not self._is_alive(t):
        return False
    scene: Scene = self._scene_at(t.market, staticcall _MARK.price(t.market))
    return (
        self._may_act(scene)
        and trigger_rules._is_met(t, scene.price.mark_wad)
        and min(t.size_wad, self._held(t)) >= scene.grid.lot_wad
        and staticcall _VAULT.may_act(t.account, self)
    )


@internal
@view
def _state(t: trigger_rules.Trigger) -> TriggerState:
    return TriggerState(
        trigger_id=t.trigger_id,
        account=t.account,
        market=t.market,
        kind=t.kind,
        is_long=t.is_long,
        is_alive=self._is_alive(t),
        size_wad=t.size_wad,
        trigger_wad=trigger_rules._trigger_price(t),
        limit_wad=trigger_rules._limit_price(t, (staticcall _PARAMS.grid(t.market)).tick_wad),
        trail_wad=t.trail_wad,
        tip_wad=t.tip_wad,
        group=t.group,
    )


# Shared


@internal
def _scene(market: uint256) -> Scene:
    return self._scene_at(market, extcall _MARK.poke(market))


@internal
@view
def _scene_at(market: uint256, price: IMarkPrice.MarketPrice) -> Scene:
    return Scene(
        market=market,
        price=price,
        risk=staticcall _PARAMS.risk(market),
        grid=staticcall _PARAMS.grid(market),
    )


@internal
@pure
def _check_may_act(scene: Scene):
    assert self._may_act(scene), "triggers: stopped by oracle status or pause"


@internal
@pure
def _may_act(scene: Scene) -> bool:
    return (
        oracle_status._mode(scene.price.status, oracle_status.TRIGGER) == oracle_status.YES
        and (scene.risk.paused >> oracle_status.TRIGGER) & 1 == 0
    )


@internal
@view
def _is_alive(t: trigger_rules.Trigger) -> bool:
    return staticcall _CLEARINGHOUSE.epoch(t.account, t.market) == t.epoch


@internal
@pure
def _is_dust(size_wad: uint256, price_wad: uint256, scene: Scene) -> bool:
    return fixed_point._mul_wad_down(size_wad, price_wad) < scene.grid.min_notional_wad


@internal
@view
def _held(t: trigger_rules.Trigger) -> uint256:
    return convert(abs(staticcall _CLEARINGHOUSE.size_of(t.account, t.market)), uint256)


@internal
@view
def _worth(t: trigger_rules.Trigger) -> int256:
    """
    @dev What trades, fees and funding move, and marks do not.
    """
    position: IClearinghouse.Position = staticcall _CLEARINGHOUSE.position(t.account, t.market)
    return staticcall _CLEARINGHOUSE.cash_of(t.account) + position.quote_wad


@internal
@pure
def _purse(account: uint256, from_cross: bool) -> uint256:
    return account >> 96 << 96 if from_cross else account


@internal
@view
def _check_actor(account: uint256):
    assert staticcall _VAULT.may_act(account, msg.sender), "triggers: not owner or operator"
