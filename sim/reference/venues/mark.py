"""Candidates of a mark price and how they are joined."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from sim.reference.venues.numbers import RuleError, mean


def of_last_rate(
    index: Fraction, rate: Fraction, left_s: Fraction, interval_s: Fraction
) -> Fraction:
    """Price 1: I*(1 + last rate*time left/interval) (Binance: mark price)."""
    return index * (1 + rate * left_s / interval_s)


def of_mean_basis(index: Fraction, middles: Sequence[Fraction]) -> Fraction:
    """R38, price 2: I + simple mean of (mid - I) over the samples (Binance: mark price).

    Every sample is taken against the index given; with an index a sample pass `mid - I + I_now`.
    """
    return index + mean([middle - index for middle in middles])


def median_of_even(sources: Sequence[Fraction]) -> Fraction:
    """R37: the median, of an even number the mean of the two in the middle (Vega, Binance)."""
    if not sources:
        raise RuleError("found no sources of a price; one or more are allowed")
    ordered, half = sorted(sources), len(sources) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def fill_by_skew(price: Fraction, size: Fraction, skew: Fraction, skew_scale: Fraction) -> Fraction:
    """R32: P*(1 + (skew + s/2)/scale), the mean of the skew before and after (Synthetix v3)."""
    return price * (1 + (skew + size / 2) / skew_scale)
