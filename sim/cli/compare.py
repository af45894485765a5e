"""`compare`: two run folders side by side, and the event at which they part."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sim.cli.errors import Command, refusals
from sim.cli.summary_table import FIGURES
from sim.cli.tables import Column, check_writable, json_option, print_table, write_rows
from sim.metrics.difference import figures, parting, profits
from sim.metrics.summary import summarise
from sim.records.folder import read_run

_COLUMNS = (
    Column("label", "measure"),
    Column("left", "left", str),
    Column("right", "right", str),
    Column("difference", "right - left", str),
)
_DECIMALS = {key: (label, unit, decimals) for key, label, unit, decimals in FIGURES}


@click.command(cls=Command)
@click.argument("left", type=click.Path(path_type=Path), metavar="RUN")
@click.argument("right", type=click.Path(path_type=Path), metavar="RUN")
@json_option
def compare(left: Path, right: Path, json_file: Path | None) -> None:
    """Compare two RUN folders: figures, profit by kind of agent, and where their events part.

    Exits with 0 if every event is the same, with 1 if not.
    """
    check_writable(json_file)
    with refusals():
        runs = read_run(left), read_run(right)
    summaries = [summarise(one) for one in runs]
    rows = figures(*summaries)
    print_table(f"{left} and {right}", [_shown(row) for row in rows], _COLUMNS)
    print_table("profit by kind of agent", [_shown(row) for row in profits(*runs)], _COLUMNS)
    write_rows(json_file, rows, [Column(name, "") for name in rows[0]] if rows else [])
    for name in ("scenario", "scenario_sha256", "seed", "engine", "contracts_sha256"):
        one, other = (run.manifest.get(name) for run in runs)
        if one != other:
            click.echo(f"{name}: {one} and {other}")
    apart = parting(*runs)
    if apart is None:
        click.echo("the events are the same")
        return
    click.echo(f"the runs part at event {apart.place:,}, block {apart.block}:")
    click.echo(f"  left   {apart.left or 'is over'}\n  right  {apart.right or 'is over'}")
    sys.exit(1)


def _shown(row: dict[str, object]) -> dict[str, object]:
    name = str(row["measure"])
    label, unit, decimals = _DECIMALS.get(name, (name.replace("_", " "), "", 2))
    cells = {
        key: f"{value:,.{decimals}f} {unit}".rstrip() if isinstance(value, int | float) else "-"
        for key, value in row.items()
        if key != "measure"
    }
    return {"label": label, **cells}
