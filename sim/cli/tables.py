"""Tables for a person, and the same rows as JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sim.cli.errors import Refused, writing

Rows = Sequence[Mapping[str, object]]


class Column(NamedTuple):
    """A column of a table: its key in the rows, its heading, how a cell is shown."""

    key: str
    heading: str
    show: Callable[[object], str] | None = None  # None: words, to the left


def number(decimals: int, unit: str = "") -> Callable[[object], str]:
    """A number with thousands separators; `-` for none."""

    def show(value: object) -> str:
        if value is None:
            return "-"
        assert isinstance(value, int | float), f"{value!r} stands in a column of numbers"
        return f"{value:,.{decimals}f}{unit}"

    return show


def print_table(title: str, rows: Rows, columns: Sequence[Column], width: int = 120) -> None:
    """Print a table on stdout, figures aligned right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for _, heading, show in columns:
        table.add_column(heading, justify="left" if show is None else "right", header_style="dim")
    for row in rows:
        # As Text: what stands in a cell is never markup.
        table.add_row(*(Text(_cell(row.get(key), show)) for key, _, show in columns))
    Console(width=None if Console().is_terminal else width).print(table)


def json_option(command: Callable[..., None]) -> Callable[..., None]:
    """`--json FILE`: the printed table's rows as a list of flat objects."""
    option = click.option(
        "--json",
        "json_file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write the table's rows as JSON too.",
    )
    return option(command)


def check_writable(path: Path | None, option: str = "--json") -> None:
    """Refuse, before anything runs, a file that could not be written after it."""
    if path is None:
        return
    try:
        with path.open("a"):
            pass
    except OSError as error:
        raise Refused(f"cannot write {option} {path}: {error.strerror}") from error


def write_rows(path: Path | None, rows: Rows, columns: Sequence[Column]) -> None:
    """Write the table's own columns of every row, if a file was asked for."""
    if path is not None:
        flat = [{column.key: row.get(column.key) for column in columns} for row in rows]
        with writing(path):
            path.write_text(json.dumps(flat, indent=2) + "\n")


def _cell(value: object, show: Callable[[object], str] | None) -> str:
    return show(value) if show else str(value)
