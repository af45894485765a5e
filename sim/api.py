"""The laboratory from Python: run a scenario, get its tables; in a script, a loop or a notebook."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from sim.engine import run_scenario
from sim.engine.newcomer import Newcomer
from sim.metrics.summary import summarise
from sim.runfolder import FolderRecorder, Run, read_run
from sim.scenario import Scenario, load_scenario

__all__ = ["Newcomer", "Run", "load_scenario", "simulate", "summarise"]


def simulate(
    scenario: Scenario | str,
    *,
    seed: int | None = None,
    engine: str | None = None,
    agents: Sequence[Newcomer] = (),
    prices: Sequence[Path] = (),
    out: Path | None = None,
) -> Run:
    """Run a scenario to its end and return its tables; the run folder stays if `out` is given.

    `agents` join those the scenario names. Raises ScenarioError, PriceFileError or RunFolderError
    with one sentence for bad input; what an agent raises comes through, after the record is closed.
    """
    asked = load_scenario(scenario) if isinstance(scenario, str) else scenario
    if out is not None:
        return _run(asked, seed, engine, agents, prices, out)
    with tempfile.TemporaryDirectory(prefix="backstop-") as folder:
        return _run(asked, seed, engine, agents, prices, Path(folder) / asked.name)


def _run(
    asked: Scenario,
    seed: int | None,
    engine: str | None,
    agents: Sequence[Newcomer],
    prices: Sequence[Path],
    out: Path,
) -> Run:
    chosen = asked.seed if seed is None else seed
    on = engine or asked.engine
    known = {
        "scenario": asked.name,
        "scenario_sha256": asked.sha256(),
        "seed": chosen,
        "engine": on,
    }
    recorder = FolderRecorder(out, known)
    try:
        run_scenario(asked, chosen, on, recorder, prices=prices, newcomers=agents)
    except BaseException as error:
        recorder.crash(error, "")
        raise
    return read_run(out)
