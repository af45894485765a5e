"""The terms of a market's deployment, as the reference wants them."""

from __future__ import annotations

from sim.protocol.config import MarketConfig
from sim.reference.margin import Risk, Tier
from sim.reference.orders import Grid


def risk_of(market: MarketConfig) -> Risk:
    """What a market is judged by, as the reference wants it."""
    interest, fees = market.open_interest, market.fees
    return Risk(
        tiers=tuple(
            Tier(lower_wad=one.lower_wad, mmr_wad=one.mmr_wad, imr_wad=one.imr_wad)
            for one in market.tiers
        ),
        im_upnl_weight_wad=market.im_upnl_weight_wad,
        withdraw_upnl_weight_wad=market.withdraw_upnl_weight_wad,
        oi_lo_wad=interest.lo_wad,
        oi_hi_wad=interest.hi_wad,
        oi_cap_wad=interest.cap_wad,
        oi_cap_quote_wad=interest.cap_quote_wad,
        maker_bps=fees.maker_bps,
        taker_bps=fees.taker_bps,
        liquidation_bps=fees.liquidation_bps,
        backstop_wad=market.backstop_share_wad,
    )


def grid_of(market: MarketConfig) -> Grid:
    """What an order must conform to, as the reference wants it."""
    grid = market.grid
    return Grid(
        tick_wad=grid.tick_wad,
        lot_wad=grid.lot_wad,
        min_notional_wad=grid.min_notional_wad,
        fill_band_wad=grid.fill_band_wad,
    )
