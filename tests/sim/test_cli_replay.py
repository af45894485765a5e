from __future__ import annotations

import errno
import json
import os
import signal
from pathlib import Path

import pandas as pd
import pytest

from sim.agents.noise_trader import NoiseTrader
from sim.chain.anvil import AnvilChain
from sim.chain.anvil_node import find_anvil
from sim.chain.port import EngineError
from sim.engine import Simulation
from sim.records.folder import RESERVE, read_run
from sim.records.parquet import RowTable
from tests.sim.fake_node import Question, fake_node, results
from tests.sim.test_cli_commands import assert_refused, run

BLOCKS = 12


def has_anvil() -> bool:
    try:
        find_anvil()
    except EngineError:
        return False
    return True


def simulate(folder: Path, *more: object) -> tuple[int, str, str]:
    return run("simulate", "calm", "--blocks", BLOCKS, "--out", folder, *more)


def crash_of(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "crash.json").read_text())
    return found


@pytest.fixture(scope="module")
def calm(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("replay") / "calm"
    assert simulate(folder)[0] == 0
    return folder


def replayed(folder: Path, *more: object) -> dict[str, object]:
    """What a replay that must succeed says, as JSON."""
    table = folder.parent / "state.json"
    status, _, err = run("replay", folder, "--json", table, *more)
    assert (status, err) == (0, "")
    found: dict[str, object] = json.loads(table.read_text())
    return found


@pytest.mark.parametrize("block", [0, 1, 7, BLOCKS])
def test_replay__any_block__is_that_block_as_recorded(calm: Path, block: int):
    state = replayed(calm, "--block", block)
    recorded = read_run(calm)
    assert state["block"] == block
    if block == 0:
        return
    row = recorded.blocks.iloc[block - 1]
    assert (state["digest"], state["insurance_wad"]) == (row["digest"], row["insurance_wad"])
    rows = recorded.markets[recorded.markets["block"] == block]
    assert [one["mark"] for one in state["markets"]] == pytest.approx(
        rows["mark_wad"].astype(float) / 1e18
    )


def test_replay__account_by_name_and_number__is_shown(calm: Path):
    state = replayed(calm, "--account", "maker_btc_0001")
    assert {row["what"] for row in state["account"]} == {"cash", "position", "order"}
    number = next(row["account"] for row in state["accounts"])
    rows = replayed(calm, "--account", number)["account"]
    assert "position" in {row["what"] for row in rows}


def test_replay__worst_accounts__come_worst_first(calm: Path):
    health = [row["health"] for row in replayed(calm)["accounts"]]
    assert health == sorted(health)
    assert len(health) > 3


def test_replay__last_block__has_the_digest_of_the_run(calm: Path):
    manifest = json.loads((calm / "manifest.json").read_text())
    assert replayed(calm)["digest"] == manifest["digest"]


def test_replay__record_that_was_changed__says_at_which_block(calm: Path, tmp_path: Path):
    folder = tmp_path / "forged"
    folder.mkdir()
    for each in calm.iterdir():
        (folder / each.name).write_bytes(each.read_bytes())
    blocks = pd.read_parquet(folder / "blocks.parquet")
    blocks.loc[4, "digest"] = "0" * 64
    blocks.to_parquet(folder / "blocks.parquet")
    status, _, err = run("replay", folder)
    assert status == 1
    assert err.startswith("error: block 5 came to the digest ")
    assert run("replay", folder, "--block", 4)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--block", "13"], ["13", "0 to 12"]),
        (["--crash"], ["crash.json", "did not break"]),
        (["--account", "nobody"], ["nobody", "the name of an agent"]),
        (["--engine", "geth"], ["geth", "revm"]),
        (["--rpc", "nowhere"], ["nowhere", "http://host:port"]),
        (["--rpc", "http://127.0.0.1:1", "--engine", "revm"], ["--rpc", "anvil"]),
    ],
)
def test_replay__bad_input__is_one_sentence(calm: Path, arguments: list[str], said: list[str]):
    assert_refused(run("replay", calm, *arguments), *said)


def test_replay__no_run__is_one_sentence(tmp_path: Path):
    assert_refused(run("replay", tmp_path / "nowhere"), "is not a folder")


def test_simulate__agent_that_raises__can_be_taken_to_the_block_again(tmp_path: Path, monkeypatch):
    honest = NoiseTrader.act

    def act(trader: NoiseTrader, seen):
        if seen.block >= 5 and trader.name == "noise_btc_0003":
            raise LookupError("no such price")
        return honest(trader, seen)

    monkeypatch.setattr(NoiseTrader, "act", act)
    monkeypatch.setattr(NoiseTrader, "next_block", lambda trader, block: block + 1)
    status, _, err = simulate(tmp_path / "run")
    crash = crash_of(tmp_path / "run")
    assert status == 1
    assert err.count("\n") == 1
    assert (crash["block"], crash["last_good_block"]) == (5, 4)
    assert crash["error"] == "LookupError: no such price"
    assert crash["notes"] == ["raised by the agent noise_btc_0003 in block 5"]
    assert crash["command"] == f"backstop replay {tmp_path / 'run'} --crash"
    status, out, _ = run("replay", tmp_path / "run", "--crash")
    assert status == 0
    assert "block 4: markets" in out
    assert "block 5 breaks again: LookupError: no such price (raised by the agent" in out


def test_simulate__interrupted__keeps_what_was_and_goes_through_again(tmp_path: Path, monkeypatch):
    honest = Simulation.step

    def step(simulation: Simulation, block: int) -> None:
        if block == 6:
            raise KeyboardInterrupt
        honest(simulation, block)

    monkeypatch.setattr(Simulation, "step", step)
    status, _, err = simulate(tmp_path / "run")
    assert status == 1
    assert "after block 5: KeyboardInterrupt" in err
    assert len(read_run(tmp_path / "run").blocks) == 5
    monkeypatch.setattr(Simulation, "step", honest)
    _, out, _ = run("replay", tmp_path / "run", "--crash")
    assert "block 6 goes through here, on revm" in out


def test_simulate__terminated__leaves_what_was_run(tmp_path: Path, monkeypatch):
    act = NoiseTrader.act

    def told_to_stop(trader: NoiseTrader, seen):
        if seen.block == 6:
            os.kill(os.getpid(), signal.SIGTERM)
        return act(trader, seen)

    monkeypatch.setattr(NoiseTrader, "act", told_to_stop)
    status, _, err = simulate(tmp_path / "run")
    assert status == 1
    assert "after block 5: KeyboardInterrupt: stopped by SIGTERM" in err
    assert crash_of(tmp_path / "run")["block"] == 6
    assert len(read_run(tmp_path / "run").blocks) == 5
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_simulate__disk_full__gives_back_its_reserve_and_says_so(tmp_path: Path, monkeypatch):
    honest, reserve = RowTable.extend, tmp_path / "run" / RESERVE
    calls = 0

    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def extend(table: RowTable, rows) -> None:
        nonlocal calls
        calls += 1
        if calls > 40 and reserve.exists():
            full()
        honest(table, rows)

    monkeypatch.setattr(RowTable, "extend", extend)
    status, _, err = simulate(tmp_path / "run")
    crash = crash_of(tmp_path / "run")
    assert status == 1
    assert "No space left on device" in err
    assert crash["exception"] == "OSError"
    assert crash["tables_lost"] == []
    assert not reserve.exists()
    kept = read_run(tmp_path / "run")
    assert len(kept.blocks) in (crash["last_good_block"], crash["block"])
    assert len(kept.blocks) >= 5


def test_simulate__table_that_can_no_longer_be_written__is_named_and_the_rest_kept(
    tmp_path: Path, monkeypatch
):
    honest, broken = Simulation.step, RowTable.close

    def step(simulation: Simulation, block: int) -> None:
        if block == 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        honest(simulation, block)

    def close(table: RowTable) -> None:
        if table.names[:2] == ["block", "account"]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        broken(table)

    monkeypatch.setattr(Simulation, "step", step)
    monkeypatch.setattr(RowTable, "close", close)
    status, _, err = simulate(tmp_path / "run")
    assert status == 1
    assert err.count("\n") == 1
    assert "the folder is not whole" in err
    assert crash_of(tmp_path / "run")["tables_lost"] == ["accounts"]
    assert len(pd.read_parquet(tmp_path / "run" / "blocks.parquet")) == 3


def test_simulate__told_to_stop_at_a_violation__breaks_there(tmp_path: Path, monkeypatch):
    from sim.engine.invariant_checker import Checker

    honest = Checker.check

    def check(checker: Checker, block: int, *rest):
        facts = honest(checker, block, *rest)
        if block == 3:
            checker.violations = ["INV-1: made up"]
        return facts

    monkeypatch.setattr(Checker, "check", check)
    status, _, err = simulate(tmp_path / "run", "--set", "stop_on_violation=true")
    assert status == 1
    assert "BrokenInvariantError: block 3: INV-1: made up" in err
    # The block that broke it is whole and recorded; the next was never begun.
    assert len(read_run(tmp_path / "run").blocks) == 3
    assert crash_of(tmp_path / "run")["block"] == 3


@pytest.mark.skipif(not has_anvil(), reason="anvil is not installed")
def test_simulate__node_killed_in_a_run__leaves_a_crash_that_replays(tmp_path: Path, monkeypatch):
    honest = Simulation.step

    def step(simulation: Simulation, block: int) -> None:
        if block == 3:
            assert isinstance(simulation.chain, AnvilChain)
            simulation.chain._node.signal(signal.SIGKILL)
        honest(simulation, block)

    monkeypatch.setattr(Simulation, "step", step)
    status, _, err = simulate(tmp_path / "run", "--engine", "anvil")
    assert status == 1
    assert err.count("\n") == 1
    assert "broke after block 2: the node at http://127.0.0.1:" in err
    assert "the node has ended" in err
    assert crash_of(tmp_path / "run")["block"] == 3
    assert len(read_run(tmp_path / "run").blocks) == 2
    monkeypatch.setattr(Simulation, "step", honest)
    status, out, _ = run("replay", tmp_path / "run", "--crash")
    assert status == 0
    assert "block 3 goes through here, on revm" in out


def test_simulate__node_that_answers_nonsense__is_refused_before_a_run_begins(tmp_path: Path):
    def banana(asked: list[Question]) -> tuple[int, bytes]:
        return 200, results(asked, "banana")

    with fake_node(banana) as url:
        status, _, err = simulate(tmp_path / "run", "--rpc", url)
    assert status == 2
    assert err.count("\n") == 1
    assert "the node at" in err
    assert not (tmp_path / "run").exists()


def test_simulate__no_anvil_anywhere__is_one_sentence_and_no_run(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sim.chain.anvil_node.ROOT", tmp_path)
    status, _, err = simulate(tmp_path / "run", "--engine", "anvil")
    assert status == 2
    assert "anvil is not installed: run `make anvil`" in err
    assert not (tmp_path / "run").exists()
