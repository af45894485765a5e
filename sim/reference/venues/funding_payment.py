"""What funding moves: from a rate to quote, by averages of prices, through a pool of fees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from sim.reference.venues.numbers import clamp, sign, step_down

ZERO = Fraction(0)
LENT_SHARE = Fraction(1, 3)  # of what the fee pool holds above its floor, at most a period
KEPT_SHARE = Fraction(1, 2)  # of the fees ever taken that the pool never lends


def per_base(rate: Fraction, price: Fraction) -> Fraction:
    """Quote that a long of one base owes at a rate."""
    return rate * price


def of_averages(
    mark_average: Fraction, index_average: Fraction, seconds: Fraction, period_s: Fraction
) -> Fraction:
    """R27: (mark average - index average)*time/period, of one base (Drift v2, Perp Curie)."""
    return (mark_average - index_average) * seconds / period_s


@dataclass(frozen=True, slots=True, kw_only=True)
class AveragesRule:
    """A payment from two averages with interest, a factor and bounds of the rate (R26)."""

    factor: Fraction = Fraction(1)
    low: Fraction | None = None
    high: Fraction | None = None
    interest_a_year: Fraction = ZERO
    interest_low: Fraction = ZERO
    interest_high: Fraction = ZERO
    years: Fraction = ZERO

    def rate(self, internal: Fraction, external: Fraction) -> Fraction:
        """(s_int - s_ext + clamp((1 + t*i)*s_ext - s_int, low, high))/s_ext, times the factor.

        Then held between the bounds of the rate (Vega: perpetual product, funding payment).
        """
        pull = (1 + self.years * self.interest_a_year) * external - internal
        pull = clamp(pull, self.interest_low * external, self.interest_high * external)
        rate = self.factor * (internal - external + pull) / external
        rate = rate if self.low is None else max(rate, self.low)
        return rate if self.high is None else min(rate, self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The smallest unit of quote, and the last place of a rate, that a program keeps."""

    quote: Fraction
    rate: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """Funding of one base on each side, and what is left in the fee pool."""

    long: Fraction
    short: Fraction
    fee_pool: Fraction


def through_fee_pool(
    rate: Fraction,
    *,
    longs: Fraction,
    shorts: Fraction,
    fee_pool: Fraction,
    fees_taken: Fraction,
    cut: Cut,
) -> Pooled:
    """R24: receivers get what payers pay and at most a third of what the pool may lend.

    `rate` is quote of one base, `longs` and `shorts` are sizes without sign. Amounts are cut to
    whole units of quote and what is handed out is one unit less; where payers owe more than
    receivers get, the pool keeps the rest (Drift v2: capped symmetric funding).
    """
    rate = sign(rate) * step_down(abs(rate), cut.rate)
    paying, receiving = (longs, shorts) if rate > 0 else (shorts, longs)
    paid = step_down(abs(rate) * paying, cut.quote)
    missing = step_down(abs(rate) * receiving, cut.quote) - paid
    lendable = step_down(max(ZERO, fee_pool - KEPT_SHARE * fees_taken) * LENT_SHARE, cut.quote)
    lent, received = missing, rate
    if missing > lendable:
        lent = lendable
        handed_out = max(ZERO, paid + lent - cut.quote)
        received = sign(rate) * step_down(handed_out / receiving, cut.rate)
    long, short = (rate, received) if rate > 0 else (received, rate)
    return Pooled(long=long, short=short, fee_pool=fee_pool - lent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settler:
    """An account that settles against a cumulative index in whole units."""

    margin: int
    position: int
    index: Fraction = ZERO

    def settled(self, index: Fraction) -> Settler:
        """After paying (up) or getting (down) what the index moved by (dYdX v1: P1Settlement)."""
        owed = self.position * (index - self.index)
        moved = -ceil(owed) if owed > 0 else floor(-owed)
        return Settler(margin=self.margin + moved, position=self.position, index=index)


def settled_in_turn(
    accounts: Mapping[str, Settler], indices: Sequence[Fraction], settled: Sequence[Sequence[str]]
) -> list[dict[str, Settler]]:
    """All accounts after each index, of which only those named settle."""
    states = [dict(accounts)]
    for index, names in zip(indices, settled, strict=True):
        latest = states[-1]
        states.append(
            {name: one.settled(index) if name in names else one for name, one in latest.items()}
        )
    return states[1:]


def index_sequence(periods: Sequence[tuple[Fraction, Fraction]]) -> list[Fraction]:
    """The cumulative index after each (rate, price), without any bound (R14; dYdX v1)."""
    found, total = [], ZERO
    for rate, price in periods:
        total += rate * price
        found.append(total)
    return found


def of_range(
    base: Fraction, growth_before: Fraction, growth_after: Fraction, period_s: Fraction
) -> Fraction:
    """R33: base*(G_after - G_before)/period of a range of liquidity (Perp Curie)."""
    return base * (growth_after - growth_before) / period_s
