"""The library of incidents: every file tells its facts, and the lab judges what it ran."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.api import simulate, summarise
from sim.cli import cli
from sim.experiments.incidents import DEFAULT, NAIVE, Outcome, complaints, facts, play
from sim.metrics.harm import Harm, harm
from sim.scenario import ScenarioError, incident_names, load_scenario, parse_scenario

SKRW = "skrw_2019"
STILL = Harm(
    attacker_pnl=0.0,
    others_deposited=100.0,
    others_loss=0.0,
    pool_loss=0.0,
    bad_debt=0.0,
    liquidated=0.0,
    false_liquidations=0.0,
)


@pytest.fixture(scope="module")
def skrw(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Outcome]:
    folder = tmp_path_factory.mktemp("incidents")
    return play(SKRW, NAIVE, None, folder), play(SKRW, DEFAULT, None, folder)


@pytest.mark.parametrize("name", incident_names())
def test_load__every_incident__is_a_scenario_in_both_variants(name: str) -> None:
    told = facts(name)
    assert told.facts
    assert load_scenario(name, is_naive=True).markets != load_scenario(name).markets or (
        load_scenario(name, is_naive=True) != load_scenario(name)
    )


def test_play__the_naive_protocol__pays_the_attacker_and_the_default_does_not(
    skrw: tuple[Outcome, Outcome],
) -> None:
    naive, default = skrw
    assert naive.harm.attacker_pnl > 100_000
    assert naive.harm.others_loss == pytest.approx(naive.harm.attacker_pnl, rel=0.01)
    assert default.harm.attacker_pnl <= 0
    assert complaints(facts(SKRW), naive, default) == []


@pytest.mark.parametrize(("cap", "least"), [(50_000, 0), (60_000, 50_000)])
def test_simulate__jelly_and_a_loss_cap__costs_the_pool_no_more(
    tmp_path: Path, cap: int, least: int
) -> None:
    """Below what the short needs it is never taken over; above, the pool loses nearly all of it."""
    pool = f"{{exposure: 500_000, loss: {cap}, clip: 10_000}}"
    scenario = load_scenario("hl_jelly_2025", [f"markets.THIN-USD.pool={pool}"])
    run = simulate(scenario, seed=None, out=tmp_path)
    assert summarise(run)["invariant_violations"] == 0
    lost = harm(run, ("dumper",)).pool_loss
    assert lost <= cap
    assert (lost > least) == (least > 0)


def outcome(variant: str, *, is_sound: bool = True, attacker_pnl: float = 0.0) -> Outcome:
    harm = replace(STILL, attacker_pnl=attacker_pnl)
    return Outcome(incident=SKRW, variant=variant, harm=harm, digest="", is_sound=is_sound)


@pytest.mark.parametrize(
    ("naive", "default", "words"),
    [
        (outcome(NAIVE), outcome(DEFAULT), "naive: attacker pnl is 0, above 0 is claimed"),
        (
            outcome(NAIVE, attacker_pnl=5),
            outcome(DEFAULT, attacker_pnl=3),
            "default: attacker pnl is 3, 0 is claimed",
        ),
        (
            outcome(NAIVE, attacker_pnl=5),
            outcome(DEFAULT, is_sound=False),
            "default: the books do not balance or an invariant broke",
        ),
    ],
)
def test_complaints__a_claim_that_fails__is_said(
    naive: Outcome, default: Outcome, words: str
) -> None:
    assert words in complaints(facts(SKRW), naive, default)


def test_cli__facts__tells_them_and_runs_nothing() -> None:
    told = CliRunner().invoke(cli, ["incidents", SKRW, "--facts"])
    assert told.exit_code == 0
    assert "1,000 times" in told.output


def test_cli__an_incident__prints_the_table_and_keeps_the_rows(tmp_path: Path) -> None:
    rows = tmp_path / "rows.json"
    asked = ["incidents", SKRW, "--jobs", "1", "--out", str(tmp_path / "runs"), "--json", str(rows)]
    told = CliRunner().invoke(cli, asked)
    assert told.exit_code == 0, told.output
    assert [row["variant"] for row in json.loads(rows.read_text())] == ["real", "naive", "default"]
    assert (tmp_path / "runs" / SKRW / "naive" / "events.parquet").exists()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["nonesuch"], "nonesuch is no incident; allowed are "),
        (["calm"], "calm is no incident; allowed are "),
    ],
)
def test_cli__no_incident__is_refused_in_one_sentence(asked: list[str], words: str) -> None:
    told = CliRunner().invoke(cli, ["incidents", *asked])
    assert told.exit_code == 2
    assert words in told.output
    assert told.output.count("\n") == 1


def test_parse__naive_without_an_incident__is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"found no incident\.naive"):
        parse_scenario("name: x\n", label="x.yaml", is_naive=True)
