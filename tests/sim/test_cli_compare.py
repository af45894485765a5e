"""`compare`: equal runs are equal; runs that part are shown where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim import load_scenario, simulate
from sim.cli import cli
from sim.metrics.difference import figures, parting
from sim.records.folder import read_run


def compare(*asked: object) -> Result:
    return CliRunner().invoke(cli, ["compare", *map(str, asked)])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of one seed, one of another, and one that is shorter."""
    folder = tmp_path_factory.mktemp("runs")
    for name, seed, blocks in (("one", 7, 8), ("again", 7, 8), ("other", 8, 8), ("short", 7, 6)):
        scenario = load_scenario("calm", [f"blocks={blocks}", "sweep_every_blocks=100"])
        simulate(scenario, seed=seed, out=folder / name)
    return folder


def test_compare__the_same_run_twice__says_so_and_exits_with_0(runs: Path) -> None:
    told = compare(runs / "one", runs / "again")
    assert told.exit_code == 0
    assert "the events are the same" in told.output


def test_compare__another_seed__shows_the_first_event_that_differs(
    runs: Path, tmp_path: Path
) -> None:
    told = compare(runs / "one", runs / "other", "--json", tmp_path / "rows.json")
    assert told.exit_code == 1
    assert "seed: 7 and 8" in told.output
    found = parting(read_run(runs / "one"), read_run(runs / "other"))
    assert found is not None
    assert f"event {found.place:,}, block {found.block}" in told.output
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert {"measure", "left", "right", "difference"} == rows[0].keys()


def test_parting__one_run_is_over_earlier__says_which(runs: Path) -> None:
    found = parting(read_run(runs / "short"), read_run(runs / "one"))
    assert found is not None
    assert found.block == 7
    assert found.left is None
    assert found.right is not None


def test_figures__of_two_summaries__subtracts_numbers_and_leaves_times_out() -> None:
    rows = figures({"blocks": 3, "wall_s": 1.0, "engine": "revm", "x": None}, {"blocks": 5})
    assert rows == [
        {"measure": "blocks", "left": 3, "right": 5, "difference": 2},
        {"measure": "x", "left": None, "right": None, "difference": None},
    ]


def test_compare__no_run_there__is_refused_in_one_sentence(runs: Path, tmp_path: Path) -> None:
    told = compare(runs / "one", tmp_path)
    assert told.exit_code == 2
    assert "is not a whole run folder" in told.output
