"""`waterfall`: gaps of any size against every book, pool and policy, on the real contracts."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pandas as pd

from sim.cli.errors import Command, Refused, refusals
from sim.cli.oracle_tables import print_claims
from sim.cli.tables import check_writable, json_option, write_json
from sim.cli.waterfall_tables import print_rows
from sim.experiments.waterfall.case import BOOKS, POOLS
from sim.experiments.waterfall.claims import judge
from sim.experiments.waterfall.grid import GAPS_BPS, Request, run
from sim.experiments.waterfall.page import build_page
from sim.experiments.waterfall.score import Row
from sim.places import RUNS
from sim.types.codes import AdlPolicy
from sim.units import BPS

PAGE, TABLE, ROWS = "waterfall.html", "rows.csv", "rows.json"
POLICIES = [one.name for one in AdlPolicy]


@click.command(cls=Command)
@click.option(
    "--gap",
    "gaps",
    multiple=True,
    type=click.FloatRange(0.1, 60),
    help="Of the price, in percent; may be repeated [1 2 5 10 20 30 40 50 60].",
)
@click.option("--book", "books", multiple=True, type=click.Choice([*BOOKS]))
@click.option("--pool", "pools", multiple=True, type=click.Choice([*POOLS]))
@click.option("--policy", "policies", multiple=True, type=click.Choice(POLICIES, False))
@click.option("--losers", type=click.IntRange(3, 200), default=30, show_default=True)
@click.option("--up", "is_up", is_flag=True, help="Gap upwards, into the shorts.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where page and rows go [runs/waterfall]."
)
@json_option
def waterfall(
    gaps: tuple[float, ...],
    books: tuple[str, ...],
    pools: tuple[str, ...],
    policies: tuple[str, ...],
    losers: int,
    is_up: bool,
    seed: int,
    out: Path | None,
    json_file: Path | None,
) -> None:
    """Gap the price in one block and let keepers work: who paid what, to the wei.

    A seeded population of longs and shorts at 2x to 90x, a book that is thin or thick, a pool of
    nothing, little or plenty, and every way to choose whom to deleverage. Exits with 0 only if
    every claim holds.
    """
    check_writable(json_file)
    request = Request(
        gaps_bps=tuple(round(one * BPS / 100) for one in gaps) or GAPS_BPS,
        books=books or tuple(BOOKS),
        pools=pools or tuple(POOLS),
        policies=tuple(AdlPolicy[one.upper()] for one in policies) or tuple(AdlPolicy),
        losers=losers,
        is_up=is_up,
        seed=seed,
    )
    folder = writable(out or RUNS / "waterfall")
    with refusals():
        rows = run(request, _say_progress)
    claims = judge(rows)
    print_rows(rows)
    print_claims(claims)
    write(folder, rows)
    write_json(json_file, list(rows))
    page = folder / PAGE
    page.write_text(build_page(rows, claims, f"waterfall, seed {seed}"), encoding="utf-8")
    click.echo(f"page    {page}")
    sys.exit(0 if all(one.holds for one in claims) else 1)


def writable(folder: Path) -> Path:
    """The folder, made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"cannot write --out {folder}: {error.strerror}") from error
    return folder


def write(folder: Path, rows: Sequence[Row]) -> None:
    """The rows for programs: as JSON, and as a table."""
    (folder / ROWS).write_text(json.dumps(list(rows), indent=1) + "\n")
    pd.DataFrame(list(rows)).to_csv(folder / TABLE, index=False)


def _say_progress(what: str) -> None:
    click.echo(f"playing: {what}", err=True)
