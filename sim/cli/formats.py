"""`formats`: the formats of price files, and what is read of each."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.errors import Command
from sim.cli.tables import Column, check_writable, json_option, write_rows
from sim.prices.describe import format_rows

KNOWN = (
    Column("format", "format"),
    Column("told_by", "recognised by"),
    Column("columns", "read of it"),
    Column("unit", "times in"),
    Column("stamp", "stamp"),
    Column("order", "order"),
)


@click.command(cls=Command)
@json_option
def formats(json_file: Path | None) -> None:
    """List the formats of price files: how each is told, what is read, when it is known."""
    check_writable(json_file)
    rows = format_rows()
    for row in rows:
        click.echo(f"{row['format']}\n  recognised by  {row['told_by']}")
        click.echo(f"  read           {row['columns']}\n  times          {row['unit']}")
        click.echo(f"  stamp, order   {row['stamp']}; {row['order']}")
    write_rows(json_file, rows, KNOWN)
