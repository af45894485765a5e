"""The unsafe methods of making an index, from the specification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, floor

from sim.reference.index_rules import Method, Reading, Rules, Verdict, is_live, quantile
from sim.reference.oracle import Index, State, believed, halted, held
from sim.types import Status


def refresh(
    state: State, rules: Rules, readings: Sequence[Reading], now_s: int
) -> tuple[State, Index]:
    """The next state and the index: any live reading will do, if only it makes an allowed one."""
    live = {place: r for place, r in enumerate(readings) if is_live(r, rules, now_s)}
    voters = _voters(rules.method, live)
    if not voters:
        return state, held(state, live, rules, Status.STALE, now_s)
    price_wad, conf_wad = _count_heads(voters) if rules.method == Method.MEDIAN else _mean(voters)
    newest = min(now_s, max(reading.observed_at for reading in voters))
    if rules.method == Method.EMA and state.history:
        last = state.history[-1]
        newest = max(newest, last.observed_at)
        decay = _decay(newest - last.observed_at, rules.smoothing_s)
        price_wad = floor(last.price_wad * decay + price_wad * (1 - decay))
    if not rules.min_wad <= price_wad <= rules.max_wad:
        return halted(state, live, rules, now_s)
    verdict = Verdict(price_wad=price_wad, conf_wad=conf_wad, status=Status.OK, observed_at=newest)
    # Otherwise unguarded: there is no step that is too large, and nothing to recover.
    return believed(replace(state, missing=0), verdict, now_s)


def _voters(method: Method, live: dict[int, Reading]) -> list[Reading]:
    if method == Method.SINGLE:
        return [live[0]] if 0 in live else []
    ordered = sorted(live.values(), key=lambda r: (r.price_wad, r.conf_wad, r.weight))
    is_trimmed = method == Method.TRIMMED_MEAN and len(ordered) > 2
    return ordered[1:-1] if is_trimmed else ordered


def _mean(voters: Sequence[Reading]) -> tuple[int, int]:
    total = sum(reading.weight for reading in voters)
    return (
        floor(Fraction(sum(r.weight * r.price_wad for r in voters), total)),
        ceil(Fraction(sum(r.weight * r.conf_wad for r in voters), total)),
    )


def _count_heads(voters: Sequence[Reading]) -> tuple[int, int]:
    votes = [(reading.price_wad, 1) for reading in voters]
    low, middle, high = (quantile(votes, Fraction(quarter, 4)) for quarter in (1, 2, 3))
    return middle, max(middle - low, high - middle)


def _decay(elapsed_s: int, smoothing_s: int) -> Fraction:
    """e^(-dt/tau), to far more than 18 decimals."""
    with localcontext() as context:
        context.prec = 60
        return Fraction((-Decimal(elapsed_s) / smoothing_s).exp())
