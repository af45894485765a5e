"""Columns of times as nanoseconds since 1970, exactly, whatever they are written in."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sim.prices.arrays import booleans, floats, integers
from sim.prices.errors import CellError, shown
from sim.prices.series import NS

Times = NDArray[np.int64]
# From September 2001 to the end of 2099: outside of it a number is not a time.
EARLIEST_S, LATEST_S = 10**9, 4_102_444_800
# A number above a bound is in the next finer unit: seconds, ms, us, ns.
UNITS = ((10**11, NS), (10**14, 10**6), (10**17, 10**3), (2**63, 1))
ALLOWED = "unix time (s, ms, us or ns) or an ISO date between 2001 and 2100 is allowed"
ZONED = r":\d\d.*(Z|[+-]\d\d(:?\d\d)?)$"
_DAY = r"^(\d{4})(\d\d)(\d\d)"
_HALVES = re.compile(r"^(\d{4}-\d\d-\d\d) (\d\d)-(AM|PM)$")


def to_ns(column: pa.ChunkedArray) -> Times:
    """Times of a column; refuses the first cell that is none."""
    empty = booleans(pc.is_null(column))
    if empty.any():
        raise CellError(int(np.argmax(empty)), f"the time is empty, {ALLOWED}")
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _from_dates(column)
    if pa.types.is_integer(kind):
        return _from_integers(integers(column))
    if pa.types.is_floating(kind):
        return _from_floats(floats(column))
    return _from_text(column.cast(pa.string()))


def _from_dates(column: pa.ChunkedArray) -> Times:
    try:
        stamps = column.cast(pa.timestamp("ns", column.type.tz if _has_zone(column) else None))
    except pa.ArrowInvalid as error:
        raise CellError(0, f"the times are out of range, {ALLOWED}") from error
    return _within(integers(stamps.cast(pa.int64())))


def _has_zone(column: pa.ChunkedArray) -> bool:
    return pa.types.is_timestamp(column.type) and column.type.tz is not None


def _within(times: Times) -> Times:
    wrong = (times < EARLIEST_S * NS) | (times > LATEST_S * NS)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise CellError(row, f"the time is {int(times[row]) / NS:.0f} (unix seconds), {ALLOWED}")
    return times


def _from_integers(numbers: Times) -> Times:
    if len(numbers) and ((numbers > 19_000_000) & (numbers < 21_000_000)).all():
        return _from_text(pa.chunked_array([pa.array([str(one) for one in numbers.tolist()])]))
    factors = np.select([numbers < bound for bound, _ in UNITS], [each for _, each in UNITS])
    limits = LATEST_S * (NS // factors)
    wrong = (numbers < EARLIEST_S) | (numbers > limits)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise CellError(row, f"the time is '{numbers[row]}', {ALLOWED}")
    return np.asarray(numbers * factors, dtype=np.int64)


def _from_floats(numbers: NDArray[np.float64]) -> Times:
    wrong = ~((numbers >= EARLIEST_S) & (numbers < 2**62))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise CellError(row, f"the time is '{shown(numbers[row].item())}', {ALLOWED}")
    factors = np.select([numbers < bound for bound, _ in UNITS], [each for _, each in UNITS])
    whole = np.floor(numbers)
    # A double of today's seconds is exact to a quarter of a microsecond.
    rest = np.round((numbers - whole) * factors / 1_000) * 1_000
    return _within(whole.astype(np.int64) * factors + rest.astype(np.int64))


def _from_text(column: pa.ChunkedArray) -> Times:
    column = pc.utf8_trim_whitespace(column)
    first = str(column[0].as_py()) if len(column) else ""
    need_exact(first)
    if re.match(r"\d{9,}(\.\d+)?$", first):
        return _from_numbers_as_text(column)
    return _from_iso(_as_iso(column))


def need_exact(cell: str) -> None:
    """Refuse a time that a spreadsheet rounded."""
    if re.match(r"[+-]?\d+(\.\d+)?[eE]", cell.strip()):
        raise CellError(
            0,
            f"the time is {cell!r}, rounded by a spreadsheet; name another column of times "
            "(--column time=NAME)",
        )


def _from_numbers_as_text(column: pa.ChunkedArray) -> Times:
    for kind in (pa.int64(), pa.float64()):
        try:
            numbers = column.cast(kind)
        except pa.ArrowInvalid:
            continue
        is_whole = pa.types.is_integer(kind)
        return _from_integers(integers(numbers)) if is_whole else _from_floats(floats(numbers))
    for row, text in enumerate(column.to_pylist()):
        if not re.match(r"\d{9,}(\.\d+)?$", text):
            raise CellError(row, f"the time is {text!r}, {ALLOWED}")
    raise CellError(0, f"the time is {column[0].as_py()!r}, {ALLOWED}")


def _as_iso(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times in the one spelling that is parsed: `2025-01-01T12:00:00Z`."""
    first = str(column[0].as_py()) if len(column) else ""
    column = pc.replace_substring_regex(column, r"\s*(UTC|GMT|Z)$", "Z")
    if re.match(r"\d{8}(\D|$)", first):
        column = pc.replace_substring_regex(column, _DAY, r"\1-\2-\3")
    if re.match(r"\d{4}/", first):
        column = pc.replace_substring_regex(column, r"^(\d{4})/(\d\d)/(\d\d)", r"\1-\2-\3")
    if _HALVES.match(first):
        column = pa.chunked_array([pa.array([_halved(one) for one in column.to_pylist()])])
    # `+00:00` after a space, and the D that BitMEX writes between day and time.
    column = pc.replace_substring_regex(column, r"\s+([+-]\d\d:?\d\d)$", r"\1")
    return pc.replace_substring_regex(column, r"^(\d{4}-\d\d-\d\d)D", r"\1T")


def _halved(text: str) -> str:
    """An hour of the day out of `2020-01-01 12-AM`."""
    found = _HALVES.match(text)
    if not found:
        return text
    hour = int(found.group(2)) % 12 + 12 * (found.group(3) == "PM")
    return f"{found.group(1)} {hour:02}:00"


def _from_iso(column: pa.ChunkedArray) -> Times:
    zoned = booleans(pc.match_substring_regex(column, ZONED))
    if zoned.any() and not zoned.all():
        column = pc.replace_substring_regex(column, r"(:\d\d.*)(Z|\+00:?00)$", r"\1")
        zoned = booleans(pc.match_substring_regex(column, ZONED))
    if zoned.any() and not zoned.all():
        row = int(np.argmin(zoned == zoned[0]))
        raise CellError(
            row, f"the time is {column[row].as_py()!r}, of one column all times or none name a zone"
        )
    kind = pa.timestamp("ns", "UTC" if zoned.any() else None)
    try:
        return _within(integers(column.cast(kind).cast(pa.int64())))
    except pa.ArrowInvalid as error:
        for row, text in enumerate(column.to_pylist()):
            try:
                pa.scalar(text).cast(kind)
            except pa.ArrowInvalid:
                raise CellError(row, f"the time is {text!r}, {ALLOWED}") from error
        raise CellError(0, f"the time is {column[0].as_py()!r}, {ALLOWED}") from error


def clock_ns(column: pa.ChunkedArray) -> Times:
    """Times of the day, `12:00:00`, `12:00` or `120000`, as nanoseconds since its midnight."""
    texts = [str(one).strip().removesuffix(" UTC") for one in column.to_pylist()]
    seen: dict[str, int] = {}
    for row, text in enumerate(texts):
        if text not in seen:
            seen[text] = _clock(row, text)
    return np.array([seen[text] for text in texts], dtype=np.int64)


def _clock(row: int, text: str) -> int:
    found = re.fullmatch(r"(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?", text) or re.fullmatch(
        r"(\d\d)(\d\d)(\d\d)", text.zfill(6)
    )
    parts = [int(part or 0) for part in found.groups()[:3]] if found else [99]
    if not found or parts[0] > 23 or parts[1] > 59 or parts[2] > 59:
        raise CellError(row, f"the time of the day is {text!r}, hh:mm:ss is allowed")
    fraction = (found.groups()[3] or "") if len(found.groups()) > 3 else ""
    return (parts[0] * 3_600 + parts[1] * 60 + parts[2]) * NS + int(fraction.ljust(9, "0"))


def iso(time_s: int) -> str:
    """A second as people write it."""
    return f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%d %H:%M:%S}"
