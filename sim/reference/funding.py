"""Funding, from the specification: by premium, time cut at multiples of the interval; by velocity.

The premium seconds of each interval are kept in a dictionary by its number in unix time; the rate
of an interval is a function of what was sampled in the one before, so nothing is ever "rolled".
By velocity the rate is an exact fraction, drawn as a line over time and measured between its bends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from math import floor

from sim.units import WAD

EIGHT_HOURS_S = 8 * 3600
DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingTerms:
    """How a market funds; `interest_wad` is per 8 h, `cap_wad` already bounded by the margins."""

    interval_s: int
    max_gap_s: int
    interest_wad: int
    damper_wad: int
    cap_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding:
    """Cumulative funding in quote per base, and what was sampled in the last two intervals."""

    index_wad: int = 0
    premium_seconds: Mapping[int, int] = field(default_factory=dict)


def clamp(value: int, low: int, high: int) -> int:
    """The middle one of the three."""
    return sorted((low, value, high))[1]


def premium_wad(index_wad: int, impact_bid_wad: int, impact_ask_wad: int) -> int:
    """Premium of the book over the index, rounded down; 0 stands for a side without depth."""
    above = max(0, impact_bid_wad - index_wad)
    below = max(0, index_wad - impact_ask_wad) if impact_ask_wad else 0
    return clamp(floor(Fraction((above - below) * WAD, index_wad)), -WAD, WAD)


def rate_wad(terms: FundingTerms, premium_seconds: int) -> int:
    """Rate of an interval after one in which this much premium was sampled."""
    average = floor(Fraction(premium_seconds, terms.interval_s))
    interest = floor(Fraction(terms.interest_wad * terms.interval_s, EIGHT_HOURS_S))
    pulled = average + clamp(interest - average, -terms.damper_wad, terms.damper_wad)
    return clamp(pulled, -terms.cap_wad, terms.cap_wad)


def rate_at(terms: FundingTerms, funding: Funding, now: int) -> int:
    """Rate of the interval that `now` lies in."""
    return rate_wad(terms, funding.premium_seconds.get(now // terms.interval_s - 1, 0))


def ends_at(terms: FundingTerms, now: int) -> int:
    """When the interval that `now` lies in ends."""
    return (now // terms.interval_s + 1) * terms.interval_s


def advance(
    terms: FundingTerms,
    funding: Funding,
    *,
    since: int,
    until: int,
    premium_wad: int,
    price_wad: int,
    accrues: bool,
) -> Funding:
    """Funding after the book stood at one premium; it accrues on the price known at the start."""
    sums = dict(funding.premium_seconds)
    sampled_from = max(since, until - terms.max_gap_s)
    for interval, seconds in _pieces(sampled_from, until, terms.interval_s):
        sums[interval] = sums.get(interval, 0) + premium_wad * seconds

    # A rate seconds sum over the pieces; every rate comes from the interval before its piece.
    owed = sum(
        rate_wad(terms, sums.get(interval - 1, 0)) * seconds
        for interval, seconds in _pieces(since, until, terms.interval_s)
    )
    grown = floor(Fraction(owed * price_wad, terms.interval_s * WAD)) if accrues else 0
    running = until // terms.interval_s
    return replace(
        funding,
        index_wad=funding.index_wad + grown,
        premium_seconds={k: v for k, v in sums.items() if k >= running - 1},
    )


def _pieces(since: int, until: int, interval_s: int) -> Iterator[tuple[int, int]]:
    """The span's share of each interval it touches, in seconds."""
    for interval in range(since // interval_s, until // interval_s + 1):
        start, end = interval * interval_s, (interval + 1) * interval_s
        seconds = min(end, until) - max(start, since)
        if seconds > 0:
            yield interval, seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class VelocityTerms:
    """How a market funds by velocity, a rate a day; `cap_wad` already bounded by the margins."""

    interval_s: int
    max_gap_s: int
    cap_wad: int
    scale_wad: int
    velocity_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifting:
    """Cumulative funding in quote per base, and the exact rate of now in WAD."""

    index_wad: int = 0
    rate: Fraction = Fraction(0)


def velocity_wad(terms: VelocityTerms, premium_wad: int) -> int:
    """How far the rate moves in a day while the book stands at a premium, rounded down."""
    skew = sorted((Fraction(-1), Fraction(premium_wad, terms.scale_wad), Fraction(1)))[1]
    return floor(skew * terms.velocity_wad)


def drift(
    terms: VelocityTerms,
    funding: Drifting,
    *,
    since: int,
    until: int,
    premium_wad: int,
    price_wad: int,
    accrues: bool,
) -> Drifting:
    """Funding after the book stood at one premium, which pushed the rate for the capped gap."""
    if not accrues:
        return funding
    cap, slope = Fraction(terms.cap_wad), Fraction(velocity_wad(terms, premium_wad), DAY_S)
    start = sorted((-cap, funding.rate, cap))[1]
    pushed_from = max(since, until - terms.max_gap_s)

    def rate_of(time: Fraction) -> Fraction:
        return sorted((-cap, start + slope * max(Fraction(0), time - pushed_from), cap))[1]

    bends = {Fraction(since), Fraction(pushed_from), Fraction(until)}
    if slope:
        meets_cap = pushed_from + ((cap if slope > 0 else -cap) - start) / slope
        bends.add(min(meets_cap, Fraction(until)))
    area = sum(
        ((rate_of(a) + rate_of(b)) / 2 * (b - a) for a, b in pairwise(sorted(bends))), Fraction(0)
    )
    # Kept in halves of a day's parts; it is whole there unless the cap is met between seconds.
    halves = floor(area * 2 * DAY_S)
    grown = floor(Fraction(halves * price_wad, 2 * DAY_S * terms.interval_s * WAD))
    return Drifting(index_wad=funding.index_wad + grown, rate=rate_of(Fraction(until)))
