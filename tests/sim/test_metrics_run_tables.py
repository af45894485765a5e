from __future__ import annotations

from pathlib import Path

import pytest

from sim.metrics import run_tables as module
from sim.metrics.run_tables import run_tables
from sim.metrics.summary import summarise
from sim.records.folder import read_run
from sim.report.page import build_page
from tests.sim.made_run import made_run

BUILDERS = ("liquidations", "cascades", "recorded_waterfall", "deleveraged", "pnl_by_kind")


def test_run_tables__summary_and_page_of_a_run__build_each_table_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []
    for name in BUILDERS:
        whole = getattr(module, name)

        def counted(*frames: object, name: str = name, whole: object = whole) -> object:
            built.append(name)
            return whole(*frames)  # type: ignore[operator]

        monkeypatch.setattr(module, name, counted)
    run = read_run(made_run(tmp_path / "run"))
    build_page(run, summarise(run))
    assert sorted(built) == sorted(BUILDERS)


def test_run_tables__the_same_folder_read_twice__is_two_runs(tmp_path: Path) -> None:
    folder = made_run(tmp_path / "run")
    one, other = read_run(folder), read_run(folder)
    assert run_tables(one) is run_tables(one)
    assert run_tables(one) is not run_tables(other)
