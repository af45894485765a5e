"""A position under a venue's preset: every figure that a trader would check by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from sim.reference.venues import liquidation_price as rules
from sim.reference.venues.margin_table import MarginTable
from sim.reference.venues.numbers import RuleError, shown
from sim.reference.venues.position import Position
from sim.venues.market import Market, Unit
from sim.venues.model import Payoff, Venue


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A position as a person names it: signed size, entry, and a leverage or a margin."""

    size: Fraction
    entry: Fraction
    mark: Fraction
    leverage: Fraction | None = None
    margin: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What comes of it; amounts in quote, prices in quote per base."""

    position: Position
    mark: Fraction
    table: MarginTable
    initial: Fraction | None
    maintenance: Fraction
    closing_fee: Fraction
    liquidation_price: Fraction | None
    bankruptcy_price: Fraction | None

    def counted(self, market: Market) -> Fraction:
        """The position in the unit that a market's bounds are counted in."""
        size = abs(self.position.size)
        if market.unit is Unit.BASE:
            return size
        if market.unit is Unit.CONTRACTS and market.contract_size is not None:
            return size / market.contract_size
        return size * self.mark

    def lines(self) -> Iterator[tuple[str, Fraction | None, str]]:
        """Name, value and unit of each figure; None is a price that no market reaches."""
        size = abs(self.position.size)
        yield "value at entry", size * self.position.entry, "quote"
        yield "value at mark", size * self.mark, "quote"
        yield "margin behind it", self.position.margin, "quote"
        yield "equity at mark", self.position.equity(self.mark), "quote"
        if self.initial is not None:
            yield "initial margin, at least", self.initial, "quote"
        yield "maintenance margin", self.maintenance, "quote"
        if self.closing_fee:
            yield "closing fee tested beside it", self.closing_fee, "quote"
        yield "liquidation price", self.liquidation_price, "quote per base"
        yield "bankruptcy price", self.bankruptcy_price, "quote per base"
        if self.liquidation_price is not None:
            moved = (self.liquidation_price / self.position.entry - 1) * 100
            yield "move from entry to liquidation", moved, "%"


def figures(venue: Venue, market: str, asked: Asked) -> Figures:
    """Everything of one position, or a refusal that names what is allowed."""
    if venue.payoff is Payoff.INVERSE:
        raise RuleError("R05: margin and profit in the coin; a linear venue is allowed")
    if asked.size == 0 or asked.entry <= 0 or asked.mark <= 0:
        raise RuleError("found a size of 0 or a price of 0 or less; others are allowed")
    table = venue.table_for(market, asked.size)
    position = Position(size=asked.size, entry=asked.entry, margin=_margin(asked, table))
    rule = venue.maintenance(table, venue.taker_fee(market))
    bankruptcy = rules.bankruptcy_price(position)
    notional = abs(asked.size) * asked.mark
    has_initial = all(tier.imr is not None for tier in table.tiers)
    return Figures(
        position=position,
        mark=asked.mark,
        table=table,
        initial=table.initial(notional) if has_initial else None,
        maintenance=rule.at(position, asked.mark),
        closing_fee=rule.tested_fee() * notional,
        liquidation_price=rules.liquidation_price(position, rule),
        bankruptcy_price=bankruptcy if bankruptcy > 0 else None,
    )


def _margin(asked: Asked, table: MarginTable) -> Fraction:
    """The margin named, or the entry value over the leverage if the bracket allows that much."""
    if (asked.margin is None) == (asked.leverage is None):
        raise RuleError("found no leverage and no margin, or both; one of the two is allowed")
    if asked.margin is not None:
        return asked.margin
    assert asked.leverage is not None
    if asked.leverage <= 0:
        raise RuleError(f"found the leverage {shown(asked.leverage)}; one above 0 is allowed")
    notional = abs(asked.size) * asked.entry
    imr = table.tiers[table.place(notional)].imr
    if imr is not None and imr * asked.leverage > 1:
        raise RuleError(
            f"found the leverage {shown(asked.leverage)}; the bracket of a value of "
            f"{shown(notional)} allows up to {shown(1 / imr)}"
        )
    return notional / asked.leverage
