"""Open a run's report in headless Chromium: no errors on its console, every chart drawn."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTH, HEIGHT = 1400, 1000
PATIENCE_S = 120
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
    drawn = sum(
        bool(re.search(r'class="(scatterlayer|barlayer)[^"]*"><g', each)) for each in charts
    )
    return len(charts), drawn


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
    document, said = open_page(browser, report, "--dump-dom")
    charts, drawn = count_charts(document)
    if screenshot:
        open_page(
            browser,
            report,
            f"--screenshot={screenshot.resolve()}",
            f"--window-size={WIDTH},{height}",
        )
    click.echo(f"{drawn} of {charts} charts drawn, {len(said)} lines on the console")
    for line in said:
        click.echo(f"  {line}", err=True)
    sys.exit(0 if charts and drawn == charts and not said else 1)


if __name__ == "__main__":
    cli()
