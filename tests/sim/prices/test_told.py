"""What is told of price files: the table of formats in the documents, and the two commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli.formats import formats
from sim.cli.prices import prices
from sim.prices.describe import format_rows, markdown_table
from sim.prices.join import join
from sim.prices.reader import read_prices
from sim.prices.tell import manifest_line, quality_line, quality_row
from tests.sim.prices.price_files import DOWNLOAD, KLINES_MS, text_file

DOCS = Path(__file__).resolve().parents[3] / "docs" / "prices.md"


def test_docs__table_of_formats__is_the_one_that_files_are_held_against():
    assert markdown_table() in DOCS.read_text(encoding="utf-8")


def test_docs__options__are_those_of_the_command():
    text = DOCS.read_text(encoding="utf-8")
    said = {option for one in prices.params for option in one.opts if option.startswith("--")}
    for option in said - {"--json"}:
        assert f"`{option} " in text


def test_formats__listed__every_row_with_what_it_means(tmp_path):
    target = tmp_path / "formats.json"
    done = CliRunner().invoke(formats, ["--json", str(target)])
    assert done.exit_code == 0
    assert json.loads(target.read_text()) == format_rows()
    for row in format_rows():
        assert str(row["format"]) in done.output


def test_prices__two_files__each_told_and_nothing_run(tmp_path):
    klines = text_file(tmp_path, KLINES_MS, "BTCUSDT-1m-2021-05-19.csv")
    download = text_file(tmp_path, DOWNLOAD, "Gemini_BTCUSD_minute.csv")
    target = tmp_path / "read.json"
    done = CliRunner().invoke(prices, [str(klines), f"g={download}", "--json", str(target)])
    assert done.exit_code == 0
    first, second = json.loads(target.read_text())
    assert (first["venue"], first["format"], first["symbol"]) == (
        "binance",
        "Binance klines",
        "BTC-USDT",
    )
    assert (first["first_s"], first["first_time"]) == (1621382460, "2021-05-19 00:01:00")
    assert (first["bar_s"], first["rows"], first["first_price"]) == (60, 2, 11.0)
    assert (second["venue"], second["newest_first"], second["gaps"]) == ("g", True, 0)
    assert "newest first, turned round" in done.output
    assert "bars of 60 s stamped at their opening" in done.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "one or more price files are needed"),
        (["gone.csv"], "gone.csv: no such file"),
        (["{x}", "--stamp", "never"], "--stamp never: open, close, instant are allowed"),
        (["{x}", "--bar", "1m"], "--bar 1m: whole seconds from 1 on are allowed"),
        (["{x}", "--bar", "b=60"], "options speak of the files of b"),
        (["{x}", "--column", "mark_px"], "no column 'mark_px'"),
        (["{x}", "--column", "foo=Price"], "--column foo=Price: found 'foo'"),
        (["{x}", "--only", "exchange"], "--only exchange: COLUMN=VALUE is allowed"),
        (["{x}", "--format", "mine"], "--format mine: no such format"),
        (["{x}", "--from", "soon"], "--from soon: unix seconds or an ISO time"),
        (["{x}", "--from", "2022-01-01"], "nothing in the window"),
        (["a b={x}"], "found the name 'a b'"),
    ],
)
def test_prices__not_allowed__one_sentence_and_two(tmp_path, arguments, sentence):
    path = text_file(tmp_path, "Time,Price\n1621382400,42000\n1621382460,42001.5\n", "x.csv")
    done = CliRunner().invoke(prices, [one.replace("{x}", str(path)) for one in arguments])
    assert done.exit_code == 2
    assert sentence in done.output
    assert done.output.count("\n") == 1


def test_manifest_line__what_a_manifest_keeps__the_sentence_it_was(tmp_path):
    series = read_prices(text_file(tmp_path, KLINES_MS, "BTCUSDT.csv"))
    (quality,) = join([series], ["BTC-USD"]).quality
    kept = json.loads(json.dumps(quality_row(quality)))
    assert manifest_line(kept) == quality_line(quality)
