"""A recorded run done again: with its newcomers, to an account, from a damaged folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from sim import CustomAgent, load_scenario, replay, simulate
from sim.engine.replay import DifferentError, ReplayError
from sim.records.folder import read_run
from sim.records.validation import RunFolderError
from sim.scenario import ScenarioError
from sim.types import Action, OrderKind, PlaceOrder
from sim.types.addresses import owner_address
from tests.sim.test_cli_commands import assert_refused
from tests.sim.test_cli_commands import run as command

BLOCKS = 9


@dataclass
class Buyer:
    """Buys lots in every third block."""

    name: str
    account: int
    lots: int = 100
    breaks_at: int = 0

    def act(self, seen: Any) -> Sequence[Action]:
        if seen.block == self.breaks_at:
            raise LookupError("no such price")
        market = seen.markets["BTC-USD"]
        if seen.block % 3 or market.best_ask_wad == 0:
            return ()
        size_wad = self.lots * market.spec.lot_wad
        order = PlaceOrder(
            account=self.account,
            market="BTC-USD",
            size_wad=size_wad,
            price_wad=market.best_ask_wad,
            kind=OrderKind.IOC,
        )
        return (order,)


class Seller(Buyer):
    """Another kind of the same behaviour."""


def buyer(
    *, name: str = "buyer", kind: type[Buyer] = Buyer, lots: int = 100, breaks_at: int = 0
) -> CustomAgent:
    return CustomAgent(
        name=name,
        make=lambda context: kind(context.name, context.account, lots, breaks_at),
        market="BTC-USD",
        capital=10_000,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("again") / "run"
    simulate(load_scenario("calm", [f"blocks={BLOCKS}"]), agents=[buyer()], out=out)
    return out


@pytest.mark.parametrize("block", [0, 1, 4, BLOCKS])
def test_replay__a_newcomer_brought_again__is_every_block_as_recorded(folder: Path, block: int):
    stood = replay(folder, block=block, agents=[buyer()])
    assert stood.block == block
    if block == 0:
        assert stood.last is None
        return
    assert stood.digest == read_run(folder).blocks["digest"].iloc[block - 1]


def test_replay__no_block_named__goes_to_the_last_and_shows_accounts(folder: Path):
    stood = replay(str(folder), agents=[buyer()])
    assert stood.digest == read_run(folder).manifest["digest"]
    held = stood.account("buyer")
    assert "BTC-USD" in held.positions
    assert stood.account(owner_address("buyer")) == held
    with pytest.raises(ReplayError, match="found 999; an account of this run is allowed"):
        stood.account("999")


def test_simulate__a_newcomer__is_in_the_manifest(folder: Path):
    told = read_run(folder).section("custom_agents")
    assert told["buyer"]["market"] == "BTC-USD"
    assert told["buyer"]["capital_wad"] == str(10_000 * 10**18)


@pytest.mark.parametrize(
    ("agents", "said"),
    [
        ([], r"found agents brought from Python \(buyer\).*sim\.replay\("),
        ([buyer(name="other")], "brought from Python"),
        ([buyer(), buyer(name="other")], "found other brought along; buyer was brought"),
        ([replace(buyer(), capital=5)], "buyer is brought with capital_wad 5.*, recorded is 1"),
        ([replace(buyer(), latency_ms=7)], "brought with latency_ms 7, recorded is 0"),
        ([buyer(kind=Seller)], "buyer is a Seller, recorded is a Buyer"),
    ],
)
def test_replay__not_the_newcomers_of_the_run__is_refused(folder: Path, agents, said: str):
    with pytest.raises(ReplayError, match=said):
        replay(folder, agents=agents)


def test_replay__a_newcomer_that_does_something_else__says_at_which_block(folder: Path):
    with pytest.raises(DifferentError, match=r"^block 3 came to the digest .*: buyer may not do"):
        replay(folder, agents=[buyer(lots=50)])
    assert replay(folder, block=2, agents=[buyer(lots=50)]).block == 2


def test_replay__block_or_engine_that_is_none__is_refused(folder: Path):
    for block in (-1, BLOCKS + 1):
        with pytest.raises(ReplayError, match=f"block: found {block}; 0 to {BLOCKS} were"):
            replay(folder, block=block, agents=[buyer()])
    with pytest.raises(ScenarioError, match="engine: found 'geth'; allowed are revm"):
        replay(folder, agents=[buyer()], engine="geth")


def test_replay__by_command__says_in_one_sentence_how(folder: Path):
    assert_refused(command("replay", folder), "buyer", "Python", f"sim.replay('{folder}', agents=")


def test_replay__a_run_that_broke__goes_to_its_last_whole_block(tmp_path: Path):
    out = tmp_path / "run"
    scenario = load_scenario("calm", [f"blocks={BLOCKS}"])
    with pytest.raises(LookupError):
        simulate(scenario, agents=[buyer(breaks_at=5)], out=out)
    crash = json.loads((out / "crash.json").read_text())
    assert crash["command"] == f"sim.replay({str(out)!r}, block=4, agents=[...])"
    assert crash["traceback"]
    assert replay(out, agents=[buyer(breaks_at=5)]).block == 4


def test_simulate__refused__leaves_the_earlier_run(folder: Path, tmp_path: Path):
    out = tmp_path / "run"
    shutil.copytree(folder, out)
    scenario = load_scenario("calm", [f"blocks={BLOCKS}"])
    with pytest.raises(ScenarioError, match="twice"):
        simulate(scenario, agents=[buyer(), buyer()], out=out)
    with pytest.raises(ScenarioError, match="engine: found 'geth'"):
        simulate(scenario, engine="geth", out=out)
    with pytest.raises(ScenarioError, match="seed: found -1"):
        simulate(scenario, seed=-1, out=out)
    assert read_run(out).manifest == read_run(folder).manifest


def test_replay__prices_of_the_run__are_taken_again(tmp_path: Path):
    prices = tmp_path / "btc.csv"
    rows = "".join(f"{1_760_130_000 + 60 * k},{60_000 + k}\n" for k in range(60))
    prices.write_text(f"unix,close\n{rows}")
    scenario = load_scenario("history", ["blocks=3"])
    run = simulate(scenario, prices=[prices], out=tmp_path / "run")
    assert replay(tmp_path / "run").digest == run.manifest["digest"]


def test_simulate__a_foreign_folder__is_refused_before_the_run(tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(RunFolderError, match=r"holds no manifest\.json"):
        simulate("calm", agents=[buyer()], out=tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _: None, "make returned None; an object with a name and act"),
        (lambda _: Buyer("other", 1), "the agent made calls itself 'other'"),
    ],
)
def test_simulate__make_that_makes_no_agent__touches_nothing(
    tmp_path: Path, make: Callable[..., Any], said: str
) -> None:
    with pytest.raises(ScenarioError, match=said):
        simulate("calm", agents=[replace(buyer(), make=make)], out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.fixture(scope="module")
def calm(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("plain") / "calm"
    simulate(load_scenario("calm", ["blocks=3"]), out=out)
    return out


def test_replay__damaged_scenario_or_crash__is_one_sentence(calm: Path, tmp_path: Path):
    folder = tmp_path / "run"
    shutil.copytree(calm, folder)
    for content in ("{", '{"last_good_block": "x"}', '{"last_good_block": 9}'):
        (folder / "crash.json").write_text(content)
        assert_refused(command("replay", folder, "--crash"), "crash.json")
    (folder / "scenario.yaml").write_bytes(b"\xff\xfe\x00")
    assert_refused(command("replay", folder), "scenario.yaml is not readable as text")


def test_replay__address_of_an_owner__is_its_account(calm: Path, tmp_path: Path):
    table = tmp_path / "state.json"
    rows = read_run(calm).accounts
    owner = int(rows[rows["agent"] == "maker_btc_0001"]["account"].iloc[0]) >> 96
    assert command("replay", calm, "--account", f"0x{owner:040x}", "--json", table)[0] == 0
    by_address = json.loads(table.read_text())["account"]
    assert command("replay", calm, "--account", "maker_btc_0001", "--json", table)[0] == 0
    assert json.loads(table.read_text())["account"] == by_address


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--account", "999"], ["999", "an account of this run"]),
        (["--account", "0x" + "1" * 40], ["0x111", "an account of this run"]),
        (["--account", "0x12"], ["0x12", "an address or the name of an agent"]),
        (["--json", "/nowhere/x.json"], ["/nowhere/x.json"]),
    ],
)
def test_replay__wrong_account_or_file__is_one_sentence(calm: Path, arguments, said):
    assert_refused(command("replay", calm, *arguments), *said)


def test_replay__manifest_of_an_earlier_release__its_newcomers_are_the_custom_agents(
    folder: Path, tmp_path: Path
):
    old = tmp_path / "old"
    shutil.copytree(folder, old)
    manifest = json.loads((old / "manifest.json").read_text())
    manifest["newcomers"] = manifest.pop("custom_agents")
    (old / "manifest.json").write_text(json.dumps(manifest))
    assert replay(old, block=2, agents=[buyer()]).block == 2
    with pytest.raises(ReplayError, match="brought from Python"):
        replay(old)
