from __future__ import annotations

from collections import Counter

import pytest

from sim.engine import RunResult
from sim.scenario import ScenarioError, load_scenario
from sim.units import WAD
from tests.sim.engine_runs import Kept, calm, run_scenario


@pytest.fixture(scope="module")
def told() -> tuple[Kept, RunResult]:
    kept = Kept()
    scenario = load_scenario("leveraged_tokens")
    return kept, run_scenario(scenario, scenario.seed, "revm", kept)


def test_run__leveraged_tokens__live_and_break_nothing(told: tuple[Kept, RunResult]) -> None:
    kept, result = told
    assert result.violations == ()
    of_tokens = [one for one in kept.logs if one.contract == "LeveragedToken"]
    found = Counter((one.event, one.instance) for one in of_tokens)
    for token in ("BTC3L", "BTC1S", "BTC3S"):
        assert found["TokenMinted", token] > 5
        assert found["TokenRedeemed", token] > 5
        assert found["TokenRebalanced", token] > 0
    reasons = {one.values.reason for one in of_tokens if one.event == "TokenRebalanced"}
    assert reasons == {0, 1, 2}


def test_run__fall__ripcord_brings_leverage_back(told: tuple[Kept, RunResult]) -> None:
    kept, _ = told
    rows = [one.values for one in kept.logs if one.event == "TokenRebalanced"]
    pulled = [one for one in rows if one.reason == 2]
    assert all(one.leverage_before_wad > 3 * WAD * 5 // 4 for one in pulled)
    assert all(0 < one.leverage_wad < one.leverage_before_wad for one in pulled)
    for one in rows:
        away = abs(one.leverage_before_wad) - abs(one.leverage_wad)
        assert away == 0 or (away > 0) == (one.wanted_wad * one.leverage_wad < 0)


def test_run__token_accounts__are_told_by_name(told: tuple[Kept, RunResult]) -> None:
    kept, _ = told
    names = {one.agent for one in kept.held}
    assert {"leveraged_token_BTC3L", "leveraged_token_BTC1S", "leveraged_token_BTC3S"} <= names


TOKEN = "[{name: BTC3L, market: BTC-USD, leverage: 3%s}]"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("tokens=" + TOKEN.replace("leverage: 3", "leverage: 4") % "", "leverage"),
        (
            "tokens=" + TOKEN.replace("BTC-USD", "THIN-USD") % "",
            "found 'THIN-USD'",
        ),
        ("tokens=" + TOKEN % ", interval_s: 60", "interval_s"),
        (
            "tokens=[{name: AAA, market: BTC-USD, leverage: 3}, "
            "{name: AAA, market: BTC-USD, leverage: 2}]",
            "names that differ",
        ),
        (
            "agents=[{kind: token_holder, capital: 1, clip: 1, token: BTC3L}]",
            "agents.0.token: found 'BTC3L'; the tokens (none) are allowed",
        ),
    ],
)
def test_load__token_that_cannot_be__is_refused_by_name(override: str, words: str) -> None:
    with pytest.raises(ScenarioError) as refusal:
        calm(override)
    assert words in str(refusal.value)
