from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sim.cli import cli
from sim.cli.group import COMMANDS
from sim.cli.summary_table import figure_rows, holds
from sim.cli.tables import Column, number, print_table, write_rows
from sim.engine import Simulation
from sim.records.folder import read_run
from tests.sim.made_run import made_run

BLOCKS = "12"


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of the command line."""
    result = CliRunner(mix_stderr=False).invoke(cli, [str(each) for each in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def assert_refused(outcome: tuple[int, str, str], *said: str) -> None:
    """Status 2, nothing on stdout, one sentence that says all of it."""
    status, out, err = outcome
    assert status == 2
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    for each in said:
        assert each in err


@pytest.fixture(scope="module")
def calm(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "calm"
    table = folder.parent / "table.json"
    status, out, _ = run("simulate", "calm", "--blocks", BLOCKS, "--out", folder, "--json", table)
    assert status == 0
    assert "largest conservation error" in out
    return folder


def test_simulate__calm__leaves_a_whole_run_folder(calm: Path):
    found = {each.name for each in calm.iterdir()}
    tables = {f"{name}.parquet" for name in ("events", "blocks", "markets", "transactions")}
    assert found == tables | {
        "accounts.parquet",
        "venue_trades.parquet",
        "manifest.json",
        "scenario.yaml",
        "summary.json",
        "report.html",
    }
    summary = json.loads((calm / "summary.json").read_text())
    manifest = json.loads((calm / "manifest.json").read_text())
    assert summary["blocks"] == int(BLOCKS)
    assert summary["digest"] == manifest["digest"]
    assert manifest["status"] == "complete"
    assert len(manifest["scenario_sha256"]) == len(manifest["contracts_sha256"]) == 64


def test_simulate__json__has_the_tables_rows(calm: Path):
    rows = json.loads((calm.parent / "table.json").read_text())
    summary = json.loads((calm / "summary.json").read_text())
    assert {"measure", "label", "value", "unit"} == set(rows[0])
    assert all(row["value"] == summary[row["measure"]] for row in rows)


def test_simulate__its_own_scenario_file__comes_to_the_same_digest(calm: Path, tmp_path: Path):
    manifest = json.loads((calm / "manifest.json").read_text())
    status, _, _ = run(
        *("simulate", calm / "scenario.yaml", "--seed", manifest["seed"]),
        *("--blocks", BLOCKS, "--out", tmp_path / "again"),
    )
    assert status == 0
    assert read_run(tmp_path / "again").manifest["digest"] == manifest["digest"]


def test_simulate__another_seed__comes_to_another_digest(calm: Path, tmp_path: Path):
    run("simulate", "calm", "--seed", 8, "--blocks", BLOCKS, "--out", tmp_path / "other")
    assert (
        read_run(tmp_path / "other").manifest["digest"]
        != json.loads((calm / "manifest.json").read_text())["digest"]
    )


def test_simulate__a_step_that_fails__keeps_what_was_and_says_where(tmp_path: Path, monkeypatch):
    honest = Simulation.step

    def step(simulation: Simulation, block: int) -> None:
        if block == 4:
            raise RuntimeError("the node went away")
        honest(simulation, block)

    monkeypatch.setattr(Simulation, "step", step)
    status, _, err = run("simulate", "calm", "--blocks", BLOCKS, "--out", tmp_path / "run")
    crash = json.loads((tmp_path / "run" / "crash.json").read_text())
    assert status == 1
    assert "broke after block 3" in err
    assert (crash["scenario"], crash["last_good_block"]) == ("calm", 3)
    assert crash["message"] == "the node went away"
    assert len(read_run(tmp_path / "run").blocks) == 3
    assert "this run is crashed" in (tmp_path / "run" / "report.html").read_text()


def test_report__finished_run__is_rebuilt_the_same(calm: Path):
    before = json.loads((calm / "summary.json").read_text())
    (calm / "report.html").unlink()
    status, _, _ = run("report", calm)
    assert status == 0
    assert json.loads((calm / "summary.json").read_text()) == before
    assert (calm / "report.html").stat().st_size > 1_000_000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["simulate", "clam"], ["clam", "calm", "oct10_2025"]),
        (["simulate", "calm", "--engine", "geth"], ["geth", "revm"]),
        (["simulate", "calm", "--blocks", "0"], ["--blocks", "x>=1"]),
        (["simulate", "calm", "--blocks", "many"], ["--blocks", "many"]),
        (["simulate", "calm", "--seed", "-1"], ["--seed", "x>=0"]),
        (["simulate", "calm", "--set", "blocks"], ["blocks", "key=value"]),
        (["simulate", "calm", "--set", "block_time=3"], ["block_time", "block_time_s"]),
        (["simulate", "calm", "--set", "blocks=-3"], ["blocks", "-3"]),
        (["simulate", "calm", "--unknown"], ["--unknown"]),
        (["simulate"], ["SCENARIO"]),
        (["simulate", "calm", "--prices", "x.csv"], ["replay"]),
        (["simulate", "history", "--prices", "nowhere.csv"], ["nowhere.csv"]),
        (["simulate", "calm", "--json", "/nowhere/x.json"], ["/nowhere/x.json"]),
        (["report", "/nowhere"], ["/nowhere", "not a folder"]),
        (["simulat"], ["simulat", "simulate", "bench", "report"]),
        (["bench", "--scenario", "clam"], ["clam", "calm"]),
        (["bench", "--repeats", "0"], ["--repeats"]),
    ],
)
def test_cli__bad_input__is_one_sentence(arguments: list[str], said: list[str], tmp_path: Path):
    out = ["--out", str(tmp_path / "run")] if arguments[0] == "simulate" else []
    assert_refused(run(*arguments, *out), *said)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.yaml", b"", "nothing"),
        ("broken.yaml", b"name: [unclosed", "line"),
        ("binary.yaml", b"\xff\xfe\x00", "binary.yaml"),
        ("list.yaml", b"- a\n- b\n", "mapping"),
        ("key.yaml", b"name: x\nblokcs: 3\n", "blokcs"),
    ],
)
def test_simulate__bad_scenario_file__is_one_sentence(tmp_path: Path, name, content, said):
    (tmp_path / name).write_bytes(content)
    assert_refused(run("simulate", tmp_path / name, "--out", tmp_path / "run"), name, said)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"time,price\nnow,abc\n"])
def test_simulate__bad_price_file__is_one_sentence(tmp_path: Path, content: bytes):
    prices = tmp_path / "btc.csv"
    prices.write_bytes(content)
    outcome = run("simulate", "history", "--prices", prices, "--out", tmp_path / "run")
    assert_refused(outcome, "btc.csv")
    assert not (tmp_path / "run").exists()


def test_simulate__out_that_is_no_run__is_refused_and_untouched(tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("mine")
    outcome = run("simulate", "calm", "--blocks", 5, "--out", tmp_path)
    assert_refused(outcome, str(tmp_path), "manifest.json")
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.tex"]
    assert_refused(run("simulate", "calm", "--out", tmp_path / "thesis.tex"), "is a file")
    assert_refused(run("simulate", "calm", "--out", tmp_path / "thesis.tex" / "run"), "thesis.tex")


def test_simulate__no_node_at_rpc__is_refused_and_the_earlier_run_stays(tmp_path: Path):
    folder = made_run(tmp_path / "run")
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    status, _, err = run("simulate", "calm", "--rpc", "http://127.0.0.1:1", "--out", folder)
    assert status == 2
    assert "error: no node answers at http://127.0.0.1:1" in err
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before


def test_report__folder_with_a_table_missing__is_one_sentence(tmp_path: Path):
    folder = made_run(tmp_path / "run")
    (folder / "events.parquet").unlink()
    assert_refused(run("report", folder), "events.parquet missing")


def test_holds__wei_missing_or_invariant_broken__is_false():
    sound: dict[str, object] = {"conservation_error_wad": 0, "invariant_violations": 0}
    assert holds(sound)
    assert not holds(sound | {"conservation_error_wad": 1})
    assert not holds(sound | {"invariant_violations": 1})
    assert not holds({})


def test_figure_rows__missing_value__is_a_dash():
    rows = {row["measure"]: row for row in figure_rows({"cascade_multiplier": None, "txs": 1_234})}
    assert rows["cascade_multiplier"]["shown"] == "-"
    assert rows["txs"]["shown"] == "1,234"


def test_write_rows__more_keys_than_columns__writes_the_columns_only(tmp_path: Path):
    columns = (Column("engine", "engine"), Column("tx_per_s", "tx/s", number(0)))
    write_rows(tmp_path / "x.json", [{"engine": "revm", "tx_per_s": 2.5, "secret": 1}], columns)
    assert json.loads((tmp_path / "x.json").read_text()) == [{"engine": "revm", "tx_per_s": 2.5}]


def test_print_table__markup_in_a_cell__is_shown_as_it_is(capsys):
    print_table("title", [{"a": "[bold]x[/bold]"}], (Column("a", "a"),))
    assert "[bold]x[/bold]" in capsys.readouterr().out


ADDRESS = "0x" + "ab" * 20


@pytest.mark.parametrize("width", [30, 60, 80, 200])
def test_print_table__any_width__cuts_no_figure_and_breaks_no_address(width: int, capsys):
    columns = (
        Column("who", "who", None),
        *(Column(f"m{i}", f"money {i}", number(2)) for i in range(6)),
    )
    rows = [{"who": ADDRESS, **{f"m{i}": 121_163_456.5 + i for i in range(6)}}] * 2
    print_table("title", rows, columns, width)
    shown = capsys.readouterr().out
    assert "…" not in shown
    assert shown.count(ADDRESS) == 2
    assert [shown.count(f"121,163,45{6 + i}.50") for i in range(4)] == [2] * 4
    assert ("money 0" in shown.splitlines()[1]) == (width == 200)


def test_json__a_dash__leaves_rows_alone_on_stdout():
    outcome = CliRunner(mix_stderr=False).invoke(cli, ["formats", "--json", "-"])
    assert outcome.exit_code == 0
    assert {*json.loads(outcome.stdout)[0]} == {
        "format", "told_by", "columns", "unit", "stamp", "order"
    }  # fmt: skip
    assert "recognised by" in outcome.stderr
    assert not Path("-").exists()


@pytest.mark.parametrize("name", ["waterfall", "adl", "deploy", "drag", "simulate", "incidents"])
def test_json__every_command_with_a_table__has_it(name: str):
    command = cli.get_command(click.Context(cli), name)
    assert "json_file" in [one.name for one in command.params]


@pytest.mark.parametrize("name", sorted({*COMMANDS} - {"completion"}))
def test_scripts__ape_run__has_the_very_same_command(name: str):
    module = __import__(f"scripts.{name}", fromlist=["cli"])
    assert isinstance(module.cli, click.Command)
    assert module.cli is cli.get_command(click.Context(cli), name)
