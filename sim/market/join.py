"""Several files on one time grid: which venue feeds which market, and what happens in the gaps.

A venue's last close is carried forward. Once it is older than the venue's own bar the venue is
silent (its feed gets nothing new); once it is older than `max_age_s` the venue has no price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.market.series import PriceFileError, PriceSeries
from sim.market.symbols import coin_of, market_of
from sim.types import FloatArray

MAX_AGE_S = 300
Span = Literal["overlap", "union"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueTape:
    """One venue on a grid: NaN where it has no price; silent where its price is not current."""

    prices: FloatArray
    silent: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedQuality:
    """What a venue's files were worth, for the manifest of a run."""

    market: str
    venue: str
    symbol: str | None
    market_by_default: bool
    sources: tuple[str, ...]
    rows: int
    duplicates: int
    newest_first: bool
    gaps: int
    missing_bars: int
    longest_gap_s: int
    carried_steps: int
    absent_steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedPrices:
    """Venues by market on one grid of unix seconds, with the quality of each."""

    times_s: NDArray[np.int64]
    markets: Mapping[str, Mapping[str, VenueTape]]
    quality: tuple[FeedQuality, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feed:
    market: str
    venue: str
    series: PriceSeries
    sources: tuple[str, ...]


def join(
    files: Sequence[PriceSeries],
    markets: Sequence[str],
    *,
    step_s: int | None = None,
    span: Span = "overlap",
    max_age_s: int = MAX_AGE_S,
) -> JoinedPrices:
    """All files on one grid, every `step_s` (the shortest bar if None).

    `overlap` runs while every venue has data; `union` from the first time every market has a
    price to the last time any venue has one. A symbol no market knows feeds the first market.
    """
    if not files or not markets:
        raise PriceFileError(
            f"{len(files)} price files for {len(markets)} markets, at least one of each is needed"
        )
    feeds = _feeds(files, markets)
    step_s = step_s or min(feed.series.bar_s for feed in feeds)
    first_s, last_s = _bounds(feeds, span, step_s)
    times_s = np.arange(first_s, last_s + 1, step_s, dtype=np.int64)
    tapes: dict[str, dict[str, VenueTape]] = {}
    quality = []
    for feed in feeds:
        tape = _tape(feed.series, times_s, max_age_s)
        tapes.setdefault(feed.market, {})[feed.venue] = tape
        quality.append(_quality(feed, tape, markets))
    return JoinedPrices(times_s=times_s, markets=tapes, quality=tuple(quality))


def _feeds(files: Sequence[PriceSeries], markets: Sequence[str]) -> list[_Feed]:
    """One feed per venue and symbol, its files chained; a venue twice in a market adds symbols."""
    groups: dict[tuple[str, str, str | None], list[PriceSeries]] = {}
    for file in files:
        key = (market_of(file.symbol, markets), file.venue, file.symbol)
        groups.setdefault(key, []).append(file)
    _need_one_coin(groups)
    taken = [(market, venue) for market, venue, _ in groups]
    feeds = []
    for (market, venue, symbol), parts in groups.items():
        unique = taken.count((market, venue)) == 1
        feeds.append(
            _Feed(
                market=market,
                venue=venue if unique else f"{venue}:{symbol}",
                series=_chain(sorted(parts, key=lambda part: int(part.times_s[0]))),
                sources=tuple(part.source for part in parts),
            )
        )
    return feeds


def _need_one_coin(groups: Mapping[tuple[str, str, str | None], Sequence[PriceSeries]]) -> None:
    """Refuse two coins in one market: no median of them means anything."""
    seen: dict[str, PriceSeries] = {}
    for (market, _, symbol), parts in groups.items():
        if symbol is None:
            continue
        other = seen.setdefault(market, parts[0])
        if coin_of(other.symbol or "") != coin_of(symbol):
            raise PriceFileError(
                f"{other.source} prices {other.symbol} and {parts[0].source} prices {symbol}, "
                f"only one coin is allowed in market {market}"
            )


def _chain(parts: Sequence[PriceSeries]) -> PriceSeries:
    """The files of one venue one after the other in time."""
    for early, late in pairwise(parts):
        if late.times_s[0] <= early.times_s[-1]:
            raise PriceFileError(
                f"{early.source} and {late.source} are both venue {early.venue} and overlap in "
                "time, files of one venue may only follow each other (name a venue for one)"
            )
    if len(parts) == 1:
        return parts[0]
    return replace(
        parts[0],
        times_s=np.concatenate([part.times_s for part in parts]),
        closes=np.concatenate([part.closes for part in parts]),
        highs=None,
        lows=None,
        bar_s=max(part.bar_s for part in parts),
        duplicates=sum(part.duplicates for part in parts),
        newest_first=any(part.newest_first for part in parts),
    )


def _bounds(feeds: Sequence[_Feed], span: Span, step_s: int) -> tuple[int, int]:
    def starts(feed: _Feed) -> int:
        return int(feed.series.times_s[0])

    def ends(feed: _Feed) -> int:
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
            f"(unix seconds), files must overlap by at least one step of {step_s} s"
        )
    return first_s, last_s


def _tape(series: PriceSeries, times_s: NDArray[np.int64], max_age_s: int) -> VenueTape:
    place = np.searchsorted(series.times_s, times_s, side="right") - 1
    age_s = times_s - series.times_s[np.maximum(place, 0)]
    absent = (place < 0) | (age_s > max_age_s)
    return VenueTape(
        prices=np.where(absent, np.nan, series.closes[np.maximum(place, 0)]),
        silent=absent | (age_s > series.bar_s),
    )


def _quality(feed: _Feed, tape: VenueTape, markets: Sequence[str]) -> FeedQuality:
    series = feed.series
    steps_s = np.diff(series.times_s)
    gaps = steps_s[steps_s > series.bar_s]
    absent = np.isnan(tape.prices)
    known = {coin_of(market) for market in markets}
    return FeedQuality(
        market=feed.market,
        venue=feed.venue,
        symbol=series.symbol,
        market_by_default=series.symbol is None or coin_of(series.symbol) not in known,
        sources=feed.sources,
        rows=len(series.times_s),
        duplicates=series.duplicates,
        newest_first=series.newest_first,
        gaps=len(gaps),
        missing_bars=int((-(-gaps // series.bar_s) - 1).sum()),
        longest_gap_s=int(gaps.max(initial=0)),
        carried_steps=int((tape.silent & ~absent).sum()),
        absent_steps=int(absent.sum()),
    )
