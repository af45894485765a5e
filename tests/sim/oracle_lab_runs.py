"""Small episodes of the laboratory, shared by its tests, and a row of its table."""

from __future__ import annotations

from functools import cache

from sim.experiments.oracle.designs import METHODS
from sim.experiments.oracle.grid import fault_rows
from sim.experiments.oracle.population import traders
from sim.experiments.oracle.price_path import CALM, CRASH, PricePath, simulated
from sim.experiments.oracle.score import Row
from sim.experiments.oracle.testbed import OracleTestbed

SEED = 5
BLOCKS = 48  # faults for 288 s
NAMES = ("WEIGHTED_MEDIAN", "SINGLE", "MEAN", "MEDIAN", "TWAP")


def path(*, crashes: bool = False, feeds: int = 5, blocks: int = BLOCKS) -> PricePath:
    return simulated(feeds, blocks, SEED, CRASH if crashes else CALM)


@cache
def shared_testbed(feeds: int = 5, seed: int = SEED) -> OracleTestbed:
    """Five designs on chain; every episode leaves it as it found it."""
    return OracleTestbed([METHODS[name] for name in NAMES], path(feeds=feeds), traders(seed))


@cache
def faulty(*faults: str, feeds: int = 5) -> tuple[Row, ...]:
    """The rows of some faults."""
    calm, crash = (path(crashes=one, feeds=feeds) for one in (False, True))
    return tuple(fault_rows(shared_testbed(feeds), calm, crash, faults, lambda _: None))


def pick(fault: str, method: str, corrupted: int) -> Row:
    """The one row of a fault, a method and a number of corrupted feeds."""
    wanted = (fault, method, corrupted)
    (found,) = [
        row for row in faulty(fault) if (row["fault"], row["method"], row["corrupted"]) == wanted
    ]
    return found


def made_row(**changes: object) -> Row:
    """A row in which the default holds against one bad feed."""
    times = {f"{name}_s": 0 for name in ("thin", "disputed", "halted", "stale", "dead")}
    return {
        "table": "faults",
        "method": "WEIGHTED_MEDIAN",
        "fault": "jump",
        "corrupted": 1,
        "feeds": 5,
        "ok_s": 100,
        **times,
        "missed_alarm_s": 0,
        "outside_honest_bps_max": 0.0,
        "good_index_error_bps_max": 4.0,
        **changes,
    }
