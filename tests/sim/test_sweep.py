"""Sweeps: what they are made of, and that whatever is killed loses and recomputes nothing."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest
from click.testing import CliRunner
from pandas.testing import assert_frame_equal

import sim
from sim.cli import cli
from sim.experiments.sweep import conduct
from sim.experiments.sweep import crew as crews
from sim.experiments.sweep import folder as disk
from sim.experiments.sweep import sweep as sweeps
from sim.experiments.sweep.conduct import MOST_TRIES, Conductor
from sim.experiments.sweep.crew import CrewError, crew
from sim.experiments.sweep.one_run import OtherCodeError, make
from sim.experiments.sweep.plan import plan
from sim.records.validation import RunFolderError
from sim.scenario import ScenarioError
from tests.support.sweep_deaths import DEADLY_RUN, die_always, die_once

BAND = "markets.BTC-USD.mark.band"
TINY: dict[str, Any] = {
    "name": "tiny",
    "scenario": "calm",
    "seeds": "0..2",
    "set": {"blocks": 3},
    "vary": {BAND: [0.0005, 0.001]},
}
RUNS = 6
PATIENCE_S = 60


@pytest.fixture(scope="module")
def undisturbed() -> pd.DataFrame:
    return sim.sweep(TINY).frame


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(json.dumps(TINY))
    return path


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def parts(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (folder / "parts").glob("*.json")}


def test_sweep__two_bands_and_three_seeds__is_a_row_each_with_common_seeds(
    undisturbed: pd.DataFrame,
) -> None:
    assert undisturbed["run"].tolist() == list(range(RUNS))
    assert undisturbed["seed"].tolist() == [0, 0, 1, 1, 2, 2]
    assert undisturbed[BAND].tolist() == [0.0005, 0.001] * 3
    alone = sim.simulate(sim.load_scenario("calm", ["blocks=3", f"{BAND}=0.001"]), seed=2)
    assert undisturbed["digest"].iloc[-1] == alone.manifest["digest"]


def test_sweep__coordinator_killed__leaves_no_worker_and_resumes_equal(
    tmp_path: Path, experiment: Path, undisturbed: pd.DataFrame
) -> None:
    folder = tmp_path / "out"
    command = [sys.executable, "-m", "sim", "sweep", str(experiment), "--out", str(folder)]
    started = subprocess.Popen([*command, "--jobs", "2"], stderr=subprocess.DEVNULL)
    until(lambda: len(parts(folder)) >= 1)
    workers = psutil.Process(started.pid).children(recursive=True)
    os.kill(started.pid, signal.SIGKILL)
    started.wait()
    assert workers
    _, alive = psutil.wait_procs(workers, timeout=PATIENCE_S)
    assert not alive
    before = parts(folder)
    assert len(before) < RUNS
    assert len(sweeps.result(folder).done()) == len(before)  # readable as it is
    resumed = sim.sweep(experiment, out=folder, resume=True)
    assert_frame_equal(resumed.frame, undisturbed)
    assert before.items() <= parts(folder).items()  # none was made again


@pytest.mark.parametrize("function", [die_once, die_always])
def test_sweep__worker_killed__tries_its_run_again_and_fails_it_at_last(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: pd.DataFrame,
    function: Callable[..., Any],
) -> None:
    monkeypatch.setenv("BACKSTOP_TEST_MARK", str(tmp_path / "mark"))
    asked, beside = sweeps.read(TINY)
    made = plan(asked, beside)
    with disk.opened(tmp_path / "out", made.manifest(), resume=False) as path:
        with crew(2, None) as slots:
            Conductor(path, made.tasks(), slots, lambda _: None, function).run()
        disk.close(path)
    frame = sweeps.result(path).frame
    if function is die_once:
        assert (tmp_path / "mark").exists()
        assert_frame_equal(frame, undisturbed)
        return
    assert frame["state"].tolist() == ["done", "failed", *["done"] * 4]
    assert frame["error"][DEADLY_RUN] == f"the worker died {MOST_TRIES} times"
    others = undisturbed.index != DEADLY_RUN
    assert frame["digest"][others].tolist() == undisturbed["digest"][others].tolist()


def test_sweep__disk_full__says_so_and_resumes_equal(
    tmp_path: Path,
    experiment: Path,
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: pd.DataFrame,
) -> None:
    folder = tmp_path / "out"
    sync, room = os.fsync, iter(range(5))

    def full(handle: int) -> None:
        if next(room, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(handle)

    arguments = ["sweep", str(experiment), "--jobs", "1", "--out", str(folder)]
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        told = CliRunner().invoke(cli, arguments)
    assert told.exit_code == 1
    assert "No space left on device" in told.output
    assert "--resume" in told.output
    assert not list(folder.rglob("*.new"))
    before = parts(folder)
    assert 0 < len(before) < RUNS
    assert CliRunner().invoke(cli, [*arguments, "--resume"]).exit_code == 0
    assert_frame_equal(sweeps.result(folder).frame, undisturbed)
    assert before.items() <= parts(folder).items()


def test_sweep__a_run_that_breaks__is_a_row_and_the_others_go_on(
    tmp_path: Path, experiment: Path
) -> None:
    experiment.write_text(json.dumps({**TINY, "seeds": "0..1", "vary": {BAND: [0.2, 0.001]}}))
    folder = tmp_path / "out"
    arguments = ["sweep", str(experiment), "--jobs", "1", "--out", str(folder)]
    told = CliRunner().invoke(cli, arguments)
    assert told.exit_code == 1
    frame = sweeps.result(folder).frame
    assert frame["state"].tolist() == ["failed", "done", "failed", "done"]
    assert frame["error"][0] == (
        "RuntimeError: deployment failed at MarkPrice.add_market: mark: band too wide for the "
        "margins"
    )
    assert "run 0, seed 0" in told.output
    assert "2 runs failed" in told.output


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as made:
        yield made


def test_sweep__on_a_dask_cluster_that_loses_a_worker__is_equal(
    tmp_path: Path,
    cluster: Any,
    undisturbed: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, killed = tmp_path / "out", []
    monkeypatch.setattr(conduct, "TELL_EVERY_S", 0.01)

    def kill_first(told: conduct.Progress) -> None:
        if not killed and 0 < told.done < RUNS:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    found = sim.sweep(TINY, scheduler=cluster.scheduler_address, out=folder, report=kill_first)
    assert killed
    assert_frame_equal(found.frame, undisturbed)


def test_sweep__no_scheduler_at_the_address__is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crews, "CONNECT_S", 1)
    with pytest.raises(CrewError, match="no answer"):
        sim.sweep(TINY, scheduler="tcp://127.0.0.1:9")


def test_make__asked_by_another_version__is_no_row() -> None:
    asked, beside = sweeps.read(TINY)
    made = plan(asked, beside)
    object.__setattr__(made, "code", "another")
    with pytest.raises(OtherCodeError, match="another"):
        make(next(made.tasks()))


def test_opened__folder_of_another_sweep_or_of_nobody_or_in_use__is_refused(
    tmp_path: Path,
) -> None:
    one = {"identity": "a" * 64}
    with disk.opened(tmp_path, one, resume=False):
        with pytest.raises(RunFolderError, match="another process"):
            disk.opened(tmp_path, one, resume=True).__enter__()
        with pytest.raises(RunFolderError, match="--resume goes on"):
            disk.opened(tmp_path, one, resume=False).__enter__()
        with pytest.raises(RunFolderError, match="this one is bbbb"):
            disk.opened(tmp_path, {"identity": "b" * 64}, resume=True).__enter__()
    (tmp_path / "sweep.json").unlink()
    with pytest.raises(RunFolderError, match="other files"):
        disk.opened(tmp_path, one, resume=False).__enter__()


def test_plan__latin_hypercube__has_one_value_in_each_part_of_a_range() -> None:
    asked, beside = sweeps.read(
        {
            **TINY,
            "method": "latin",
            "samples": 8,
            "vary": {
                "insurance": {"low": 0, "high": 800},
                "blocks": {"low": 1, "high": 8, "whole": True},
            },
        }
    )
    cells = plan(asked, beside).cells
    assert sorted(int(one.values["insurance"]) // 100 for one in cells) == list(range(8))
    assert sorted(one.values["blocks"] for one in cells) == list(range(1, 9))
    assert cells == plan(asked, beside).cells
    # Written down: another processor has to come to the same.
    assert [one.values["insurance"] for one in cells][:2] == [700.861, 654.92]


def test_plan__designs_and_scenarios__vary_like_keys() -> None:
    asked, beside = sweeps.read(
        {
            **TINY,
            "vary": {"scenario": ["mango_2022", "hl_xpl_2025"]},
            "designs": {"struck": {"naive": True}, "default": {}},
        }
    )
    cells = plan(asked, beside).cells
    assert [(one.values["design"], one.values["scenario"]) for one in cells] == [
        ("struck", "mango_2022"),
        ("struck", "hl_xpl_2025"),
        ("default", "mango_2022"),
        ("default", "hl_xpl_2025"),
    ]
    methods = [one.scenario.markets["THIN-USD"].oracle.method for one in cells]
    assert methods[0] == "single"
    assert methods[2] == "weighted_median"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"vary": {BAND: {"low": 0, "high": 1}}}, "with method grid a list is allowed"),
        ({"vary": {BAND: 3}}, "a list of values or a range is allowed"),
        ({"vary": {"markets.BTC-USD.mark.bnd": [1]}}, "unknown key 'bnd'"),
        ({"seeds": "9..0"}, "first..last is allowed"),
        ({"seeds": [1, 1]}, "that differ are allowed"),
        ({"colour": "red"}, "unknown key 'colour'"),
        ({"method": "latin", "vary": {BAND: {"low": 2, "high": 1}}}, "low below high"),
        ({"vary": {"price_files": ["none.csv"]}}, "not readable"),
    ],
)
def test_plan__what_is_not_allowed__is_one_sentence(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        plan(*sweeps.read({**TINY, **change}))


def test_result__asked_for_groups_and_differences__pairs_by_seed(
    undisturbed: pd.DataFrame,
) -> None:
    frame = undisturbed.assign(loss=[10.0, 11.0, 20.0, 22.0, 30.0, 33.0])
    manifest = {"cells": [{"values": {BAND: 0}}]}
    found = sweeps.Sweep(manifest=manifest, frame=frame)
    means = found.by("loss").set_index(BAND)["mean"]
    assert means.to_dict() == {0.0005: 20.0, 0.001: 22.0}
    apart = found.difference("loss", BAND, 0.001, 0.0005)
    assert (apart.mean, apart.low, apart.high, apart.pairs) == (2.0, 1.0, 3.0, 3)
    assert apart.p == 0.25  # of eight ways to sign three pairs, two are as far from 0
    with pytest.raises(ScenarioError, match="allowed are"):
        found.by("profit")
