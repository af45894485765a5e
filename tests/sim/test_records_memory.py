"""A run kept nowhere tells the same as one kept in a folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim import load_scenario, simulate
from sim.records.validation import TABLES

TIMES = ["evm_wall_s", "wall_s"]  # what no two runs have in common
OF_THE_TIME = {"timings"}


@pytest.mark.parametrize("name", ["calm", "cascade"])
def test_simulate__in_memory_and_in_a_folder__gives_the_same_tables(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.records.parquet.CHUNK_ROWS", 700)  # several chunks a table
    scenario = load_scenario(name, ["blocks=40"] if name == "calm" else [])
    kept, held = simulate(scenario, out=tmp_path / "run"), simulate(scenario)
    assert len(held.events) > 700
    for table in TABLES:
        left, right = (
            one.tables[table].drop(columns=TIMES, errors="ignore") for one in (kept, held)
        )
        pd.testing.assert_frame_equal(left, right)
    told = [
        {key: one.manifest[key] for key in one.manifest if key not in OF_THE_TIME}
        for one in (kept, held)
    ]
    assert told[0] == told[1]


def test_simulate__in_memory__makes_no_table_that_nobody_asks_for() -> None:
    run = simulate(load_scenario("calm", ["blocks=3"]))
    assert isinstance(run.tables, dict)
    assert set(run.tables) == set()
    assert len(run.blocks) == 3
    assert set(run.tables) == {"blocks"}
