"""All stories, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import Any

from sim.chain.anvil import AnvilChain
from sim.chain.itemised import Bill, ItemisedChain
from sim.experiments.gas.obstacle_stories import dust, wall
from sim.experiments.gas.safety_stories import deleveraging, liquidation, staking, triggers
from sim.experiments.gas.testbed import GasTestbed
from sim.experiments.gas.trading_stories import cash, prices, resting, trading

STORIES: tuple[Callable[[GasTestbed], None], ...] = (
    *(prices, cash, resting, trading),
    *(liquidation, staking, deleveraging, triggers),
    *(dust, wall),
)
# Engines that know what a node would charge, and agree to the unit.
ENGINES: Mapping[str, Callable[[], Any]] = {"pyevm": ItemisedChain, "anvil": AnvilChain}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Gas by name, and what it went on where the engine tells."""

    gas: Mapping[str, int]
    bills: Mapping[str, Bill]


def measure(engine: str) -> Measured:
    """Tell every story on an engine, each on a deployment of its own."""
    gas: dict[str, int] = {}
    bills: dict[str, Bill] = {}
    for story in STORIES:
        chain = ENGINES[engine]()
        with closing(chain) if hasattr(chain, "close") else nullcontext():
            testbed = GasTestbed(chain)
            story(testbed)
        if twice := sorted(gas.keys() & testbed.gas):
            raise RuntimeError(f"measured twice: {', '.join(twice)}")
        gas |= testbed.gas
        bills |= testbed.bills
    return Measured(gas=gas, bills=bills)
