"""What really happened: a true price, venues around it, and what honest reporters push of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.experiments.oracle.designs import feed_names
from sim.market.anchored import Anchor, AnchoredPath
from sim.market.reporter import Push, Reporter, ReporterSpec
from sim.market.venue import Venue, VenueBoard, simulated_board
from sim.rng import stream

MARKET = "BTC-USD"
START_S = 1_700_000_000 // 28_800 * 28_800  # a funding interval begins
START_PRICE = 60_000
BLOCK_S = 12
WARM_BLOCKS = 12  # honest blocks before the first of an episode
STALE_S = 60
VOL_PER_YEAR = 0.9
CONF_BPS = 5

# Price at (start of the fault, its middle, its end, the end), as multiples of the first.
CALM = (1.0, 0.972, 0.991, 1.004)
CRASH = (1.0, 0.55, 0.22, 0.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePath:
    """Honest pushes by block, the true prices they are judged by, and when faults may act."""

    feeds: tuple[str, ...]
    times_s: tuple[int, ...]  # of warm-up and episode
    truth_wad: tuple[int, ...]
    pushes: tuple[tuple[Push, ...], ...]
    warm: int  # blocks of the warm-up
    fault_s: tuple[int, int]
    block_s: int
    stale_s: int

    @property
    def blocks(self) -> int:
        """Blocks of the episode."""
        return len(self.times_s) - self.warm


def fault_blocks(blocks: int) -> tuple[int, int]:
    """First block of an episode at fault, and the first one after: the middle half of it."""
    return max(1, blocks // 6), max(2, 2 * blocks // 3)


def simulated(feeds: int, blocks: int, seed: int, shape: Sequence[float] = CALM) -> PricePath:
    """A scripted course of the price with a seeded bridge between its corners."""
    first, after = fault_blocks(blocks)
    corners = (0, first, (first + after) // 2, after, blocks)
    at_s = [START_S + BLOCK_S * (WARM_BLOCKS + one) for one in corners]
    # The warm-up stands still, so that positions opened in it are opened at the true price.
    anchors = tuple(
        Anchor(time_s=time_s, price=START_PRICE * level, source="scripted")
        for time_s, level in zip(at_s, (1.0, *shape), strict=True)
    )
    end_s = at_s[-1]
    times_s = np.arange(at_s[0], end_s + 1, dtype=np.int64)
    path = AnchoredPath(anchors=anchors, vol_per_year=VOL_PER_YEAR).sample(
        times_s, stream(seed, "oracle_lab/truth")
    )
    still_s = np.arange(START_S, at_s[0], dtype=np.int64)
    board = simulated_board(
        np.concatenate([still_s, times_s]),
        {MARKET: np.concatenate([np.full(len(still_s), 1.0 * START_PRICE), path])},
        [Venue(name=name, spread_bps=2.0, half_life_s=60.0) for name in feed_names(feeds)],
        seed,
    )
    specs = [
        _spec(name, name, delay_s=1 + place % 3, noise_bps=0.5, heartbeat_s=BLOCK_S - 2)
        for place, name in enumerate(feed_names(feeds))
    ]
    window = (START_S + BLOCK_S * (WARM_BLOCKS + first), START_S + BLOCK_S * (WARM_BLOCKS + after))
    return _path_of(board, specs, seed, BLOCK_S, WARM_BLOCKS, blocks, window, STALE_S)


def replayed(
    board: VenueBoard, venues: Mapping[str, str], seed: int, step_s: int, blocks: int | None
) -> PricePath:
    """Real venues block by block, a feed for each; whatever they show is the truth."""
    specs = [
        _spec(feed, venue, delay_s=0, noise_bps=0.0, heartbeat_s=step_s)
        for feed, venue in venues.items()
    ]
    count = min(blocks or len(board.times_s), len(board.times_s) - 1)
    start_s = board.times_s[0]
    first, after = fault_blocks(count)
    window = (start_s + step_s * first, start_s + step_s * after)
    return _path_of(board, specs, seed, step_s, 0, count, window, max(STALE_S, 2 * step_s))


def _spec(
    feed: str, venue: str, *, delay_s: int, noise_bps: float, heartbeat_s: int
) -> ReporterSpec:
    return ReporterSpec(
        feed=feed,
        market=MARKET,
        venue=venue,
        delay_s=delay_s,
        noise_bps=noise_bps,
        heartbeat_s=heartbeat_s,
        deviation_bps=5,
        conf_bps=CONF_BPS,
    )


def _path_of(
    board: VenueBoard,
    specs: Sequence[ReporterSpec],
    seed: int,
    block_s: int,
    warm: int,
    blocks: int,
    window: tuple[int, int],
    stale_s: int,
) -> PricePath:
    reporters = [Reporter(spec, board, seed) for spec in specs]
    times_s = tuple(board.times_s[0] + block_s * one for one in range(1, warm + blocks + 1))
    return PricePath(
        feeds=tuple(spec.feed for spec in specs),
        times_s=times_s,
        truth_wad=tuple(board.true_price_wad(MARKET, one) for one in times_s),
        pushes=tuple(
            tuple(push for each in reporters if (push := each.report(now_s)) is not None)
            for now_s in times_s
        ),
        warm=warm,
        fault_s=window,
        block_s=block_s,
        stale_s=stale_s,
    )
