# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title What anyone may read of trigger orders
@notice The triggers of an account as they stand, and whether one could be executed now.
@custom:units `_wad` is 18 decimals: prices quote per base, sizes base, tips quote.
"""

from contracts.interfaces import IMarginVault
from contracts.modules.triggers import trigger_market
from contracts.modules.triggers import trigger_rules
from contracts.modules.triggers import trigger_slots
from contracts.modules.triggers import trigger_terms

uses: trigger_slots
uses: trigger_market


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


_MAX_TRIGGERS: constant(uint256) = trigger_slots.MAX_TRIGGERS

_VAULT: immutable(IMarginVault)


@deploy
def __init__(vault: address):
    _VAULT = IMarginVault(vault)


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
    if t.account == 0 or not trigger_market._is_alive(t):
        return False
    snapshot: trigger_terms.MarketSnapshot = trigger_market._snapshot_at(
        t.market, staticcall trigger_market._MARK.price(t.market)
    )
    return (
        trigger_terms._may_act(snapshot)
        and trigger_rules._is_met(t, snapshot.price.mark_wad)
        and min(t.size_wad, trigger_market._held(t)) >= snapshot.grid.lot_wad
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
        is_alive=trigger_market._is_alive(t),
        size_wad=t.size_wad,
        trigger_wad=trigger_rules._trigger_price(t),
        limit_wad=trigger_rules._limit_price(
            t, (staticcall trigger_market._PARAMS.grid(t.market)).tick_wad
        ),
        trail_wad=t.trail_wad,
        tip_wad=t.tip_wad,
        group=t.group,
    )
