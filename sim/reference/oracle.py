"""Index of a market, from the specification: the breaker and the ladder over a kept history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

from sim.reference.index_rules import Reading, Rules, Verdict, has_quorum, is_live, judge
from sim.types import Status

WINDOW_S = 300
UPDATES_TO_RECOVER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """The price served; low and high are the prices still believed."""

    price_wad: int = 0
    conf_wad: int = 0
    low_wad: int = 0
    high_wad: int = 0
    status: Status = Status.OK
    observed_at: int = 0
    liquidations_from: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """An index that was believed."""

    price_wad: int
    observed_at: int
    served_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is remembered from one refresh to the next."""

    history: tuple[Good, ...] = ()  # since the breaker was last armed
    is_halted: bool = False
    halted_until: int = 0
    missing: int = 0
    counted_at: int = 0
    liquidations_from: int = 0


def _anchors(state: State, rules: Rules, now_s: int) -> list[tuple[int, Fraction]]:
    """Good indices that the next is compared with, and by how much of them it may differ."""
    window = now_s // WINDOW_S
    recent = [g for g in state.history if g.served_at // WINDOW_S >= window - 1]
    limits = [(state.history[-1], rules.step_bps), *((g, rules.window_bps) for g in recent)]
    return [(good.price_wad, Fraction(limit_bps, 10_000)) for good, limit_bps in limits]


def is_jump(state: State, price_wad: int, rules: Rules, now_s: int) -> bool:
    """Rule 6: too far from the last good index, or from one of this or the last 5 minutes."""
    if not state.history:
        return False
    anchors = _anchors(state, rules, now_s)
    return any(abs(Fraction(price_wad, good_wad) - 1) > limit for good_wad, limit in anchors)


def believed_range(
    state: State, live: Iterable[Reading], rules: Rules, now_s: int
) -> tuple[int, int] | None:
    """Lowest and highest live price, cut to what the breaker would believe; None if none live."""
    prices = [reading.price_wad for reading in live]
    if not prices:
        return None
    lows, highs = [rules.min_wad], [rules.max_wad]
    for good_wad, limit in _anchors(state, rules, now_s):
        lows.append(ceil(good_wad * (1 - limit)))
        highs.append(floor(good_wad * (1 + limit)))
    low_wad, high_wad = max(lows), min(highs)
    # After a step that only a naive method takes, nothing is near all anchors: then high_wad is it.
    cut = [min(high_wad, max(low_wad, price_wad)) for price_wad in prices]
    return min(cut), max(cut)


def refresh(
    state: State, rules: Rules, readings: Sequence[Reading], now_s: int
) -> tuple[State, Index, frozenset[int]]:
    """The next state, the index served, and the places of the outliers."""
    live = {place: r for place, r in enumerate(readings) if is_live(r, rules, now_s)}
    if not has_quorum(list(live.values()), readings):
        counted_at = state.counted_at if state.missing else _good_at(state)
        lost = replace(state, missing=UPDATES_TO_RECOVER, counted_at=counted_at)
        return lost, held(lost, live, rules, Status.STALE, now_s), frozenset()
    verdict = judge(live, rules, now_s)
    return *_decide(state, verdict, live, rules, now_s), verdict.dropped


def _decide(
    state: State, verdict: Verdict, live: dict[int, Reading], rules: Rules, now_s: int
) -> tuple[State, Index]:
    """Rules 6 and 7 with a quorum."""
    is_allowed = rules.min_wad <= verdict.price_wad <= rules.max_wad
    is_good = is_allowed and verdict.status != Status.DISPUTED
    if state.missing and state.history:
        if is_good and verdict.observed_at > state.counted_at:
            missing = state.missing - 1
            state = replace(state, missing=missing, counted_at=verdict.observed_at)
        if state.missing:
            return state, held(state, live, rules, Status.STALE, now_s)
        state = replace(
            state, liquidations_from=max(state.liquidations_from, now_s + rules.grace_s)
        )
    if now_s < state.halted_until:
        return state, held(state, live, rules, Status.HALTED, now_s)
    jumps = is_jump(state, verdict.price_wad, rules, now_s)
    if not is_allowed or (jumps and not state.is_halted):
        return halted(state, live, rules, now_s)
    if is_good:
        return believed(state, verdict, now_s)
    if jumps:
        return state, held(state, live, rules, Status.HALTED, now_s)
    return state, _disputed(state, verdict, live, rules, now_s)


def halted(state: State, live: dict[int, Reading], rules: Rules, now_s: int) -> tuple[State, Index]:
    """An index that is not believed: the last good one is held for a cool-down from now."""
    until = now_s + rules.cooldown_s
    since = max(state.liquidations_from, until)
    state = replace(state, is_halted=True, halted_until=until, liquidations_from=since)
    return state, held(state, live, rules, Status.HALTED, now_s)


def believed(state: State, verdict: Verdict, now_s: int) -> tuple[State, Index]:
    """The index is good: serve it, remember it, arm the breaker."""
    good = Good(price_wad=verdict.price_wad, observed_at=verdict.observed_at, served_at=now_s)
    history = () if state.is_halted else state.history
    after = replace(state, history=(*history, good), is_halted=False, halted_until=0, missing=0)
    return after, Index(
        price_wad=verdict.price_wad,
        conf_wad=verdict.conf_wad,
        low_wad=max(1, verdict.price_wad - verdict.conf_wad),
        high_wad=verdict.price_wad + verdict.conf_wad,
        status=verdict.status,
        observed_at=verdict.observed_at,
        liquidations_from=after.liquidations_from,
    )


def _disputed(
    state: State, verdict: Verdict, live: dict[int, Reading], rules: Rules, now_s: int
) -> Index:
    if not state.history:
        return held(state, live, rules, Status.DEAD, now_s)
    low_wad, high_wad = believed_range(state, live.values(), rules, now_s) or (0, 0)
    return Index(
        price_wad=verdict.price_wad,
        conf_wad=max(verdict.price_wad - low_wad, high_wad - verdict.price_wad),
        low_wad=low_wad,
        high_wad=high_wad,
        status=Status.DISPUTED,
        observed_at=verdict.observed_at,
        liquidations_from=state.liquidations_from,
    )


def held(state: State, live: dict[int, Reading], rules: Rules, status: Status, now_s: int) -> Index:
    """The last good index, and every price between it and those of the live ones believed."""
    if not state.history:
        return Index(status=Status.DEAD, liquidations_from=state.liquidations_from)
    good = state.history[-1]
    prices = [good.price_wad, *(believed_range(state, live.values(), rules, now_s) or ())]
    is_dead = now_s - good.observed_at > rules.dead_after_s
    return Index(
        price_wad=good.price_wad,
        conf_wad=max(abs(price - good.price_wad) for price in prices),
        low_wad=min(prices),
        high_wad=max(prices),
        status=Status.DEAD if is_dead else status,
        observed_at=good.observed_at,
        liquidations_from=state.liquidations_from,
    )


def _good_at(state: State) -> int:
    return state.history[-1].observed_at if state.history else 0
