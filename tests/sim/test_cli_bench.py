from __future__ import annotations

import pytest

from sim.chain.bare_revm import Replayed
from sim.cli import bench_builds, bench_rows
from sim.experiments import builds, speed
from sim.scenario import load_scenario
from tests.house_rules import ROOT
from tests.sim.test_cli_commands import assert_refused, run

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


def test_targets__long_run_that_takes_too_much_memory__is_missed():
    for peak_mib, is_met in ((450.0, True), (450.1, False)):
        row = bench_rows.make_row("demo", bench_rows.FLOOR, 1, 1.0, peak_mib)
        (found, _) = bench_rows.targets([row | {"times_floor": 1.0, "times_simulation": 1.0}], 1.0)
        assert found.is_met is is_met


def test_bench__against_a_folder_that_is_no_checkout__is_refused(tmp_path):
    assert_refused(run("bench", "--against", tmp_path), "found no sim/__main__.py")


def test_bench__against_itself__tells_both_sides_and_misses_the_targets(monkeypatch):
    monkeypatch.setattr(bench_builds, "cpu_of_runs", lambda build, *_, **__: 2.0)
    monkeypatch.setattr(bench_builds, "cpu_of_python", lambda build, *_: 1.0)
    status, out, err = run("bench", "--against", ROOT, "--repeats", 1)
    assert status == 1
    assert out.count(" 1.00 ") >= 7
    assert err.count("error: a target is missed") == 7


def test_cpu_of_runs__a_short_run__takes_less_than_its_process():
    asked = {"is_kept": False, "overrides": ("blocks=2",)}
    assert 0 < builds.cpu_of_runs(ROOT, "calm", 1, **asked) < 5
    assert 0 < builds.cpu_of_python(ROOT, "-c", "pass") < 1


def test_time_holders__a_few__takes_some_time():
    assert speed.time_holders(4) > 0
