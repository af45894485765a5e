"""Why an account was liquidated, on the shipped cascade down to its first takeovers by the pool."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sim.audit.explain import Explanation, explain
from sim.audit.opinion import disagreements, opinion
from sim.audit.prices import unheard
from sim.audit.verdict import liquidated, who_got_what
from sim.records.folder import Run, read_run
from sim.units import WAD
from tests.sim.test_cli_commands import assert_refused
from tests.sim.test_cli_commands import run as command

BLOCKS = 102
LONG, FAILING, MAKER = "long_high_0006", "long_high_0002", "maker_0001"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("explain") / "cascade"
    assert command("simulate", "cascade", "--blocks", BLOCKS, "--out", path)[0] == 0
    return path


@pytest.fixture(scope="module")
def recorded(folder: Path) -> Run:
    return read_run(folder)


@pytest.fixture(scope="module")
def found(recorded: Run) -> Explanation:
    return explain(recorded, LONG, None)


def test_explain__liquidated_account__is_told_in_one_sentence(found: Explanation):
    assert found.decided is not None
    told = liquidated(found.decided)
    assert told is not None
    before, owed, mark, sold, after, left = (
        f"{abs(told[name]) / WAD:,.{digits}f}"
        for name, digits in (
            ("equity_before_wad", 2),
            ("maintenance_before_wad", 2),
            ("mark_wad", 2),
            ("size_delta_wad", 4),
            ("equity_after_wad", 2),
            ("maintenance_after_wad", 2),
        )
    )
    assert re.match(
        rf"liquidated at 10:0\d:\d\d by the book: equity {before} < maintenance {owed} at a "
        rf"BTC-USD mark of {mark}; sold {sold}, after which equity {after} stood against {left}",
        found.verdict,
    )


def test_explain__its_picture__is_what_the_event_says_of_the_moment(found: Explanation):
    assert found.decided is not None
    assert found.picture is not None
    told = liquidated(found.decided)
    assert told is not None
    assert found.picture.health.equity_wad == told["equity_before_wad"]
    assert found.picture.health.maintenance_wad == told["maintenance_before_wad"]
    assert found.picture.legs[0].price.mark_wad == told["mark_wad"]
    assert found.picture.legs[0].asked[0] == -told["size_delta_wad"]
    assert found.picture.legs[0].mark.chosen == "index + basis"


def test_explain__contract_and_reference__agree_and_a_wei_apart_is_seen(found: Explanation):
    assert not found.disagreements
    assert found.picture is not None
    health = found.picture.health
    off = health._replace(equity_wad=health.equity_wad + 1)
    wrong = replace(found.picture, health=off)
    assert [one.split(":")[0] for one in disagreements(wrong, opinion(wrong))] == ["equity"]


def test_explain__every_attempt__has_its_sender_and_its_outcome(found: Explanation):
    outcomes = {(one.agent, one.ok, one.error) for one in found.attempts}
    assert any(ok and "keeper" in agent for agent, ok, _ in outcomes)
    assert ("keeper_0001", False, "liquidator: account is healthy") in outcomes
    assert any("cooling down" in error for _, _, error in outcomes)


def test_explain__who_got_what__is_the_penalty_without_rest(found: Explanation):
    assert found.decided is not None
    shares = who_got_what(found.decided)
    assert sum(wad for _, wad in shares) == 0
    assert re.match(r"(slow_)?keeper_\d{4}, the keeper", shares[0][0])


def test_explain__timeline__is_what_the_run_recorded(found: Explanation, recorded: Run):
    last = recorded.accounts[recorded.accounts["block"] == BLOCKS].set_index("account")
    row = last.loc[str(found.account)]
    told = found.timeline[-1]
    assert (told.cash_wad, told.equity_wad) == (int(row["cash_wad"]), int(row["equity_wad"]))
    assert [one.block for one in found.timeline] == list(range(1, BLOCKS + 1))


def test_explain__pool_took_it__says_why_the_book_did_not(folder: Path, tmp_path: Path):
    table = tmp_path / "e.json"
    status, out, err = command(
        "explain", folder, "--account", FAILING, "--block", BLOCKS, "--json", table
    )
    assert (status, err) == (0, "")
    assert "by the insurance pool: equity " in out
    told: dict[str, Any] = json.loads(table.read_text())
    assert told["rungs"][0].startswith("(a) book: could not fill")
    assert told["rungs"][1].startswith("failing: equity ")
    assert told["rungs"][-1].startswith("(c) pool: took all of it")
    assert told["disagreements"] == []


def test_explain__never_below_maintenance__names_the_worst_moment(recorded: Run):
    told = explain(recorded, MAKER, None)
    assert told.verdict.startswith("not liquidated: its equity never fell below maintenance")
    assert told.picture is not None
    least = min(
        one.equity_wad * WAD // one.maintenance_wad for one in told.timeline if one.maintenance_wad
    )
    health = told.picture.health
    assert health.equity_wad * WAD // health.maintenance_wad == least


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--account", "nobody"], ["nobody", "the name of an agent"]),
        (["--account", LONG, "--block", BLOCKS + 1], [str(BLOCKS + 1), f"0 to {BLOCKS}"]),
        ([], ["--account"]),
    ],
)
def test_explain__bad_input__is_one_sentence(folder: Path, arguments: list[Any], said: list[str]):
    assert_refused(command("explain", folder, *arguments), *said)


@pytest.mark.parametrize(
    ("price_wad", "conf_wad", "observed_at", "why"),
    [
        (0, 0, 100, "has no price"),
        (WAD, WAD // 50, 100, "confidence of 200 bp is above 100 bp"),
        (WAD, 0, 39, "61 s old, allowed are 60 s"),
        (WAD, 0, 106, "6 s ahead of the block"),
        (WAD, WAD // 100, 40, ""),
    ],
)
def test_unheard__reading__says_why(price_wad: int, conf_wad: int, observed_at: int, why: str):
    class Read:
        pass

    read: Any = Read()
    read.price_wad, read.conf_wad, read.observed_at = price_wad, conf_wad, observed_at
    assert unheard(read, 60, 100, 100) == why
