"""The rules of time: order, repeats, lengths of bars, and when a price was known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.prices.clock import Times, iso
from sim.prices.errors import CellError
from sim.prices.formats import Kind
from sim.prices.intervals import Interval, IntervalError, bar_ns, majority
from sim.prices.rows import Rows
from sim.prices.series import NS, Counts, Stamp

MIN_ROWS = 2
# A bar's last instant may be written as the next one's first, or as one unit before it.
LAST_INSTANTS = (1, 10**3, 10**6, NS)


class RowsError(ValueError):
    """Rows that make no price path: too few, or without one length of bars."""


class SameTimeError(CellError):
    """Two rows of one time with different prices."""

    def __init__(self, row: int, other: int, time_s: int) -> None:
        super().__init__(row, f"{iso(time_s)} UTC stands twice with different prices")
        self.other = other


@dataclass(slots=True, kw_only=True)
class Known:
    """Rows by the second at which each was known, increasing, and what was met on the way."""

    times_s: Times
    rows: Rows
    bar_s: int
    stamp: Stamp
    counts: Counts
    newest_first: bool


def known(
    rows: Rows,
    kind: Kind,
    stamp: Stamp,
    *,
    said: Sequence[Interval] = (),
    bar_s: int | None = None,
    current_s: int = 0,
    any_order: bool = False,
) -> Known:
    """When each row was known, by the rules of its kind; refuses what contradicts itself."""
    given = ~np.isnan(rows.prices)
    counts = Counts(rows=len(rows), empty=int(len(rows) - given.sum()))
    rows = rows if given.all() else rows.take(given)
    _need(len(rows), "price rows")
    _check_range(rows)
    rows, newest_first, disordered = _ordered(rows, any_order)
    counts = replace(counts, disordered=disordered, outside_range=_outside(rows))
    if kind is Kind.TICKS:
        rows, repeats = _without_repeated_ids(rows)
    else:
        rows, repeats = _without_repeats(rows)
    counts = replace(counts, duplicates=repeats)
    _need(len(rows), "different times" if repeats else "price rows")
    if kind is Kind.BARS:
        made = _bars(rows, stamp, said, bar_s, counts)
    else:
        made = _moments(rows, kind, bar_s, current_s, counts)
    made.newest_first = newest_first
    _need(len(made.times_s), "different seconds")
    return made


def _need(found: int, what: str) -> None:
    if found < MIN_ROWS:
        raise RowsError(f"{found} {what} found, at least {MIN_ROWS} are needed")


def _check_range(rows: Rows) -> None:
    if rows.highs is None or rows.lows is None:
        return
    wrong = rows.highs < rows.lows
    if wrong.any():
        at = int(np.argmax(wrong))
        raise CellError(
            int(rows.place[at]),
            f"the high {rows.highs[at]:g} is below the low {rows.lows[at]:g}, "
            "low <= high is allowed",
        )


def _outside(rows: Rows) -> int:
    """Rows whose open or close lies outside low..high."""
    outside = np.zeros(len(rows), dtype=np.bool_)
    for inner in (rows.opens, rows.prices):
        if inner is not None and rows.highs is not None:
            outside |= inner > rows.highs
        if inner is not None and rows.lows is not None:
            outside |= inner < rows.lows
    return int(outside.sum())


def _ordered(rows: Rows, any_order: bool) -> tuple[Rows, bool, int]:
    """Oldest first; whether they stood the other way round, and how many came late."""
    steps = np.diff(rows.key_ns)
    if (steps >= 0).all():
        return rows, False, 0
    if (steps <= 0).all():
        return rows.take(slice(None, None, -1)), True, 0
    newest_first = bool(rows.key_ns[0] > rows.key_ns[-1])
    if any_order and not newest_first:
        return rows.take(np.argsort(rows.key_ns, kind="stable")), False, int((steps < 0).sum())
    wrong = steps > 0 if newest_first else steps < 0
    at = int(np.argmax(wrong))
    before, after = (int(rows.key_ns[place]) // NS for place in (at, at + 1))
    rule = "all rows newest first" if newest_first else "rows in order of time"
    raise CellError(
        int(rows.place[at + 1]),
        f"time goes from {before} to {after} (unix seconds), only {rule} are allowed here",
    )


def _without_repeats(rows: Rows) -> tuple[Rows, int]:
    """Rows of different times: exact repeats are dropped, other prices at one time refused."""
    same = np.diff(rows.key_ns) == 0
    if not same.any():
        return rows, 0
    alike = np.ones(len(same), dtype=np.bool_)
    for column in (rows.prices, rows.opens, rows.highs, rows.lows):
        if column is not None:
            before, after = column[:-1], column[1:]
            alike &= (before == after) | (np.isnan(before) & np.isnan(after))
    wrong = same & ~alike
    if wrong.any():
        at = int(np.argmax(wrong))
        time_s = int(rows.key_ns[at]) // NS
        raise SameTimeError(int(rows.place[at + 1]), int(rows.place[at]), time_s)
    return rows.take(np.append(True, ~same)), int(same.sum())


def _without_repeated_ids(rows: Rows) -> tuple[Rows, int]:
    """Ticks without those that stand again with the same number, time and price."""
    if rows.ids is None:
        return rows, 0
    same = (np.diff(rows.key_ns) == 0) & (rows.ids[1:] == rows.ids[:-1])
    same &= rows.prices[1:] == rows.prices[:-1]
    return (rows.take(np.append(True, ~same)), int(same.sum())) if same.any() else (rows, 0)


def _ceil_s(times_ns: Times) -> Times:
    return np.asarray(-(-times_ns // NS))


def _moments(rows: Rows, kind: Kind, bar_s: int | None, current_s: int, counts: Counts) -> Known:
    """Prices known at their own times, in whole seconds; of one second the last counts."""
    times_s = _ceil_s(rows.key_ns)
    last = np.append(np.diff(times_s) > 0, True)
    times_s, rows = times_s[last], rows.take(last)
    if bar_s is None and not current_s and kind is Kind.SAMPLES and len(times_s) >= MIN_ROWS:
        current_s = majority(np.diff(times_s)) or 0
    return Known(
        times_s=times_s,
        rows=rows,
        bar_s=bar_s or current_s,
        stamp=Stamp.INSTANT,
        counts=counts,
        newest_first=False,
    )


def _bars(
    rows: Rows, stamp: Stamp, said: Sequence[Interval], asked_s: int | None, counts: Counts
) -> Known:
    """Bars, known when they end."""
    steps = np.diff(rows.key_ns)
    if rows.opens_ns is not None and rows.closes_ns is not None:
        said = [*said, _by_close(rows, steps)]
    try:
        bar = bar_ns(steps, said, asked_s)
    except IntervalError as error:
        raise RowsError(str(error)) from error
    counts = replace(counts, short_bars=_short(rows, bar, asked_s))
    stamp = _stamp(rows, stamp, bar)
    if stamp is Stamp.CLOSE:
        times_s = _ceil_s(rows.key_ns + _to_the_end(rows.key_ns, bar))
    else:
        times_s = _ceil_s(rows.key_ns + bar)
    return Known(
        times_s=times_s,
        rows=rows,
        bar_s=-(-bar // NS),
        stamp=stamp,
        counts=counts,
        newest_first=False,
    )


def _stamp(rows: Rows, stamp: Stamp, bar: int) -> Stamp:
    """Opening or closing: what ends one instant before a whole bar is written at its close."""
    if rows.known_ns is not None:  # nautilus: received a bar later, so it opened then
        later = rows.known_ns - rows.key_ns
        return Stamp.OPEN if (later >= bar).all() else Stamp.CLOSE
    if rows.opens_ns is None:
        return Stamp.CLOSE
    if rows.closes_ns is None and _to_the_end(rows.opens_ns, bar):
        return Stamp.CLOSE
    return stamp


def _to_the_end(times_ns: Times, bar: int) -> int:
    """What all closing times lack to the end of their bar: one instant, or nothing."""
    if (times_ns % bar == 0).all():
        return 0
    for instant in LAST_INSTANTS:
        if instant * 30 <= bar and ((times_ns + instant) % bar == 0).all():
            return instant
    return 0


def _lengths(rows: Rows) -> NDArray[np.int64]:
    """Closing less opening time, both ends of the bar counted."""
    assert rows.opens_ns is not None
    assert rows.closes_ns is not None
    lengths = rows.closes_ns - rows.opens_ns
    common = majority(lengths) or int(np.median(lengths))
    if common % (60 * NS) == 0:
        return np.asarray(lengths)
    for instant in LAST_INSTANTS:
        if (common + instant) % NS == 0 and (instant < NS or (common + instant) % (60 * NS) == 0):
            return np.asarray(lengths + instant)
    return np.asarray(lengths)


def _by_close(rows: Rows, steps: Times) -> Interval:
    """The length that opening and closing times say of most bars."""
    lengths = _lengths(rows)
    common = majority(lengths)
    if common is None or common < NS:
        raise CellError(
            int(rows.place[0]),
            f"the closing times say bars of {_told(lengths)} s, one length for most is allowed",
        )
    longer = lengths > common
    if longer.any():
        at = int(np.argmax(longer))
        raise CellError(
            int(rows.place[at]),
            f"the closing time says a bar of {lengths[at] / NS:g} s, most are of {common / NS:g} s",
        )
    return Interval(-(-common // NS), "the closing time", True)


def _short(rows: Rows, bar: int, asked_s: int | None) -> int:
    """Bars that say they closed before their end; they count as known at their end."""
    if rows.opens_ns is None or rows.closes_ns is None or asked_s is not None:
        return 0
    return int((_lengths(rows) < bar).sum())


def _told(lengths: NDArray[np.int64]) -> str:
    return ", ".join(f"{one / NS:g}" for one in np.unique(lengths)[:3])
