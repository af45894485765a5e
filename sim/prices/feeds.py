"""Which venue feeds which market, and which files are one venue's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from sim.prices.clock import iso
from sim.prices.errors import PriceFileError
from sim.prices.series import Counts, PriceSeries
from sim.prices.symbols import UNKNOWN, coin_of, market_of, parse_pair

_NAME_THEM = "--prices NAME=FILE names the venue of a file, equal names chain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One venue's prices in one market, its files chained."""

    market: str
    venue: str
    series: PriceSeries
    sources: tuple[str, ...]
    by_default: bool


def feeds_of(files: Sequence[PriceSeries], markets: Sequence[str]) -> list[Feed]:
    """One feed per venue and symbol; a venue twice in a market adds symbols to its name."""
    groups: dict[tuple[str, str, str | None], list[PriceSeries]] = {}
    for file in files:
        key = (_market(file, markets), file.venue, file.symbol)
        groups.setdefault(key, []).append(file)
    taken = [(market, venue) for market, venue, _ in groups]
    feeds = []
    for (market, venue, symbol), parts in groups.items():
        unique = taken.count((market, venue)) == 1
        if not unique:
            _need_one_folder([file for file in files if file.venue == venue])
        feeds.append(
            Feed(
                market=market,
                venue=venue if unique else f"{venue}:{symbol}",
                series=chained(parts),
                sources=tuple(part.source for part in parts),
                by_default=symbol is None or coin_of(symbol) == UNKNOWN,
            )
        )
    return feeds


def _market(file: PriceSeries, markets: Sequence[str]) -> str:
    """The market a file prices; refuses what is no pair and what is no market's coin."""
    pair = parse_pair(file.symbol) if file.symbol is not None else None
    if file.symbol is not None and pair is None:
        raise PriceFileError(
            f"{file.source} prices {file.symbol}, in which no coin and dollar can be told; "
            "--symbol PAIR says what it is"
        )
    market = market_of(file.symbol, markets)
    if market is None:
        raise PriceFileError(
            f"{file.source} prices {file.symbol}, the coin of none of the markets "
            f"{', '.join(markets)}; --symbol {markets[0]} says that it is one, --market "
            f"{pair.base if pair else ''}-USD runs on it"
        )
    return market


def chained(parts: Sequence[PriceSeries]) -> PriceSeries:
    """The files of one venue one after the other in time; what stands in two alike counts once."""
    if len(parts) == 1:
        return parts[0]
    _need_one_folder(parts)
    bars = {part.bar_s for part in parts}
    if len(bars) > 1:
        told = ", ".join(f"{part.source}: {part.bar_s} s" for part in parts[:4])
        raise PriceFileError(f"venue {parts[0].venue} has bars of several lengths ({told})")
    ordered = sorted(parts, key=lambda part: (int(part.times_s[0]), part.source))
    kept = [ordered[0]]
    for part in ordered[1:]:
        kept.append(_after(kept[-1], part))
    return replace(
        kept[0],
        times_s=np.concatenate([part.times_s for part in kept]),
        closes=np.concatenate([part.closes for part in kept]),
        highs=None,
        lows=None,
        volumes=None,
        counts=sum((part.counts for part in kept), Counts()),
        newest_first=any(part.newest_first for part in kept),
    )


def _need_one_folder(parts: Sequence[PriceSeries]) -> None:
    """Refuse files that only their names make one venue, from different folders."""
    for early, late in pairwise(parts):
        is_said = early.is_named and late.is_named
        if not is_said and early.path.parent != late.path.parent:
            raise PriceFileError(
                f"{early.path} and {late.path} are both venue {early.venue}, from two folders; "
                f"{_NAME_THEM}"
            )


def _after(early: PriceSeries, late: PriceSeries) -> PriceSeries:
    """What a file adds to the one before it; refuses times at which they differ."""
    again = late.times_s <= early.times_s[-1]
    if not again.any():
        return late
    place = np.minimum(np.searchsorted(early.times_s, late.times_s[again]), len(early.times_s) - 1)
    same = (early.times_s[place] == late.times_s[again]) & (
        early.closes[place] == late.closes[again]
    )
    if not same.all() or again.all():
        raise PriceFileError(
            f"{early.source} and {late.source} are both venue {early.venue} and overlap in time "
            f"from {iso(int(late.times_s[0]))} to {iso(int(early.times_s[-1]))} UTC, files of one "
            f"venue may only follow each other ({_NAME_THEM})"
        )
    counts = replace(late.counts, duplicates=late.counts.duplicates + int(again.sum()))
    return replace(late, times_s=late.times_s[~again], closes=late.closes[~again], counts=counts)
