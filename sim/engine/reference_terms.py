"""A deployment's terms as the reference exchange wants them, and the exchange they make."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sim.protocol.config import MarketConfig
from sim.protocol.deployment import Deployed
from sim.reference.backstop import LossCap
from sim.reference.books import ClearingState
from sim.reference.exchange import Exchange, opened
from sim.reference.liquidation import Rules
from sim.reference.margin import Price, Risk, Tier
from sim.reference.orders import Grid
from sim.types import Status, account_id


def risk_of(market: MarketConfig) -> Risk:
    """What a market is judged by."""
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


def price_of(found: Any) -> Price:
    """What a market is judged at, out of what `MarkPrice.price` says."""
    return Price(
        mark_wad=found.mark_wad,
        index_wad=found.index_wad,
        conf_wad=found.conf_wad,
        low_wad=found.low_wad,
        high_wad=found.high_wad,
        status=Status(found.status),
        liquidations_from=found.liquidations_from,
        funding_index_wad=found.funding_index_wad,
    )


def grid_of(market: MarketConfig) -> Grid:
    """What an order must conform to."""
    grid = market.grid
    return Grid(
        tick_wad=grid.tick_wad,
        lot_wad=grid.lot_wad,
        min_notional_wad=grid.min_notional_wad,
        fill_band_wad=grid.fill_band_wad,
    )


def rules_of(pace: Any) -> Rules:
    """How liquidations are sized, paced and rewarded, by a deployment's terms or a contract's."""
    return Rules(**{one.name: getattr(pace, one.name) for one in fields(Rules)})


def exchange_of(deployed: Deployed) -> Exchange:
    """The reference exchange of a deployment, with nothing in it yet."""
    markets = {one.market_id: one for one in deployed.config.markets}
    house = ClearingState(
        risks={number: risk_of(one) for number, one in markets.items()}, prices={}
    )
    liquidator = account_id(deployed.address("Liquidator"))
    x = opened(house, {number: grid_of(one) for number, one in markets.items()}, liquidator)
    x.loss_caps = {
        number: LossCap(cap_wad=one.pool_caps.loss_wad) for number, one in markets.items()
    }
    return x
