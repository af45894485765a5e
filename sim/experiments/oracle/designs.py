"""Ways of making an index and a mark, one market each, all fed by the same sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.protocol.config import (
    FeedConfig,
    Grid,
    IndexRules,
    MarketConfig,
    MarkTerms,
    OpenInterest,
    ProtocolConfig,
    Tier,
)
from sim.types.addresses import GUARDIAN, TREASURY, reporter_address
from sim.types.codes import IndexMethod, MarkMethod
from sim.units import wad

DEFAULT = "WEIGHTED_MEDIAN"
TWAP = "TWAP"  # SINGLE over the mean of a spot pool that trades at the first feed's prices
# What no source here should be believed at: above the floor that some of them cannot go below.
MIN_WAD, MAX_WAD = wad(25_000), wad(10_000_000)
UNBOUNDED = (1, wad(70_000_000_000))  # those who use a naive method set none of use
OPEN_INTEREST_WAD = wad(50_000_000)  # quote
TAKER_BPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A market of the laboratory: how its index and its mark are made."""

    name: str
    index: IndexRules
    mark: MarkMethod = MarkMethod.MEDIAN3

    @property
    def is_naive(self) -> bool:
        """Whether its index is made by a method that is there to be beaten."""
        return self.index.method is not IndexMethod.WEIGHTED_MEDIAN

    @property
    def has_pool(self) -> bool:
        """Whether its one source is a spot pool's mean instead of the feeds."""
        return self.name == TWAP


def rules(method: IndexMethod, **changed: int) -> IndexRules:
    """The rules of an index as deployed, but for what is changed; only the default has bounds."""
    is_naive = method is not IndexMethod.WEIGHTED_MEDIAN
    min_wad, max_wad = UNBOUNDED if is_naive else (MIN_WAD, MAX_WAD)
    return IndexRules(method=method, min_wad=min_wad, max_wad=max_wad, **changed)


def _all_methods() -> dict[str, Design]:
    found = {one.name: Design(name=one.name, index=rules(one)) for one in IndexMethod}
    found[TWAP] = Design(name=TWAP, index=rules(IndexMethod.SINGLE))
    return found


METHODS = _all_methods()


def config_of_designs(designs: Sequence[Design], feeds: int, stale_s: int) -> ProtocolConfig:
    """A deployment with a market for each design; all have the margins of a major, 100x."""
    sources = tuple(
        FeedConfig(name=name, reporter=reporter_address(name), stale_s=stale_s)
        for name in feed_names(feeds)
    )
    return ProtocolConfig(
        markets=tuple(
            MarketConfig(
                name=design.name,
                market_id=number,
                feeds=sources,
                grid=Grid(tick_wad=wad("0.1"), lot_wad=wad("0.0001")),
                tiers=(
                    Tier(lower_wad=0, mmr_wad=wad("0.005"), imr_wad=wad("0.01")),
                    Tier(lower_wad=wad(1_000_000), mmr_wad=wad("0.01"), imr_wad=wad("0.02")),
                ),
                open_interest=OpenInterest(
                    lo_wad=OPEN_INTEREST_WAD,
                    hi_wad=4 * OPEN_INTEREST_WAD,
                    cap_wad=OPEN_INTEREST_WAD,
                    cap_quote_wad=OPEN_INTEREST_WAD,
                ),
                index=design.index,
                mark=MarkTerms(method=design.mark),
            )
            for number, design in enumerate(designs, start=1)
        ),
        guardian=GUARDIAN,
        treasury=TREASURY,
    )


def feed_names(feeds: int) -> tuple[str, ...]:
    """Feeds by name; the faulty ones are the first."""
    return tuple(f"feed_{place}" for place in range(1, feeds + 1))
