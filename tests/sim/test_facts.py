"""Stylised facts: figures of series whose facts are known, and the command's table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import sim
from sim.cli import cli
from sim.metrics.stylised import _heaviest, return_facts, sampled


def path_of(returns: list[float]) -> np.ndarray:
    return np.exp(np.concatenate([[0.0], np.cumsum(returns)]))


def test_return_facts__returns_that_alternate__remember_with_the_other_sign() -> None:
    found = return_facts(path_of([0.01, -0.01] * 20))
    assert found["returns"] == 40
    assert found["autocorrelation_1"] == pytest.approx(-1)
    assert found["deviation_bps"] == pytest.approx(100)
    assert found["kurtosis"] == pytest.approx(-2)  # a coin has the least there is


def test_return_facts__calm_and_wild_stretches__cluster_and_have_tails() -> None:
    calm, wild = [0.001, -0.001] * 20, [0.01, -0.01] * 5
    found = return_facts(path_of([*calm, *wild, *calm]))
    assert found["clustering_1"] > 0.8
    assert found["kurtosis"] > 2


@pytest.mark.parametrize("returns", [[0.0] * 20, [0.01, 0.02]])
def test_return_facts__nothing_moves_or_too_few__are_none(returns: list[float]) -> None:
    found = return_facts(path_of(returns))
    assert {value for key, value in found.items() if key != "returns"} == {None}


def test_sampled__prices_between_steps__is_the_last_one_known() -> None:
    times = np.array([1.0, 9.0, 10.0, 29.0, 41.0])
    values = np.array([1.0, 2.0, 3.0, np.nan, 5.0])
    assert sampled(times, values, 10).tolist() == [3.0, 3.0, 3.0, 3.0]


def test_heaviest__three_within_a_minute_of_five__is_their_share_of_notional() -> None:
    struck = pd.DataFrame(
        {"time_s": [0, 100, 120, 159, 160], "notional": [50.0, 10.0, 10.0, 10.0, 20.0]}
    )
    assert _heaviest(struck, 60) == 0.5
    assert _heaviest(struck.iloc[1:], 60) == pytest.approx(0.8)  # from 120 to 160
    assert _heaviest(struck.iloc[:0], 60) is None


def test_facts__of_a_run_against_its_own_true_prices__are_the_same(tmp_path: Path) -> None:
    run = sim.simulate(sim.load_scenario("calm", ["blocks=40"]), out=tmp_path / "run")
    path = run.markets[run.markets["market"] == "ETH-USD"]
    lines = [
        f"{time},{int(true) / 10**18!r}"
        for time, true in zip(path["time_s"], path["true_wad"], strict=True)
    ]
    file = tmp_path / "eth.csv"
    file.write_text("\n".join(["time,price", *lines]) + "\n")
    told = CliRunner().invoke(
        cli,
        [
            *("facts", str(tmp_path / "run"), "--against", str(file), "--market", "ETH-USD"),
            *("--symbol", "ETH-USD", "--step", "5", "--json", str(tmp_path / "facts.json")),
        ],
    )
    assert told.exit_code == 0, told.output
    rows = {one["fact"]: one for one in json.loads((tmp_path / "facts.json").read_text())}
    for fact in ("returns", "kurtosis", "autocorrelation_1", "clustering_5"):
        assert rows[fact]["file"] == pytest.approx(rows[fact]["true price"], rel=1e-6)
    assert rows["spread_bps"]["mark"] > 0
    assert rows["depth_50"]["mark"] >= rows["depth_10"]["mark"] > 0
    assert rows["spread_bps"]["file"] is None


def test_facts__a_market_that_is_none__is_refused_with_those_there_are(tmp_path: Path) -> None:
    sim.simulate(sim.load_scenario("calm", ["blocks=3"]), out=tmp_path / "run")
    told = CliRunner().invoke(cli, ["facts", str(tmp_path / "run"), "--market", "X-USD"])
    assert told.exit_code == 2
    assert "allowed are BTC-USD, ETH-USD" in told.output
