"""The reference exchange beside recorded runs: no difference, and each kind of one is seen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import sim.audit.twin as twin_module
from sim.audit.twin import twin
from sim.audit.twin_rules import FOLLOWED, JUDGED
from sim.engine.action_table import ACTION_TABLE
from sim.protocol.deployment import Deployed
from sim.records.folder import Run, read_run
from sim.reference.exchange import Exchange
from sim.scenario.load import SCENARIOS
from tests.sim.test_cli_commands import assert_refused, run

BLOCKS = 110  # of the cascade: book, takeover and pool have acted by then


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("twin") / "cascade"
    assert run("simulate", "cascade", "--blocks", BLOCKS, "--out", path)[0] == 0
    return path


@pytest.fixture(scope="module")
def recorded(folder: Path) -> Run:
    return read_run(folder)


def test_twin__cascade__is_the_same_to_the_wei(folder: Path, tmp_path: Path):
    table = tmp_path / "twin.json"
    status, out, err = run("audit", "twin", folder, "--json", table)
    assert (status, err) == (0, "")
    assert out.rstrip().endswith("0 differences")
    told: dict[str, Any] = json.loads(table.read_text())
    assert told["mismatches"] == []
    assert told["judged"] > 500
    assert told["refused"] > 50
    assert told["balances"] > 5_000


def with_terms(monkeypatch: pytest.MonkeyPatch, **changes: int) -> None:
    """Let the reference judge by other terms than those deployed."""
    honest = twin_module.exchange_of

    def exchange_of(deployed: Deployed) -> Exchange:
        x = honest(deployed)
        x.house.risks = {market: replace(one, **changes) for market, one in x.house.risks.items()}
        return x

    monkeypatch.setattr(twin_module, "exchange_of", exchange_of)


def test_twin__another_fee__is_seen_in_a_balance(recorded: Run, monkeypatch: pytest.MonkeyPatch):
    with_terms(monkeypatch, taker_bps=6)
    found = twin(recorded, 20, 3).mismatches
    assert found
    assert any("cash, size, quote" in one.what for one in found)


def test_twin__more_open_interest_than_allowed__is_seen_as_a_refusal(
    recorded: Run, monkeypatch: pytest.MonkeyPatch
):
    with_terms(monkeypatch, oi_cap_wad=1)
    found = twin(recorded, 20, 3).mismatches
    assert found[0].tx is not None
    assert (found[0].contract, found[0].reference) == (
        "",
        "clearinghouse: open interest at its cap",
    )


def test_twin__run_with_leveraged_tokens__is_refused_in_one_sentence(tmp_path: Path):
    out = tmp_path / "tokens"
    assert run("simulate", "leveraged_tokens", "--blocks", 5, "--out", out)[0] == 0
    assert_refused(run("audit", "twin", out), "has no rule in the reference exchange")


TRIGGERS = """
  - {kind: trigger_keeper, market: BTC-USD, capital: 1_000}
  - {kind: scale_out_trader, market: BTC-USD, count: 6, capital: 5_000, leverage: 20,
     opens_at_block: {uniform: [3, 12]}, cuts: [0.02, 0.1], targets: [0.0005, 0.001],
     trail: 0.003, tip: 1}
"""


def test_twin__triggers_that_fire__are_the_same_to_the_wei(tmp_path: Path):
    scenario, out = tmp_path / "scaling.yaml", tmp_path / "scaling"
    scenario.write_text((SCENARIOS / "calm.yaml").read_text() + TRIGGERS)
    assert run("simulate", scenario, "--blocks", 40, "--out", out)[0] == 0
    recorded = read_run(out)
    done = recorded.transactions.query("action == 'ExecuteTrigger' and ok")
    assert len(done) > 0
    assert twin(recorded, None, 3).mismatches == []


def test_rules__every_call_of_an_agent__has_one_where_no_leveraged_token_is():
    called = {(row.instance.partition(".")[0], row.method) for row in ACTION_TABLE.values()}
    ruled = {*JUDGED, *FOLLOWED}
    assert {contract for contract, _ in called - ruled} == {"LeveragedToken"}
