from __future__ import annotations

import sys
from itertools import pairwise

from sim.agents.leveraged_trader import LeveragedTrader
from sim.chain.revm import RevmChain
from sim.chain.revm_state import differences, read_state
from sim.engine import Simulation
from sim.scenario import load_scenario
from sim.units import WAD
from tests.sim.engine_runs import Kept, calm, simulation_of


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
    simulation = simulation_of(calm(*overrides, blocks=200), 3, "revm", Kept())
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


def test_run__journal_left_behind_again_and_again__comes_to_the_same_digest_and_state() -> None:
    digests, states = [], []
    for frames in (60, 10**9):
        simulation = simulation_of(calm(blocks=25), 3, "revm", Kept())
        chain = simulation.chain
        assert isinstance(chain, RevmChain)
        chain._compact_at_frames = frames
        simulation.set_up()
        lengths = [0]
        for block in range(1, 26):
            simulation.step(block)
            lengths.append(chain._evm.journal_len)
        compactions = sum(after < before for before, after in pairwise(lengths))
        assert (compactions > 3) == (frames == 60)
        digests.append(simulation.decoder.digest)
        states.append(read_state(chain._evm))
    assert digests[0] == digests[1]
    assert list(differences(*states)) == []


def test_run__october_2025__cascades_and_breaks_nothing() -> None:
    kept = Kept()
    scenario = load_scenario("oct10_2025")
    simulation = simulation_of(scenario, scenario.seed, "revm", kept)
    simulation.set_up()
    for block in range(1, 171):  # past the low of 21:20, block 150
        simulation.step(block)
    assert simulation.run_recorder.violations == []
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
