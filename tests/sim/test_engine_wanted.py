"""What agents return by mistake, and newcomers that cannot join."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import CustomAgent, load_scenario, simulate
from sim.engine.agent_checks import AgentError, check_custom_agent, check_next, check_wanted
from sim.scenario import ScenarioError
from sim.types import OrderKind, PlaceOrder, TradeVenue, Urgent, account_id
from sim.types.addresses import owner_address

CALM = load_scenario("calm", ["blocks=4"])
ORDER = PlaceOrder(
    account=1, market="BTC-USD", size_wad=10**18, price_wad=10**18, kind=OrderKind.IOC
)


@dataclass
class Careless:
    """Returns what it was made with in its second block."""

    name: str
    account: int
    returned: Any

    def act(self, seen: Any) -> Any:
        return self.returned if seen.block == 2 else ()


def careless(returned: Any) -> CustomAgent:
    return CustomAgent(
        name="careless",
        make=lambda context: Careless(context.name, context.account, returned),
        market="BTC-USD",
        capital=100,
    )


@pytest.mark.parametrize("good", [None, (), [], (ORDER,), [Urgent(action=ORDER, tip_wei=1)]])
def test_check_wanted__actions_or_nothing__pass(good: Any) -> None:
    assert list(check_wanted("taker", 3, good, ["BTC-USD"])) == list(good or ())


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (5, "act returned an int; a list or a tuple of actions is allowed"),
        ("buy", "act returned a str; a list"),
        (ORDER, "act returned a PlaceOrder; a list"),
        ((one for one in (ORDER,)), "act returned a generator; a list"),
        ({ORDER}, "act returned a set; a list"),
        ([None], "act returned None in its list; actions of sim.types are allowed"),
        ([[ORDER]], "act returned a list in its list"),
        ([PlaceOrder], "act returned the class PlaceOrder in its list"),
        ([Urgent(action=None, tip_wei=1)], "act returned None in its list"),
        ([Urgent(action=ORDER, tip_wei="x")], "Urgent.tip_wei: found 'x'; an int is allowed"),
        ([replace(ORDER, size_wad=1.5)], "PlaceOrder.size_wad: found 1.5; an int is allowed"),
        ([replace(ORDER, price_wad=np.int64(1))], "PlaceOrder.price_wad: found"),
        ([replace(ORDER, kind="ioc")], "PlaceOrder.kind: found 'ioc'"),
        ([replace(ORDER, market="DOGE")], "PlaceOrder.market: found 'DOGE'; a market of the run"),
    ],
)
def test_check_wanted__anything_else__is_one_sentence(bad: Any, said: str) -> None:
    with pytest.raises(AgentError) as told:
        check_wanted("taker", 3, bad, ["BTC-USD"])
    assert str(told.value).startswith(f"taker, block 3: {said}")


def test_check_next__a_block_or_rubbish__is_later_or_refused() -> None:
    assert check_next("taker", 3, 9) == 9
    assert check_next("taker", 3, 1) == 4
    with pytest.raises(AgentError, match="next_block returned None; the number of a block"):
        check_next("taker", 3, None)


@pytest.mark.parametrize("price_wad", [-1, 2**256])
def test_simulate__order_no_contract_can_read__names_agent_and_block(price_wad: int) -> None:
    with pytest.raises(AgentError, match=r"careless, block 2: PlaceOrder: .* is not"):
        simulate(CALM, agents=[careless([replace(ORDER, price_wad=price_wad)])])


def test_simulate__trade_off_the_chain_with_anothers_money__names_agent_and_block() -> None:
    trade = TradeVenue(
        account=account_id(owner_address("maker_btc_1")),
        venue="venue_1",
        market="BTC-USD",
        size_wad=1,
    )
    with pytest.raises(AgentError, match=r"careless, block 2: TradeVenue.account: found 0x"):
        simulate(CALM, agents=[careless([trade])])


def test_simulate__agent_that_returns_rubbish__leaves_what_was_before(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="careless, block 2: act returned a PlaceOrder"):
        simulate(CALM, agents=[careless(ORDER)], out=tmp_path / "run")
    crash = json.loads((tmp_path / "run" / "crash.json").read_text())
    assert crash["last_good_block"] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "found the name ''"),
        ({"name": 5}, "found the name 5"),
        ({"name": "system/deployer"}, "found the name 'system/deployer'; letters"),
        ({"name": "upkeep"}, "but not 'upkeep' or 'builder'"),
        ({"market": "DOGE-USD"}, "found the market 'DOGE-USD'"),
        ({"market": None}, "found the market None"),
        ({"margin": "half"}, "margin: found 'half'; cross, isolated are allowed"),
        ({"accounts": 0}, "accounts: found 0; 1 to 64 are allowed"),
        ({"latency_ms": "x"}, "latency_ms: found 'x'; 0 to 3600000"),
        ({"capital": -5}, "capital: found -5; .* above 0, is allowed"),
        ({"capital": "much"}, "capital: found 'much'"),
        ({"capital": 1.5}, "capital: found 1.5"),
        ({"wallet": -1}, "wallet: found -1; .* 0 or more, is allowed"),
        ({"make": 5}, "make: found an int; a function is allowed"),
    ],
)
def test_check_newcomer__wrong_field__is_one_sentence(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        check_custom_agent(CALM, replace(careless(()), **change))


def test_check_newcomer__no_newcomer__is_one_sentence() -> None:
    with pytest.raises(ScenarioError, match="agents: found an int; a CustomAgent is allowed"):
        check_custom_agent(CALM, 5)
