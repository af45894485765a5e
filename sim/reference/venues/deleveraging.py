"""Auto-deleveraging: ranking scores, a pair at bankruptcy, and a haircut instead of either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

ZERO = Fraction(0)


def score_by_bankruptcy(
    size: Fraction, entry: Fraction, mark: Fraction, bankruptcy: Fraction
) -> Fraction:
    """Profit ratio times effective leverage, or over it where it loses (Binance: ADL sequence).

    The profit ratio is of the entry value, the leverage mark value/(mark value - bankruptcy value).
    """
    ratio = (mark - entry) / entry * (1 if size > 0 else -1)
    leverage = mark / abs(mark - bankruptcy)
    return ratio * leverage if ratio > 0 else ratio / leverage


def score_by_account(
    size: Fraction, entry: Fraction, mark: Fraction, account_value: Fraction
) -> Fraction:
    """(mark/entry, of a short entry/mark)*(notional/account value) (Hyperliquid: ADL)."""
    moved = mark / entry if size > 0 else entry / mark
    return moved * abs(size) * mark / account_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """One side of a deleveraging: a quote balance and a signed size."""

    quote: Fraction
    size: Fraction

    def equity(self, mark: Fraction) -> Fraction:
        """What it is worth at a mark."""
        return self.quote + self.size * mark

    def traded(self, size: Fraction, price: Fraction) -> Purse:
        """After buying a signed size at a price."""
        return Purse(quote=self.quote - size * price, size=self.size + size)


def deleverage(
    failing: Purse, counterparty: Purse, *, size: Fraction, price: Fraction
) -> tuple[Purse, Purse]:
    """Both sides once an unsigned size of the failing one is closed at a price."""
    bought = size if failing.size < 0 else -size
    return failing.traded(bought, price), counterparty.traded(-bought, price)


def is_counterparty_sound(
    before: Purse, after: Purse, mark: Fraction, *, may_stay_below_zero: bool
) -> bool:
    """R12: a counterparty may not end below zero, even if it was and gets no worse (dYdX v4)."""
    left = after.equity(mark)
    return left >= 0 or (may_stay_below_zero and left >= before.equity(mark))


def haircut(backing: Fraction, profits: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """What each winner's profit is worth where profits are a junior claim on what is left.

    h = min(backing, sum of profits)/sum of profits, each profit times h and no position closed;
    losers and principal are left alone (Percolator: profits as junior claims, ratio h).
    """
    positive = {name: max(ZERO, profit) for name, profit in profits.items()}
    total = sum(positive.values(), ZERO)
    if total == 0:
        return positive
    share = max(ZERO, min(backing, total)) / total
    return {name: profit * share for name, profit in positive.items()}


def haircut_wad_down(backing_wad: int, profits_wad: Sequence[int]) -> list[int]:
    """The same in whole wei: each payout down, so that no more leaves than there is."""
    total = sum(max(0, profit) for profit in profits_wad)
    backed = max(0, min(backing_wad, total))
    if total == 0:
        return [0 for _ in profits_wad]
    return [floor(Fraction(max(0, profit) * backed, total)) for profit in profits_wad]
