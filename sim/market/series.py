"""One venue's prices out of a file: the value every reader returns, and the rules all obey."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from sim.types import FloatArray

MIN_ROWS = 2
# Unix seconds from September 2001 to the end of 2099: outside of it a number is not a time.
EARLIEST_S, LATEST_S = 10**9, 4_102_444_800
# A time above a bound is in the next finer unit: seconds, ms, us, ns.
UNIT_BOUNDS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6))


class PriceFileError(ValueError):
    """One sentence: the file, the line where known, what was found, what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSeries:
    """Closes of one venue, each at the second at which it was known (a bar's end), increasing."""

    venue: str
    symbol: str | None
    times_s: NDArray[np.int64]
    closes: FloatArray
    highs: FloatArray | None
    lows: FloatArray | None
    bar_s: int
    duplicates: int
    newest_first: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is known about a file before its rows: names for the series and for the errors."""

    file: str
    layout: str
    venue: str
    symbol: str | None


@dataclass(slots=True)
class Rows:
    """The checked columns of a file while it is read, with the line each row came from."""

    origin: Origin
    lines: list[int] = field(default_factory=list)
    times_s: list[int] = field(default_factory=list)
    closes: list[float] = field(default_factory=list)
    highs: list[float] = field(default_factory=list)
    lows: list[float] = field(default_factory=list)

    def add(self, line: int, time_s: int, close: object) -> None:
        """Take a row's time and close."""
        self.lines.append(line)
        self.times_s.append(time_s)
        self.closes.append(self.price(line, "close", close))

    def add_range(self, line: int, high: object, low: object) -> None:
        """Take a row's high and low."""
        self.highs.append(self.price(line, "high", high))
        self.lows.append(self.price(line, "low", low))

    def time_s(self, line: int, value: object) -> int:
        """A time as whole unix seconds: a number in s, ms, us or ns, or an ISO date (UTC)."""
        text = str(value).strip()
        try:
            seconds = _whole_seconds(text)
        except (ValueError, OverflowError):
            seconds = 0
        if not EARLIEST_S <= seconds <= LATEST_S:
            self.fail(
                line,
                f"the time is {text!r}, unix time (s, ms, us or ns) or an ISO date "
                "between 2001 and 2100 is allowed",
            )
        return seconds

    def price(self, line: int, name: str, value: object) -> float:
        """A price as a float; refuses what is no finite number above zero."""
        try:
            number = float(str(value))
        except ValueError:
            number = np.nan
        if not 0 < number < np.inf:
            self.fail(line, f"the {name} is {value!r}, a finite number above 0 is allowed")
        return number

    def fail(self, line: int, found: str) -> NoReturn:
        """Refuse the file for what stands in a line."""
        raise PriceFileError(f"{self.origin.file}, line {line}: {found}")

    def series(
        self, *, bar_s: int | None, opens: bool = False, may_descend: bool = False
    ) -> PriceSeries:
        """The series of these rows: oldest first; of rows with one time the last in line wins.

        `bar_s` None takes the (lower) median step; `opens` says that times are when bars open.
        """
        self._need_rows(len(self.times_s), "price rows")
        read = np.array(self.times_s, dtype=np.int64)
        newest_first = may_descend and bool(read[0] > read[-1])
        self._check_order(read, newest_first)
        # A stable sort keeps rows of one time in file order, so the winner ends its run.
        order = np.argsort(read, kind="stable")
        keep = order[np.append(np.diff(read[order]) > 0, True)]
        self._need_rows(len(keep), "different times")
        times_s = read[keep]
        steps_s = np.sort(np.diff(times_s))
        bar_s = bar_s or int(steps_s[(len(steps_s) - 1) // 2])
        return PriceSeries(
            venue=self.origin.venue,
            symbol=self.origin.symbol,
            times_s=times_s + bar_s if opens else times_s,
            closes=np.array(self.closes)[keep],
            highs=np.array(self.highs)[keep] if self.highs else None,
            lows=np.array(self.lows)[keep] if self.lows else None,
            bar_s=bar_s,
            duplicates=len(read) - len(keep),
            newest_first=newest_first,
            source=f"{self.origin.file} ({self.origin.layout}, {len(read)} rows)",
        )

    def _need_rows(self, found: int, what: str) -> None:
        if found < MIN_ROWS:
            raise PriceFileError(
                f"{self.origin.file}: {found} {what} found, at least {MIN_ROWS} are needed"
            )

    def _check_order(self, read: NDArray[np.int64], newest_first: bool) -> None:
        wrong = np.diff(read) > 0 if newest_first else np.diff(read) < 0
        if wrong.any():
            at = int(np.argmax(wrong))
            rule = "all rows newest first" if newest_first else "rows in order of time"
            self.fail(
                self.lines[at + 1],
                f"time goes from {read[at]} to {read[at + 1]} (unix seconds), only {rule} "
                "are allowed here",
            )


def _whole_seconds(text: str) -> int:
    try:
        number = int(Decimal(text))
    except InvalidOperation:
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    for bound, per_second in UNIT_BOUNDS:
        if number < bound:
            return number // per_second
    return number // 10**9
