"""The premium of a book over its index: by impact prices, by their middle, and its averages."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from sim.reference.venues.numbers import RuleError, mean

ZERO = Fraction(0)


def impact_price(
    levels: Sequence[tuple[Fraction, Fraction]], notional: Fraction
) -> Fraction | None:
    """Average price of trading a notional down (price, size) levels, best first; None: too thin."""
    left, base = notional, ZERO
    for price, size in levels:
        taken = min(left, price * size)
        base, left = base + taken / price, left - taken
        if left == 0:
            return notional / base
    return None


def of_impact_prices(
    index: Fraction, impact_bid: Fraction | None, impact_ask: Fraction | None
) -> Fraction:
    """(max(0, bid - I) - max(0, I - ask))/I; a side without depth counts 0 (dYdX v4: premium)."""
    above = max(ZERO, impact_bid - index) if impact_bid is not None else ZERO
    below = max(ZERO, index - impact_ask) if impact_ask is not None else ZERO
    return (above - below) / index


def of_middle(index: Fraction, impact_bid: Fraction, impact_ask: Fraction) -> Fraction:
    """R34: (bid + ask)/2/I - 1 (Hyperliquid: funding of HIP-3 markets; OKX before 2024)."""
    return (impact_bid + impact_ask) / 2 / index - 1


def simple_average(samples: Sequence[Fraction]) -> Fraction:
    """Every sample counts the same (Hyperliquid: one each 5 s of an hour)."""
    return mean(samples)


def weighted_average(samples: Sequence[Fraction]) -> Fraction:
    """R39: sum(i*P_i)/sum(i), later samples more (Binance: funding rate, average premium index)."""
    if not samples:
        raise RuleError("found no samples to average; one or more are allowed")
    count = len(samples)
    weighed = sum((place * value for place, value in enumerate(samples, start=1)), ZERO)
    return weighed / (count * (count + 1) // 2)


def of_expected_samples(premium: Fraction, taken: int, expected: int) -> Fraction:
    """The average where samples that were not taken count 0 (dYdX v4: funding samples)."""
    return premium * taken / expected
