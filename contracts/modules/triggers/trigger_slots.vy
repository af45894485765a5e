# pragma version 0.4.3
"""
@title Slots of trigger orders
@notice Sixteen slots for each account and market, found from a trigger's id in O(1). An account
        and market get a home number when they first need one; a slot's key is home << 4 | slot,
        and an id is generation << 64 | key: a slot used again has another id.
@custom:units Everything as in `trigger_rules`.
"""

from contracts.modules import limits
from contracts.modules.triggers import trigger_rules

MAX_TRIGGERS: constant(uint256) = 16  # of one account in one market; a register holds 16 bits
_LOW_8: constant(uint256) = 2**8 - 1

_home_count: uint256
_homes: HashMap[uint256, uint256]  # home -> account | market << 8
_registers: HashMap[uint256, uint256]  # account | market << 8 -> home << 16 | slots in use
# generation 32 | kind 2 | long 1 | cross 1 | group 8 | epoch 56 | trail 64 | slippage 64; an epoch
# takes a trade, so 56 bits last
_terms: HashMap[uint256, uint256]
_amounts: HashMap[uint256, uint256]  # price 128 | size 128
_tips: HashMap[uint256, uint256]


@internal
def _add(t: trigger_rules.Trigger) -> uint256:
    """
    @dev Store a trigger in the lowest free slot. The caller has checked the fields' ranges.
    @return Its id.
    """
    place: uint256 = self._place(t.account, t.market)
    register: uint256 = self._registers[place]
    if register == 0:
        self._home_count += 1
        register = self._home_count << 16
        self._homes[self._home_count] = place
    slot: uint256 = 0
    for i: uint256 in range(MAX_TRIGGERS):
        if (register >> slot) & 1 == 0:
            break
        slot += 1
    assert slot < MAX_TRIGGERS, "triggers: no slot left"

    key: uint256 = register >> 16 << 4 | slot
    generation: uint256 = (self._terms[key] >> 224) + 1
    self._registers[place] = register | 1 << slot
    self._terms[key] = (
        generation << 224
        | t.kind << 200
        | convert(t.is_long, uint256) << 193
        | convert(t.from_cross, uint256) << 192
        | t.group << 184
        | t.epoch << 128
        | t.trail_wad << 64
        | t.slippage_wad
    )
    self._amounts[key] = t.price_wad << 128 | t.size_wad
    if t.tip_wad != 0:
        self._tips[key] = t.tip_wad
    return generation << 64 | key


@internal
@view
def _find(trigger_id: uint256) -> trigger_rules.Trigger:
    """
    @dev The trigger of an id, or one of account 0 if it no longer stands.
    """
    key: uint256 = trigger_id & limits.LOW_64
    if self._amounts[key] == 0 or self._terms[key] >> 224 != trigger_id >> 64:
        return empty(trigger_rules.Trigger)
    return self._load(key)


@internal
@view
def _all_of(account: uint256, market: uint256) -> DynArray[trigger_rules.Trigger, MAX_TRIGGERS]:
    """
    @dev Those that stand, in order of slots.
    """
    found: DynArray[trigger_rules.Trigger, MAX_TRIGGERS] = []
    register: uint256 = self._registers[self._place(account, market)]
    for slot: uint256 in range(MAX_TRIGGERS):
        if (register >> slot) & 1 == 1:
            found.append(self._load(register >> 16 << 4 | slot))
    return found


@internal
def _change(t: trigger_rules.Trigger):
    """
    @dev Store the price, the size and the tip of a trigger that stands.
    """
    key: uint256 = t.trigger_id & limits.LOW_64
    self._amounts[key] = t.price_wad << 128 | t.size_wad
    if self._tips[key] != t.tip_wad:
        self._tips[key] = t.tip_wad


@internal
def _remove(trigger_id: uint256):
    """
    @dev Free the slot; its generation stays, so that the id never comes back.
    """
    key: uint256 = trigger_id & limits.LOW_64
    self._amounts[key] = 0
    self._tips[key] = 0
    self._registers[self._homes[key >> 4]] ^= 1 << (key & 15)


@internal
@view
def _load(key: uint256) -> trigger_rules.Trigger:
    terms: uint256 = self._terms[key]
    amounts: uint256 = self._amounts[key]
    place: uint256 = self._homes[key >> 4]
    market: uint256 = (place >> 8) & _LOW_8
    return trigger_rules.Trigger(
        trigger_id=terms >> 224 << 64 | key,
        account=place ^ market << 8,
        market=market,
        kind=(terms >> 200) & 3,
        is_long=(terms >> 193) & 1 == 1,
        from_cross=(terms >> 192) & 1 == 1,
        group=(terms >> 184) & _LOW_8,
        epoch=(terms >> 128) & limits.LOW_56,
        trail_wad=(terms >> 64) & limits.LOW_64,
        slippage_wad=terms & limits.LOW_64,
        price_wad=amounts >> 128,
        size_wad=amounts & limits.LOW_128,
        tip_wad=self._tips[key],
    )


@internal
@pure
def _place(account: uint256, market: uint256) -> uint256:
    # Without this an account that does not exist could stand for another one's market.
    assert (
        account & limits.LOW_96 <= _LOW_8 and market <= _LOW_8
    ), "triggers: no such account or market"
    return account | market << 8
