"""The laboratory from Python: run a scenario, get its tables; in a script, a loop or a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.agents.custom import CustomAgent
from sim.engine import ENGINES, RunRequest, Simulation, folder_recorder, open_run, recorded_run
from sim.engine.agent_checks import check_custom_agent
from sim.engine.replay import account_of, replay_to, replayed, target_of
from sim.metrics.summary import summarise
from sim.prices.request import PriceRequest, Prices, price_request
from sim.records.folder import Run, check_out, read_own, read_run
from sim.records.memory import MemoryRecorder
from sim.records.rows import BlockRecord
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.types import AccountView

__all__ = [
    "CustomAgent",
    "PriceRequest",
    "Replayed",
    "Run",
    "load_scenario",
    "price_request",
    "replay",
    "simulate",
    "summarise",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How a run stood after a block that came to what was recorded of it."""

    block: int
    digest: str
    last: BlockRecord | None  # the block itself; None before the first one
    simulation: Simulation  # its chain is closed, what was read of it stays

    def account(self, who: str) -> AccountView:
        """An account there, by its agent's name, its owner's address or its number."""
        return self.simulation.mirror.view(account_of(self.simulation, who))


def simulate(
    scenario: Scenario | str,
    *,
    seed: int | None = None,
    engine: str | None = None,
    agents: Sequence[CustomAgent] = (),
    prices: Prices = (),
    out: Path | None = None,
) -> Run:
    """Run a scenario to its end and return its tables; the run folder stays if `out` is given.

    `agents` join those the scenario names; `prices` are files (a path or "NAME=FILE") or a
    `price_request`. Raises ScenarioError, PriceFileError or RunFolderError
    with one sentence for bad input, before `out` is touched; what an agent raises comes through,
    after the record is closed.
    """
    asked = load_scenario(scenario) if isinstance(scenario, str) else scenario
    if out is not None:
        check_out(Path(out))
    for one in agents:
        check_custom_agent(asked, one)
    request = RunRequest(
        scenario=asked,
        seed=_seed(asked.seed if seed is None else seed),
        engine=_engine(engine or asked.engine),
        prices=prices,
        agents=tuple(agents),
    )
    return _in_memory(request) if out is None else _in_folder(request, Path(out))


def replay(
    run: Path | str,
    *,
    block: int | None = None,
    agents: Sequence[CustomAgent] = (),
    engine: str = "revm",
) -> Replayed:
    """Go to a block of a recorded run (the last, if none is given), each on the way proved equal.

    `agents` are those that were brought to it. Raises ReplayError with one sentence if one is
    missing or another is brought, DifferentError at the first block that is not as recorded.
    """
    recorded = read_run(Path(run))
    target = target_of(recorded, block)
    with replayed(recorded, _engine(engine), agents=agents) as (simulation, watch):
        replay_to(target, recorded, simulation, watch)
    return Replayed(
        block=target, digest=simulation.decoder.digest, last=watch.last, simulation=simulation
    )


def _in_memory(request: RunRequest) -> Run:
    recorder = MemoryRecorder(request.scenario.name, request.manifest())
    with open_run(request, recorder) as simulation:
        simulation.set_up()
        simulation.run()
    return recorder.run()


def _in_folder(request: RunRequest, out: Path) -> Run:
    with recorded_run(request, folder_recorder(request, out)) as simulation:
        simulation.set_up()
        simulation.run()
    return read_own(out)


def _engine(asked: str) -> str:
    if asked not in ENGINES:
        raise ScenarioError(f"engine: found {asked!r}; allowed are {', '.join(ENGINES)}")
    return asked


def _seed(asked: object) -> int:
    if type(asked) is not int or asked < 0:
        raise ScenarioError(f"seed: found {asked!r}; a whole number from 0 on is allowed")
    return asked
