"""Funding by premium, from the specification: time cut at multiples of the interval.

The premium seconds of each interval are kept in a dictionary by its number in unix time; the rate
of an interval is a function of what was sampled in the one before, so nothing is ever "rolled".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor

from sim.units import WAD

EIGHT_HOURS_S = 8 * 3600


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
