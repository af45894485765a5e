"""`oracle`: ways of making an index and a mark, put under attack on the real contracts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from sim.cli.errors import Command, Refused, refusals
from sim.cli.oracle_tables import print_claims, print_rows
from sim.cli.price_options import price_options
from sim.cli.tables import check_writable, json_option, write_json
from sim.experiments.claims import Claim
from sim.experiments.oracle.claims import judge
from sim.experiments.oracle.designs import METHODS
from sim.experiments.oracle.fault_catalogue import FAULTS
from sim.experiments.oracle.grid import Request, run, run_on
from sim.experiments.oracle.page import build_page
from sim.experiments.oracle.score import Row
from sim.experiments.oracle.venues import read
from sim.places import RUNS
from sim.prices.request import PriceRequest
from sim.prices.tell import quality_line

PAGE = "oracle.html"
BLOCKS = 60


@click.command(cls=Command)
@click.option("--method", "methods", multiple=True, type=click.Choice([*METHODS], False))
@click.option("--fault", "faults", multiple=True, type=click.Choice([*FAULTS]))
@click.option("--feeds", type=click.IntRange(3, 8), default=5, show_default=True)
@click.option("--corrupted", type=click.IntRange(min=0), default=1, help="Shown in the table [1].")
@click.option("--blocks", type=click.IntRange(12, 100_000), help="Of an episode [60, or all].")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Where the page goes [runs/oracle].")
@price_options
@json_option
def oracle(
    methods: tuple[str, ...],
    faults: tuple[str, ...],
    feeds: int,
    corrupted: int,
    blocks: int | None,
    seed: int,
    out: Path | None,
    prices: PriceRequest,
    json_file: Path | None,
) -> None:
    """Run every index design under every fault, with none to all of the feeds corrupted.

    Exits with 0 only if the default design keeps its promises where the naive ones break them.
    Naming a --fault leaves out the pushes by size, the breaker steps and the marks.
    """
    check_writable(json_file)
    request = Request(
        methods=methods, faults=faults, feeds=feeds, blocks=blocks or BLOCKS, seed=seed
    )
    with refusals():
        real = read(prices, blocks, seed) if prices else None
    count = len(real.venues) if real else feeds
    if corrupted > count:
        raise Refused(f"--corrupted is {corrupted}; 0 to {count} is allowed with {count} feeds")
    folder = _folder(out)
    for one in real.quality if real else ():
        click.echo(quality_line(one))
    rows = run_on(real, request, _say_progress) if real else run(request, _say_progress)
    print_rows(rows, corrupted)
    write_json(json_file, rows)
    # What is promised is promised of the scripted path, in which there is something to lose.
    claims = [] if real else judge(rows)
    print_claims(claims)
    _write_page(folder / PAGE, rows, claims, seed)
    sys.exit(0 if all(one.holds for one in claims) else 1)


def _folder(out: Path | None) -> Path:
    """The folder of the page, made if it is not there."""
    folder = out or RUNS / "oracle"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"cannot write --out {folder}: {error.strerror}") from error
    return folder


def _write_page(path: Path, rows: Sequence[Row], claims: Sequence[Claim], seed: int) -> None:
    path.write_text(build_page(rows, claims, f"oracle, seed {seed}"), encoding="utf-8")
    click.echo(f"page    {path}")


def _say_progress(what: str) -> None:
    click.echo(f"playing: {what}", err=True)
