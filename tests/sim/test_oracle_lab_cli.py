"""The command `oracle`: tables, rows, page, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.cli import oracle as module
from sim.cli.oracle import oracle
from sim.cli.oracle_tables import print_claims, print_rows
from sim.experiments.claims import Claim
from sim.experiments.oracle.page import build_page
from tests.sim.oracle_lab_runs import faulty, made_row
from tests.sim.test_cli_commands import assert_refused, run
from tests.sim.test_oracle_lab_marks import marks

KEYS = {
    *("table", "method", "fault", "corrupted", "feeds"),
    *("index_error_bps_median", "index_error_bps_p99", "index_error_bps_max"),
    *("good_index_error_bps_max", "outside_honest_bps_max", "mark_error_bps_max"),
    *("ok_s", "thin_s", "disputed_s", "halted_s", "stale_s", "dead_s"),
    *("fault_s", "alarm_s", "false_alarm_s", "missed_alarm_s"),
    *("population_notional", "liquidatable_notional"),
    *("false_liquidation_notional", "missed_liquidation_notional"),
    *("attacker_cost", "attacker_profit"),
}
SMALL = ("--feeds", 3, "--blocks", 24, "--method", "weighted_median", "--method", "MEAN")


def test_oracle__one_fault__leaves_rows_and_a_page(tmp_path: Path):
    table = tmp_path / "rows.json"
    out = tmp_path / "lab"
    status, said, _ = run("oracle", *SMALL, "--fault", "jump", "--json", table, "--out", out)
    rows = json.loads(table.read_text())
    assert status == 0
    assert {"holds", "weighted_median", "mean"} <= set(said.split())
    assert all(set(row) == KEYS for row in rows)
    assert [(row["method"], row["corrupted"]) for row in rows] == [
        (method, corrupted) for corrupted in range(4) for method in ("WEIGHTED_MEDIAN", "MEAN")
    ]
    page = (out / "oracle.html").read_text()
    assert "1 of 3 feeds corrupted" in page
    assert "src=" not in page.split("<body>")[1]


def test_oracle__same_seed__same_rows_and_another_seed_others(tmp_path: Path):
    found = []
    for name, seed in (("a", 4), ("b", 4), ("c", 5)):
        table = tmp_path / f"{name}.json"
        run(
            *("oracle", *SMALL, "--fault", "bias", "--seed", seed),
            *("--json", table, "--out", tmp_path),
        )
        found.append(json.loads(table.read_text()))
    assert found[0] == found[1] != found[2]


def test_oracle__a_promise_broken__exits_with_1(tmp_path: Path, monkeypatch):
    def broken(*_: object) -> list[object]:
        return [made_row(**dict.fromkeys(KEYS - set(made_row()), 0), outside_honest_bps_max=3.0)]

    monkeypatch.setattr(module, "run", broken)
    status, said, err = run("oracle", "--fault", "jump", "--out", tmp_path)
    assert status == 1
    assert "BROKEN" in said
    assert "jump, 1 of 5: outside_honest_bps_max is 3.0" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--method", "magic"], ["magic", "WEIGHTED_MEDIAN", "TWAP"]),
        (["--fault", "earthquake"], ["earthquake", "freeze", "floor_price"]),
        (["--feeds", "2"], ["--feeds", "3<=x<=8"]),
        (["--feeds", "9"], ["--feeds", "3<=x<=8"]),
        (["--blocks", "3"], ["--blocks", "12"]),
        (["--seed", "-1"], ["--seed"]),
        (["--corrupted", "6"], ["--corrupted is 6", "0 to 5"]),
        (["--json", "/nowhere/x.json"], ["/nowhere/x.json"]),
        (["--prices", "nowhere.csv"], ["nowhere.csv"]),
        (["stray.csv"], ["stray.csv", "--prices"]),
        (["--out", "/dev/null/x", "--fault", "jump"], ["/dev/null/x"]),
    ],
)
def test_oracle__bad_input__is_one_sentence(arguments: list[str], said: list[str]):
    assert_refused(run("oracle", *arguments), *said)


def test_print_rows__every_kind_of_row__is_shown(capsys):
    rows = [*faulty("jump"), *marks().values()]
    print_rows(rows, 2)
    shown = capsys.readouterr().out
    assert "2 of 5 feeds corrupted" in shown
    assert "disputed" in shown
    assert "LAST_TRADE" in shown
    assert "red: worst" in shown


def test_print_claims__broken__says_what_speaks_against_it(capsys):
    print_claims([Claim("sound", ()), Claim("not so", ("because [b]this[/b]",))])
    shown = capsys.readouterr()
    assert "holds   sound" in shown.out
    assert "BROKEN  not so" in shown.out
    assert shown.err == "error: because [b]this[/b]\n"


def test_build_page__rows_of_faults_only__needs_no_other_table():
    page = build_page([*faulty("jump")], [Claim("a < b", ())], "oracle & co")
    assert "holds: a &lt; b" in page
    assert "oracle &amp; co" in page
    assert "5 of 5 feeds corrupted" in page


def test_scripts__ape_run_oracle__is_the_very_same_command():
    module = __import__("scripts.oracle", fromlist=["cli"])
    assert module.cli is oracle
