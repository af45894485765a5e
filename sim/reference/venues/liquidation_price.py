"""The price at which a position is liquidated, under each venue's rule of maintenance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from sim.reference.venues.margin_table import MaintenanceRule, MarginTable
from sim.reference.venues.numbers import RuleError
from sim.reference.venues.position import Position


class MaintenanceOf(StrEnum):
    """What value of a position its maintenance is asked of."""

    MARK = "mark"  # moves with the price
    ENTRY = "entry"  # R03: does not


class ClosingFee(StrEnum):
    """Where the fee of closing a position counts."""

    NONE = "none"
    IN_TEST = "in_test"  # R02: E < MM + f*N
    IN_MAINTENANCE = "in_maintenance"  # R04: f of the value at bankruptcy is part of MM


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """A market's rule of maintenance."""

    table: MarginTable
    of: MaintenanceOf = MaintenanceOf.MARK
    closing_fee: ClosingFee = ClosingFee.NONE
    taker_fee: Fraction = Fraction(0)

    def at(self, position: Position, price: Fraction) -> Fraction:
        """Maintenance margin of a position at a price, without the fee that R02 tests beside it."""
        value_at = position.entry if self.of is MaintenanceOf.ENTRY else price
        asked = self.table.maintenance(abs(position.size) * value_at)
        if self.closing_fee is ClosingFee.IN_MAINTENANCE:
            asked += (
                self.taker_fee * abs(position.size) * max(bankruptcy_price(position), Fraction(0))
            )
        return asked

    @property
    def is_stepped(self) -> bool:
        """Whether maintenance jumps at a tier's bound."""
        return self.table.maintenance_rule is MaintenanceRule.BRACKET

    def tested_fee(self) -> Fraction:
        """The fee that the test adds to every rate."""
        return self.taker_fee if self.closing_fee is ClosingFee.IN_TEST else Fraction(0)


def bankruptcy_price(position: Position) -> Fraction:
    """Where margin and profit are nothing: P_entry - margin/s (Bybit: bankruptcy price)."""
    return position.entry - position.margin / position.size


def liquidation_price(position: Position, rule: Maintenance) -> Fraction | None:
    """Where E = MM + f*N; None where no price above 0 does it.

    Of the value at mark the price is sought in each tier: (s*P_entry - A - D_k)/(s - |s|*(mmr_k +
    f)) counts if its notional lies in tier k (Binance: how to calculate liquidation price of USD-M
    futures). Where a whole notional is at its bracket's rate, a bound itself may be the price. Of
    the entry value maintenance stands still (Bybit: liquidation price, isolated mode); a fee that
    is part of initial and of maintenance margin alike moves no price there.
    """
    fee = rule.tested_fee()
    if rule.of is MaintenanceOf.ENTRY:
        asked = rule.table.maintenance(abs(position.size) * position.entry)
        return _solved(position, asked, fee)
    if rule.closing_fee is ClosingFee.IN_MAINTENANCE:
        raise RuleError("a fee at bankruptcy within maintenance of the value at mark has no rule")
    found = _candidates(position, rule, fee)
    if not found:
        return None
    return max(found) if position.size > 0 else min(found)


def _candidates(position: Position, rule: Maintenance, fee: Fraction) -> list[Fraction]:
    """Prices at which a position just fails, or steps over a bound into failing."""
    tiers, size = rule.table.tiers, abs(position.size)
    found = []
    for place, deduction in enumerate(rule.table.deductions()):
        lower = tiers[place].lower / size
        upper = tiers[place + 1].lower / size if place + 1 < len(tiers) else None
        price = _solved(position, -deduction, tiers[place].mmr + fee)
        if price is not None and lower <= price and (upper is None or price <= upper):
            found.append(price)
        needed = rule.at(position, lower) + fee * size * lower
        if place and position.equity(lower) < needed and rule.is_stepped:
            found.append(lower)
    return found


def _solved(position: Position, asked: Fraction, rate: Fraction) -> Fraction | None:
    """The price above 0 at which margin + s*(P - P_entry) = asked + rate*|s|*P."""
    slope = position.size - abs(position.size) * rate
    if slope == 0:
        return None
    price = (position.size * position.entry - position.margin + asked) / slope
    return price if price > 0 else None


def with_maintenance_held(
    size: Fraction, mark: Fraction, equity: Fraction, maintenance: Fraction
) -> Fraction | None:
    """R07: P -/+ (A - MM_today)/|s|, the account's maintenance held at today's notional.

    (Hyperliquid: liquidations, the price that a cross position is shown with.)
    """
    price = mark - (equity - maintenance) / size
    return price if price > 0 else None


def by_ratio(size: Fraction, margin: Fraction, ratio: Fraction) -> Fraction:
    """The last price held where positive over negative value must be a ratio (dYdX v1)."""
    return ratio * -margin / size if size > 0 else margin / (ratio * -size)


def is_above_ratio(size: Fraction, margin: Fraction, price: Fraction, ratio: Fraction) -> bool:
    """Whether positive value is at least a ratio of negative value (dYdX v1)."""
    parts = (margin, size * price)
    positive = sum((part for part in parts if part > 0), Fraction(0))
    return positive >= ratio * -sum((part for part in parts if part < 0), Fraction(0))


def collateral_in_base_fails(
    price: Fraction,
    *,
    collateral_base: Fraction,
    size_quote: Fraction,
    entry: Fraction,
    is_long: bool,
    minimum_factor: Fraction,
) -> bool:
    """R17, as far as price alone goes: collateral in base and profit against a least factor.

    Price impact, borrowing and closing fees of a pool are not in it (GMX v2).
    """
    moved = size_quote * (price / entry - 1)
    left = collateral_base * price + (moved if is_long else -moved)
    return left <= 0 or left < minimum_factor * size_quote
