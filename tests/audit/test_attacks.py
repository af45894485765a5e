"""The attacks as a table: what they earned, and an attack that succeeds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.audit.attack_tests import attack_tests, title_of
from sim.audit.vyper_project import ProjectError
from tests.sim.test_cli_commands import run


def test_attacks__of_one_class__are_told_with_what_they_earned(tmp_path: Path):
    table = tmp_path / "rows.json"
    status, _, _ = run("audit", "attacks", "--only", "smallest_position_again", "--json", table)
    (row,) = json.loads(table.read_text())
    assert status == 0
    assert (row["class"], row["verdict"]) == ("Class 21, self-liquidation", "held off")
    assert row["profit"] <= 0


def test_attack_tests__one_that_succeeds__is_named(tmp_path: Path):
    folder = tmp_path / "tests" / "flow" / "attacks"
    folder.mkdir(parents=True)
    (tmp_path / "tests" / "__init__.py").write_text("")
    (tmp_path / "tests" / "attack_purses.py").write_text("")
    (folder / "test_theft.py").write_text(
        '"""Class 99, theft: all of it."""\n\ndef test_theft__all__pays(record_property):\n'
        '    record_property("profit_wad", 5 * 10**18)\n    assert False\n'
    )
    (found,) = attack_tests(tmp_path, "")
    assert (found.title, found.verdict) == ("Class 99, theft", "SUCCEEDS")
    assert found.profit_wad == 5 * 10**18


def test_attack_tests__tree_without_them__is_one_sentence(tmp_path: Path):
    with pytest.raises(ProjectError, match="holds no tests/flow/attacks"):
        attack_tests(tmp_path, "")


def test_title_of__docstring__is_its_class(tmp_path: Path):
    path = tmp_path / "a.py"
    path.write_text('"""Class 7, dust. And more."""\n')
    assert title_of(path) == "Class 7, dust"
