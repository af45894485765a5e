from __future__ import annotations

import pytest

from sim.chain.bare_revm import Replayed
from sim.cli import bench_rows
from sim.experiments import speed
from sim.scenario import load_scenario

BLOCKS = 8


@pytest.fixture(scope="module")
def recorded() -> speed.Recorded:
    return speed.record(load_scenario("calm"), BLOCKS)


def test_count_floor__recorded_calls__come_to_the_same_logs_and_reverts(recorded):
    replayed = speed.count_floor(recorded.recording)
    assert recorded.logs > 0
    assert (replayed.logs, replayed.reverts) == (recorded.logs, recorded.reverts)


def test_time_floor__recorded_calls__executes_all_of_them(recorded):
    calls = [call for block in recorded.recording.blocks for call in block.calls]
    assert len(recorded.recording.blocks) == BLOCKS
    assert speed.time_floor(recorded.recording).calls == len(calls)


def test_differences__a_log_missing__is_said(recorded):
    good = Replayed(1.0, 10, recorded.reverts, recorded.logs)
    assert bench_rows.differences("anvil", recorded, good) == []
    wrong = bench_rows.differences("anvil", recorded, good._replace(logs=recorded.logs - 1))
    assert len(wrong) == 1
    assert "logs" in wrong[0]


def rows_of(floor_s: float, simulation_s: float, anvil_s: float, ape_s: float) -> list:
    rows = [
        bench_rows.make_row("demo", engine, 100, seconds)
        for engine, seconds in (
            (bench_rows.FLOOR, floor_s),
            (bench_rows.SIMULATION, simulation_s),
            (bench_rows.ANVIL, anvil_s),
            (bench_rows.APE, ape_s),
        )
    ]
    bench_rows.compare(rows)
    return rows


def test_compare__four_rows__are_per_transaction():
    rows = rows_of(1.0, 2.0, 20.0, 600.0)
    rows[3] = bench_rows.make_row("demo", bench_rows.APE, 10, 60.0)
    bench_rows.compare(rows)
    assert [row["times_floor"] for row in rows] == pytest.approx([1, 2, 20, 600])
    assert [row["times_simulation"] for row in rows] == pytest.approx([0.5, 1, 10, 300])


@pytest.mark.parametrize(
    ("seconds", "holders", "missed"),
    [
        ((2.0, 3.0, 30.0, 900.0), 1.3, 0),
        ((2.0, 3.1, 32.0, 950.0), 1.3, 1),
        ((2.0, 3.0, 29.0, 900.0), 1.3, 1),
        ((2.0, 3.0, 30.0, 899.0), 1.3, 1),
        ((2.0, 3.0, 30.0, 900.0), 1.31, 1),
    ],
)
def test_targets__at_and_beyond_the_bounds__are_met_or_not(seconds, holders, missed):
    found = bench_rows.targets(rows_of(*seconds), holders)
    assert len(found) == 4
    assert sum(not one.is_met for one in found) == missed
    shown = [bench_rows.target_row(one)["met"] for one in found]
    assert shown.count("NO") == missed


def test_time_holders__a_few__takes_some_time():
    assert speed.time_holders(4) > 0
