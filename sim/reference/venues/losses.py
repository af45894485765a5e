"""Losses that margins do not cover, and funding that payers cannot pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What a shortfall costs whom."""

    shortfall: Fraction
    fund_pays: Fraction
    losses: Mapping[str, Fraction]  # of each winner, 0 or more


def shortfall(losses_and_deposits: Mapping[str, tuple[Fraction, Fraction]]) -> Fraction:
    """What the losers' deposits do not cover."""
    return sum((max(ZERO, lost - had) for lost, had in losses_and_deposits.values()), ZERO)


def share_loss(missing: Fraction, fund: Fraction, gains: Mapping[str, Fraction]) -> Shared:
    """R25: the fund pays as far as it lasts, winners the rest by their gains (Vega: settlement)."""
    paid = min(fund, missing)
    total = sum((max(ZERO, gain) for gain in gains.values()), ZERO)
    rest = min(missing - paid, total)
    losses = {
        name: rest * max(ZERO, gain) / total if total else ZERO for name, gain in gains.items()
    }
    return Shared(shortfall=missing, fund_pays=paid, losses=losses)


def collect_then_pay(
    due: Mapping[str, Fraction], available: Mapping[str, Fraction], owed: Mapping[str, Fraction]
) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    """R28: payers give what they have, receivers share it by what they are owed (Vega)."""
    paid = {name: min(amount, available.get(name, amount)) for name, amount in due.items()}
    total, came_in = sum(owed.values(), ZERO), sum(paid.values(), ZERO)
    share = min(Fraction(1), came_in / total) if total else ZERO
    return paid, {name: amount * share for name, amount in owed.items()}
