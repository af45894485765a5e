"""Short runs of the calm scenario, and a recorder that keeps what it is told."""

from __future__ import annotations

from collections.abc import Sequence

from sim.engine import RunResult, run_scenario
from sim.records.rows import AccountRecord, BlockRecord, EventRecord, RunEnd, RunStart, TxRecord
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


def run(scenario: Scenario, seed: int = 3) -> tuple[Kept, RunResult]:
    kept = Kept()
    return kept, run_scenario(scenario, seed, "revm", kept, keep_calls=True)
