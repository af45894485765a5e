"""Manipulation by size and by number of feeds: what it costs, what it brings, where it pays."""

from __future__ import annotations

from sim.experiments.oracle.episode import honest, play
from sim.experiments.oracle.fault_catalogue import PUSH, Maker, collusion
from sim.experiments.oracle.price_path import PricePath
from sim.experiments.oracle.score import Row, errors, manipulation, status_times
from sim.experiments.oracle.testbed import OracleTestbed

PUSHES_BPS = (25, 50, 100, 200, 400, 1_000, 5_000)
STILL = (1.0, 1.0, 1.0, 1.0)  # the true price goes nowhere but its own way
BLOCKS = 18


def attack_rows(testbed: OracleTestbed, path: PricePath) -> list[Row]:
    """One row for each design, size of the push and number of feeds pushed together."""
    base = honest(testbed, path)
    found = []
    for corrupted in range(1, len(path.feeds) + 1):
        for push_bps in PUSHES_BPS:
            episode = play(testbed, path, PUSH, corrupted, _push(push_bps))
            found += [
                {
                    "table": "attacks",
                    "method": name,
                    "fault": PUSH,
                    "corrupted": corrupted,
                    "feeds": len(path.feeds),
                    "push_bps": push_bps,
                    **errors(episode.moments, shown),
                    **status_times(shown, path.block_s),
                    **manipulation(episode, shown, base.shown[name]),
                }
                for name, shown in episode.shown.items()
            ]
    return found


def _push(push_bps: int) -> Maker:
    return lambda feeds: collusion(feeds, push_bps)
