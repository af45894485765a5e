"""The command `waterfall`: table, rows, page, refusals."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from sim.cli import waterfall as module
from sim.cli.waterfall import waterfall
from tests.sim.test_cli_commands import assert_refused, run

SMALL = ("--gap", 12, "--book", "thin", "--losers", 5, "--pool", "none", "--pool", "ample")


def test_waterfall__one_gap__leaves_table_rows_and_a_page(tmp_path: Path):
    status, said, _ = run("waterfall", *SMALL, "--out", tmp_path)
    assert status == 0
    assert {"-12", "thin", "queue", "any", "holds"} <= set(said.split())
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert [(row["pool"], row["policy"]) for row in rows] == [
        (pool, policy)
        for pool in ("none", "ample")
        for policy in ("QUEUE", "PRO_RATA", "WATER_FILL")
    ]
    table = list(csv.DictReader((tmp_path / "rows.csv").open()))
    assert [row["error_wei"] for row in table] == ["0"] * 6
    page = (tmp_path / "waterfall.html").read_text()
    assert "holds: what each party gained" in page
    assert "src=" not in page.split("<body>")[1]


def test_waterfall__same_seed__same_rows_and_another_seed_others(tmp_path: Path):
    found = []
    for name, seed in (("a", 4), ("b", 4), ("c", 5)):
        run("waterfall", *SMALL[:-4], "--policy", "queue", "--seed", seed, "--out", tmp_path / name)
        found.append((tmp_path / name / "rows.json").read_text())
    assert found[0] == found[1] != found[2]


def test_waterfall__a_claim_broken__exits_with_1(tmp_path: Path, monkeypatch):
    sound = module.run

    def broken(*asked: object) -> list[object]:
        return [{**row, "error_wei": "7"} for row in sound(*asked)]

    monkeypatch.setattr(module, "run", broken)
    status, said, err = run("waterfall", *SMALL, "--policy", "queue", "--out", tmp_path)
    assert status == 1
    assert "BROKEN  what each party" in said
    assert "error: -12 %, thin, pool none, QUEUE" in err
    assert "broken: what each party" in (tmp_path / "waterfall.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--gap", "61"], ["--gap", "60"]),
        (["--gap", "0"], ["--gap", "0.1"]),
        (["--book", "none"], ["--book", "thin", "thick"]),
        (["--pool", "huge"], ["--pool", "ample"]),
        (["--policy", "magic"], ["magic", "WATER_FILL"]),
        (["--losers", "2"], ["--losers", "3<=x<=200"]),
        (["--out", "/dev/null/x"], ["/dev/null/x"]),
    ],
)
def test_waterfall__bad_input__is_one_sentence(arguments: list[str], said: list[str]):
    assert_refused(run("waterfall", *arguments), *said)


def test_scripts__ape_run_waterfall__is_the_very_same_command():
    module = __import__("scripts.waterfall", fromlist=["cli"])
    assert module.cli is waterfall
