"""Which lines tests reach, and that a fault where they do not reach is not noticed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from sim.audit.coverage_run import ranges
from sim.audit.statement_operators import mutants_of
from tests.sim.test_cli_commands import assert_refused, run

ROOT = Path(__file__).resolve().parents[2]
TOY = ROOT / "tests" / "data" / "toy_vyper"
POT, SHARES = "toy/Pot.vy", "toy/shares.vy"
COMMAND = f'PYTHONPATH="{ROOT}:$PYTHONPATH" {sys.executable} check.py'


@pytest.fixture(scope="module")
def suites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict[str, Any]]]:
    """Rows by file, by suite; the page beside them."""
    folder = tmp_path_factory.mktemp("coverage")
    status, _, err = run(
        *("audit", "coverage", TOY, "--html", folder / "page.html", "--json", folder / "rows.json"),
        *("--tests", f"{COMMAND} weak", "--tests", f"{COMMAND} whole"),
    )
    assert (status, err) == (0, "")
    page = (folder / "page.html").read_text()
    assert 'class="miss"' in page
    assert 'class="hit"' in page
    rows = json.loads((folder / "rows.json").read_text())
    return {
        one["command"].rpartition(" ")[2]: {row["file"]: row for row in one["files"]}
        for one in rows
    }


def line(file: str, text: str) -> int:
    lines = (TOY / file).read_text().splitlines()
    (found,) = [number for number, one in enumerate(lines, start=1) if one.strip() == text]
    return found


def missed(row: dict[str, Any]) -> set[int]:
    found: set[int] = set()
    for part in filter(None, str(row["missed"]).split(", ")):
        first, _, last = part.partition("-")
        found |= {*range(int(first), int(last or first) + 1)}
    return found


def test_coverage__weak_suite__reaches_what_it_calls_and_nothing_else(suites):
    gone = missed(suites["weak"][POT])
    assert line(POT, "self.held += amount") not in gone
    assert line(POT, "self.held -= amount") in gone
    assert line(POT, "self._sweep()") in gone


def test_coverage__whole_suite__misses_only_the_function_no_contract_has(suites):
    assert suites["whole"][POT]["hit"] == suites["whole"][POT]["lines"]
    assert missed(suites["whole"][SHARES]) == {
        line(SHARES, "return (amount * PLENTY + total - 1) // total")
    }


def test_coverage__branches__both_ways_of_an_assert_need_both_tests(suites):
    assert suites["weak"][POT]["ways"] == 1
    assert suites["whole"][POT]["ways"] > 6
    assert suites["whole"][POT]["ways"] <= suites["whole"][POT]["branches"]


def test_coverage__all_suites_together__are_at_least_the_best(suites):
    together = suites["them"]["all"]
    assert together["hit"] == max(suites[one]["all"]["hit"] for one in ("weak", "whole"))


def test_mutants__on_a_line_the_weak_suite_misses__survive_it(suites, tmp_path: Path):
    text = (TOY / POT).read_text()
    gone = missed(suites["weak"][POT])
    own = [one for one in mutants_of(POT, text) if one.operator == "removed_assert"]
    unreached = [one for one in own if one.line in gone]
    assert len(unreached) == 2
    faults = tmp_path / "faults.yaml"
    rows = [
        {"name": str(one.line), "bug_class": "", "file": POT, "find": one.old, "replace": one.new}
        for one in unreached[:1]
    ]
    faults.write_text(json.dumps(rows))
    table = tmp_path / "score.json"
    asked = ("--hand-made", faults, "--hand-made-only", "--processes", 1, "--json", table)
    assert run("audit", "mutants", TOY, "--tests", f"{COMMAND} weak", *asked)[0] == 1
    assert json.loads(table.read_text())["killed"] == 0


@pytest.mark.parametrize(
    ("command", "said"),
    [("false", "'false' fails"), ("true", "executed nothing in py-evm")],
)
def test_coverage__command_that_shows_nothing__is_one_sentence(command: str, said: str):
    assert_refused(run("audit", "coverage", TOY, "--tests", command), said)


def test_ranges__lines_in_a_row__are_joined():
    assert ranges([3, 7, 8, 9, 12]) == "3, 7-9, 12"
