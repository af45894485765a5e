"""`adl`: the published rounds of a real deleveraging, again, on the contracts under each policy."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from sim.cli.errors import Command, Refused, refusals
from sim.cli.oracle_tables import print_claims
from sim.cli.tables import Column, check_writable, json_option, number, print_table, write_json
from sim.cli.waterfall import writable, write
from sim.experiments.waterfall.published_rounds import NOT_COMPARABLE, judge_rounds, run_rounds
from sim.experiments.waterfall.published_totals import RoundsError, read_rounds
from sim.experiments.waterfall.score import Row
from sim.places import RUNS

COLUMNS = (
    Column("round", "round", number(0)),
    Column("needed", "needed", number(0)),
    Column("off", "taken, off by", number(6)),
    Column("if_whole", "queue, if closed whole", number(0)),
    Column("production", "production, published", number(0)),
    Column("queue", "queue", number(1, " %")),
    Column("pro_rata", "pro rata", number(1, " %")),
    Column("water_fill", "water fill", number(1, " %")),
    Column("published_production_percent", "published: production", number(1, " %")),
    Column("published_pro_rata_percent", "pro rata", number(1, " %")),
)


@click.command(cls=Command)
@click.option(
    "--rounds",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    help="The folder of the published tables.",
)
@click.option("--winners", type=click.IntRange(4, 200), default=48, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Where the rows go [runs/adl].")
@json_option
def adl(folder: Path, winners: int, seed: int, out: Path | None, json_file: Path | None) -> None:
    """Deleverage winners with the published totals of each round, whole and to the lot.

    Exits with 0 only if every claim holds.
    """
    check_writable(json_file)
    target = writable(out or RUNS / "adl")
    try:
        published = read_rounds(folder)
    except RoundsError as error:
        raise Refused(str(error)) from error
    with refusals():
        rows = run_rounds(published, winners, seed, _say_progress)
    claims = judge_rounds(rows)
    print_table("Overshoot over what was needed, and largest haircut", table(rows), COLUMNS, 150)
    click.echo("\nNot comparable:")
    for sentence in NOT_COMPARABLE:
        click.echo(f"- {sentence}")
    print_claims(claims)
    write(target, rows)
    write_json(json_file, list(rows))
    sys.exit(0 if all(one.holds for one in claims) else 1)


def table(rows: Sequence[Row]) -> list[Row]:
    """One line a round, and their sum: money added up, haircuts at their largest."""
    lines: dict[object, Row] = {}
    for row in rows:
        line = lines.setdefault(row["round"], dict(row))
        line["off"] = max(line["off"], row["off"])
        line[str(row["policy"]).lower()] = row["worst_haircut_percent"]
    found = list(lines.values())
    total: Row = {"round": None}
    for column in COLUMNS[1:]:
        figures = [line[column.key] for line in found]
        added = column.key in ("needed", "if_whole", "production")
        total[column.key] = sum(figures) if added else max(figures)
    return [*found, total]


def _say_progress(what: str) -> None:
    click.echo(f"playing: {what}", err=True)
