"""The laboratory from Python: `from sim import simulate, load_scenario`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from sim import CustomAgent, Run, load_scenario, simulate, summarise
from sim.agents.base import AgentContext
from sim.scenario import ScenarioError
from sim.types import Action, Observation, OrderKind, PlaceOrder

CALM = load_scenario("calm", ["blocks=12"])


@dataclass
class Buyer:
    """Buys a hundred lots in every third block."""

    name: str
    context: AgentContext
    is_idle: bool = False

    def act(self, seen: Observation) -> Sequence[Action]:
        market = seen.markets[self.context.market.name]
        if self.is_idle or seen.block % 3 or market.best_ask_wad == 0:
            return ()
        return (
            PlaceOrder(
                account=self.context.account,
                market=market.spec.name,
                size_wad=100 * market.spec.lot_wad,
                price_wad=market.best_ask_wad,
                kind=OrderKind.IOC,
            ),
        )


def newcomer(name: str = "buyer", *, is_idle: bool = False, market: str = "BTC-USD") -> CustomAgent:
    return CustomAgent(
        name=name,
        make=lambda context: Buyer(context.name, context, is_idle),
        market=market,
        capital=10_000,
    )


@pytest.fixture(scope="module")
def plain() -> Run:
    return simulate(CALM)


def test_simulate__a_shipped_scenario__gives_its_tables(plain: Run) -> None:
    assert len(plain.blocks) == 12
    assert not plain.events.empty
    assert not plain.markets.empty
    assert not plain.transactions.empty
    assert summarise(plain)["invariant_violations"] == 0


def test_simulate__no_folder_asked_for__leaves_nothing_on_disk(plain: Run) -> None:
    assert not plain.path.exists()


def test_simulate__again_with_the_same_seed__gives_the_same_digest(plain: Run) -> None:
    assert simulate(CALM).manifest["digest"] == plain.manifest["digest"]
    assert simulate(CALM, seed=8).manifest["digest"] != plain.manifest["digest"]


def test_simulate__a_newcomer__trades() -> None:
    run = simulate(CALM, agents=[newcomer()])
    mine = run.transactions[run.transactions["agent"] == "buyer"]
    assert mine["block"].tolist() == [3, 6, 9, 12]
    assert mine["ok"].all()
    assert run.section("agents")["buyer"] == "Buyer"


def test_simulate__a_newcomer_that_does_nothing__changes_what_nobody_else_does(plain: Run) -> None:
    run = simulate(CALM, agents=[newcomer(is_idle=True)])
    columns = ["block", "agent", "action", "market", "ok", "error"]
    assert run.transactions[columns].equals(plain.transactions[columns])
    assert run.markets["index_wad"].equals(plain.markets["index_wad"])


def test_simulate__two_agents_of_one_name__refuses() -> None:
    with pytest.raises(ScenarioError, match="'buyer' twice"):
        simulate(CALM, agents=[newcomer(), newcomer()])


def test_simulate__a_newcomer_in_no_market__refuses() -> None:
    with pytest.raises(ScenarioError, match=r"DOGE-USD.*BTC-USD, ETH-USD are allowed"):
        simulate(CALM, agents=[newcomer(market="DOGE-USD")])


def test_simulate__an_agent_that_breaks__leaves_the_record_and_says_where(tmp_path: Path) -> None:
    @dataclass
    class Broken(Buyer):
        """Breaks in the fifth block."""

        def act(self, seen: Observation) -> Sequence[Action]:
            if seen.block == 5:
                raise ZeroDivisionError("no such price")
            return ()

    broken = CustomAgent(
        name="broken",
        make=lambda context: Broken(context.name, context),
        market="BTC-USD",
        capital=1,
    )
    with pytest.raises(ZeroDivisionError, match="no such price"):
        simulate(CALM, agents=[broken], out=tmp_path / "run")
    assert json.loads((tmp_path / "run" / "crash.json").read_text())["last_good_block"] == 4


def test_import__of_a_small_room__loads_no_engine() -> None:
    code = "import sys, sim.units; sys.exit('sim.engine' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
