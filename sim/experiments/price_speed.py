"""Time and peak memory of reading a year of minutes, against reading it row by row.

Each measurement is a process of its own: `python -m sim.experiments.price_speed WHAT FILE...`
prints its seconds and its peak in MiB.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np

from sim.portable import exp
from sim.rng import stream

YEAR_OF_MINUTES = 525_600
START_MS, MINUTE_MS = 1_704_067_200_000, 60_000  # 2024
KIB_PER_MIB = 1_024
COLUMNS, ROWS, JOIN = "columns", "rows", "join"
VENUES = 5
HOME = Path(__file__).resolve().parents[2]  # from where `sim` can be imported, installed or not


class Measured(NamedTuple):
    """One reading: how long, and how much memory its process had at most."""

    seconds: float
    peak_mib: float


def write_year(path: Path, venue: int, rows: int = YEAR_OF_MINUTES) -> None:
    """Write klines of a year, a walk of its own for each venue around one price."""
    walk = np.cumsum(stream(1, "price_speed/truth").standard_normal(rows)) * 1e-4
    away = stream(1, f"price_speed/{venue}").standard_normal(rows) * 1e-4
    closes = 50_000 * exp(walk + away)
    with path.open("w", encoding="utf-8") as file:
        for place, close in enumerate(closes.tolist()):
            opens = START_MS + MINUTE_MS * place
            prices = f"{close:.2f},{close * 1.001:.2f},{close * 0.999:.2f},{close:.2f}"
            rest = f"{opens + MINUTE_MS - 1},617250.12,321,6.10000,308000.10,0"
            file.write(f"{opens},{prices},12.34500,{rest}\n")


def measure(what: str, files: Sequence[Path]) -> Measured:
    """Measure one way of reading in a fresh process."""
    command = [sys.executable, "-m", "sim.experiments.price_speed", what, *map(str, files)]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"reading {what} failed: {done.stderr.strip()[-200:]}")
    seconds, peak_mib = map(float, done.stdout.split())
    return Measured(seconds, peak_mib)


def _read_columns(files: Sequence[Path]) -> float:
    from sim.prices.reader import read_prices

    began_s = perf_counter()
    for file in files:
        read_prices(file)
    return perf_counter() - began_s


def _read_rows(files: Sequence[Path]) -> float:
    from sim.prices.plain_klines import read_klines

    began_s = perf_counter()
    for file in files:
        rows = read_klines(file.read_bytes())
        np.array(rows.known_s), np.array(rows.closes), np.array(rows.highs), np.array(rows.lows)
    return perf_counter() - began_s


def _join(files: Sequence[Path]) -> float:
    """Reading and joining, in times of reading alone."""
    from sim.prices.join import join
    from sim.prices.reader import read_prices

    began_s = perf_counter()
    series = [read_prices(file, venue=f"venue_{place}") for place, file in enumerate(files)]
    read_s = perf_counter() - began_s
    join(series, ["BTC-USD"])
    return (perf_counter() - began_s) / read_s


def main(what: str, *files: str) -> str:
    """Do one measurement, here."""
    work = {COLUMNS: _read_columns, ROWS: _read_rows, JOIN: _join}[what]
    seconds = work([Path(file) for file in files])
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB
    return f"{seconds} {peak_mib}"


if __name__ == "__main__":
    sys.stdout.write(main(*sys.argv[1:]))
