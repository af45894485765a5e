"""Short runs of the calm scenario, and a recorder that keeps what it is told."""

from __future__ import annotations

from collections.abc import Sequence

from sim.agents.custom import CustomAgent
from sim.engine import RunRequest, RunResult, Simulation, open_run
from sim.prices.request import Prices
from sim.records.rows import (
    AccountRecord,
    BlockRecord,
    EventRecord,
    Recorder,
    RunEnd,
    RunStart,
    TxRecord,
)
from sim.scenario import Scenario, load_scenario
from sim.scenario.load import SCENARIOS

BLOCKS = 25


class Kept:
    """A recorder that keeps everything."""

    def __init__(self) -> None:
        self.run: RunStart | None = None
        self.ended: RunEnd | None = None
        self.blocks: list[BlockRecord] = []
        self.txs: list[TxRecord] = []
        self.logs: list[EventRecord] = []
        self.held: list[AccountRecord] = []

    def start(self, run: RunStart) -> None:
        self.run = run

    def block(
        self, block: BlockRecord, txs: Sequence[TxRecord], events: Sequence[EventRecord]
    ) -> None:
        self.blocks.append(block)
        self.txs += txs
        self.logs += events

    def accounts(self, rows: Sequence[AccountRecord]) -> None:
        self.held += rows

    def end(self, run: RunEnd) -> None:
        self.ended = run


def calm(*overrides: str, blocks: int = BLOCKS) -> Scenario:
    return load_scenario(str(SCENARIOS / "calm.yaml"), [f"blocks={blocks}", *overrides])


def simulation_of(
    scenario: Scenario,
    seed: int,
    engine: str,
    recorder: Recorder,
    agents: Sequence[CustomAgent] = (),
) -> Simulation:
    """A run with everything deployed, before its money comes in."""
    request = RunRequest(scenario=scenario, seed=seed, engine=engine, agents=tuple(agents))
    return Simulation(request, recorder)


def run_scenario(
    scenario: Scenario,
    seed: int,
    engine: str,
    recorder: Recorder,
    *,
    prices: Prices = (),
    keep_calls: bool = False,
) -> RunResult:
    """A whole run."""
    request = RunRequest(
        scenario=scenario, seed=seed, engine=engine, prices=prices, keep_calls=keep_calls
    )
    with open_run(request, recorder) as simulation:
        simulation.set_up()
        return simulation.run()


def run(scenario: Scenario, seed: int = 3) -> tuple[Kept, RunResult]:
    kept = Kept()
    return kept, run_scenario(scenario, seed, "revm", kept, keep_calls=True)
