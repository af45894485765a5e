"""`facts`: stylised facts of a run, beside those of a real price file."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from sim.cli.errors import Command, Refused, refusals
from sim.cli.price_options import said_options
from sim.cli.tables import Column, check_writable, json_option, number, print_table, write_rows
from sim.metrics.frames import prices
from sim.metrics.stylised import book_facts, liquidation_facts, return_facts, sampled
from sim.prices.ask import Said
from sim.prices.request import price_request, read_request
from sim.prices.series import PriceSeries
from sim.records.folder import Run, read_run

# (key, words, decimals)
_FACTS = (
    ("returns", "returns, one a step", 0),
    ("deviation_bps", "standard deviation of a return, bp", 2),
    ("autocorrelation_1", "autocorrelation of returns, 1 step", 3),
    ("autocorrelation_5", "autocorrelation of returns, 5 steps", 3),
    ("kurtosis", "excess kurtosis of returns", 2),
    ("clustering_1", "autocorrelation of their size, 1 step", 3),
    ("clustering_5", "autocorrelation of their size, 5 steps", 3),
    ("spread_bps", "spread, median, bp", 2),
    ("depth_10", "resting within 10 bp of mark, median, quote", 0),
    ("depth_50", "resting within 50 bp of mark, median, quote", 0),
    ("peak_minute_share", "liquidated in the heaviest minute, share", 3),
    ("peak_40_minutes_share", "liquidated in the heaviest 40 minutes, share", 3),
)
_SIDES = ("true price", "mark", "file")


@click.command(cls=Command)
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--against", metavar="FILE", help="A price file, its facts beside the run's.")
@click.option("--market", metavar="COIN-USD", help="Of the run's markets [the first].")
@click.option("--step", type=click.IntRange(1, 86_400), help="Seconds of a return [the longest].")
@said_options
@json_option
def facts(
    run: Path,
    against: str | None,
    market: str | None,
    step: int | None,
    said: Said,
    json_file: Path | None,
) -> None:
    """Tell the stylised facts of RUN: returns, book, liquidations; of a file its returns.

    A return is taken every --step seconds; by default a block of the run or a bar of the file,
    whichever is longer.
    """
    check_writable(json_file)
    with refusals():
        recorded = read_run(run)
        series = None
        if against is not None:
            series = read_request(price_request([against], said))[0]
        name = _market(recorded, market)
        seconds = step or max(_block_s(recorded), series.bar_s if series else 0)
        sides = _run_sides(recorded, name, seconds)
        if series is not None:
            sides["file"] = _file_side(series, seconds)
    rows = [
        {"fact": words} | {side: number(decimals)(one.get(key)) for side, one in sides.items()}
        for key, words, decimals in _FACTS
    ]
    columns = [Column("fact", f"{name}, a step is {seconds} s")]
    columns += [Column(side, side, str) for side in _SIDES if side in sides]
    print_table(f"stylised facts of {run}", rows, columns)
    plain: list[dict[str, object]] = [
        {"fact": key, **{side: one.get(key) for side, one in sides.items()}} for key, _, _ in _FACTS
    ]
    write_rows(json_file, plain, [Column(key, "") for key in ("fact", *sides)])


def _run_sides(run: Run, market: str, step_s: int) -> dict[str, dict[str, float | None]]:
    path = run.markets[run.markets["market"] == market]
    times = path["time_s"].to_numpy(dtype=np.float64)
    sides = {}
    for side, column in (("true price", "true_wad"), ("mark", "mark_wad")):
        values = prices(path[column]).to_numpy(dtype=np.float64)
        sides[side] = return_facts(sampled(times, values, step_s))
    sides["mark"] |= book_facts(run, market) | liquidation_facts(run, market)
    return sides


def _file_side(series: PriceSeries, step_s: int) -> dict[str, float | None]:
    return return_facts(sampled(series.times_s.astype(np.float64), series.closes, step_s))


def _block_s(run: Run) -> int:
    times = run.blocks["time_s"]
    return max(int(times.diff().median()), 1) if len(times) > 1 else 1


def _market(run: Run, asked: str | None) -> str:
    known = list(dict.fromkeys(run.markets["market"]))
    if not known:
        raise Refused(f"{run.path}: found no block; a run that began is allowed")
    if asked is not None and asked not in known:
        raise Refused(f"--market: found {asked!r}; allowed are {', '.join(known)}")
    return asked or known[0]
