from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from sim.records import parquet
from sim.records.folder import check_out, claim, read_run
from sim.records.recorder import FolderRecorder
from sim.records.rows import (
    AccountRecord,
    BlockRecord,
    EventRecord,
    MarketRecord,
    TxRecord,
    VenueTradeRecord,
)
from sim.records.validation import RunFolderError
from sim.units import WAD
from tests.sim.made_run import STRUCK, made_run, tell


@pytest.mark.parametrize(
    ("schema", "fields"),
    [
        (parquet.BLOCKS, BlockRecord._fields[:-2]),
        (parquet.MARKETS, MarketRecord._fields),
        (parquet.TRANSACTIONS, TxRecord._fields),
        (parquet.ACCOUNTS, AccountRecord._fields),
        (parquet.VENUE_TRADES, VenueTradeRecord._fields),
    ],
)
def test_columns__each_record__have_its_fields_in_order(schema, fields):
    assert tuple(schema.names) == fields


def test_read_run__written_run__gives_back_every_fact_exactly(tmp_path: Path):
    run = read_run(made_run(tmp_path / "run"))

    assert run.manifest["status"] == "complete"
    assert run.manifest["digest"] == "ef" * 32
    assert [len(run.blocks), len(run.markets), len(run.transactions)] == [5, 5, 10]
    assert len(run.events) == 15 + sum(map(len, STRUCK.values()))
    assert run.blocks["insurance_wad"].map(int).tolist()[2] == 40 * WAD
    changed = run.events[run.events["event"] == "PositionChanged"]
    assert set(changed["arg_account"]) == {str(1 << 200)}
    placed = run.events[run.events["event"] == "OrderPlaced"]
    assert placed["arg_is_buy"].tolist() == [True, False, True, False, True]
    assert placed["arg_funding_wad"].isna().all()


def test_recorder__manifest__names_the_node_and_what_numpy_was_told_to_leave_out(tmp_path: Path):
    told = read_run(made_run(tmp_path / "run")).manifest
    assert told["node"] == {"client": "anvil/v1", "hardfork": "Cancun"}
    machine = told["machine"]
    assert isinstance(machine, dict)
    assert list(machine) == ["system", "processor", "libm", "simd"]
    assert all(machine.values())
    program = "from sim.records.machine import machine; print(*machine()['simd'])"
    for one in set(machine["simd"]) & {"AVX2", "ASIMDHP"}:
        environment = os.environ | {"NPY_DISABLE_CPU_FEATURES": one}
        said = subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)
        assert one not in said.split()


def test_recorder__rows_beyond_a_chunk__are_in_order_and_complete(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(parquet, "CHUNK_ROWS", 4)
    run = read_run(made_run(tmp_path / "run"))

    places = list(zip(run.events["block"], run.events["log"], strict=True))
    assert len(places) == 18
    assert places == sorted(places)
    assert run.transactions["tx"].tolist() == [0, 1] * 5


def test_crash__after_three_blocks__keeps_them_and_says_where(tmp_path: Path):
    recorder = FolderRecorder(tmp_path / "run", {})
    tell(recorder, 3)
    recorder.crash(RuntimeError("out of gas"), "Traceback\nline")

    run = read_run(tmp_path / "run")
    crash = json.loads((tmp_path / "run" / "crash.json").read_text())
    assert len(run.blocks) == 3
    assert run.manifest["status"] == "crashed"
    assert crash["scenario"] == "made"
    assert crash["seed"] == 7
    assert crash["last_good_block"] == 2
    assert (crash["exception"], crash["message"]) == ("RuntimeError", "out of gas")


def test_claim__folder_of_an_earlier_run__is_cleared_but_for_foreign_files(tmp_path: Path):
    path = made_run(tmp_path / "run")
    (path / "notes.txt").write_text("mine")

    assert check_out(path) is True
    claim(path)
    assert sorted(each.name for each in path.iterdir()) == ["manifest.json", "notes.txt"]


def test_claim__folder_of_something_else__is_refused_and_untouched(tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("mine")

    with pytest.raises(RunFolderError, match=r"holds no manifest\.json"):
        claim(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.tex"]


def test_crash__before_the_start__leaves_a_readable_folder(tmp_path: Path):
    known = {"scenario": "made", "seed": 9, "engine": "revm"}
    FolderRecorder(tmp_path / "run", known).crash(RuntimeError("no node"), "")

    run = read_run(tmp_path / "run")
    crash = json.loads((tmp_path / "run" / "crash.json").read_text())
    assert run.manifest["status"] == "crashed"
    assert (crash["seed"], crash["last_good_block"]) == (9, None)
    assert run.events.empty


def test_check_out__new_folder__is_fine_and_not_made(tmp_path: Path):
    assert check_out(tmp_path / "a" / "b") is False
    assert not (tmp_path / "a").exists()


def test_recorder__a_name_that_is_bool_and_number__is_text_in_both(tmp_path: Path):
    schema = {("A", "X"): (("status", "bool"),), ("B", "Y"): (("status", "uint256"),)}
    table = parquet.EventTable(
        schema, lambda columns: parquet.ParquetFile(tmp_path / "events.parquet", columns)
    )
    table.extend(
        [
            EventRecord(1, 0, 0, "A", "", "X", (True,)),
            EventRecord(1, 0, 1, "B", "", "Y", (3,)),
        ]
    )
    table.close()
    assert pd.read_parquet(tmp_path / "events.parquet")["arg_status"].tolist() == ["True", "3"]


def test_claim__path_of_a_file__is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFolderError, match="is a file"):
        claim(tmp_path / "file")


def test_read_run__missing_and_corrupt_files__are_named(tmp_path: Path):
    path = made_run(tmp_path / "run")
    (path / "blocks.parquet").write_bytes(b"not parquet")
    with pytest.raises(RunFolderError, match=r"blocks\.parquet is not readable"):
        read_run(path)
    (path / "blocks.parquet").unlink()
    (path / "events.parquet").unlink()
    with pytest.raises(RunFolderError, match=r"events\.parquet, blocks\.parquet missing"):
        read_run(path)
    with pytest.raises(RunFolderError, match="is not a folder"):
        read_run(tmp_path / "nowhere")
