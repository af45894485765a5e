"""Text tables as columns, read on demand and told by line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from sim.prices.archive import Member
from sim.prices.errors import PriceFileError
from sim.prices.tables import Table
from sim.prices.text_shape import NUMBER, Text, cells_of, measured

EMPTY = ("", "nan", "NaN", "NAN", "null", "NULL", "Null", "None", "<NA>", "NaT")
WHOLE = re.compile(r"\d+$")


def delimited_table(member: Member) -> Table:
    """The table in a text file; refuses what is no text."""
    text = measured(member)
    return Table(
        label=member.label,
        carrier="csv",
        names=text.header,
        width=text.width,
        first=text.first,
        load=lambda places: _load(text, places),
        line_of=lambda row: _line_of(text, row),
        passed_over=lambda: text.footers + text.comments,
    )


def _load(text: Text, places: Sequence[int]) -> list[pa.ChunkedArray]:
    """Columns as numbers where all their cells are, as text otherwise."""
    rows = text.data.slice(text.begins, text.ends - text.begins)
    kinds = {place: _kind(text, place) for place in places}
    ragged: list[str] = []
    try:
        table = _parsed(text, rows, kinds, ragged)
    except pa.ArrowInvalid as error:
        ragged.clear()
        try:
            table = _parsed(text, rows, dict.fromkeys(places, pa.string()), ragged)
        except pa.ArrowInvalid:
            why = " ".join(str(error).split())
            raise PriceFileError(
                f"{text.label}: not a table of separated values ({why})"
            ) from error
    strays = [row for row in ragged if not row.lstrip().startswith("#")]
    text.comments = len(ragged) - len(strays)
    if strays:
        _refuse_ragged(text, strays[0])
    columns = [table.column(str(place)) for place in places]
    return _without_headers(text, places, columns)


def _kind(text: Text, place: int) -> pa.DataType:
    cell = text.first[place].strip() if place < len(text.first) else ""
    if WHOLE.match(cell) and len(cell) >= 8:
        return pa.int64()
    return pa.float64() if NUMBER.match(cell) or cell in EMPTY else pa.string()


def _parsed(
    text: Text, rows: pa.Buffer, kinds: dict[int, pa.DataType], ragged: list[str]
) -> pa.Table:
    def stray(row: pcsv.InvalidRow) -> str:
        ragged.append(row.text)
        return "skip"

    names = [str(place) for place in range(text.width)]
    if rows.size == 0:
        return pa.table({str(place): pa.array([], kind) for place, kind in kinds.items()})
    with _source(text, rows) as source:
        return pcsv.read_csv(
            source,
            read_options=pcsv.ReadOptions(column_names=names),
            parse_options=pcsv.ParseOptions(delimiter=text.delimiter, invalid_row_handler=stray),
            convert_options=pcsv.ConvertOptions(
                column_types={str(place): kind for place, kind in kinds.items()},
                include_columns=[str(place) for place in kinds],
                null_values=EMPTY,
                strings_can_be_null=True,
            ),
        )


def _source(text: Text, rows: pa.Buffer) -> pa.NativeFile:
    """The rows as a stream: from the file itself where it is one, which keeps no page in memory."""
    if text.path is None:
        return pa.BufferReader(rows)
    source = pa.OSFile(str(text.path))
    source.seek(text.begins)
    return source


def _without_headers(
    text: Text, places: Sequence[int], columns: list[pa.ChunkedArray]
) -> list[pa.ChunkedArray]:
    """The columns without headers that stand again in the middle, as files laid together have."""
    texts = [
        (text.header[place], column)
        for place, column in zip(places, columns, strict=True)
        if text.header is not None and pa.types.is_string(column.type)
    ]
    if not texts:
        return columns
    alike = [pc.fill_null(pc.equal(column, name), False) for name, column in texts]
    again = reduce(pc.and_, alike)
    if not pc.any(again).as_py():
        return columns
    text.comments += int(pc.sum(again).as_py())
    return [column.filter(pc.invert(again)) for column in columns]


def _rows(text: Text) -> Iterator[tuple[int, str]]:
    """Lines that may be rows, with their numbers in the file."""
    body = (
        text.data.slice(text.begins, text.ends - text.begins)
        .to_pybytes()
        .decode("utf-8", "replace")
    )
    for place, line in enumerate(body.split("\n")):
        if line.strip():
            yield text.begins_at_line + place, line.rstrip("\r")


def _line_of(text: Text, row: int) -> int:
    """The line of a row as the loaded columns count them."""
    place = 0
    for number, line in _rows(text):
        cells = cells_of(line, text.delimiter)
        if len(cells) != text.width or (text.header is not None and tuple(cells) == text.header):
            continue
        if place == row:
            return number
        place += 1
    return text.begins_at_line + row


def _refuse_ragged(text: Text, stray: str) -> None:
    for number, line in _rows(text):
        if line == stray.rstrip("\r\n"):
            cells = len(cells_of(line, text.delimiter))
            rule = "the header" if text.header is not None else "the first row"
            raise PriceFileError(
                f"{text.label}, line {number}: {cells} columns, {text.width} as in {rule} are "
                "allowed"
            )
    raise PriceFileError(f"{text.label}: a row of another width than {text.width} columns")
