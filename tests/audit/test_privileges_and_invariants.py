"""Who may call what, as found by calling; how often invariants were checked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim.audit.checked import checked
from sim.invariants.registry import REGISTRY
from sim.records.folder import Run, read_run
from sim.records.validation import TABLES
from tests.everybody_world import writing_functions
from tests.sim.test_cli_commands import assert_refused, run


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    path = tmp_path_factory.mktemp("privileges") / "rows.json"
    assert run("audit", "privileges", "--json", path)[0] == 0
    return {(row["contract"], row["function"]): row for row in json.loads(path.read_text())}


@pytest.mark.parametrize(
    ("contract", "function", "past"),
    [
        ("Clearinghouse", "credit", "MarginVault"),
        ("Clearinghouse", "socialise", "Deleverager"),
        ("Clearinghouse", "sweep_fees", "-"),
        ("PriceFeed", "push", "reporter"),
        ("MarketParams", "set_tiers", "deployer"),
        ("MarketParams", "pause", "guardian, deployer"),
        ("MarginVault", "withdraw", "trader"),
        ("Liquidator", "liquidate", "-"),
    ],
)
def test_privileges__function__is_open_to_those_alone(table, contract, function, past):
    assert table[contract, function]["past"] == past


def test_privileges__functions__are_all_that_write(table):
    for contract in {one for one, _ in table}:
        found = {function for one, function in table if one == contract}
        assert found == writing_functions(contract)


def test_privileges__unknown_scenario__is_one_sentence():
    assert_refused(run("audit", "privileges", "nowhere"), "nowhere")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("invariants") / "calm"
    assert run("simulate", "calm", "--blocks", 12, "--out", path)[0] == 0
    return path


def broken(recorded: Run) -> Run:
    """The same run, had INV-6 been violated in its third block."""
    blocks = recorded.blocks.copy()
    said: list[list[str]] = [[] for _ in range(len(blocks))]
    said[2] = ["INV-6: the mark left its band"]
    blocks["violations"] = pd.Series(said)
    return replace(
        recorded, tables={name: recorded.tables[name] for name in TABLES} | {"blocks": blocks}
    )


def test_checked__run__counts_blocks_and_checkpoints(folder: Path):
    recorded = read_run(folder)
    rows = {row["held_by"]: row for row in checked([recorded, recorded])}
    assert len(rows) == len(REGISTRY)
    assert rows["oracle.py::inv_06_mark_stays_in_its_band"]["times"] == 24
    assert rows["conservation.py::inv_21_mirror_is_the_chain"]["times"] == 2
    assert not any(row["violations"] for row in rows.values())


def test_checked__violation__is_counted_under_its_name(folder: Path):
    rows = checked([broken(read_run(folder))])
    assert [row["invariant"] for row in rows if row["violations"]] == ["INV-6"]


def test_invariants__no_run__lists_the_registry():
    status, out, _ = run("audit", "invariants")
    assert status == 0
    assert "INV-22" in out
