"""Everything the laboratory runs for one request: every design, fault and number of bad feeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.oracle_lab.bench import Bench, LabError
from sim.oracle_lab.catalogue import FAULTS
from sim.oracle_lab.designs import METHODS
from sim.oracle_lab.episode import honest, play
from sim.oracle_lab.population import traders
from sim.oracle_lab.score import Row, rows
from sim.oracle_lab.story import CALM, CRASH, simulated

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to run; nothing chosen means everything."""

    methods: tuple[str, ...] = tuple(METHODS)
    faults: tuple[str, ...] = tuple(FAULTS)
    feeds: int = 5
    blocks: int = 60
    seed: int = 1


def fault_rows(request: Request, tell: Tell) -> list[Row]:
    """One row for each method, fault and number of corrupted feeds from none to all."""
    calm, crash = (
        simulated(request.feeds, request.blocks, request.seed, shape) for shape in (CALM, CRASH)
    )
    if calm.pushes[: calm.warm] != crash.pushes[: crash.warm]:
        raise LabError("two stories part before their first block")
    designs = [METHODS[name] for name in request.methods]
    bench = Bench(designs, calm, traders(request.seed))
    found: list[Row] = []
    needs = {FAULTS[name].needs_crash for name in request.faults}
    sound = {crashes: honest(bench, crash if crashes else calm) for crashes in needs}
    for name in request.faults:
        kind = FAULTS[name]
        tell(name)
        base = sound[kind.needs_crash]
        for corrupted in range(request.feeds + 1):
            episode = play(bench, base.story, name, corrupted, kind.effect) if corrupted else base
            found += [
                {**row, "fault": name}
                for row in rows(episode, base, bench.group, bench.liquidation_wad)
            ]
    return found
