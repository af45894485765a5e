"""Open a run's report in headless Chromium: no errors on its console, every chart drawn."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from html import unescape
from pathlib import Path
from time import perf_counter
from typing import Any

import click

Tried = dict[str, Any]  # what was seen of one table
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTH, HEIGHT = 1400, 1000
WIDTHS = (1400, 800)
PATIENCE_S = 120
# Works the page's own controls from inside and leaves what it saw in the document.
PROBE = """<script>
const shown = (table) => [...table.tBodies[0].rows].filter((row) => !row.hidden);
const tried = [...document.querySelectorAll("table.sortable")].map((table) => {
  const heads = [...table.tHead.rows[0].cells];
  const at = heads.findLastIndex((head) => head.dataset.kind === "number");
  const column = () => shown(table)
    .map((row) => row.cells[at].dataset.v ?? row.cells[at].textContent)
    .map((text) => parseFloat(text.replaceAll(",", ""))).filter((value) => !isNaN(value));
  const runs = (sign) => column().every((value, i, all) => !i || sign * (value - all[i - 1]) >= 0);
  const button = heads[at].querySelector("button");
  button.focus();
  const heading_takes_focus = document.activeElement === button;
  button.click();
  const sorted_down = runs(-1) && heads[at].getAttribute("aria-sort") === "descending";
  button.click();
  const sorted_up = runs(1) && heads[at].getAttribute("aria-sort") === "ascending";
  const box = table.parentElement.querySelector(":scope > .tools input");
  const ask = (text) => {
    box.value = text;
    box.dispatchEvent(new Event("input", {bubbles: true}));
    return shown(table).length;
  };
  const rows = table.tBodies[0].rows;
  const row = {name: box ? box.placeholder : heads[0].textContent, rows: rows.length,
    heading: heads[at].textContent, heading_takes_focus, sorted_down, sorted_up,
    has_filter: Boolean(box)};
  if (!box) return row;
  return {...row, kept: ask(rows[0].cells[0].textContent),
    left_by_nonsense: ask("no row says this"), after_clearing: ask("")};
});
const told = document.createElement("pre");
told.id = "tried";
told.textContent = JSON.stringify(tried);
document.body.append(told);
</script>"""
# How much wider than its window the page is.
OVERHANG = """<script>
const root = document.documentElement;
const overhang = document.createElement("pre");
overhang.id = "overhang";
overhang.textContent = Math.max(0, root.scrollWidth - window.innerWidth);
document.body.append(overhang);
</script>"""
DRAWN = re.compile(r'class="(scatterlayer|barlayer|waterfalllayer)[^"]*"><g')
CONSOLE = re.compile(r'CONSOLE[^"]*"(.*)", source:')


def find_browser() -> str | None:
    """The first Chromium on PATH."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def open_page(browser: str, page: Path, *more: str) -> tuple[str, list[str]]:
    """The page's document after it has run, and what it said on its console."""
    with tempfile.TemporaryDirectory() as profile:
        ran = subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--no-first-run",
                "--enable-logging=stderr",
                "--virtual-time-budget=20000",
                f"--user-data-dir={profile}",
                f"--window-size={WIDTH},{HEIGHT}",
                *more,
                page.resolve().as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=True,
        )
    return ran.stdout, CONSOLE.findall(ran.stderr)


def count_charts(document: str) -> tuple[int, int]:
    """Charts the page has, and charts that have traces drawn in them."""
    charts = document.split('<div class="chart">')[1:]
    drawn = sum(bool(DRAWN.search(each)) for each in charts)
    return len(charts), drawn


def ask_page(browser: str, page: Path, script: str, name: str, *more: str) -> str | None:
    """What a script that runs after the page's own leaves in the element it makes."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "asked.html"
        copy.write_text(page.read_text(encoding="utf-8") + script, encoding="utf-8")
        document, _ = open_page(browser, copy, "--dump-dom", *more)
    told = re.search(rf'<pre id="{name}">(.*?)</pre>', document, re.S)
    return unescape(told.group(1)) if told else None


def try_tables(browser: str, page: Path) -> list[Tried]:
    """Filter and sort every table of the page by its own controls; what became of their rows."""
    found: list[Tried] = json.loads(ask_page(browser, page, PROBE, "tried") or "[]")
    return found


def overhang_px(browser: str, page: Path, width: int) -> int:
    """By how much the page is wider than a window of that width."""
    told = ask_page(browser, page, OVERHANG, "overhang", f"--window-size={width},{HEIGHT}")
    return int(told or 0)


def broken_tables(tried: list[Tried]) -> list[str]:
    """One sentence a table whose controls do not do what they say."""
    found = []
    for table in tried:
        name = f"table {table['name']!r}"
        if not table["sorted_down"] or not table["sorted_up"]:
            found.append(f"{name} does not sort by {table['heading']!r}")
        if not table["heading_takes_focus"]:
            found.append(f"{name} has headings no key can reach")
        if table["has_filter"] and table["kept"] == 0:
            found.append(f"{name} shows nothing where its first row was asked for")
        if table["has_filter"] and table["left_by_nonsense"] != 0:
            found.append(f"{name} shows rows that its filter does not ask for")
        if table["has_filter"] and table["after_clearing"] != table["rows"]:
            found.append(f"{name} does not show all rows again")
    return found


@click.command()
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--screenshot", type=click.Path(path_type=Path), help="Write the page as a PNG.")
@click.option("--height", default=HEIGHT, show_default=True, help="Height of the PNG in pixels.")
def cli(report: Path, screenshot: Path | None, height: int) -> None:
    """Check a report.html in a real browser."""
    browser = find_browser()
    if browser is None:
        click.echo(f"skipped: none of {', '.join(BROWSERS)} is on PATH")
        return
    begun_s = perf_counter()
    document, said = open_page(browser, report, "--dump-dom")
    opened_s = perf_counter() - begun_s
    charts, drawn = count_charts(document)
    if screenshot:
        open_page(
            browser,
            report,
            f"--screenshot={screenshot.resolve()}",
            f"--window-size={WIDTH},{height}",
        )
    tried = try_tables(browser, report)
    broken = broken_tables(tried)
    for width in WIDTHS:
        if wider := overhang_px(browser, report, width):
            broken.append(f"the page is {wider} px wider than a window of {width} px")
    filters = sum(bool(table["has_filter"]) for table in tried)
    size_mb = report.stat().st_size / 1e6
    click.echo(f"{size_mb:.1f} MB, opened in {opened_s:.1f} s with the browser's own start")
    click.echo(f"{drawn} of {charts} charts drawn, {len(said)} lines on the console")
    click.echo(f"{len(tried)} tables sorted, {filters} of them filtered, {len(broken)} faults")
    for line in (*said, *broken):
        click.echo(f"  {line}", err=True)
    sys.exit(0 if charts and drawn == charts and tried and not said and not broken else 1)


if __name__ == "__main__":
    cli()
