"""Rows of a bench against each other, and against what they should be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.chain.bare_revm import Replayed
from sim.cli.tables import Column, number
from sim.experiments.speed import Recorded

FLOOR, SIMULATION, ANVIL, APE = "pyrevm alone", "simulation, revm", "anvil, batches", "Ape, test"
MOST_PEAK_MIB = 450.0
Row = dict[str, object]
TARGETS = (
    Column("what", "what"),
    Column("figure", "measured", number(2)),
    Column("bound", "target"),
    Column("met", "met"),
)


class Target(NamedTuple):
    """A figure, and what it should be; `bound` is the most or the least that meets it."""

    what: str
    figure: float
    bound: float
    is_most: bool

    @property
    def is_met(self) -> bool:
        """Whether the figure is on the right side of its bound."""
        return self.figure <= self.bound if self.is_most else self.figure >= self.bound


def make_row(
    scenario: str, engine: str, calls: int, seconds: float, peak_mib: float | None = None
) -> Row:
    """One engine's row, before it is compared with the others."""
    return {
        "scenario": scenario,
        "engine": engine,
        "transactions": calls,
        "seconds": seconds,
        "tx_per_s": calls / seconds,
        "peak_memory_mib": peak_mib,
    }


def compare(rows: Sequence[Row]) -> None:
    """Add to each row how its time for a transaction stands to the floor's and the simulation's."""
    each = {row["engine"]: 1 / rate for row in rows if isinstance(rate := row["tx_per_s"], float)}
    for row in rows:
        row["times_floor"] = each[row["engine"]] / each[FLOOR]
        row["times_simulation"] = each[row["engine"]] / each[SIMULATION]


def targets(rows: Sequence[Row], times_fewer_holders: float) -> list[Target]:
    """What the rows and a block of 1,000 holders (in times of one of 100) are held against."""
    found = []
    for row in rows:
        figures = [
            (SIMULATION, "times_floor", 1.5, True, "simulation, times the floor"),
            (ANVIL, "times_simulation", 10.0, False, "anvil, times the simulation"),
            (APE, "times_simulation", 300.0, False, "Ape, times the simulation"),
        ]
        for engine, key, bound, is_most, what in figures:
            figure = row[key]
            if row["engine"] == engine and isinstance(figure, float):
                found.append(Target(f"{row['scenario']}: {what}", figure, bound, is_most))
        if isinstance(peak := row["peak_memory_mib"], float):
            what = f"{row['scenario']}: peak of the long run, MiB"
            found.append(Target(what, peak, MOST_PEAK_MIB, True))
    what = "a block with 1,000 holders, times one with 100"
    return [*found, Target(what, times_fewer_holders, 1.3, True)]


def target_row(target: Target) -> Row:
    """A target as a row of its table."""
    return {
        "what": target.what,
        "figure": target.figure,
        "bound": f"at {'most' if target.is_most else 'least'} {target.bound:g}",
        "met": "yes" if target.is_met else "NO",
    }


def differences(name: str, recorded: Recorded, replayed: Replayed) -> list[str]:
    """What another engine did differently on the same calls."""
    pairs = (
        ("logs", recorded.logs, replayed.logs),
        ("reverts", recorded.reverts, replayed.reverts),
    )
    return [
        f"{name} came to {found:,} {what}, the simulation to {expected:,}"
        for what, expected, found in pairs
        if found != expected
    ]
