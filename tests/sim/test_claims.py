"""Claims: each comes to its verdict, and the worst case to a command that is that very run."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from sim.cli import cli
from sim.experiments.sweep import sweep as sweeps
from sim.experiments.sweep.experiment import cells
from sim.experiments.verdicts import (
    FRAGILE,
    ROBUST,
    SHIFTED,
    ClaimConfig,
    read_claims,
    verdicts,
)
from sim.scenario import ScenarioError, checked, load_scenario

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "docs" / "claims.yaml"


def population(losses: list[float | None]) -> sweeps.Sweep:
    seeds = list(range(len(losses)))
    frame = pd.DataFrame({"cell": 0, "seed": seeds, "loss": losses})
    return sweeps.Sweep(manifest={"cells": [{"command": "backstop simulate x"}]}, frame=frame)


@pytest.mark.parametrize(
    ("losses", "verdict", "holding", "worst"),
    [
        ([1.0, 2.0, 5.0], ROBUST, 3, 2),
        ([1.0, 1.0, 2.0, 6.0, 1.0, 1.0], SHIFTED, 5, 3),
        ([1.0, 9.0, 2.0, 9.5], FRAGILE, 2, 3),
        ([1.0, None, 2.0], FRAGILE, 2, 1),
    ],
)
def test_verdicts__by_runs_and_mean__are_robust_shifted_or_fragile(
    losses: list[float | None], verdict: str, holding: int, worst: int
) -> None:
    claim = ClaimConfig(says="little is lost", of="x", metric="loss", at_most=5.0)
    (found,) = verdicts(claim, population(losses))
    assert (found.verdict, found.holding, found.runs) == (verdict, holding, len(losses))
    assert found.command == f"backstop simulate x --seed {worst}"


def test_verdicts__of_a_figure_that_is_none__are_refused() -> None:
    claim = ClaimConfig(says="much is gained", of="x", metric="gain", above=5.0)
    with pytest.raises(ScenarioError, match="found no 'gain' among cell, seed, loss"):
        list(verdicts(claim, population([1.0])))


def test_claims__one_holds_and_one_does_not__exits_with_1_and_the_run_that_breaks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = {
        "populations": {
            "quiet": {
                "scenario": "calm",
                "seeds": "3..4",
                "set": {"blocks": 3},
                "vary": {"ordering": [{"kind": "fifo"}, {"kind": "shuffle"}]},
            }
        },
        "claims": [
            {
                "says": "it balances",
                "of": "quiet",
                "metric": "conservation_error_wad",
                "at_most": 0,
            },
            {"says": "there are few", "of": "quiet", "metric": "txs", "below": 10},
        ],
    }
    file = tmp_path / "mine.yaml"
    file.write_text(json.dumps(said))
    arguments = ["claims", str(file), "--jobs", "1", "--json", "told.json"]
    told = CliRunner().invoke(cli, arguments)
    assert told.exit_code == 1, told.output
    rows = json.loads(Path("told.json").read_text())
    assert [one["verdict"] for one in rows] == [ROBUST, FRAGILE]
    worst = shlex.split(rows[1]["command"])
    assert " ".join(worst[:3]) == "backstop simulate calm"
    assert CliRunner().invoke(cli, [*worst[1:], "--out", "again"]).exit_code == 0
    summary = json.loads(Path("again/summary.json").read_text())
    assert summary["txs"] == rows[1]["worst"]
    frame = sweeps.result(tmp_path / "runs" / "claims" / "mine" / "quiet").frame
    assert summary["digest"] in set(frame["digest"])
    assert "holds a sweep" in CliRunner().invoke(cli, arguments).output
    assert CliRunner().invoke(cli, [*arguments, "--resume"]).exit_code == 1


def test_shipped_claims__every_population__is_allowed_and_its_commands_make_its_cells() -> None:
    made = [
        one
        for asked in read_claims(SHIPPED).experiments().values()
        for one in cells(asked, SHIPPED.parent)
    ]
    assert len(made) > 40
    for one in made:
        _, _, name, *options = shlex.split(one.command)
        assert set(options[::2]) <= {"--set"}
        again = load_scenario(name, options[1::2])
        assert again.sha256() == one.scenario.sha256()


def test_readme__every_verdict_it_cites__is_of_a_claim_that_ships_and_every_claim_is_cited() -> (
    None
):
    front = (ROOT / "README.md").read_text()
    table = front.split("## What is claimed, and whether it holds\n")[1].split("\n## ")[0]
    cited = re.findall(r"^\| (.+?) \| (?:\*\*)?(?:ROBUST|SHIFTED|FRAGILE)", table, re.M)
    assert cited == [one.says for one in read_claims(SHIPPED).claims]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"at_most": 1, "above": 1}, "exactly one of at_most"),
        ({}, "exactly one of at_most"),
        ({"at_most": 1, "metrc": "x"}, "unknown key 'metrc'"),
    ],
)
def test_claim__what_is_not_allowed__is_one_sentence(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        checked(ClaimConfig, {"says": "x", "of": "y", "metric": "z", **change}, "claims")
