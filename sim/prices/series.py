"""One venue's prices out of its files: the value the reader returns."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path

from numpy import int64
from numpy.typing import NDArray

from sim.types import FloatArray

NS = 10**9  # nanoseconds in a second
TICK_GAP_S = 60  # of prices without a bar, the pause that is told as a gap


class Stamp(StrEnum):
    """What the time of a row is: when its bar opened, when it closed, or the moment itself."""

    OPEN = "open"
    CLOSE = "close"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was found in a file besides its prices, and what became of it."""

    rows: int = 0  # as they stand in the file
    duplicates: int = 0  # exact repeats, dropped
    empty: int = 0  # rows without a price, dropped: missing bars
    unfinished: int = 0  # rows that the venue itself calls not yet closed, dropped
    outside_range: int = 0  # opens or closes outside low..high, kept
    short_bars: int = 0  # bars that say they closed early, kept to the end of the full bar
    disordered: int = 0  # ticks that came late, put in order of their times
    footers: int = 0  # lines behind the table and notes in it, passed over
    other_symbols: int = 0  # rows of symbols that were not asked for
    without_rate: int = 0  # rows before the first rate of their quote, dropped

    def __add__(self, other: Counts) -> Counts:
        """Of two files together."""
        sums = {
            one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)
        }
        return Counts(**sums)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSeries:
    """Closes of one venue, each at the second at which it was known (a bar's end), increasing."""

    venue: str
    symbol: str | None
    times_s: NDArray[int64]
    closes: FloatArray
    highs: FloatArray | None
    lows: FloatArray | None
    bar_s: int  # the bar, or how long a price stays current; 0 where it does not
    source: str
    format: str = ""
    stamp: Stamp = Stamp.INSTANT
    counts: Counts = Counts()
    newest_first: bool = False
    is_named: bool = False  # by the caller, not by the file
    volumes: FloatArray | None = None
    path: Path = Path()

    def between(self, begins: int, ends: int) -> PriceSeries:
        """The prices of a range of places."""
        part = slice(begins, ends)
        columns = {"highs": self.highs, "lows": self.lows, "volumes": self.volumes}
        kept = {name: None if one is None else one[part] for name, one in columns.items()}
        return replace(self, times_s=self.times_s[part], closes=self.closes[part], **kept)

    @property
    def duplicates(self) -> int:
        """Exact repeats that were dropped."""
        return self.counts.duplicates
