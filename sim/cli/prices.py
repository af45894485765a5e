"""`prices`: what is read of price files; it runs nothing."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.errors import Command, Refused, refusals
from sim.cli.price_options import said_options
from sim.cli.tables import Column, check_writable, json_option, write_rows
from sim.prices.ask import Said
from sim.prices.describe import series_rows
from sim.prices.formats import words
from sim.prices.request import price_request, read_request

# Of the rows as JSON; people read the sentences.
READ = tuple(
    Column(key, key)
    for key in words(
        "file venue format symbol rows stamp bar_s first_s first_time first_price last_s last_time"
        " last_price gaps missing_bars longest_gap_s duplicates empty unfinished outside_range"
        " newest_first told"
    )
)


@click.command(cls=Command)
@click.argument("files", nargs=-1, metavar="[NAME=]FILE...")
@said_options
@json_option
def prices(files: tuple[str, ...], said: Said, json_file: Path | None) -> None:
    """Tell what is read of each price file, and run nothing.

    Times are those at which a price was known, in UTC: of a bar, its end.
    """
    check_writable(json_file)
    if not files:
        raise Refused("found no file; one or more price files are needed")
    with refusals():
        request = price_request(files, said)
        rows = series_rows(read_request(request), said.start_s, said.end_s)
    for row in rows:
        click.echo(f"{row['file']}: {row['told']}")
    write_rows(json_file, rows, READ)
