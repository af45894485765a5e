# pragma version 0.4.3
"""
@title Circuit breaker and fallback ladder of an index
@notice Rules 6 and 7: whether what the sources now say replaces the last good index. Pure: what
        is remembered, what is said, the bounds and the time give the next memory.
        - Halt: an index more than `step_bps` from the last good one, or more than `window_bps`
          from the lowest or highest good one of the window, or outside [min, max], is not served.
          The last good one stays, HALTED, for `cooldown_s`; then the next index within [min, max]
          that is not disputed is believed whatever it is, and the breaker starts again from it.
        - The window is these 5 minutes by the clock and the last: no move within 5 minutes
          escapes it, and one that took up to 10 may be halted too.
        - Ladder: without a quorum the last good index stays, STALE. It takes 3 good updates, each
          observed later than the one before, to return, and no liquidation may judge for
          `grace_s` from then. Whatever holds it, older than `dead_after_s` it is DEAD.
        - The breaker compares with the last good index whatever its age: a large move over a gap
          of a day costs one cool-down (DEAD, as that index is too old), a small one nothing. A gap
          in which nobody refreshed leaves no other trace: only what was seen counts.
        - Before a market's first good index it is DEAD, at a price of zero.
        - Believed is never more than what the breaker would believe now: where the index is not
          good, the live extremes are cut to the last good index -+ `step_bps`, to the window's
          extremes -+ `window_bps` and to [min, max]. No reading makes a price kinder than that.
@custom:units `_wad` is quote per base, 18 decimals; `_bps` is 1e-4; times are unix seconds.
"""

from contracts.interfaces import IOracleAggregator
from contracts.modules import limits
from contracts.modules import oracle_status


struct Bounds:
    step_bps: uint256  # largest move between two good indices
    window_bps: uint256  # largest move within the window
    cooldown_s: uint256
    grace_s: uint256
    dead_after_s: uint256  # age at which the last good index is too old for anything
    min_wad: uint256  # no index below or above these is believed
    max_wad: uint256


struct Memory:
    shown: IOracleAggregator.IndexPrice
    good_wad: uint256  # last good index; 0 before the first
    good_at: uint256  # when it was observed
    halted_until: uint256  # 0 while the breaker is armed
    missing: uint256  # good updates until the quorum counts as recovered
    counted_at: uint256  # when the last update counted in recovery was observed
    window: uint256  # number of the window in which the last good index fell
    low_wad: uint256  # extremes of the good indices in that window
    high_wad: uint256
    before_low_wad: uint256  # and in the one before; 0 if there were none
    before_high_wad: uint256


struct Said:
    has_quorum: bool
    status: uint256  # OK, THIN or DISPUTED; the next three mean nothing without a quorum
    price_wad: uint256
    conf_wad: uint256
    observed_at: uint256
    low_wad: uint256  # lowest and highest live price; max and 0 if nothing is live
    high_wad: uint256


WINDOW_S: constant(uint256) = 300
UPDATES_TO_RECOVER: constant(uint256) = 3


@internal
@pure
def _next(memory: Memory, said: Said, bounds: Bounds, now_s: uint256) -> Memory:
    after: Memory = memory
    if not said.has_quorum:
        if after.missing == 0:
            after.counted_at = after.good_at
        after.missing = UPDATES_TO_RECOVER
        return self._hold(after, said, bounds, oracle_status.STALE, now_s)

    is_allowed: bool = bounds.min_wad <= said.price_wad and said.price_wad <= bounds.max_wad
    is_good: bool = is_allowed and said.status != oracle_status.DISPUTED
    # With no good index yet there is nothing to recover, and nobody to be liquidated.
    if after.missing != 0 and after.good_wad != 0:
        if is_good and said.observed_at > after.counted_at:
            after.counted_at = said.observed_at
            after.missing -= 1
        if after.missing != 0:
            return self._hold(after, said, bounds, oracle_status.STALE, now_s)
        after.shown.liquidations_from = max(after.shown.liquidations_from, now_s + bounds.grace_s)

    if now_s < after.halted_until:
        return self._hold(after, said, bounds, oracle_status.HALTED, now_s)
    if not is_allowed:
        return self._halt(after, said, bounds, now_s)
    is_armed: bool = after.halted_until == 0
    is_jump: bool = False
    if is_armed or not is_good:
        low: uint256 = 0
        high: uint256 = 0
        low, high = self._scaled_reach(after, bounds, now_s)
        scaled: uint256 = unsafe_mul(limits.BPS, said.price_wad)
        is_jump = scaled < low or scaled > high
    if is_jump and is_armed:
        return self._halt(after, said, bounds, now_s)
    if is_jump:
        # The cool-down is over, but a dispute is no reason to believe what it says.
        return self._hold(after, said, bounds, oracle_status.HALTED, now_s)
    if not is_good:
        return self._dispute(after, said, bounds, now_s)
    return self._believe(after, said, now_s)


@internal
@pure
def _halt(memory: Memory, said: Said, bounds: Bounds, now_s: uint256) -> Memory:
    """
    @dev Hold the last good index for a cool-down from now, in which nobody is liquidated.
    """
    after: Memory = memory
    after.halted_until = now_s + bounds.cooldown_s
    if oracle_status._mode(oracle_status.HALTED, oracle_status.LIQUIDATE) == oracle_status.LATER:
        after.shown.liquidations_from = max(after.shown.liquidations_from, after.halted_until)
    return self._hold(after, said, bounds, oracle_status.HALTED, now_s)


@internal
@pure
def _believe(memory: Memory, said: Said, now_s: uint256) -> Memory:
    """
    @dev The index is good: serve it, remember it, arm the breaker.
    """
    after: Memory = memory
    window: uint256 = now_s // WINDOW_S
    is_rearmed: bool = after.halted_until != 0
    if window == after.window and not is_rearmed:
        after.low_wad = min(after.low_wad, said.price_wad)
        after.high_wad = max(after.high_wad, said.price_wad)
    else:
        is_next: bool = window == after.window + 1 and not is_rearmed
        after.before_low_wad = after.low_wad if is_next else 0
        after.before_high_wad = after.high_wad if is_next else 0
        after.window = window
        after.low_wad = said.price_wad
        after.high_wad = said.price_wad
    after.halted_until = 0
    after.missing = 0
    after.good_wad = said.price_wad
    after.good_at = said.observed_at
    after.shown.price_wad = said.price_wad
    after.shown.conf_wad = said.conf_wad
    after.shown.low_wad = self._low_wad(said.price_wad, said.conf_wad)
    after.shown.high_wad = said.price_wad + said.conf_wad
    after.shown.status = said.status
    after.shown.observed_at = said.observed_at
    return after


@internal
@pure
def _dispute(memory: Memory, said: Said, bounds: Bounds, now_s: uint256) -> Memory:
    """
    @dev Show the median of all live readings, and as much of their range as can be believed;
         remember nothing of it.
    """
    if memory.good_wad == 0:
        return self._hold(memory, said, bounds, oracle_status.DEAD, now_s)
    low_wad: uint256 = 0
    high_wad: uint256 = 0
    low_wad, high_wad = self._believed(memory, said, bounds, now_s)
    after: Memory = memory
    after.shown.price_wad = said.price_wad
    after.shown.conf_wad = max(said.price_wad - low_wad, high_wad - said.price_wad)
    after.shown.low_wad = low_wad
    after.shown.high_wad = high_wad
    after.shown.status = oracle_status.DISPUTED
    after.shown.observed_at = said.observed_at
    return after


@internal
@pure
def _hold(memory: Memory, said: Said, bounds: Bounds, status: uint256, now_s: uint256) -> Memory:
    """
    @dev Show the last good index, and what can be believed between it and the live prices.
    """
    after: Memory = memory
    good_wad: uint256 = after.good_wad
    low_wad: uint256 = 0
    high_wad: uint256 = 0
    if good_wad != 0:
        low_wad, high_wad = self._believed(memory, said, bounds, now_s)
        low_wad = min(good_wad, low_wad)
        high_wad = max(good_wad, high_wad)
    # The newest observation may be a few seconds ahead of the chain.
    is_dead: bool = good_wad == 0 or now_s > after.good_at + bounds.dead_after_s
    after.shown.price_wad = good_wad
    after.shown.conf_wad = max(good_wad - low_wad, high_wad - good_wad)
    after.shown.low_wad = low_wad
    after.shown.high_wad = high_wad
    after.shown.status = oracle_status.DEAD if is_dead else status
    after.shown.observed_at = after.good_at
    return after


@internal
@pure
def _believed(memory: Memory, said: Said, bounds: Bounds, now_s: uint256) -> (uint256, uint256):
    """
    @dev The live extremes, cut to what could be the next good index.
    """
    low_wad: uint256 = 0
    high_wad: uint256 = 0
    low_wad, high_wad = self._scaled_reach(memory, bounds, now_s)
    low_wad = max(unsafe_div(unsafe_add(low_wad, limits.BPS - 1), limits.BPS), bounds.min_wad)
    high_wad = min(unsafe_div(high_wad, limits.BPS), bounds.max_wad)
    return (min(max(said.low_wad, low_wad), high_wad), min(max(said.high_wad, low_wad), high_wad))


@internal
@pure
def _scaled_reach(memory: Memory, bounds: Bounds, now_s: uint256) -> (uint256, uint256):
    """
    @dev Lowest and highest price that is no jump now, times 1e4, which makes them exact. Anything
         before the first good index.
    """
    good_wad: uint256 = memory.good_wad
    if good_wad == 0:
        return 0, max_value(uint256)
    # Unchecked: prices have at most 112 bits, ratios 15.
    low: uint256 = unsafe_mul(good_wad, unsafe_sub(limits.BPS, bounds.step_bps))
    high: uint256 = unsafe_mul(good_wad, unsafe_add(limits.BPS, bounds.step_bps))
    window: uint256 = now_s // WINDOW_S
    if window > memory.window + 1:
        return low, high
    lowest_wad: uint256 = memory.low_wad
    highest_wad: uint256 = memory.high_wad
    if window == memory.window and memory.before_low_wad != 0:
        lowest_wad = min(lowest_wad, memory.before_low_wad)
        highest_wad = max(highest_wad, memory.before_high_wad)
    low = max(low, unsafe_mul(highest_wad, unsafe_sub(limits.BPS, bounds.window_bps)))
    high = min(high, unsafe_mul(lowest_wad, unsafe_add(limits.BPS, bounds.window_bps)))
    return low, high


@internal
@pure
def _low_wad(price_wad: uint256, conf_wad: uint256) -> uint256:
    # A naive method may doubt more than its whole price, but no price is zero.
    return price_wad - min(conf_wad, price_wad - 1)
