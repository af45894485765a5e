"""From live readings to an index, from the specification: sorted votes and exact fractions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sim.types import Status
from sim.types.codes import IndexMethod

MAX_AHEAD_S = 5
QUORUM = 3
QUORUM_SHARE = Fraction(60, 100)
MAX_PRICE_WAD = 2**96 - 1


Method = IndexMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an index is held to; ratios are in 1e-4, spans in seconds."""

    method: Method = Method.WEIGHTED_MEDIAN
    conf_max_bps: int = 100
    outlier_bps: int = 500
    step_bps: int = 1_000
    window_bps: int = 2_000
    cooldown_s: int = 60
    grace_s: int = 60
    dead_after_s: int = 300
    smoothing_s: int = 60
    min_wad: int = 1
    max_wad: int = MAX_PRICE_WAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one source says, and how much the source counts."""

    price_wad: int
    conf_wad: int
    observed_at: int
    weight: int
    stale_s: int
    is_pool: bool = False  # read from a pool on the same chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What rules 3 to 5 make of the live readings; `dropped` are their places."""

    price_wad: int
    conf_wad: int
    status: Status
    observed_at: int
    dropped: frozenset[int] = frozenset()


def quantile(votes: Iterable[tuple[int, int]], share: Fraction) -> int:
    """Lower weighted quantile of (value, weight): least value up to which lies that share."""
    held = list(votes)
    total = sum(weight for _, weight in held)
    return next(
        value
        for value in sorted({value for value, _ in held})
        if Fraction(sum(w for v, w in held if v <= value), total) >= share
    )


def is_live(reading: Reading, rules: Rules, now_s: int) -> bool:
    """Rule 1, with the refusals that a feed would have made."""
    return (
        0 < reading.price_wad <= MAX_PRICE_WAD
        and Fraction(reading.conf_wad, reading.price_wad) <= Fraction(rules.conf_max_bps, 10_000)
        and now_s - reading.stale_s <= reading.observed_at <= now_s + MAX_AHEAD_S
    )


def has_quorum(live: Sequence[Reading], readings: Sequence[Reading]) -> bool:
    """Rule 2: three live, most of the weight, none alone outweighs the others, few are pools."""
    weights = [reading.weight for reading in live]
    pooled = sum(reading.weight for reading in live if reading.is_pool)
    return (
        len(live) >= QUORUM
        and Fraction(sum(weights), sum(r.weight for r in readings)) >= QUORUM_SHARE
        and all(weight < sum(weights) - weight for weight in weights)
        and Fraction(pooled, sum(weights)) <= Fraction(1, 3)
    )


def poll(voters: Sequence[Reading], now_s: int) -> tuple[int, int, int]:
    """Rule 5: index, confidence, and the newest observation among the voters."""
    votes = [
        (reading.price_wad + side * reading.conf_wad, reading.weight)
        for reading in voters
        for side in (-1, 0, 1)
    ]
    low, middle, high = (quantile(votes, Fraction(quarter, 4)) for quarter in (1, 2, 3))
    newest = min(now_s, max(reading.observed_at for reading in voters))
    return middle, max(middle - low, high - middle), newest


def judge(live: dict[int, Reading], rules: Rules, now_s: int) -> Verdict:
    """Rules 3 to 5 on the live readings by place."""
    half = Fraction(1, 2)
    pre_wad = quantile(((r.price_wad, r.weight) for r in live.values()), half)
    apart = {place: abs(r.price_wad - pre_wad) for place, r in live.items()}
    mad_wad = quantile(((apart[place], live[place].weight) for place in live), half)
    outlier = Fraction(rules.outlier_bps, 10_000)
    allowed = max(outlier * pre_wad, Fraction(3 * mad_wad))
    dropped = frozenset(place for place in live if apart[place] > allowed)
    kept = [reading for place, reading in live.items() if place not in dropped]
    lost = Fraction(sum(live[p].weight for p in dropped), sum(r.weight for r in live.values()))
    price_wad, conf_wad, newest = poll(kept, now_s)
    status = Status.OK if len(kept) >= QUORUM else Status.THIN
    if lost > Fraction(1, 3) or conf_wad > outlier * price_wad:
        price_wad, conf_wad, newest = poll(list(live.values()), now_s)
        status = Status.DISPUTED
    return Verdict(
        price_wad=price_wad,
        conf_wad=conf_wad,
        status=status,
        observed_at=newest,
        dropped=dropped,
    )
