"""Faults put in on purpose: each operator's edits, and a small project put through all of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from sim.audit.hand_made import hand_made, reasons
from sim.audit.kill_score import score_of
from sim.audit.mutant_trial import Outcome, Trial
from sim.audit.mutant_trial import run as shell
from sim.audit.statement_operators import OPERATORS, mutants_of, mutants_under
from sim.audit.vyper_project import Project, ProjectError
from tests.sim.test_cli_commands import run

ROOT = Path(__file__).resolve().parents[2]
TOY = ROOT / "tests" / "data" / "toy_vyper"
CHECK = f"PYTHONPATH={ROOT} {sys.executable} check.py"
HEAD = "# pragma version 0.4.3\nx: uint256\nA: constant(uint256) = 7\nB: constant(uint256) = 9\n\n"
CASES = [
    # operator, a function's body, what replaces what in it
    ("relational", "assert a < b", {("<", "<="), ("<", ">=")}),
    ("arithmetic", "a = a * (b + c)", {("*", "//"), ("+", "-")}),
    ("bitwise", "a = (a >> 3) & b", {(">>", "<<"), ("&", "|")}),
    ("connective", "assert ok and not done", {("and", "or")}),
    ("negation", "if not ok:\n        a = 1", {("not ok", "not (not ok)"), ("not ok", "(ok)")}),
    ("condition", "if ok:\n        a = 1", {("ok", "True"), ("ok", "False")}),
    ("sign", "i = -i", {("-i", "i")}),
    ("constant", "a = 5", {("5", "6"), ("5", "4")}),
    ("boolean", "ok = True", {("True", "False")}),
    (
        "extreme",
        "a = min(a, b)",
        {("min", "max"), ("min(a, b)", "a"), ("min(a, b)", "b")},
    ),
    ("rounding", "a = self._mul_down(a, b)", {("self._mul_down", "self._mul_up")}),
    ("unchecked", "a = unsafe_add(a, b)", {("unsafe_add", "unsafe_sub")}),
    ("swapped_arguments", "self.f(a, b)", {("a, b", "b, a")}),
    ("swapped_branches", "a = b if ok else c", {("b if ok else c", "c if ok else b")}),
    ("assignment", "self.x += a", {("+=", "-="), ("+=", "=")}),
    ("early_return", "self.x = a", {("", "if True:\n        return\n    ")}),
    ("loop_control", "for k: uint256 in range(3):\n        break", {("break", "continue")}),
    (
        "confused_name",
        "a = mark_wad + low_wad - index_wad",
        {("mark_wad", "index_wad"), ("index_wad", "mark_wad")},
    ),
    ("wrong_side", "self.f(is_buy)", {("is_buy", "not is_buy")}),
    ("wrong_column", "a = A", {("A", "B")}),
    ("removed_assert", "assert a > 0, 'no'", {("assert a > 0, 'no'", "pass")}),
    ("removed_log", "log Paid(amount=a)", {("log Paid(amount=a)", "pass")}),
    ("removed_write", "self.x = a\n    b = a", {("self.x = a", "pass")}),
    ("removed_call", "extcall T.pay(a)", {("extcall T.pay(a)", "pass")}),
]


@pytest.mark.parametrize(("operator", "body", "wanted"), CASES)
def test_mutants_of__a_line__is_edited_so_and_nowhere_else(
    operator: str, body: str, wanted: set[tuple[str, str]]
):
    text = f"{HEAD}@external\ndef g(a: uint256, b: uint256):\n    {body}\n"
    found = [one for one in mutants_of("g.vy", text) if one.operator == operator]
    own = {one for one in found if one.start >= text.index("def g")}
    assert {(one.old, one.new) for one in own} == wanted
    assert all(one.applied(text) != text for one in own)


def test_operators__each__has_a_case():
    assert {case[0] for case in CASES} == set(OPERATORS)
    assert len(OPERATORS) >= 15


def test_applied__file_that_changed__is_refused():
    text = f"{HEAD}@external\ndef g(a: uint256):\n    assert a < 3\n"
    mutant = mutants_of("g.vy", text)[-1]
    with pytest.raises(ValueError, match=r"g\.vy is no longer"):
        mutant.applied(text.replace("3", "4"))


def test_mutants_under__constant_of_another_file__is_taken_for_the_next():
    found = mutants_under(ROOT, ["contracts/modules/clearing/account_health.vy"])
    swaps = {(one.old, one.new) for one in found if one.operator == "wrong_column"}
    assert ("oracle_status.LIQUIDATE", "oracle_status.FUND") in swaps


def test_bytecode__function_that_nothing_calls__is_the_same_and_a_type_error_is_none():
    project = Project(TOY)
    shares = (TOY / "toy" / "shares.vy").read_text()
    assert project.compiled_in("toy/shares.vy") == "toy/Pot.vy"
    plain = project.bytecode("toy/Pot.vy")
    unused = shares.replace("total - 1)", "total - 2)")
    assert project.bytecode("toy/Pot.vy", "toy/shares.vy", unused) == plain
    used = shares.replace("PLENTY // total", "PLENTY * total")
    assert project.bytecode("toy/Pot.vy", "toy/shares.vy", used) not in ("", plain)
    assert project.bytecode("toy/Pot.vy", "toy/shares.vy", shares.replace("_down", "_off")) == ""
    assert (TOY / "toy" / "shares.vy").read_text() == shares


def campaign(tmp_path: Path, *more: object) -> tuple[int, dict[str, object], str]:
    table = tmp_path / "score.json"
    status, out, _ = run(
        *("audit", "mutants", TOY, "--processes", 1, "--json", table, "--only", "toy/Pot.vy"), *more
    )
    return status, json.loads(table.read_text()), out


def test_mutants__sample__is_scored_and_gone_on_with_from_its_state(tmp_path: Path):
    state = tmp_path / "trials.jsonl"
    asked = ("--tests", f"{CHECK} whole", "--seed", 3, "--state", state)
    _, first, _ = campaign(tmp_path, *asked, "--sample", 1)
    assert first["counted"] == 1
    _, more, _ = campaign(tmp_path, *asked, "--sample", 2)
    assert more["counted"] == 2
    kept = state.read_text().splitlines()
    assert len(kept) == more["tried"]
    _, again, _ = campaign(tmp_path, *asked, "--sample", 2)
    assert again["survivors"] == more["survivors"]
    assert again["killed"] == more["killed"]
    assert state.read_text().splitlines() == kept


FAULTS = """
- name: anybody pays out
  bug_class: "30"
  file: toy/Pot.vy
  find: '    assert msg.sender == self.keeper, "pot: not the keeper"'
  replace: "    pass"
- name: put adds nothing
  bug_class: "1"
  file: toy/Pot.vy
  find: "    self.held += amount"
  replace: "    pass"
"""
REASONS = """
- file: toy/Pot.vy
  line: 'assert msg.sender == self.keeper, "pot: not the keeper"'
  mutated: pass
  reason: said for the sake of this test
"""


def test_mutants__made_by_hand__survive_a_weak_suite_and_fall_to_a_whole_one(tmp_path: Path):
    faults = tmp_path / "faults.yaml"
    faults.write_text(FAULTS)
    before = {one: one.read_bytes() for one in TOY.rglob("*.vy")}
    asked = ("--hand-made", faults, "--hand-made-only")
    status, score, out = campaign(tmp_path, *asked, "--tests", f"{CHECK} weak")
    assert (status, score["killed"], score["score_bps"]) == (1, 1, 5_000)
    assert '-    assert msg.sender == self.keeper, "pot: not the keeper"' in out
    status, score, _ = campaign(
        tmp_path, *asked, "--tests", f"{CHECK} weak", "--tests", f"{CHECK} whole"
    )
    assert (status, score["killed"], score["survivors"]) == (0, 2, [])
    assert {one: one.read_bytes() for one in TOY.rglob("*.vy")} == before


def test_score_of__survivor_with_a_reason__is_equivalent_and_not_counted(tmp_path: Path):
    faults, known = tmp_path / "faults.yaml", tmp_path / "known.yaml"
    faults.write_text(FAULTS)
    known.write_text(REASONS)
    made = hand_made(faults, TOY)
    trials = [Trial(mutant=one, outcome=Outcome.SURVIVED) for one in made]
    score = score_of(trials, TOY, reasons(known))
    assert [one.reason for one in score.equivalents] == ["said for the sake of this test"]
    assert [one.name for one in score.survivors] == ["put adds nothing (1)"]
    assert (score.counted, score.percent) == (1, 0)


def test_run__command_without_an_end__is_ended_in_time(tmp_path: Path):
    assert shell("sleep 60", tmp_path, 0.2) == (None, "no end after 0 s")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([TOY / "nowhere", "--tests", "true"], ["nowhere", "is not a folder"]),
        ([TOY, "--tests", "true", "--only", "*.sol"], ["found no source that matches *.sol"]),
        ([TOY, "--tests", "false", "--sample", 1], ["'false' fails without any mutant"]),
        ([TOY], ["--tests"]),
    ],
)
def test_mutants__bad_input__is_one_sentence(arguments: list[object], said: list[str]):
    status, out, err = run("audit", "mutants", *arguments)
    assert (status, out) == (2, "")
    last = err.splitlines()[-1]
    assert last.startswith("error: ")
    assert all(one in last for one in said)


def test_project__hand_made_text_that_is_gone__is_named(tmp_path: Path):
    gone = tmp_path / "gone.yaml"
    gone.write_text(FAULTS.replace("self.held += amount", "self.held += twice"))
    with pytest.raises(ProjectError, match="put adds nothing: found its text 0 times"):
        hand_made(gone, TOY)


def test_reasons__of_this_project__are_of_lines_that_stand_there():
    for one in reasons(ROOT / "tests" / "data" / "mutants" / "equivalent.yaml"):
        lines = {line.strip() for line in (ROOT / one.file).read_text().splitlines()}
        assert one.line in lines
        assert one.mutated not in lines


def test_hand_made__faults_of_this_project__each_has_its_place_and_its_class():
    made = hand_made(ROOT / "tests" / "data" / "mutants" / "hand_made.yaml", ROOT)
    assert len({one.name for one in made}) == len(made) >= 25
    assert all(one.applied((ROOT / one.file).read_text()) for one in made)
