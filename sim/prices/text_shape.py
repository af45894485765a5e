"""Text tables: the delimiter, and what stands above and below the rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from sim.prices.archive import Member
from sim.prices.errors import PriceFileError

HEAD_BYTES, TAIL_BYTES = 2**16, 4_096
MOST_PREAMBLE = 5  # lines above a table that are none of it
DELIMITERS = (",", ";", "\t", "|")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
_BANNER = re.compile(r"^\s*(#|//)|://|cryptodatadownload", re.I)


@dataclass(slots=True, kw_only=True)
class Text:
    """Where in the bytes the rows begin and end, and how they are written."""

    label: str
    data: pa.Buffer
    begins: int
    ends: int
    begins_at_line: int  # 1 for the first line of the file
    delimiter: str
    header: tuple[str, ...] | None
    first: tuple[str, ...]
    footers: int
    path: Path | None = None  # to read the rows from, in place of the bytes
    comments: int = 0  # lines among the rows, known once they are read

    @property
    def width(self) -> int:
        """Columns of the table."""
        return len(self.header if self.header is not None else self.first)


def measured(member: Member) -> Text:
    """Where the table of a text file stands, and how it is written; refuses what is no text."""
    data = _as_utf8(member)
    head = data.slice(0, min(data.size, HEAD_BYTES)).to_pybytes()
    begins = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    try:
        lines = head[begins:].decode("utf-8", "strict" if data.size <= HEAD_BYTES else "ignore")
    except UnicodeDecodeError as error:
        raise _no_text(member) from error
    if "\x00" in lines:
        raise _no_text(member)
    ends, footers = _end(data, begins)
    rows = lines.splitlines(keepends=True)
    top, delimiter = _top(rows)
    cells = cells_of(rows[top], delimiter) if top < len(rows) else ()
    header = None
    after = top
    if cells and not _is_row(cells):
        header, after = _header(rows, top, cells, delimiter)
    first = next((cells_of(row, delimiter) for row in rows[after:] if row.strip()), ())
    if header is not None:
        first = (*first, *("",) * len(header))[: max(len(first), len(header))]
    begins += len("".join(rows[:after]).encode())
    return Text(
        label=member.label,
        data=data,
        begins=begins,
        ends=max(ends, begins),
        begins_at_line=after + 1,
        delimiter=delimiter,
        header=header,
        first=first,
        footers=footers,
        path=member.path if member.is_plain and data is member.data and ends == data.size else None,
    )


def _as_utf8(member: Member) -> pa.Buffer:
    """The bytes; a spreadsheet's UTF-16 turned into UTF-8."""
    head = member.data.slice(0, min(2, member.data.size)).to_pybytes()
    if head not in (b"\xff\xfe", b"\xfe\xff"):
        return member.data
    try:
        return pa.py_buffer(member.data.to_pybytes().decode("utf-16").encode())
    except UnicodeDecodeError as error:
        raise _no_text(member) from error


def _no_text(member: Member) -> PriceFileError:
    return PriceFileError(
        f"{member.label}: not a text file of separated values, nor parquet, feather or JSON; "
        "see `backstop formats` for what is allowed"
    )


def _top(rows: Sequence[str]) -> tuple[int, str]:
    """The line of the header or the first row, past banners, and the delimiter."""
    top, said = 0, ""
    for row in rows[:MOST_PREAMBLE]:
        found = re.match(r"(?i)sep=(.)\s*$", row)
        said = found.group(1) if found else said
        if row.strip() and not found and not _is_banner(row):
            break
        top += 1
    line = rows[top] if top < len(rows) else ""
    unquoted = re.sub(r'"[^"]*"', "", line)
    return top, said or max(DELIMITERS, key=unquoted.count)


def _is_banner(row: str) -> bool:
    return bool(_BANNER.search(row)) and not re.search(r"[;,\t|].*[;,\t|]", row)


def cells_of(row: str, delimiter: str) -> tuple[str, ...]:
    """The cells of a line."""
    try:
        return tuple(next(csv.reader([row.rstrip("\r\n")], delimiter=delimiter), []))
    except csv.Error:
        return tuple(row.rstrip("\r\n").split(delimiter))


def _is_row(cells: Sequence[str]) -> bool:
    """Whether cells are a row of a table without a header: a number or a date stands in it."""
    return any(NUMBER.match(cell.strip()) or re.match(r"\d{4}", cell.strip()) for cell in cells)


def _header(
    rows: Sequence[str], top: int, cells: tuple[str, ...], delimiter: str
) -> tuple[tuple[str, ...], int]:
    """The header, one line, or the three that yfinance writes, and the line after it."""
    below = [cells_of(row, delimiter) for row in rows[top + 1 : top + 3]]
    marks = [one[0].strip().lower() if one else "" for one in below]
    if cells[0].strip().lower() == "price" and marks[:1] == ["ticker"]:
        time = below[1][0] if len(below) > 1 and marks[1] in ("date", "datetime") else "Date"
        wide = [f"{name}@{ticker}" for name, ticker in zip(cells, below[0], strict=False)]
        return (time, *wide[1:]), top + 2 + (len(below) > 1 and marks[1] in ("date", "datetime"))
    return tuple(cell.strip().lstrip("\ufeff") for cell in cells), top + 1


def _end(data: pa.Buffer, begins: int) -> tuple[int, int]:
    """Where the rows end, and how many lines behind them are none: notes without a number."""
    start = max(begins, data.size - TAIL_BYTES)
    tail = data.slice(start).to_pybytes()
    ends, footers = len(tail), 0
    while ends:
        line_start = tail.rfind(b"\n", 0, max(0, ends - 1)) + 1
        line = tail[line_start:ends].decode("utf-8", "replace").strip()
        if line and not _is_footer(line):
            break
        if line_start == 0 and start > begins:
            break
        footers += bool(line)
        ends = line_start
    return start + ends, footers


def _is_footer(line: str) -> bool:
    """A line behind a table: a comment, or words of which no cell is a number or a date."""
    if line.startswith(("#", "//")):
        return True
    cells = [cell.strip().strip('"') for cell in re.split(r"[,;\t|]", line)]
    return (
        bool(re.search(r"[A-Za-z]{2}", line))
        and not any(NUMBER.match(cell) or re.match(r"\d{4}-|\d\d:\d\d", cell) for cell in cells)
        and len(cells) < 3
    )
