"""Run folders that were damaged, and places where nothing can be written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim.cli import errors
from sim.cli import simulate as command
from sim.records.validation import RunFolderError, TableFile, read_json, read_manifest
from tests.sim.made_run import made_run
from tests.sim.test_cli_commands import assert_refused, run

WHOLE = {"scenario": "made", "seed": 1, "engine": "revm", "status": "complete"}


@pytest.fixture(scope="module")
def calm(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("check") / "calm"
    assert run("simulate", "calm", "--blocks", 3, "--out", folder)[0] == 0
    return folder


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"scenario": "ma', "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"null", "found a NoneType; an object is allowed"),
        (b"[]", "found a list; an object is allowed"),
    ],
)
def test_read_json__no_object__is_one_sentence(tmp_path: Path, content: bytes, said: str):
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(RunFolderError, match=said):
        read_json(tmp_path / "manifest.json")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": "x"}, "seed: found 'x'; an integer is allowed"),
        ({"seed": True}, "seed: found True"),
        ({"engine": None}, "engine: found None; a name is allowed"),
        ({"agents": []}, "agents: found .*; an object is allowed"),
    ],
)
def test_read_manifest__wrong_key__is_one_sentence(tmp_path: Path, change: Any, said: str):
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(WHOLE | change))
    with pytest.raises(RunFolderError, match=said):
        read_manifest(path)


def test_table_file__columns_of_another__are_refused(tmp_path: Path):
    pd.DataFrame({"block": [1]}).to_parquet(tmp_path / "blocks.parquet")
    with pytest.raises(RunFolderError, match="has no column time_s, txs"):
        _ = TableFile(tmp_path, "blocks").rows


@pytest.mark.parametrize("name", ["replay", "report", "compare"])
@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("manifest.json", b'{"scenario": "calm"}'),
        ("manifest.json", b"null"),
        ("manifest.json", b'{"scen'),
        ("blocks.parquet", b"PAR1 and no more"),
        ("blocks.parquet", None),
    ],
)
def test_cli__damaged_folder__is_one_sentence(
    calm: Path, tmp_path: Path, name: str, file: str, content: bytes | None
):
    folder = tmp_path / "run"
    shutil.copytree(calm, folder)
    if content is None:
        shutil.copy(calm / "accounts.parquet", folder / file)
    else:
        (folder / file).write_bytes(content)
    more = [calm] if name == "compare" else []
    assert_refused(run(name, folder, *more), file)


def test_simulate__out_that_cannot_be_made__is_refused():
    outcome = run("simulate", "calm", "--blocks", 2, "--out", "/proc/backstop")
    assert_refused(outcome, "cannot write to /proc/backstop")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_report__page_that_cannot_be_written__says_how_to_come_by_it(
    tmp_path: Path, monkeypatch, error: BaseException
):
    folder = made_run(tmp_path / "run")

    def build_page(*_: object) -> str:
        raise error

    monkeypatch.setattr(command, "build_page", build_page)
    status, out, err = run("report", folder)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert f"the tables are whole: backstop report {folder}" in err


def test_simulate__interrupted_anywhere_else__is_one_sentence(monkeypatch):
    def load_scenario(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "load_scenario", load_scenario)
    status, _, err = run("simulate", "calm")
    assert (status, err) == (1, "error: interrupted; what was written up to here stays\n")


def test_writing__full_disk__is_one_sentence_that_names_the_file(tmp_path: Path):
    with (
        pytest.raises(errors.Broken, match=r"cannot write .*x\.json: No space left; so much"),
        errors.writing(tmp_path / "x.json", "so much is left"),
    ):
        raise OSError(28, "No space left")
