"""Tables for a person, and the same rows as JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Literal, NamedTuple

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sim.cli.errors import FOR_STDOUT, STDOUT, Refused, writing

Rows = Sequence[Mapping[str, object]]
GAP = 2  # between columns


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
    headings = [(heading, show is not None) for _, heading, show in columns]
    cells = [[_cell(row.get(key), show) for key, _, show in columns] for row in rows]
    print_cells(title, headings, cells, width)


def print_cells(
    title: str,
    headings: Sequence[tuple[str, bool]],
    rows: Sequence[Sequence[str]],
    width: int,
    styles: Sequence[str] = (),
) -> None:
    """Print rows of cells; a heading says whether figures stand below it.

    No figure and no word is ever cut: where not all fit beside each other on a terminal (or in
    `width` characters elsewhere), the table stands on its side, a line for each cell.
    """
    console = Console(width=None if Console().is_terminal else width)
    least = [
        max([_longest_word(heading), *(_least(row[at], is_number) for row in rows)])
        for at, (heading, is_number) in enumerate(headings)
    ]
    if sum(least) + GAP * (len(least) - 1) > console.width:
        console.print(Text(title, style="bold"), soft_wrap=True)
        for line in _on_its_side([heading for heading, _ in headings], rows):
            console.print(Text(line), soft_wrap=True)
        return
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for (heading, is_number), narrowest in zip(headings, least, strict=True):
        side: Literal["left", "right"] = "right" if is_number else "left"
        table.add_column(heading, justify=side, header_style="dim", min_width=narrowest)
    for row, style in zip_longest(rows, styles, fillvalue=""):
        # As Text: what stands in a cell is never markup.
        table.add_row(*map(Text, row), style=str(style))
    console.print(table)


def _on_its_side(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A line for each cell, its heading before it, and an empty one between rows."""
    widest = max(map(len, headings))
    for at, row in enumerate(rows):
        if at:
            yield ""
        for heading, cell in zip(headings, row, strict=True):
            yield f"{heading:<{widest}}  {cell}".rstrip()


def _least(cell: str, is_number: bool) -> int:
    """How narrow a cell may stand: figures whole, words one below the other."""
    return len(cell) if is_number else _longest_word(cell)


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)


def json_option(command: Callable[..., None]) -> Callable[..., None]:
    """`--json FILE`: the printed table's rows as a list of flat objects."""
    option = click.option(
        "--json",
        "json_file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write the table's rows as JSON too; - for stdout, and the table to stderr.",
    )
    return option(command)


def check_writable(path: Path | None, option: str = "--json") -> None:
    """Refuse, before anything runs, a file that could not be written after it."""
    if path is None or (path == STDOUT and option == "--json"):
        return
    try:
        with path.open("a"):
            pass
    except OSError as error:
        raise Refused(f"cannot write {option} {path}: {error.strerror}") from error


def write_rows(path: Path | None, rows: Rows, columns: Sequence[Column]) -> None:
    """Write the table's own columns of every row, if a file was asked for."""
    write_json(path, [{column.key: row.get(column.key) for column in columns} for row in rows])


def write_json(path: Path | None, found: object) -> None:
    """Write what was found as JSON, if a file was asked for; `-` is printed at the end."""
    if path is None:
        return
    text = json.dumps(found, indent=2) + "\n"
    if path == STDOUT:
        click.get_current_context().meta[FOR_STDOUT] = text
        return
    with writing(path):
        path.write_text(text, encoding="utf-8")


def _cell(value: object, show: Callable[[object], str] | None) -> str:
    return show(value) if show else str(value)
