"""`audit coverage`: which lines and branches of Vyper sources test commands reach."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from sim.audit.coverage_page import page
from sim.audit.coverage_run import covered, rows_of
from sim.audit.vyper_project import ProjectError
from sim.cli.errors import Command, Refused, writing
from sim.cli.tables import Column, check_writable, number, print_table, write_json

FILES = (
    Column("file", "file"),
    *(Column(key, key, number(0)) for key in ("lines", "hit")),
    Column("percent", "%", number(1)),
    *(Column(key, key, number(0)) for key in ("branches", "ways")),
    Column("branch_percent", "%", number(1)),
    Column("missed", "lines missed"),
)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(cls=Command)
@click.argument("tree", metavar="PATH", type=click.Path(path_type=Path))
@click.option("--tests", required=True, multiple=True, help="A command that passes [repeat it].")
@click.option("--only", multiple=True, metavar="GLOB", help="Sources to show [all of them].")
@click.option("--html", type=_FILE, help="Write a page with the sources, marked.")
@click.option("--json", "json_file", type=_FILE, help="Write the tables as JSON too.")
def coverage(
    tree: Path,
    tests: Sequence[str],
    only: Sequence[str],
    html: Path | None,
    json_file: Path | None,
) -> None:
    """Run test commands in PATH, and show what of the Vyper sources they reached.

    What is executed by py-evm is seen, in every process of a command. Tests of this project that
    use revm are moved to py-evm by `-p sim.audit.on_pyevm`.
    """
    check_writable(html, "--html")
    check_writable(json_file)
    try:
        suites = covered(tree, tests, only)
    except ProjectError as error:
        raise Refused(str(error)) from error
    for suite in suites:
        title = f"{suite.command}: {suite.wall_s:,.1f} s"
        print_table(title, rows_of(suite), FILES)
    if html is not None:
        with writing(html):
            html.write_text(page(tree, suites))
    rows = [{"command": one.command, "wall_s": one.wall_s, "files": rows_of(one)} for one in suites]
    write_json(json_file, rows)
