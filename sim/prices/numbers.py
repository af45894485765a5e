"""Columns of prices as the doubles nearest to what is written."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.prices.arrays import booleans, floats
from sim.prices.errors import CellError, shown
from sim.types import FloatArray

# Nautilus writes prices as whole numbers of these parts: in 16 bytes, and in 8.
PARTS_OF_16, PARTS_OF_8 = -16, -9
ALLOWED = "a finite number above 0 is allowed"


def to_prices(column: pa.ChunkedArray, name: str, power: int = 0) -> FloatArray:
    """Prices times ten to `power`; NaN where a cell is empty; refuses what is no price."""
    numbers = _numbers(column, name, power)
    wrong = ~((numbers > 0) & (numbers < np.inf)) & ~np.isnan(numbers)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise CellError(row, f"the {name} is '{shown(column[row].as_py())}', {ALLOWED}")
    return numbers


def _numbers(column: pa.ChunkedArray, name: str, power: int) -> FloatArray:
    kind = column.type
    if pa.types.is_fixed_size_binary(kind) or pa.types.is_binary(kind):
        return _from_parts(column)
    is_double = pa.types.is_float64(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind)
    if is_double and not power:
        return floats(column)
    # The shortest text of a float32 or a decimal is what was meant by it.
    texts = pc.utf8_trim_whitespace(column.cast(pa.string()))
    texts = _with_points(texts, name)
    if power:
        texts = pc.binary_join_element_wise(texts, f"e{power}", "")
    try:
        return floats(texts.cast(pa.float64()))
    except pa.ArrowInvalid as error:
        for row, text in enumerate(texts.to_pylist()):
            try:
                pa.scalar(text, pa.string()).cast(pa.float64())
            except pa.ArrowInvalid:
                raise CellError(row, f"the {name} is {column[row].as_py()!r}, {ALLOWED}") from error
        raise CellError(0, f"the {name} is no number, {ALLOWED}") from error


def _with_points(texts: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Decimal commas as points, where they can be nothing else."""
    commas = booleans(pc.match_substring(texts, ","))
    if not commas.any():
        return texts
    row = int(np.argmax(commas))
    cells = [str(text) for text in texts.to_pylist() if text]
    is_decimal = all(re.fullmatch(r"\d+(,\d+)?", cell) for cell in cells)
    if is_decimal and any(len(cell.partition(",")[2]) not in (0, 3) for cell in cells):
        return pc.replace_substring(texts, ",", ".")
    raise CellError(
        row,
        f"the {name} is {texts[row].as_py()!r}, a number with a decimal point and without "
        "separators of thousands is allowed",
    )


def _from_parts(column: pa.ChunkedArray) -> FloatArray:
    """Prices that nautilus writes as whole numbers of 16 bytes (1e-16) or 8 bytes (1e-9)."""
    return np.array([np.nan if one is None else _part(one) for one in column.to_pylist()])


def _part(cell: bytes) -> float:
    number = int.from_bytes(cell, "little", signed=True)
    return float(f"{number}e{PARTS_OF_16 if len(cell) == 16 else PARTS_OF_8}")
