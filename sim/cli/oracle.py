"""`oracle`: ways of making an index and a mark, put under attack on the real contracts."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from sim.chain.artifacts import ROOT
from sim.cli.errors import Command, Refused, refusals
from sim.cli.show import check_writable, json_option
from sim.oracle_lab.catalogue import FAULTS
from sim.oracle_lab.claims import Claim, judge
from sim.oracle_lab.designs import DEFAULT, METHODS
from sim.oracle_lab.lab import Request, run
from sim.oracle_lab.page import build_page
from sim.oracle_lab.score import Row
from sim.types import Status

PAGE = "oracle.html"


@click.command(cls=Command)
@click.option("--method", "methods", multiple=True, type=click.Choice([*METHODS], False))
@click.option("--fault", "faults", multiple=True, type=click.Choice([*FAULTS]))
@click.option("--feeds", type=click.IntRange(3, 8), default=5, show_default=True)
@click.option("--corrupted", type=click.IntRange(min=0), default=1, help="Shown in the table [1].")
@click.option("--blocks", type=click.IntRange(12, 2_000), default=60, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Where the chart goes [runs/oracle].")
@json_option
def oracle(
    methods: tuple[str, ...],
    faults: tuple[str, ...],
    feeds: int,
    corrupted: int,
    blocks: int,
    seed: int,
    out: Path | None,
    json_file: Path | None,
) -> None:
    """Run every index design under every fault, with none to all of the feeds corrupted.

    Exits with 0 only if the default design keeps its promises where the naive ones break.
    """
    check_writable(json_file)
    if corrupted > feeds:
        raise Refused(f"--corrupted {corrupted} of {feeds} feeds; 0 to {feeds} are allowed")
    folder = out or ROOT / "runs" / "oracle"
    if folder.exists() and not folder.is_dir():
        raise Refused(f"--out {folder} is a file; a folder is allowed")
    request = Request(methods=methods, faults=faults, feeds=feeds, blocks=blocks, seed=seed)
    with refusals():
        rows = run(request, _tell)
    _print_faults(rows, corrupted, request)
    if json_file is not None:
        json_file.write_text(json.dumps(rows, indent=1) + "\n")
    claims = judge(rows)
    _print_claims(claims)
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / PAGE
    page.write_text(build_page(rows, claims, f"oracle, seed {seed}"), encoding="utf-8")
    click.echo(f"chart  {page}")
    sys.exit(0 if all(one.holds for one in claims) else 1)


def _tell(what: str) -> None:
    click.echo(f"playing: {what}", err=True)


def _print_faults(rows: Sequence[Row], corrupted: int, request: Request) -> None:
    title = f"{corrupted} of {request.feeds} feeds corrupted, {request.blocks} blocks"
    table = Table(title=f"{title}, seed {request.seed}", title_justify="left", box=None)
    for heading in ("fault", "method", "status, s"):
        table.add_column(heading, header_style="dim", no_wrap=True)
    for heading in (
        "median bp",
        "p99",
        "max",
        "mark max",
        "false liq.",
        "missed",
        "cost",
        "profit",
    ):
        table.add_column(heading, justify="right", header_style="dim", no_wrap=True)
    of_faults = [row for row in rows if row["table"] == "faults" and row["corrupted"] == corrupted]
    for fault in dict.fromkeys(row["fault"] for row in of_faults):
        group = [row for row in of_faults if row["fault"] == fault]
        worst = max(group, key=lambda row: _worth(row["good_index_error_bps_max"]))
        for row in group:
            style = "red" if row is worst else "bold" if row["method"] == DEFAULT else ""
            table.add_row(*_cells(row), style=style)
    console = Console()
    Console(width=None if console.is_terminal else 140).print(table)
    click.echo("red: worst index served as good under that fault; bold: the default design")


def _cells(row: Row) -> list[str]:
    times = [(one.name.lower(), row[f"{one.name.lower()}_s"]) for one in Status]
    figures = ("index_error_bps_median", "index_error_bps_p99", "index_error_bps_max")
    money = ("false_liquidation_notional", "missed_liquidation_notional", "attacker_cost")
    return [
        str(row["fault"]),
        str(row["method"]).lower(),
        " ".join(f"{name} {spent}" for name, spent in times if spent),
        *(_short(row[key]) for key in (*figures, "mark_error_bps_max", *money, "attacker_profit")),
    ]


def _short(value: object) -> str:
    """Three or four digits and a letter."""
    number = _worth(value)
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= 10 * unit or (number >= unit and unit > 1e3):
            return f"{number / unit:,.1f}{letter}"
    return f"{number:,.1f}" if number % 1 else f"{number:,.0f}"


def _worth(value: object) -> float:
    assert isinstance(value, int | float), f"{value!r} stands in a column of numbers"
    return value


def _print_claims(claims: Sequence[Claim]) -> None:
    for claim in claims:
        click.echo(f"{'holds ' if claim.holds else 'BROKEN'}  {claim.sentence}")
        for each in claim.against:
            click.echo(f"error: {each}", err=True)
