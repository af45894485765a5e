from __future__ import annotations

import sys

from sim.agents.leveraged_trader import LeveragedTrader
from sim.engine import Simulation
from sim.scenario import load_scenario
from sim.units import WAD
from tests.sim.engine_runs import Kept, calm


def calls_a_block(traders: int) -> float:
    """Python calls a block takes when `traders` hold positions and five of them wake in it."""
    overrides = [
        f"agents.4.count={traders}",
        f"agents.4.check_blocks={traders // 5}",
        "agents.4.opens_at_block=2",
        "agents.4.capital=100",
        "agents.4.leverage=2",
        "agents.0.layer_notional=2000000",
        "agents.0.capital=50000000",
        "agents.0.max_inventory=50000000",
        "check_every_blocks=1000",
    ]
    simulation = Simulation(calm(*overrides, blocks=200), 3, "revm", Kept())
    simulation.set_up()
    for block in range(1, 10):
        simulation.step(block)
    assert simulation.mirror.markets["BTC-USD"].positions > traders
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    for block in range(10, 90):
        simulation.step(block)
    sys.setprofile(None)
    return counted / 80


def test_step__eight_times_the_accounts__costs_about_the_same() -> None:
    assert calls_a_block(400) < 1.3 * calls_a_block(50)


def test_run__october_2025__cascades_and_breaks_nothing() -> None:
    kept = Kept()
    scenario = load_scenario("oct10_2025")
    simulation = Simulation(scenario, scenario.seed, "revm", kept)
    simulation.set_up()
    for block in range(1, 171):  # past the low of 21:20, block 150
        simulation.step(block)
    assert simulation.teller.violations == []
    assert len(simulation.members) >= 100
    assert {one.leverage_wad for one in leveraged(simulation)} >= {100 * WAD}
    struck = {one.values[0] for one in kept.logs if one.event == "AccountLiquidated"}
    assert len(struck) >= 40
    for block in kept.blocks[140:160]:
        (market,) = block.markets
        lowest, *others = market.venues_wad
        assert lowest < min(others)  # one venue falls further
        assert abs(market.index_wad - market.true_wad) * 50 < market.true_wad  # the index does not


def leveraged(simulation: Simulation) -> list[LeveragedTrader]:
    agents = [one.agent for one in simulation.members.values()]
    return [one for one in agents if isinstance(one, LeveragedTrader)]
