from __future__ import annotations

import pytest

from sim.chain.floor import Replayed
from sim.cli import bench_rows, measure
from sim.scenario import load_scenario

BLOCKS = 8


@pytest.fixture(scope="module")
def recorded() -> measure.Recorded:
    return measure.record(load_scenario("calm"), BLOCKS)


def test_count_floor__recorded_calls__come_to_the_same_logs_and_reverts(recorded):
    replayed = measure.count_floor(recorded.recording)
    assert recorded.logs > 0
    assert (replayed.logs, replayed.reverts) == (recorded.logs, recorded.reverts)


def test_time_floor__recorded_calls__executes_all_of_them(recorded):
    calls = [call for block in recorded.recording.blocks for call in block.calls]
    assert len(recorded.recording.blocks) == BLOCKS
    assert measure.time_floor(recorded.recording).calls == len(calls)


def test_differences__a_log_missing__is_said(recorded):
    good = Replayed(1.0, 10, recorded.reverts, recorded.logs)
    assert bench_rows.differences("anvil", recorded, good) == []
    wrong = bench_rows.differences("anvil", recorded, good._replace(logs=recorded.logs - 1))
    assert len(wrong) == 1
    assert "logs" in wrong[0]


@pytest.mark.parametrize(
    ("floor", "ape", "missed"), [(2.0, 100.0, 0), (2.01, 100.0, 1), (2.0, 99.0, 1), (3.0, 9.0, 2)]
)
def test_missed_targets__at_and_beyond_the_bounds__are_counted(floor, ape, missed):
    row: bench_rows.Row = {"times_floor": floor, "times_faster_than_ape": ape}
    assert len(bench_rows.missed_targets(row)) == missed


def test_compare__three_rows__are_per_transaction():
    rows = [
        bench_rows.make_row("floor", 100, 1.0),
        bench_rows.make_row("sim", 100, 2.0),
        bench_rows.make_row("ape", 10, 10.0),
    ]
    bench_rows.compare(rows, 0.01, 1.0)
    assert [row["times_floor"] for row in rows] == pytest.approx([1, 2, 100])
    assert [row["times_faster_than_ape"] for row in rows] == pytest.approx([100, 50, 1])
