"""`venues`: the presets that ship, what of each is exact here and what is not."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.errors import Command
from sim.cli.tables import (
    Column,
    check_writable,
    json_option,
    number,
    print_table,
    write_rows,
)
from sim.cli.venue_errors import venue_refusals
from sim.venues import Venue, load_venue, venue_names
from sim.venues.market import Cited

LISTED = (
    Column("name", "preset"),
    Column("venue", "venue"),
    Column("markets", "markets", number(0)),
    Column("product", "product"),
)
WRITTEN = (*LISTED, Column("exact", "exact"), Column("not_exact", "not exact"))
SOURCES = (
    Column("part", "part"),
    Column("as_of", "as of"),
    Column("source", "source"),
    Column("note", "note"),
)


@click.command(cls=Command)
@click.argument("name", required=False)
@json_option
def venues(name: str | None, json_file: Path | None) -> None:
    """List the presets with what is exact and what is not; with NAME, its sources too."""
    check_writable(json_file)
    with venue_refusals():
        presets = {one: load_venue(one) for one in ([name] if name else venue_names())}
    rows = [_row(one, venue) for one, venue in presets.items()]
    print_table("Venues", rows, LISTED, 140)
    for one, venue in presets.items():
        _print_limits(one, venue)
        if name:
            click.echo()
            print_table("Sources", sources(venue), SOURCES, 160)
    write_rows(json_file, rows, WRITTEN)


def _row(name: str, venue: Venue) -> dict[str, object]:
    return {
        "name": name,
        "venue": venue.venue,
        "markets": len(venue.markets),
        "product": venue.product,
        "exact": list(venue.exact),
        "not_exact": list(venue.not_exact),
    }


def _print_limits(name: str, venue: Venue) -> None:
    click.echo(f"\n{name}")
    for heading, sentences in (("exact", venue.exact), ("not exact", venue.not_exact)):
        click.echo(f"  {heading}:")
        for sentence in sentences:
            click.echo(f"  - {sentence}")


def sources(venue: Venue) -> list[dict[str, object]]:
    """Each part of a preset with where its numbers are published, and of which day."""
    parts: dict[str, Cited | None] = {
        "margin": venue.margin,
        "fees": venue.fees,
        "funding": venue.funding,
        "liquidation": venue.liquidation,
        "deleveraging": venue.deleveraging,
        "mark": venue.mark,
    }
    parts |= {f"market {name}": market for name, market in venue.markets.items()}
    return [
        {"part": part, "as_of": cited.as_of, "source": cited.source, "note": cited.note}
        for part, cited in parts.items()
        if cited is not None
    ]
