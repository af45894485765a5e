"""The reference markets: two majors with up to 100x leverage, and a thin one with 10x."""

from __future__ import annotations

from collections.abc import Sequence

from sim.protocol.config import (
    FeedConfig,
    Fees,
    Grid,
    IndexRules,
    Liquidation,
    MarketConfig,
    MarkTerms,
    OpenInterest,
    PoolCaps,
    ProtocolConfig,
    Tier,
)
from sim.units import wad


def reference_config(
    *, reporters: Sequence[str], guardian: str, treasury: str, owner: str | None = None
) -> ProtocolConfig:
    """The reference markets of the specification; one equal feed a reporter in each of them."""
    feeds = tuple(
        FeedConfig(name=f"feed_{place}", reporter=reporter)
        for place, reporter in enumerate(reporters, start=1)
    )
    major_tiers = _tiers(
        (0, "0.005"), (1_000_000, "0.01"), (5_000_000, "0.025"), (20_000_000, "0.05")
    )
    bitcoin = MarketConfig(
        name="BTC-USD",
        market_id=1,
        feeds=feeds,
        grid=Grid(tick_wad=wad("0.1"), lot_wad=wad("0.0001")),
        tiers=major_tiers,
        open_interest=_open_interest(500_000_000, 2_000_000_000, 20_000, 2_000_000_000),
        index=IndexRules(min_wad=wad(100), max_wad=wad(10_000_000)),
    )
    ether = MarketConfig(
        name="ETH-USD",
        market_id=2,
        feeds=feeds,
        grid=Grid(tick_wad=wad("0.01"), lot_wad=wad("0.001")),
        tiers=major_tiers,
        open_interest=_open_interest(500_000_000, 2_000_000_000, 500_000, 2_000_000_000),
        index=IndexRules(min_wad=wad(10), max_wad=wad(1_000_000)),
    )
    thin = MarketConfig(
        name="THIN-USD",
        market_id=3,
        feeds=feeds,
        grid=Grid(tick_wad=wad("0.0001"), lot_wad=wad(1)),
        tiers=_tiers((0, "0.05"), (100_000, "0.1")),
        open_interest=_open_interest(1_000_000, 5_000_000, 50_000_000, 5_000_000),
        index=IndexRules(min_wad=wad("0.001"), max_wad=wad(1_000)),
        fees=Fees(liquidation_bps=100),
        im_upnl_weight_wad=0,
        liquidation=Liquidation(slippage_wad=wad("0.01"), large_notional_wad=wad(10_000)),
        pool_caps=PoolCaps(exposure_wad=wad(500_000), loss_wad=wad(50_000), clip_wad=wad(10_000)),
        mark=MarkTerms(impact_notional_wad=wad(500), band_wad=wad("0.02")),
    )
    return ProtocolConfig(
        markets=(bitcoin, ether, thin), guardian=guardian, treasury=treasury, owner=owner
    )


def _tiers(*rows: tuple[int, str]) -> tuple[Tier, ...]:
    """Tiers whose initial ratio is twice the maintenance ratio."""
    return tuple(
        Tier(lower_wad=wad(lower), mmr_wad=wad(mmr), imr_wad=2 * wad(mmr)) for lower, mmr in rows
    )


def _open_interest(lo: int, hi: int, cap: int, cap_quote: int) -> OpenInterest:
    return OpenInterest(
        lo_wad=wad(lo), hi_wad=wad(hi), cap_wad=wad(cap), cap_quote_wad=wad(cap_quote)
    )
