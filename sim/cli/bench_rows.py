"""Rows of a bench against each other, and against what they should be."""

from __future__ import annotations

from sim.chain.floor import Replayed
from sim.cli.measure import Recorded

MOST_TIMES_FLOOR = 2.0
LEAST_TIMES_APE = 100.0
Row = dict[str, object]


def make_row(engine: str, calls: int, seconds: float, peak_mib: float | None = None) -> Row:
    """One engine's row, before it is compared with the others."""
    return {
        "engine": engine,
        "transactions": calls,
        "seconds": seconds,
        "tx_per_s": calls / seconds,
        "peak_memory_mib": peak_mib,
    }


def compare(rows: list[Row], floor_s_each: float, ape_s_each: float | None) -> None:
    """Add to each row how it stands to the floor and to Ape, by seconds for a transaction."""
    for row in rows:
        rate = row["tx_per_s"]
        assert isinstance(rate, int | float), "a row has a rate"
        row["times_floor"] = 1 / rate / floor_s_each
        row["times_faster_than_ape"] = None if ape_s_each is None else ape_s_each * rate


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


def missed_targets(simulation: Row) -> list[str]:
    """Which speed targets the simulation's row misses, a sentence each."""
    floor, ape = simulation["times_floor"], simulation["times_faster_than_ape"]
    assert isinstance(floor, int | float), "the row is compared with the floor"
    missed = []
    if floor > MOST_TIMES_FLOOR:
        missed.append(
            f"the simulation takes {floor:.2f} times the floor, at most 2.0 is the target"
        )
    if isinstance(ape, int | float) and ape < LEAST_TIMES_APE:
        missed.append(
            f"the simulation is {ape:.0f} times as fast as Ape, at least 100 is the target"
        )
    return missed
