"""`audit invariants`: the registry, and how often each of it was checked in recorded runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from sim.audit.checked import checked
from sim.cli.errors import Command, refusals
from sim.cli.tables import Column, check_writable, json_option, number, print_table, write_rows
from sim.records.folder import read_run

COLUMNS = (
    Column("invariant", "invariant"),
    Column("sentence", "holds"),
    Column("protects", "protects"),
    Column("times", "checked", number(0)),
    Column("violations", "violated", number(0)),
    Column("when", "when"),
    Column("held_by", "by"),
)


@click.command(cls=Command)
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@json_option
def invariants(runs: Sequence[Path], json_file: Path | None) -> None:
    """List every invariant, and how often it was checked and violated in the RUNS.

    Exits with 1 if one was violated.
    """
    check_writable(json_file)
    with refusals():
        rows = checked([read_run(one) for one in runs])
    print_table(f"{len(rows)} checks, {len(runs)} runs", rows, COLUMNS, width=200)
    write_rows(json_file, rows, COLUMNS)
    if any(row["violations"] for row in rows):
        raise SystemExit(1)
