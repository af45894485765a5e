"""Several files on one time grid, and what happens in the gaps.

A venue's last close is carried forward. Once it is older than the venue's own bar, or than a step
of the grid where that is longer, the venue is silent (its feed gets nothing new); once it is older
than `max_age_s` too, the venue has no price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.prices.clock import iso
from sim.prices.errors import PriceFileError
from sim.prices.feeds import Feed, feeds_of
from sim.prices.series import TICK_GAP_S, Counts, PriceSeries
from sim.types import FloatArray

MAX_AGE_S = 300
SHORTEST_STEP_S = 1
Span = Literal["overlap", "union"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueTape:
    """One venue on a grid: NaN where it has no price; silent where its price is not current."""

    prices: FloatArray
    silent: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedQuality:
    """What a venue's files were worth, for the manifest of a run and the terminal."""

    market: str
    venue: str
    symbol: str | None
    market_by_default: bool
    sources: tuple[str, ...]
    format: str
    stamp: str
    bar_s: int
    first_s: int  # the first and the last known price
    last_s: int
    first_price: float
    last_price: float
    newest_first: bool
    gaps: int
    missing_bars: int
    longest_gap_s: int
    counts: Counts
    carried_steps: int = 0
    absent_steps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedPrices:
    """Venues by market on one grid of unix seconds, with the quality of each."""

    times_s: NDArray[np.int64]
    markets: Mapping[str, Mapping[str, VenueTape]]
    quality: tuple[FeedQuality, ...]


def join(
    files: Sequence[PriceSeries],
    markets: Sequence[str],
    *,
    step_s: int | None = None,
    span: Span = "overlap",
    max_age_s: int = MAX_AGE_S,
    start_s: int | None = None,
    end_s: int | None = None,
) -> JoinedPrices:
    """All files on one grid, every `step_s` (the shortest bar if None), within the window.

    `overlap` runs while every venue has data; `union` from the first time every market has a
    price to the last time any venue has one.
    """
    if not files or not markets:
        raise PriceFileError(
            f"{len(files)} price files for {len(markets)} markets, at least one of each is needed"
        )
    feeds = feeds_of(files, markets)
    step_s = step_s or min(feed.series.bar_s or TICK_GAP_S for feed in feeds)
    first_s, last_s = _windowed(*_bounds(feeds, span, step_s), start_s, end_s, step_s)
    times_s = np.arange(first_s, last_s + 1, step_s, dtype=np.int64)
    tapes: dict[str, dict[str, VenueTape]] = {}
    quality = []
    for feed in feeds:
        tape = _tape(feed.series, times_s, step_s, max_age_s)
        tapes.setdefault(feed.market, {})[feed.venue] = tape
        quality.append(quality_of(feed, tape))
    return JoinedPrices(times_s=times_s, markets=tapes, quality=tuple(quality))


def _bounds(feeds: Sequence[Feed], span: Span, step_s: int) -> tuple[int, int]:
    def starts(feed: Feed) -> int:
        return int(feed.series.times_s[0])

    def ends(feed: Feed) -> int:
        return int(feed.series.times_s[-1])

    if span == "overlap":
        latest, earliest = max(feeds, key=starts), min(feeds, key=ends)
        first_s, last_s = starts(latest), ends(earliest)
    else:
        markets = {feed.market for feed in feeds}
        openers = (
            min((feed for feed in feeds if feed.market == market), key=starts)
            for market in sorted(markets)
        )
        latest, earliest = max(openers, key=starts), max(feeds, key=ends)
        first_s, last_s = starts(latest), ends(earliest)
    if first_s + step_s > last_s:
        raise PriceFileError(
            f"{latest.sources[0]} begins at {first_s} and {earliest.sources[-1]} ends at {last_s} "
            f"(unix seconds), files must overlap by at least one step of {step_s} s (files that "
            "follow each other are chained by one name: --prices NAME=FILE)"
        )
    return first_s, last_s


def _windowed(
    first_s: int, last_s: int, start_s: int | None, end_s: int | None, step_s: int
) -> tuple[int, int]:
    """The part of a span that was asked for."""
    begin_s = first_s if start_s is None else max(first_s, start_s)
    stop_s = last_s if end_s is None else min(last_s, end_s)
    if begin_s + step_s > stop_s:
        asked = " to ".join("" if one is None else iso(one) for one in (start_s, end_s))
        raise PriceFileError(
            f"the window {asked.strip()} holds less than one step of {step_s} s of the files, "
            f"which run from {iso(first_s)} to {iso(last_s)} UTC"
        )
    return begin_s, stop_s


def _tape(
    series: PriceSeries, times_s: NDArray[np.int64], step_s: int, max_age_s: int
) -> VenueTape:
    place = np.searchsorted(series.times_s, times_s, side="right") - 1
    age_s = times_s - series.times_s[np.maximum(place, 0)]
    current_s = max(series.bar_s, step_s)
    absent = (place < 0) | (age_s > max(max_age_s, current_s))
    return VenueTape(
        prices=np.where(absent, np.nan, series.closes[np.maximum(place, 0)]),
        silent=absent | (age_s > current_s),
    )


def quality_of(feed: Feed, tape: VenueTape | None = None) -> FeedQuality:
    """What a feed's files were worth, and its prices on a grid where there is one."""
    series = feed.series
    steps_s = np.diff(series.times_s)
    due_s = series.bar_s or TICK_GAP_S
    gaps = steps_s[steps_s > due_s]
    absent = np.isnan(tape.prices) if tape else np.zeros(0, dtype=np.bool_)
    return FeedQuality(
        market=feed.market,
        venue=feed.venue,
        symbol=series.symbol,
        market_by_default=feed.by_default,
        sources=feed.sources,
        format=series.format,
        stamp=str(series.stamp),
        bar_s=series.bar_s,
        first_s=int(series.times_s[0]),
        last_s=int(series.times_s[-1]),
        first_price=float(series.closes[0]),
        last_price=float(series.closes[-1]),
        newest_first=series.newest_first,
        gaps=len(gaps),
        missing_bars=int((-(-gaps // due_s) - 1).sum()) if series.bar_s else 0,
        longest_gap_s=int(gaps.max(initial=0)),
        counts=series.counts,
        carried_steps=int((tape.silent & ~absent).sum()) if tape else 0,
        absent_steps=int(absent.sum()),
    )
