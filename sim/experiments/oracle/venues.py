"""Real price files as feeds: the index of each design against every venue, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.experiments.oracle.designs import METHODS, Design, feed_names
from sim.experiments.oracle.price_path import MARKET, PricePath, replayed
from sim.experiments.oracle.score import Row, bps, status_times
from sim.experiments.oracle.testbed import OracleTestbed
from sim.market.venue import VenueBoard, replayed_board
from sim.portable import quantiles
from sim.prices.errors import PriceFileError
from sim.prices.join import FeedQuality, join
from sim.prices.request import PriceRequest, Prices, as_request, read_request
from sim.prices.symbols import UNKNOWN, coin_of
from sim.reference.margin import Price

LEAST, MOST = 3, 8  # venues: what the default design needs, and what an index can read
BOUND = 100  # an index this many times above or below the first price is not believed
REFRESHED, DROPPED = "IndexRefreshed", 5  # the event, and where in it the bits of outliers stand


@dataclass(frozen=True, slots=True, kw_only=True)
class RealPrices:
    """The venues of some files on one grid, and the path they tell."""

    venues: tuple[str, ...]
    board: VenueBoard
    path: PricePath
    quality: tuple[FeedQuality, ...] = ()

    def shown_wad(self, venue: str, now_s: int) -> int | None:
        """What a venue shows at a block's time; None while it is silent."""
        place = self.board.place(now_s)
        return None if place is None else self.board.venue_price_wad(MARKET, venue, place)

    def designs(self, methods: Sequence[str]) -> list[Design]:
        """The designs, with bounds that fit what these files price."""
        first_wad = self.path.truth_wad[0]
        bounds = {"min_wad": max(1, first_wad // BOUND), "max_wad": first_wad * BOUND}
        chosen = [METHODS[name] for name in methods or METHODS]
        return [
            replace(one, index=replace(one.index, **({} if one.is_naive else bounds)))
            for one in chosen
        ]


def read(prices: Prices, blocks: int | None, seed: int) -> RealPrices:
    """Join the files into three to eight venues of one market, whichever coin it is."""
    request = as_request(prices)
    market = _market(request)
    joined = join(
        read_request(request, [market]),
        [market],
        start_s=request.said.start_s,
        end_s=request.said.end_s,
    )
    board = replayed_board(replace(joined, markets={MARKET: joined.markets[market]}))
    venues = tuple(board.markets[MARKET].venues)
    if not LEAST <= len(venues) <= MOST:
        raise PriceFileError(
            f"found {len(venues)} venues in {len(request.files)} price files; "
            f"{LEAST} to {MOST} are allowed"
        )
    step_s = board.times_s[1] - board.times_s[0]
    named = dict(zip(feed_names(len(venues)), venues, strict=True))
    path = replayed(board, named, seed, step_s, blocks)
    return RealPrices(venues=venues, board=board, path=path, quality=joined.quality)


def _market(request: PriceRequest) -> str:
    """The market of the first file's coin; the laboratory's own if no file names one."""
    named = [series.symbol for series in read_request(request) if series.symbol is not None]
    coins = [coin_of(symbol) for symbol in named if coin_of(symbol) != UNKNOWN]
    return f"{coins[0]}-USD" if coins else MARKET


def venue_rows(prices: RealPrices, methods: Sequence[str]) -> list[Row]:
    """One row for each design and venue: distance, time dropped or silent, time in each status."""
    path = prices.path
    testbed = OracleTestbed(prices.designs(methods), path, ())
    decoder = testbed.decoder()
    shown: dict[str, list[Price]] = {name: [] for name in testbed.ids}
    dropped: dict[str, list[int]] = {name: [] for name in testbed.ids}
    for block, (now_s, pushes) in enumerate(zip(path.times_s, path.pushes, strict=True)):
        receipts = testbed.advance(now_s, pushes)
        for name, receipt in zip(testbed.ids, receipts, strict=True):
            events = decoder.decode(block, receipt.logs)
            dropped[name] += [one.values[DROPPED] for one in events if one.name == REFRESHED]
        for name, price in testbed.prices().items():
            shown[name].append(price)
    return [
        {
            "table": "venues",
            "method": name,
            "fault": "none",
            "corrupted": 0,
            "feeds": len(prices.venues),
            "venue": venue,
            **_against(prices, venue, shown[name]),
            "dropped_s": path.block_s * sum(word >> place & 1 for word in dropped[name]),
            **status_times(shown[name], path.block_s),
        }
        for name in testbed.ids
        for place, venue in enumerate(prices.venues)
    ]


def _against(prices: RealPrices, venue: str, shown: Sequence[Price]) -> Row:
    """Distance of the index from what a venue shows, while it shows something."""
    seen = [prices.shown_wad(venue, now_s) for now_s in prices.path.times_s]
    pairs = [(price, wad) for price, wad in zip(shown, seen, strict=True) if wad is not None]
    off = np.array([bps(price.index_wad, wad) for price, wad in pairs] or [np.nan])
    return {
        "index_error_bps_median": round(np.median(off).item(), 3),
        "index_error_bps_p99": round(quantiles(off, [0.99])[0], 3),
        "index_error_bps_max": round(off.max().item(), 3),
        "silent_s": prices.path.block_s * (len(seen) - len(pairs)),
    }
