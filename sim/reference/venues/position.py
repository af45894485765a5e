"""A position behind its margin, and what an account of several positions has and needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A linear position; `margin` is what stands behind it, without its own profit."""

    size: Fraction  # signed: long > 0
    entry: Fraction
    margin: Fraction

    def equity(self, price: Fraction) -> Fraction:
        """Margin and unrealised profit at a price."""
        return self.margin + self.size * (price - self.entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One market of an account that is counted in quote: size at a mark, and its maintenance."""

    size: Fraction
    mark: Fraction
    maintenance: Fraction

    @property
    def value(self) -> Fraction:
        """Signed value at mark."""
        return self.size * self.mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A quote balance (negative: owed) and positions (dYdX: net collateral, perpetual v4)."""

    quote: Fraction
    legs: tuple[Leg, ...]

    @property
    def equity(self) -> Fraction:
        """Quote and the value of all positions."""
        return self.quote + sum((leg.value for leg in self.legs), Fraction(0))

    @property
    def maintenance(self) -> Fraction:
        """Maintenance of all positions."""
        return sum((leg.maintenance for leg in self.legs), Fraction(0))


def total_value(legs: Sequence[tuple[Fraction, Fraction]]) -> Fraction:
    """Sum of size*price (Extended: value and risk calculator)."""
    return sum((size * price for size, price in legs), Fraction(0))


def total_risk(legs: Sequence[tuple[Fraction, Fraction, Fraction]]) -> Fraction:
    """Sum of |size*price|*risk factor (Extended: value and risk calculator)."""
    return sum((abs(size * price) * factor for size, price, factor in legs), Fraction(0))


def spot_borrow_margin(
    notional: Fraction, liability_weight: Fraction, user_margin_rate: Fraction
) -> Fraction:
    """R22: a borrow counts at its weight, or at 1 + the user's own rate if that is more (Drift)."""
    return notional * max(liability_weight, 1 + user_margin_rate)


def user_initial_rate(imr: Fraction, max_leverage: Fraction) -> Fraction:
    """R21: a user may ask for less leverage, of any size above 0: max(imr, 1/L) (Drift)."""
    return max(imr, 1 / max_leverage)
