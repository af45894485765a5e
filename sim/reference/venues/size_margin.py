"""Margin rates that grow with the size itself, and the bounded tables that stand in for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from sim.reference.venues.margin_table import MAX_TIERS, MarginTable, Tier
from sim.reference.venues.numbers import RuleError, root_down, shown

# Rate of a size -> fraction of its notional.
RateOfSize = Callable[[Fraction], Fraction]


def linear_rate(base: Fraction, per_base: Fraction) -> RateOfSize:
    """R08, r(s) = a + b*|s|, at most 1 (Deribit: linear perpetual, standard margin)."""
    return lambda size: min(Fraction(1), base + per_base * abs(size))


def root_rate(base: Fraction, factor: Fraction) -> RateOfSize:
    """R23, r(s) = max(r, .8*r + k*sqrt(|s|)), at most 1 (Drift v2: size premium, `imf_factor`)."""

    def rate(size: Fraction) -> Fraction:
        return min(Fraction(1), max(base, base * Fraction(4, 5) + factor * root_down(abs(size))))

    return rate


def skew_rate(ratio: Fraction, minimum: Fraction, skew_scale: Fraction) -> RateOfSize:
    """R31, r(s) = (|s|/scale)*k + r_min, at most 1 (Synthetix v3: required margins)."""
    return linear_rate(minimum, ratio / skew_scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundedTable:
    """A table of sizes that never asks less than a rate of size, and by how much it asks more."""

    table: MarginTable  # its bounds are sizes in base, its rates fractions of the notional
    excess: Fraction  # the most it asks above the rule, in base (times the price: quote)


def bounded_table(
    maintenance: RateOfSize, initial: RateOfSize, largest: Fraction, tiers: int = MAX_TIERS
) -> BoundedTable:
    """The chords of r(s)*|s| between equal steps up to a largest size.

    Both requirements are convex in the size, so a chord lies above them: the table is exact at
    every bound and asks a little more between, at most b/4*step^2 of a linear rate a + b*|s|.
    """
    if largest <= 0 or not 1 <= tiers <= MAX_TIERS:
        raise RuleError(f"a largest size above 0 and 1 to {MAX_TIERS} tiers are allowed")
    step = largest / tiers
    rows = tuple(
        Tier(
            lower=place * step,
            mmr=_chord(maintenance, place * step, step),
            imr=_chord(initial, place * step, step),
        )
        for place in range(tiers)
    )
    table = MarginTable(tiers=rows)
    halves = [place * step + step / 2 for place in range(tiers)]
    excess = max(
        asked(size) - rate(size) * size
        for size in halves
        for asked, rate in ((table.maintenance, maintenance), (table.initial, initial))
    )
    return BoundedTable(table=table, excess=excess)


def _chord(rate: RateOfSize, size: Fraction, step: Fraction) -> Fraction:
    low, high = rate(size) * size, rate(size + step) * (size + step)
    slope = (high - low) / step
    if slope > 1:
        raise RuleError(
            f"from the size {shown(size)} on a further unit needs more than its value; "
            "a smaller largest size is allowed"
        )
    return slope
