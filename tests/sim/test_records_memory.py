"""A run kept nowhere tells the same as one kept in a folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from sim import load_scenario, simulate
from sim.records.validation import TABLES

TIMES = ["evm_wall_s", "wall_s"]  # what no two runs have in common
OF_THE_TIME = {"timings"}


def test_simulate__in_memory_and_in_a_folder__gives_the_same_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.records.parquet.CHUNK_ROWS", 300)  # several chunks a table
    scenario = load_scenario("calm", ["blocks=40"])
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


def test_events_of__some_contracts__are_those_of_the_whole_table(tmp_path: Path) -> None:
    scenario = load_scenario("calm", ["blocks=10"])
    kept, held = simulate(scenario, out=tmp_path / "run"), simulate(scenario)
    shutil.rmtree(tmp_path / "run")  # what becomes of the folder no longer matters
    for run in (kept, held):
        part = run.events_of(["Clearinghouse", "MarkPrice"])
        terms = run.events_of(["OrderBook"], ["order_id", "no_such"])
        assert isinstance(run.tables, dict)
        assert set(run.tables) == set()
        assert run.event_count == len(run.events)
        whole = run.events[run.events["contract"].isin(["Clearinghouse", "MarkPrice"])]
        pd.testing.assert_frame_equal(part, whole[part.columns].reset_index(drop=True))
        assert whole.drop(columns=part.columns).isna().all(axis=None)
        assert terms.columns.tolist()[-2:] == ["arg_order_id", "arg_no_such"]
        assert len(terms) == (run.events["contract"] == "OrderBook").sum() > 0


def test_simulate__in_memory__makes_no_table_that_nobody_asks_for() -> None:
    run = simulate(load_scenario("calm", ["blocks=3"]))
    assert isinstance(run.tables, dict)
    assert set(run.tables) == set()
    assert len(run.blocks) == 3
    assert set(run.tables) == {"blocks"}
