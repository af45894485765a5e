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

from contracts.interfaces import IOrderEntry
from contracts.modules import codes
from contracts.modules import limits
from contracts.modules.math import fixed_point
from contracts.modules.triggers import trigger_rules
from contracts.modules.triggers import trigger_slots
from contracts.modules.triggers import trigger_terms

initializes: trigger_slots

from contracts.modules.triggers import trigger_market

initializes: trigger_market

from contracts.modules.triggers import trigger_views

initializes: trigger_views[trigger_slots := trigger_slots, trigger_market := trigger_market]

exports: (
    trigger_views.triggers_of,
    trigger_views.trigger,
    trigger_views.executable,
)


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


_MAX_TRIGGERS: constant(uint256) = trigger_slots.MAX_TRIGGERS

# Why a trigger was cancelled
BY_OWNER: constant(uint256) = 0
SIBLING_FILLED: constant(uint256) = 1
TOO_SMALL: constant(uint256) = 2  # what was left is below the market's smallest order


@deploy
def __init__(clearinghouse: address, params: address, mark: address, vault: address):
    """
    @param vault Who may act for an account.
    """
    trigger_market.__init__(clearinghouse, params, mark)
    trigger_views.__init__(vault)


# Programming


@external
def open_with_bracket(
    account: uint256,
    market: uint256,
    order: IOrderEntry.NewOrder,
    triggers: DynArray[trigger_terms.NewTrigger, _MAX_TRIGGERS],
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
    snapshot: trigger_terms.MarketSnapshot = trigger_market._snapshot(market)
    order_id: uint256 = 0
    filled_wad: uint256 = 0
    order_id, filled_wad = extcall IOrderEntry(snapshot.risk.book).place(
        account, order, limits.MAX_FILLS
    )
    size_wad: int256 = staticcall trigger_market._CLEARINGHOUSE.size_of(account, market)
    assert (
        filled_wad != 0 and size_wad != 0 and (size_wad > 0) == order.is_buy
    ), "triggers: nothing was opened"
    return self._program(account, snapshot, triggers, from_cross)


@external
def program(
    account: uint256,
    market: uint256,
    triggers: DynArray[trigger_terms.NewTrigger, _MAX_TRIGGERS],
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
    return self._program(account, trigger_market._snapshot(market), triggers, from_cross)


@internal
def _prepay(
    account: uint256,
    triggers: DynArray[trigger_terms.NewTrigger, _MAX_TRIGGERS],
    from_cross: bool,
):
    total_wad: uint256 = 0
    for t: trigger_terms.NewTrigger in triggers:
        total_wad += t.tip_wad
    if total_wad != 0:
        payer: uint256 = trigger_terms._purse(account, from_cross)
        extcall trigger_views._VAULT.move(payer, convert(self, uint256) << 96, total_wad)


@internal
def _program(
    account: uint256,
    snapshot: trigger_terms.MarketSnapshot,
    triggers: DynArray[trigger_terms.NewTrigger, _MAX_TRIGGERS],
    from_cross: bool,
) -> DynArray[uint256, _MAX_TRIGGERS]:
    self._bury(account, snapshot.market)
    size_wad: int256 = staticcall trigger_market._CLEARINGHOUSE.size_of(account, snapshot.market)
    assert size_wad != 0, "triggers: no position"
    epoch: uint256 = staticcall trigger_market._CLEARINGHOUSE.epoch(account, snapshot.market)
    last_wad: uint256 = trigger_market._liquidation_price(account, snapshot)
    mark_wad: uint256 = snapshot.price.mark_wad
    ids: DynArray[uint256, _MAX_TRIGGERS] = []
    for new: trigger_terms.NewTrigger in triggers:
        t: trigger_rules.Trigger = trigger_rules.Trigger(
            trigger_id=0,
            account=account,
            market=snapshot.market,
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
        trigger_terms._check_fields(new, t, snapshot, convert(abs(size_wad), uint256))
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
            market=snapshot.market,
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
    snapshot: trigger_terms.MarketSnapshot = trigger_market._snapshot(t.market)
    trigger_terms._check_may_act(snapshot)
    assert trigger_rules._is_met(t, snapshot.price.mark_wad), "triggers: mark has not reached it"
    limit_wad: uint256 = trigger_rules._limit_price(t, snapshot.grid.tick_wad)
    due_wad: uint256 = 0
    filled_wad: uint256 = 0
    average_wad: uint256 = 0
    due_wad, filled_wad, average_wad = self._reduce(t, snapshot, limit_wad)
    earned_wad: uint256 = fixed_point._mul_div_down(t.tip_wad, filled_wad, due_wad)
    log TriggerExecuted(
        trigger_id=trigger_id,
        account=t.account,
        keeper=msg.sender,
        mark_wad=snapshot.price.mark_wad,
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
        self._shrink(t, filled_wad, snapshot)
    if t.group != 0:
        self._tell_siblings(t, filled_wad, done, snapshot)
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
    snapshot: trigger_terms.MarketSnapshot = trigger_market._snapshot(t.market)
    trigger_terms._check_may_act(snapshot)
    best_wad: uint256 = trigger_rules._best(t, snapshot.price.mark_wad)
    if best_wad != t.price_wad:
        t.price_wad = best_wad
        trigger_slots._change(t)
        log TriggerRatcheted(
            trigger_id=trigger_id,
            account=t.account,
            trigger_wad=trigger_rules._trigger_price(t),
            mark_wad=snapshot.price.mark_wad,
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
    assert trigger_market._is_alive(t), "triggers: its position is gone"
    return t


@internal
def _reduce(
    t: trigger_rules.Trigger, snapshot: trigger_terms.MarketSnapshot, limit_wad: uint256
) -> (uint256, uint256, uint256):
    """
    @dev The one order this contract sends on its own: reduce-only, immediate or cancel.
    @return What was due, what was filled, and the average price of that.
    """
    held_wad: uint256 = trigger_market._held(t)
    due_wad: uint256 = min(t.size_wad, held_wad) // snapshot.grid.lot_wad * snapshot.grid.lot_wad
    assert due_wad != 0, "triggers: nothing to reduce"
    asked_wad: uint256 = trigger_terms._asked_wad(t, due_wad, held_wad, snapshot)
    owed_wad: int256 = staticcall trigger_market._CLEARINGHOUSE.funding_owed(t.account, t.market)
    before_wad: int256 = trigger_market._worth(t) - owed_wad
    order_id: uint256 = 0
    filled_wad: uint256 = 0
    order_id, filled_wad = extcall IOrderEntry(snapshot.risk.book).place(
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
    flow_wad: int256 = trigger_market._worth(t) - before_wad
    return due_wad, filled_wad, trigger_terms._average(flow_wad, filled_wad, snapshot)


@internal
def _shrink(t: trigger_rules.Trigger, by_wad: uint256, snapshot: trigger_terms.MarketSnapshot):
    """
    @dev Take what was filled off a trigger that goes on; one too small to be an order ends,
         unless it may close the whole position.
    """
    left: trigger_rules.Trigger = t
    if left.size_wad != trigger_terms.WHOLE:
        left.size_wad -= by_wad
    trigger_slots._change(left)
    if left.size_wad < trigger_market._held(left) and trigger_terms._is_dust(
        left.size_wad, snapshot.price.mark_wad, snapshot
    ):
        self._cancel(left, TOO_SMALL)


@internal
def _tell_siblings(
    t: trigger_rules.Trigger,
    filled_wad: uint256,
    done: bool,
    snapshot: trigger_terms.MarketSnapshot,
):
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
        elif sibling.size_wad != trigger_terms.WHOLE:
            log TriggerReduced(
                trigger_id=sibling.trigger_id,
                account=sibling.account,
                size_wad=sibling.size_wad - filled_wad,
            )
            self._shrink(sibling, filled_wad, snapshot)


@internal
def _bury(account: uint256, market: uint256) -> uint256:
    count: uint256 = 0
    found: DynArray[trigger_rules.Trigger, _MAX_TRIGGERS] = trigger_slots._all_of(account, market)
    for t: trigger_rules.Trigger in found:
        if not trigger_market._is_alive(t):
            count += 1
            trigger_slots._remove(t.trigger_id)
            log TriggerDied(trigger_id=t.trigger_id, account=account, refund_wad=t.tip_wad)
            self._pay(trigger_terms._purse(account, t.from_cross), t.tip_wad)
    return count


@internal
def _cancel(t: trigger_rules.Trigger, reason: uint256):
    trigger_slots._remove(t.trigger_id)
    log TriggerCancelled(
        trigger_id=t.trigger_id, account=t.account, reason=reason, refund_wad=t.tip_wad
    )
    self._pay(trigger_terms._purse(t.account, t.from_cross), t.tip_wad)


@internal
def _pay(recipient: uint256, amount_wad: uint256):
    # Cash inside the clearinghouse: no recipient can make this fail, whoever it is.
    if amount_wad != 0:
        extcall trigger_market._CLEARINGHOUSE.pay(recipient, amount_wad)


# Shared


@internal
@view
def _check_actor(account: uint256):
    assert staticcall trigger_views._VAULT.may_act(
        account, msg.sender
    ), "triggers: not owner or operator"
