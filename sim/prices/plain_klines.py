"""Klines read row by row: the rule in its plainest form, and what a faster reader is held against.

A kline is known one instant after its closing time, which is the first second of the next bar.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from decimal import Decimal

OPEN_TIME, HIGH, LOW, CLOSE, CLOSE_TIME = 0, 2, 3, 4, 6
# A time above a bound is in the next finer unit: seconds, ms, us, ns.
UNIT_BOUNDS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6))


@dataclass(slots=True)
class KlineRows:
    """What stands in a file of klines, a list for each part."""

    lines: list[int] = field(default_factory=list)
    known_s: list[int] = field(default_factory=list)
    closes: list[float] = field(default_factory=list)
    highs: list[float] = field(default_factory=list)
    lows: list[float] = field(default_factory=list)


def read_klines(data: bytes) -> KlineRows:
    """Every row of a file of klines without a header, in the order of the file."""
    reader = csv.reader(data.decode("utf-8-sig").splitlines(), strict=True)
    table = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    first = table[0][1]
    bar_s = whole_seconds(first[CLOSE_TIME]) + 1 - whole_seconds(first[OPEN_TIME])
    rows = KlineRows()
    for line, cells in table:
        rows.lines.append(line)
        rows.known_s.append(whole_seconds(cells[OPEN_TIME]) + bar_s)
        rows.closes.append(float(cells[CLOSE]))
        rows.highs.append(float(cells[HIGH]))
        rows.lows.append(float(cells[LOW]))
    return rows


def whole_seconds(text: str) -> int:
    """The second in which a time of any unit lies."""
    number = int(Decimal(text))
    for bound, per_second in UNIT_BOUNDS:
        if number < bound:
            return number // per_second
    return number // 10**9
