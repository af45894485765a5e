"""The search for attacks: what it varies, that it finds one, and that what it finds runs again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim import simulate
from sim.cli import cli
from sim.experiments.attack_search import best, keys, search
from sim.metrics.harm import harm
from sim.scenario import ScenarioError, load_scenario

SKRW = "skrw_2019"


def test_keys__of_an_attacker__are_its_strategy_and_not_its_purse() -> None:
    found = keys(load_scenario("mango_2022"), ["pumper"])
    names = {key.path.partition(".")[2].partition(".")[2]: key for key in found}
    assert set(names) == {
        *("clip_notional", "max_notional", "leg.clip_notional"),
        *("starts_at_block", "exits_at_block"),
    }
    assert names["starts_at_block"].at(0.0) == 1
    assert names["starts_at_block"].at(1.0) == 30
    assert names["leg.clip_notional"].written == 8_000


def test_keys__of_nobody__are_refused() -> None:
    with pytest.raises(ScenarioError, match="no number of an attacker"):
        keys(load_scenario("calm"), ["attacker"])


@pytest.mark.parametrize("method", ["cma", "random"])
def test_search__same_stream__tries_the_same(method: str) -> None:
    scenario = load_scenario(SKRW, ["blocks=3"], is_naive=True)
    twice = [search(scenario, ["bot"], seed=1, budget=10, method=method) for _ in range(2)]  # type: ignore[arg-type]
    assert twice[0] == twice[1]
    assert [one.number for one in twice[0]] == list(range(10))
    assert len({str(one.values) for one in twice[0]}) > 5


def test_attack__on_the_mean_of_two_feeds__earns_and_its_scenario_earns_again(
    tmp_path: Path,
) -> None:
    told = CliRunner().invoke(
        cli, ["attack", SKRW, "--naive", "--budget", "16", "--out", str(tmp_path)]
    )
    assert told.exit_code == 0, told.output
    tries = json.loads((tmp_path / "tries.json").read_text())
    assert len(tries) == 16
    top = max(tries, key=lambda one: one["profit"] or 0)
    assert top["profit"] > 100_000
    again = simulate(load_scenario(str(tmp_path / "best.yaml")))
    assert harm(again, ["bot"]).attacker_pnl == top["profit"]
    assert "with 5 other seeds the best earns" in told.output


def test_search__on_the_default_protocol__earns_nothing() -> None:
    scenario = load_scenario(SKRW)
    found = search(scenario, ["bot"], seed=scenario.seed, budget=8)
    assert best(found).profit == 0


def test_attack__without_an_attacker__is_refused() -> None:
    told = CliRunner().invoke(cli, ["attack", "calm"])
    assert told.exit_code == 2
    assert "--attacker GROUP is needed" in told.output
