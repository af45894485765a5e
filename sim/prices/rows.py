"""The parts of a table's rows as arrays, before the rules of bars are put to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.prices.arrays import floats, integers
from sim.prices.clock import Times, clock_ns, need_exact, to_ns
from sim.prices.errors import CellError, shown
from sim.prices.numbers import PARTS_OF_8, to_prices
from sim.prices.recognise import Recognised
from sim.prices.series import NS
from sim.prices.tables import Table
from sim.types import FloatArray

DAY_NS = 86_400 * NS
# How finely times are written: two columns of one moment agree to the coarser of the two.
GRAINS = (DAY_NS, 3_600 * NS, 60 * NS, NS, 10**6, 10**3, 1)


@dataclass(slots=True, kw_only=True)
class Rows:
    """Columns of one length; `place` is where each row stood in the table."""

    place: NDArray[np.int64]
    prices: FloatArray
    opens_ns: Times | None = None  # or the moment, where rows are no bars
    closes_ns: Times | None = None
    known_ns: Times | None = None  # when the row was received, of nautilus
    opens: FloatArray | None = None
    highs: FloatArray | None = None
    lows: FloatArray | None = None
    volumes: FloatArray | None = None
    ids: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.place)

    @property
    def key_ns(self) -> Times:
        """The times by which rows are ordered."""
        key = self.opens_ns if self.opens_ns is not None else self.closes_ns
        assert key is not None
        return key

    def take(self, which: Any) -> Rows:
        """The rows of an index, a mask or a slice."""
        taken: dict[str, Any] = {
            one.name: None if (column := getattr(self, one.name)) is None else column[which]
            for one in fields(self)
        }
        return Rows(**taken)


def load_rows(
    table: Table, found: Recognised, *, midnight_s: int = 0, volumes: bool = False
) -> tuple[Rows, dict[str, pa.ChunkedArray]]:
    """The rows of a table, and the columns of words among what was asked for."""
    places = {role: place for role, place in found.places.items() if role != "volume" or volumes}
    order = sorted(set(places.values()))
    loaded = dict(zip(order, table.load(order), strict=True))
    columns = {role: loaded[place] for role, place in places.items()}
    for role in ("time", "close_time"):
        if role in places:
            need_exact(table.first[places[role]])
    prices = _prices(columns, found)
    rows = Rows(
        place=np.arange(len(prices)),
        prices=prices,
        opens_ns=_times(columns, "time", midnight_s),
        closes_ns=_times(columns, "close_time", midnight_s),
        known_ns=_times(columns, "known", 0),
        **{
            part: to_prices(columns[role], role, _power(found, columns[role]))
            for part, role in (("opens", "open"), ("highs", "high"), ("lows", "low"))
            if role in columns
        },
    )
    if "volume" in columns:
        rows.volumes = _volumes(columns["volume"])
    if "id" in columns:
        rows.ids = _codes(columns["id"])
    return rows, columns


def _times(columns: Mapping[str, pa.ChunkedArray], role: str, midnight_s: int) -> Times | None:
    if role not in columns:
        return None
    if midnight_s:
        return _of_the_day(columns[role], midnight_s)
    if role == "time" and "clock" in columns:
        return to_ns(columns["time"]) + clock_ns(columns["clock"])
    return to_ns(columns[role])


def _of_the_day(column: pa.ChunkedArray, midnight_s: int) -> Times:
    """Milliseconds of a day that only the name tells."""
    try:
        ms = integers(column.cast(pa.int64()))
    except (pa.ArrowInvalid, ValueError):
        ms = np.array([int(x) if str(x).isdecimal() else -1 for x in column.to_pylist()])
    wrong = (ms < 0) | (ms >= 86_400_000)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise CellError(
            row,
            f"the time is '{shown(column[row].as_py())}', 0 to 86399999 ms of the day is allowed",
        )
    return np.asarray(midnight_s * NS + ms.astype(np.int64) * 10**6)


def _prices(columns: Mapping[str, pa.ChunkedArray], found: Recognised) -> FloatArray:
    if "price" not in columns:
        bids = to_prices(columns["bid"], "bid", _power(found, columns["bid"]))
        asks = to_prices(columns["ask"], "ask", _power(found, columns["ask"]))
        return np.asarray((bids + asks) / 2)
    column = columns["price"]
    name = "close" if "open" in columns or "high" in columns else "price"
    for scale, sign in (("decimals", -1), ("expo", 1)):
        if scale in columns:
            return _scaled(column, columns[scale], sign, name)
    return to_prices(column, name, _power(found, column))


def _power(found: Recognised, column: pa.ChunkedArray) -> int:
    """Ten to what a column's whole numbers are."""
    if found.format.name.startswith("nautilus") and pa.types.is_integer(column.type):
        return PARTS_OF_8
    if not found.format.power:
        return 0
    first = next((str(one) for one in column.to_pylist()[:50] if one is not None), "")
    return 0 if "." in first else found.format.power


def _scaled(column: pa.ChunkedArray, scales: pa.ChunkedArray, sign: int, name: str) -> FloatArray:
    """Whole numbers whose powers of ten stand beside them."""
    try:
        powers = {sign * int(float(str(one))) for one in set(scales.to_pylist())}
    except (TypeError, ValueError) as error:
        raise CellError(
            0, f"the power of ten is {scales[0].as_py()!r}, a number is allowed"
        ) from error
    if len(powers) != 1 or not -30 <= min(powers) <= 30:
        raise CellError(0, f"the powers of ten are {sorted(powers)[:4]}, one is allowed")
    return to_prices(column, name, powers.pop())


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Numbers that are equal where the cells are."""
    if pa.types.is_integer(column.type) and not column.null_count:
        return integers(column)
    codes = column.combine_chunks().dictionary_encode().indices
    return integers(pa.chunked_array([codes.fill_null(-1)]))


def _volumes(column: pa.ChunkedArray) -> FloatArray | None:
    try:
        return floats(column.cast(pa.float64()))
    except pa.ArrowInvalid:
        return None


def agree(rows: Rows, other: Times, name: str) -> None:
    """Refuse a second column of times that speaks of other moments."""
    times = rows.key_ns
    grain = max(_grain(times), _grain(other))
    wrong = times // grain != other // grain
    if wrong.any():
        row = int(np.argmax(wrong))
        apart = abs(int(times[row]) - int(other[row])) / NS
        raise CellError(
            row,
            f"the time and the column {name} are {apart:g} s apart; --column time=NAME says which "
            "of them counts",
        )


def _grain(times: Times) -> int:
    return next(grain for grain in GRAINS if (times % grain == 0).all())
