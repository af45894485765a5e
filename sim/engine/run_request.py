"""What a run is made from: everything that is settled before anything is deployed."""

from __future__ import annotations

from dataclasses import dataclass

from sim.agents.custom import CustomAgent
from sim.prices.request import Prices, as_request
from sim.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """A run as asked for; with `blocks` it is broken off after so many."""

    scenario: Scenario
    seed: int
    engine: str = "revm"
    prices: Prices = ()
    agents: tuple[CustomAgent, ...] = ()
    blocks: int | None = None
    rpc_url: str | None = None
    keep_calls: bool = False  # in the journal, block by block

    def manifest(self) -> dict[str, object]:
        """What stands in a manifest before the run has begun."""
        return {
            "scenario": self.scenario.name,
            "scenario_sha256": self.scenario.sha256(),
            "seed": self.seed,
            "engine": self.engine,
            **as_request(self.prices).manifest(),
            "custom_agents": {one.name: one.manifest() for one in self.agents},
        }
