"""`margin`: a position under a venue's rules, to check by hand: margins, where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from sim.cli.errors import Command
from sim.cli.tables import Column, check_writable, json_option, print_table, write_rows
from sim.cli.venue_errors import venue_refusals
from sim.reference.venues.margin_table import MarginTable
from sim.reference.venues.numbers import shown
from sim.venues import Venue, keys_of, override_venue
from sim.venues.calculator import Asked, Figures, figures

FIGURES = (Column("quantity", "quantity"), Column("reference", "reference"), Column("unit", "unit"))
BRACKETS = (
    Column("here", ""),
    Column("from", "from"),
    Column("to", "to"),
    Column("mmr", "maintenance"),
    Column("imr", "initial"),
    Column("leverage", "leverage"),
    Column("cum", "deduction"),
)


class ExactNumber(click.ParamType):
    """A decimal number, exact."""

    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Fraction:
        """Read it; refuse anything else."""
        try:
            return Fraction(str(value).replace("_", ""))
        except (ValueError, ZeroDivisionError):
            self.fail(f"found {value!r}; a decimal number is allowed", param, ctx)


EXACT = ExactNumber()


@click.command(cls=Command)
@click.argument("market")
@click.option("--venue", "name", required=True, help="A preset's name, or a file.")
@click.option("--size", type=EXACT, required=True, help="In base; below 0 a short.")
@click.option("--entry", type=EXACT, required=True, help="Entry price.")
@click.option("--leverage", type=EXACT, help="Margin is the entry value over it.")
@click.option("--margin", "margin_amount", type=EXACT, help="Margin in quote, instead.")
@click.option("--mark", type=EXACT, help="Mark price [the entry price].")
@click.option("--set", "settings", multiple=True, help="key=value laid over the preset.")
@json_option
def margin(
    market: str,
    name: str,
    size: Fraction,
    entry: Fraction,
    leverage: Fraction | None,
    margin_amount: Fraction | None,
    mark: Fraction | None,
    settings: Sequence[str],
    json_file: Path | None,
) -> None:
    """Margins, liquidation and bankruptcy price of a position in MARKET of a venue."""
    check_writable(json_file)
    with venue_refusals():
        venue = override_venue(name, keys_of(settings))
        asked = Asked(
            size=size, entry=entry, leverage=leverage, margin=margin_amount, mark=mark or entry
        )
        found = figures(venue, market, asked)
        brackets = by_bracket(venue, market, found)
    rows = [
        {"quantity": label, "reference": "never" if value is None else shown(value), "unit": unit}
        for label, value, unit in found.lines()
    ]
    print_table(f"{market} of {venue.venue}, {shown(size)} at {shown(entry)}", rows, FIGURES)
    click.echo()
    print_table(f"Brackets, in {_unit(venue, market)}", brackets, BRACKETS)
    write_rows(json_file, rows, FIGURES)


def _unit(venue: Venue, market: str) -> str:
    return venue.market(market).unit.value


def by_bracket(venue: Venue, market: str, found: Figures) -> list[dict[str, object]]:
    """The table as published, one line a bracket, and which of them holds for the position."""
    published = venue.published_table(market)
    if published is None:
        return _lines(found.table, 0)
    return _lines(published, published.place(found.counted(venue.market(market))))


def _lines(table: MarginTable, here: int) -> list[dict[str, object]]:
    lines: list[dict[str, object]] = []
    for place, (tier, deduction) in enumerate(zip(table.tiers, table.deductions(), strict=True)):
        is_last = place + 1 == len(table.tiers)
        lines.append(
            {
                "here": "*" if place == here else "",
                "from": shown(tier.lower),
                "to": "" if is_last else shown(table.tiers[place + 1].lower),
                "mmr": f"{shown(tier.mmr * 100)} %",
                "imr": "-" if tier.imr is None else f"{shown(tier.imr * 100)} %",
                "leverage": shown(1 / tier.imr) if tier.imr else "-",
                "cum": shown(deduction),
            }
        )
    return lines
