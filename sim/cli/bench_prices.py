"""The part of `bench` that reads price files: a year of minutes, by columns and row by row."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import click

from sim.cli.bench_rows import TARGETS, Row, Target, target_row
from sim.cli.tables import Column, number, print_table, write_rows
from sim.experiments.price_speed import (
    COLUMNS,
    JOIN,
    ROWS,
    VENUES,
    YEAR_OF_MINUTES,
    Measured,
    measure,
    write_year,
)

TABLE = (
    Column("what", "reading"),
    Column("rows", "rows", number(0)),
    Column("seconds", "seconds", number(2)),
    Column("peak_memory_mib", "peak MiB", number(0)),
)


def bench_prices(repeats: int, rows: int | None, json_file: Path | None) -> None:
    """Time both ways in turns, tell the medians, and exit with 0 only if the targets are met."""
    count = rows or YEAR_OF_MINUTES
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"BTCUSDT-1m-{place}.csv" for place in range(VENUES)]
        for place, file in enumerate(files):
            click.echo(f"writing: a year of minutes, venue {place + 1} of {VENUES}", err=True)
            write_year(file, place, count)
        by_columns, by_rows, joins = _in_turns(files, repeats)
    table: list[Row] = [
        _row("by columns", count, by_columns),
        _row("row by row", count, by_rows),
    ]
    joined = median(joins)
    held_to = [
        Target("reading, times as fast as row by row", _faster(by_rows, by_columns), 4.0, False),
        Target("peak memory, times that of row by row", _smaller(by_columns, by_rows), 0.5, True),
        Target(f"reading and joining {VENUES} venues, times reading", joined, 2.0, True),
    ]
    print_table(f"medians of {repeats} turns", table, TABLE)
    print_table("\ntargets", [target_row(one) for one in held_to], TARGETS)
    write_rows(json_file, table, TABLE)
    missed = [one.what for one in held_to if not one.is_met]
    for what in missed:
        click.echo(f"error: a target is missed: {what}", err=True)
    sys.exit(1 if missed else 0)


def _in_turns(
    files: Sequence[Path], repeats: int
) -> tuple[list[Measured], list[Measured], list[float]]:
    by_columns, by_rows, joins = [], [], []
    for turn in range(1, repeats + 1):
        click.echo(f"measuring: price files, turn {turn} of {repeats}", err=True)
        by_columns.append(measure(COLUMNS, files[:1]))
        by_rows.append(measure(ROWS, files[:1]))
        joins.append(measure(JOIN, files).seconds)
    return by_columns, by_rows, joins


def _row(what: str, rows: int, measured: Sequence[Measured]) -> Row:
    return {
        "what": what,
        "rows": rows,
        "seconds": median(one.seconds for one in measured),
        "peak_memory_mib": median(one.peak_mib for one in measured),
    }


def _faster(slow: Sequence[Measured], fast: Sequence[Measured]) -> float:
    return median(one.seconds for one in slow) / median(one.seconds for one in fast)


def _smaller(small: Sequence[Measured], large: Sequence[Measured]) -> float:
    return median(one.peak_mib for one in small) / median(one.peak_mib for one in large)
