"""`vectors`: published worked numbers of venues, held against the reference under their presets."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from sim.cli.errors import Command
from sim.cli.tables import (
    Column,
    Rows,
    check_writable,
    json_option,
    number,
    print_table,
    write_rows,
)
from sim.cli.venue_errors import venue_refusals
from sim.reference.venues.numbers import shown
from sim.vectors.judge import Column as Statement
from sim.vectors.judge import Kind, judge
from sim.vectors.reference import REFERENCE
from sim.vectors.rows import Row, read_rows

STATEMENTS: tuple[Statement, ...] = (REFERENCE,)
KEYS = ("id", "venue", "what", "preset", "held_against", "verdict", "off_by", "reason", "source")
RESULT = tuple(Column(key, key.replace("_", " ")) for key in KEYS)
SUMMARY = (
    Column("what", "what"),
    Column("held_against", "held against"),
    Column("rows", "rows", number(0)),
    *(Column(kind, kind.lower(), number(0)) for kind in Kind),
)
UNEQUAL = tuple(Column(key, key) for key in ("id", "held_against", "verdict", "reason"))


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def vectors(folder: Path, json_file: Path | None) -> None:
    """Hold every row of FOLDER/*.json against the reference, under its venue's preset.

    Exits with 0 only if none is DIFFERENT.
    """
    check_writable(json_file)
    with venue_refusals():
        results = [_result(row, one) for row in read_rows(folder) for one in STATEMENTS]
    print_table(f"Worked numbers of {folder}", summary(results), SUMMARY)
    unequal = [row for row in results if row["verdict"] != Kind.EQUAL]
    if unequal:
        click.echo()
        print_table("Not equal", unequal, UNEQUAL, 160)
    write_rows(json_file, results, RESULT)
    different = sum(row["verdict"] == Kind.DIFFERENT for row in results)
    equal = sum(row["verdict"] == Kind.EQUAL for row in results)
    click.echo(f"\n{equal} of {len(results)} are EQUAL, {different} are DIFFERENT.")
    sys.exit(1 if different else 0)


def _result(row: Row, statement: Statement) -> dict[str, object]:
    verdict = judge(row, statement)
    return {
        "id": row.id,
        "venue": row.venue,
        "what": row.what,
        "preset": verdict.preset,
        "held_against": statement.name,
        "verdict": verdict.kind,
        "off_by": None if verdict.off_by is None else shown(verdict.off_by),
        "reason": verdict.reason,
        "source": row.source,
    }


def summary(results: Sequence[Mapping[str, object]]) -> Rows:
    """One line for each `what` and statement: how many rows, and what came of them."""
    lines: dict[tuple[object, object], dict[str, object]] = {}
    for row in results:
        key = (row["what"], row["held_against"])
        empty: dict[str, object] = {"what": key[0], "held_against": key[1], "rows": 0}
        line = lines.setdefault(key, empty | {kind.value: 0 for kind in Kind})
        for counted in ("rows", str(row["verdict"])):
            found = line[counted]
            assert isinstance(found, int)
            line[counted] = found + 1
    return [lines[key] for key in sorted(lines, key=str)]
