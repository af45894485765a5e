from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from scripts.check_report import (
    broken_tables,
    count_charts,
    find_browser,
    open_page,
    overhang_px,
    try_tables,
)
from sim.metrics.summary import summarise
from sim.records.folder import read_run
from sim.records.recorder import FolderRecorder
from sim.records.validation import TABLES
from sim.report.downsample import thin
from sim.report.header import story
from sim.report.page import build_page
from sim.report.tables import bps, figure, html_table, money, price, words
from tests.sim.made_run import made_run, tell


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    folder = made_run(tmp_path_factory.mktemp("report") / "run")
    run = read_run(folder)
    report = folder / "report.html"
    report.write_text(build_page(run, summarise(run)))
    return report


def test_build_page__made_run__loads_nothing_from_elsewhere(page: Path):
    text = page.read_text()
    before_library, _, after_library = text.partition("plotly.js v")
    after_library = after_library[after_library.index("</script>") :]
    for part in (before_library, after_library):
        assert "http://" not in part
        assert "https://" not in part
    assert text.count("plotly.js v") == 1


def test_build_page__made_run__opens_in_a_browser_with_every_chart_drawn(page: Path):
    browser = find_browser()
    if browser is None:
        pytest.skip("no chromium on PATH")
    document, said = open_page(browser, page, "--dump-dom")
    assert said == []
    assert count_charts(document) == (11, 11)


def test_build_page__made_run__tables_sort_and_filter_in_a_browser(page: Path):
    browser = find_browser()
    if browser is None:
        pytest.skip("no chromium on PATH")
    tried = try_tables(browser, page)
    assert broken_tables(tried) == []
    by_name = {table["name"]: table for table in tried}
    assert {"filter liquidations", "filter accounts", "filter transactions"} <= set(by_name)
    one = by_name["filter transactions"]
    assert (one["rows"], one["kept"], one["left_by_nonsense"], one["after_clearing"]) == (
        2,
        1,
        0,
        2,
    )


def test_try_tables__page_whose_script_is_gone__says_what_does_not_work(page: Path, tmp_path: Path):
    browser = find_browser()
    if browser is None:
        pytest.skip("no chromium on PATH")
    dead = tmp_path / "dead.html"
    dead.write_text(page.read_text().replace("table.sortable", "table.nothing"))
    found = broken_tables(try_tables(browser, dead))
    assert any("does not sort" in line for line in found)
    assert any("does not ask for" in line for line in found)


def test_overhang_px__made_run__is_none_and_a_wide_table_is_seen(page: Path, tmp_path: Path):
    browser = find_browser()
    if browser is None:
        pytest.skip("no chromium on PATH")
    assert overhang_px(browser, page, 800) == 0
    wide = tmp_path / "wide.html"
    wide.write_text('<body style="margin: 0"><div style="width: 900px">wide</div>')
    assert overhang_px(browser, wide, 800) == 100


def test_open_page__page_with_an_error__reports_it(tmp_path: Path):
    browser = find_browser()
    if browser is None:
        pytest.skip("no chromium on PATH")
    broken = tmp_path / "broken.html"
    broken.write_text('<div class="chart"></div><script>nothing.here()</script>')
    document, said = open_page(browser, broken, "--dump-dom")
    assert any("nothing is not defined" in line for line in said)
    assert count_charts(document) == (1, 0)


def test_build_page__markup_in_an_agents_error__is_escaped(tmp_path: Path, monkeypatch):
    folder = made_run(tmp_path / "run")
    run = read_run(folder)
    run.transactions["error"] = "<script>alert(1)</script>"
    text = build_page(run, summarise(run))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_build_page__run_without_a_block__still_says_what_ran(tmp_path: Path):
    recorder = FolderRecorder(tmp_path / "run", {})
    tell(recorder, 0)
    recorder.crash(ValueError("at once"), "")
    run = read_run(tmp_path / "run")
    text = build_page(run, summarise(run))
    assert "this run is crashed" in text
    assert "What is not modelled" in text


def test_build_page__nothing_liquidated__says_so_and_draws_no_empty_frame(tmp_path: Path):
    run = read_run(made_run(tmp_path / "run"))
    calm = replace(
        run,
        tables={
            **{name: run.tables[name] for name in TABLES},
            "events": run.events[run.events["event"] != "AccountLiquidated"],
        },
    )
    text = build_page(calm, summarise(calm))
    told = ("Nothing was liquidated in this market.", "<p>Nothing was liquidated.</p>")
    assert all(line in text for line in told)
    whole = build_page(run, summarise(run))
    assert whole.count('<div class="chart">') == text.count('<div class="chart">') + 3


def test_story__made_run__tells_the_runs_own_figures(tmp_path: Path):
    run = read_run(made_run(tmp_path / "run"))
    text = story(run, summarise(run))
    assert "358.00 quote was liquidated in 3 steps: 3 into the book." in text
    assert "4.00 quote of bad debt left" in text
    assert "from 50.00 to 47.00 quote, 12.00 below its peak at worst" in text


def test_html_table__five_rows__escapes_aligns_and_formats():
    rows = pd.DataFrame({"who": ["a<b"] * 5, "cash": [1234.5, -0.125, None, 0, 2.5]})
    text = html_table(rows, (("who", "who", words), ("cash", "cash", money)))
    assert text.count('<td class="text">a&lt;b</td>') == 5
    shown = [cell.split("<")[0] for cell in text.split('<td class="figure">')[1:]]
    assert shown == ["1,234", "-0.12", "-", "0.00", "2.50"]


def test_figure__unit_and_decimals__are_shown():
    assert figure(1, " bp")(3.14159) == "3.1 bp"
    assert figure(0)(float("nan")) == "-"
    assert [bps(7.54), bps(-18_660.1), bps(None)] == ["7.5 bp", "-186.6 %", "-"]
    assert [price(116_339.2), price(0.0136), price(None)] == ["116,339.20", "0.013600", "-"]


def test_thin__long_table__keeps_ends_order_and_extremes():
    table = pd.DataFrame({"price": [100.0] * 10_000}, index=range(10_000))
    table.loc[[1234, 8765], "price"] = [1.0, 900.0]
    thinned = thin(table, ["price"], limit=300)
    assert len(thinned) <= 310
    assert {0, 1234, 8765, 9_999} <= set(thinned.index)
    assert thinned.index.is_monotonic_increasing


def test_thin__short_table__is_left_alone():
    table = pd.DataFrame({"price": [1.0, 2.0]})
    assert thin(table, ["price"]) is table
