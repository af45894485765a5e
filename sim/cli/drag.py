"""`drag`: what leveraged tokens lose to volatility, simulated and by formula."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sim.cli.errors import Command
from sim.cli.tables import Column, check_writable, json_option, number, print_table, write_json
from sim.experiments.leveraged_token_drag import Drag, gbm_paths, measure
from sim.portable import exp_of

LEVERAGES = (-3, -1, 2, 3)
COLUMNS = (
    Column("leverage", "leverage", number(0, "x")),
    Column("kept", "kept of (S_T/S_0)^L", number(4)),
    Column("from", "99 % from", number(4)),
    Column("to", "to", number(4)),
    Column("formula", "exp(-(L^2-L)/2 sigma^2 T)", number(4)),
    Column("agrees", "agrees"),
    Column("with_fee", "kept with the fee", number(4)),
)


@click.command(cls=Command)
@click.option("--paths", type=click.IntRange(100, 100_000), default=1_000, show_default=True)
@click.option("--days", type=click.IntRange(2, 3_650), default=90, show_default=True)
@click.option("--volatility", type=click.FloatRange(0.01, 3), default=0.4, show_default=True)
@click.option("--fee-bps", type=click.IntRange(0, 100), default=5, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@json_option
def drag(
    paths: int, days: int, volatility: float, fee_bps: int, seed: int, json_file: Path | None
) -> None:
    """Rebalance tokens daily over many random paths; hold what they lose against the formula.

    Exits with 0 only if the formula lies in every confidence interval. It leaves out terms of
    sigma^4 dt, which show at high volatility with many paths.
    """
    check_writable(json_file)
    prices_wad = gbm_paths(paths=paths, days=days, volatility=volatility, seed=seed)
    rows = []
    for leverage in LEVERAGES:
        free = measure(prices_wad, leverage, volatility)
        costly = measure(prices_wad, leverage, volatility, fee_bps=fee_bps)
        rows.append(_row(free, costly))
    print_table(f"{paths} paths of {days} days at {volatility:.0%} a year", rows, COLUMNS)
    write_json(json_file, rows)
    sys.exit(0 if all(row["agrees"] == "yes" for row in rows) else 1)


def _row(free: Drag, costly: Drag) -> dict[str, object]:
    return {
        "leverage": free.leverage,
        "kept": exp_of(free.measured),
        "from": exp_of(free.measured - free.half_width),
        "to": exp_of(free.measured + free.half_width),
        "formula": exp_of(free.formula),
        "agrees": "yes" if free.holds else "no",
        "with_fee": exp_of(costly.measured),
    }
