"""From a scenario's markets to a deployment's: the reference laid under what the scenario says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from sim.protocol.config import (
    FeedConfig,
    Fees,
    Grid,
    MarketConfig,
    OpenInterest,
    PoolReading,
    ProtocolConfig,
    SpotPoolConfig,
    Tier,
    TokenConfig,
    TokenTerms,
)
from sim.protocol.reference_markets import reference_config
from sim.scenario import Scenario, feeds, markets
from sim.types import MarketSpec, RewardTerms
from sim.types.addresses import GUARDIAN, TREASURY, reporter_address
from sim.types.codes import AdlPolicy, FundingPolicy, IndexMethod, MarkMethod, PoolMethod
from sim.units import WAD

_T = TypeVar("_T")

POOL_METHODS = {
    "spot": PoolMethod.SPOT,
    "twap": PoolMethod.ARITHMETIC,
    "geometric_twap": PoolMethod.GEOMETRIC,
}


def protocol_config(
    scenario: Scenario, feeds_of: Mapping[str, tuple[feeds.FeedConfig, ...]]
) -> ProtocolConfig:
    """The deployment a scenario asks for."""
    reference = reference_config(reporters=(), guardian=GUARDIAN, treasury=TREASURY)
    ordered = sorted(scenario.markets.items(), key=lambda item: item[1].market_id)
    return replace(
        reference,
        markets=tuple(
            _market(_base(reference, name), config, feeds_of[name]) for name, config in ordered
        ),
        spot_pools=tuple(
            SpotPoolConfig(
                name=pool.name,
                market=pool.market,
                fee_bps=pool.fee_bps,
                min_liquidity_wad=pool.min_liquidity,
            )
            for pool in scenario.pools
        ),
        tokens=tuple(
            TokenConfig(
                name=one.name,
                market=one.market,
                leverage=one.leverage,
                terms=_laid(TokenTerms(), one),
            )
            for one in scenario.tokens
        ),
        pool_drawdown_limit_wad=scenario.insurance_drawdown_limit,
    )


def _base(reference: ProtocolConfig, name: str) -> MarketConfig:
    """The reference market of a name; of another name a major's terms."""
    known = {market.name: market for market in reference.markets}
    return known.get(name) or replace(reference.markets[0], name=name)


def _reading(feed: feeds.FeedConfig) -> PoolReading | None:
    """Which pool a feed reads, if any."""
    if feed.source is None:
        return None
    return PoolReading(
        pool=feed.source.pool,
        method=POOL_METHODS[feed.source.kind],
        window_s=feed.source.window_s or 0,
    )


def market_spec(scenario: Scenario, market: MarketConfig) -> MarketSpec:
    """What agents know of a market, its liquidator's pay included."""
    pay = market.liquidation
    terms = RewardTerms(
        cost_wad=pay.reward_cost_wad,
        ratio_wad=pay.reward_ratio_wad,
        least_wad=pay.reward_min_wad,
        most_wad=pay.reward_max_wad,
    )
    return replace(scenario.markets[market.name].spec(market.name), reward=terms)


def _market(
    base: MarketConfig, asked: markets.MarketConfig, sources: tuple[feeds.FeedConfig, ...]
) -> MarketConfig:
    stale_s = asked.oracle.stale_s
    return replace(
        base,
        market_id=asked.market_id,
        feeds=tuple(
            FeedConfig(
                name=one.name,
                reporter=reporter_address(one.name),
                weight=one.weight,
                stale_s=stale_s,
                reading=_reading(one),
            )
            for one in sources
        ),
        grid=Grid(
            tick_wad=asked.tick,
            lot_wad=asked.lot,
            min_notional_wad=asked.min_notional,
            fill_band_wad=asked.fill_band,
        ),
        tiers=tuple(
            Tier(lower_wad=one.lower, mmr_wad=one.mmr, imr_wad=one.mmr * asked.imr_per_mmr // WAD)
            for one in asked.tiers
        ),
        open_interest=OpenInterest(
            lo_wad=asked.oi_lo,
            hi_wad=asked.oi_hi,
            cap_wad=asked.oi_cap,
            cap_quote_wad=asked.oi_cap_quote,
        ),
        fees=Fees(
            maker_bps=asked.maker_fee_bps,
            taker_bps=asked.taker_fee_bps,
            liquidation_bps=asked.liquidation_fee_bps,
        ),
        im_upnl_weight_wad=asked.im_upnl_weight,
        withdraw_upnl_weight_wad=asked.withdraw_upnl_weight,
        index=_laid(base.index, asked.oracle, method=IndexMethod[asked.oracle.method.upper()]),
        mark=_laid(base.mark, asked.mark, method=MarkMethod[asked.mark.method.upper()]),
        funding=_laid(base.funding, asked.funding),
        rate_policy=_laid(
            base.rate_policy, asked.funding, kind=FundingPolicy[asked.funding.policy.upper()]
        ),
        liquidation=_laid(base.liquidation, asked.liquidation),
        pool_caps=_laid(base.pool_caps, asked.pool),
        adl_policy=AdlPolicy[asked.adl_policy.upper()],
    )


def _laid(base: _T, part: object, **said: Any) -> _T:
    """The base with every field that the part says otherwise; `_wad` is left out in scenarios."""
    for field in fields(base):
        value = getattr(part, field.name.removesuffix("_wad"), None)
        if value is not None and field.name not in said:
            said[field.name] = value
    return replace(base, **said)
