"""Files of numbers that are no prices: funding rates with their times, and leverages."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from sim.prices.archive import members
from sim.prices.arrays import floats
from sim.prices.clock import to_ns
from sim.prices.errors import CellError, PriceFileError
from sim.prices.formats import TIMES, words
from sim.prices.reader import open_table
from sim.prices.series import NS
from sim.prices.tables import Table
from sim.types import FloatArray

RATES = words("fundingrate lastfundingrate realizedrate funding rate")
RATE_TIMES = words(f"calctime fundingtime fundingtimestamp {TIMES}")
LEVERAGES = words("leverage effectiveleverage lev")


class Rates(NamedTuple):
    """Funding rates, each at the second at which it was known, oldest first."""

    times_s: FloatArray
    rates: FloatArray


def read_funding(path: Path) -> Rates:
    """Funding rates of a file: named columns, or LEAN's two without names."""
    table = _table(path)
    named = table.names is not None
    time = _place(table, RATE_TIMES, "a time") if named else 0
    rate = _place(table, RATES, "a funding rate") if named else 1
    try:
        times, rates = table.load([time, rate]) if time != rate else table.load([0, 1])
        times_s = -(-to_ns(times) // NS)
        values = _numbers(rates)
    except CellError as error:
        line = table.line_of(error.row)
        raise PriceFileError(f"{table.label}, line {line}: {error.found}") from error
    kept = ~np.isnan(values)
    order = np.argsort(times_s[kept], kind="stable")
    if len(order) < 2:
        raise PriceFileError(f"{table.label}: {len(order)} funding rates, at least 2 are needed")
    return Rates(times_s[kept][order].astype(np.float64), values[kept][order])


def read_leverage(path: Path) -> FloatArray:
    """Leverages of a file, one an account or a position."""
    table = _table(path)
    try:
        values = _numbers(table.load([_place(table, LEVERAGES, "a leverage")])[0])
    except CellError as error:
        line = table.line_of(error.row)
        raise PriceFileError(f"{table.label}, line {line}: {error.found}") from error
    kept = values[~np.isnan(values)]
    if not len(kept) or (kept <= 0).any():
        raise PriceFileError(f"{table.label}: leverages above 0 are allowed, at least one")
    return kept


def _table(path: Path) -> Table:
    found = members(path)
    if len(found) != 1:
        raise PriceFileError(f"{path.name}: it holds {len(found)} files, one is allowed here")
    return open_table(found[0])


def _place(table: Table, names: tuple[str, ...], what: str) -> int:
    found = next((name for name in names if name in table.keys), None)
    if found is None:
        raise PriceFileError(
            f"{table.label}: no column of {what} among {table.shown()}; one named "
            f"{', '.join(names[:4])} is needed"
        )
    return table.keys.index(found)


def _numbers(column: pa.ChunkedArray) -> FloatArray:
    try:
        return floats(column.cast(pa.float64()))
    except pa.ArrowInvalid as error:
        for row, one in enumerate(column.to_pylist()):
            try:
                float(one or "nan")
            except ValueError:
                raise CellError(row, f"found {one!r}, a number is allowed") from error
        raise CellError(0, "found no number") from error
