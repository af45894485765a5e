"""Everything the laboratory runs for one request: every design, fault and number of bad feeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim.experiments.oracle.alarms import alarm_rows
from sim.experiments.oracle.attacks import BLOCKS as ATTACK_BLOCKS
from sim.experiments.oracle.attacks import STILL, attack_rows
from sim.experiments.oracle.designs import DEFAULT, METHODS
from sim.experiments.oracle.episode import honest, play
from sim.experiments.oracle.fault_catalogue import FAULTS
from sim.experiments.oracle.marks import mark_rows
from sim.experiments.oracle.population import traders
from sim.experiments.oracle.price_path import CALM, CRASH, PricePath, simulated
from sim.experiments.oracle.score import Row, rows
from sim.experiments.oracle.testbed import OracleTestbed, TestbedError
from sim.experiments.oracle.venues import RealPrices, venue_rows

Progress = Callable[[str], None]
MARK_BLOCKS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to run; no method or no fault named means every one."""

    methods: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    feeds: int = 5
    blocks: int = 60
    seed: int = 1

    def path(self, shape: Sequence[float], blocks: int | None = None) -> PricePath:
        """A course of the price for so many feeds."""
        return simulated(self.feeds, blocks or self.blocks, self.seed, shape)


def run(request: Request, progress: Progress) -> list[Row]:
    """The faults asked for; with all of them also pushes by size, breaker steps and marks."""
    designs = [METHODS[name] for name in request.methods or METHODS]
    calm, crash = request.path(CALM), request.path(CRASH)
    if calm.pushes[: calm.warm] != crash.pushes[: crash.warm]:
        raise TestbedError("two paths part before their first block")
    progress("the deployment")
    testbed = OracleTestbed(designs, calm, traders(request.seed))
    found = fault_rows(testbed, calm, crash, request.faults or tuple(FAULTS), progress)
    if request.faults:
        return found
    progress("pushes by size")
    found += attack_rows(testbed, request.path(STILL, ATTACK_BLOCKS))
    if DEFAULT in testbed.ids:
        progress("breaker steps")
        found += alarm_rows(calm, crash)
        progress("marks")
        found += mark_rows(request.path(STILL, MARK_BLOCKS), request.seed)
    return found


def run_on(prices: RealPrices, request: Request, progress: Progress) -> list[Row]:
    """Real venues as feeds, as they were; and again under each fault asked for."""
    progress("the venues as they were")
    found = venue_rows(prices, request.methods)
    if request.faults:
        path = prices.path
        testbed = OracleTestbed(prices.designs(request.methods), path, ())
        found += fault_rows(testbed, path, path, request.faults, progress)
    return found


def fault_rows(
    testbed: OracleTestbed,
    calm: PricePath,
    crash: PricePath,
    faults: Sequence[str],
    progress: Progress,
) -> list[Row]:
    """One row for each method, fault and number of corrupted feeds from none to all."""
    needs = sorted({FAULTS[name].needs_crash for name in faults})
    sound = {crashes: honest(testbed, crash if crashes else calm) for crashes in needs}
    found: list[Row] = []
    for name in faults:
        progress(name)
        kind = FAULTS[name]
        base = sound[kind.needs_crash]
        for corrupted in range(len(calm.feeds) + 1):
            episode = play(testbed, base.path, name, corrupted, kind.effect) if corrupted else base
            scored = rows(episode, base, testbed.group, testbed.liquidation_wad)
            found += [{**row, "fault": name} for row in scored]
    return found
