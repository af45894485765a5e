"""Whether the prices of files are such that a market's index would ever show them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.protocol.config import MarketConfig, ProtocolConfig
from sim.protocol.reference_markets import reference_config
from sim.scenario import Scenario, ScenarioError
from sim.scenario.world import World
from sim.types import FloatArray
from sim.types.addresses import GUARDIAN, TREASURY
from sim.units import to_float, wad_from_float


def need_within_bounds(scenario: Scenario, config: ProtocolConfig, world: World) -> None:
    """Refuse a replay of prices outside a market's bounds, naming them and what fits."""
    for market in config.markets if scenario.is_replay else ():
        for what, prices in _paths(world, market.name):
            low, high = prices.min().item(), prices.max().item()
            if not _holds(market, low, high):
                raise ScenarioError(_sentence(scenario, market, what, low, high))


def _paths(world: World, market: str) -> Iterator[tuple[str, FloatArray]]:
    """The middle of a market's venues at every block, and of each venue its middle price."""
    tape = world.board.markets[market]
    yield "prices of the files", tape.true_prices[: world.blocks + 1]
    for venue, one in tape.venues.items():
        shown = one.prices[: world.blocks + 1]
        shown = shown[~np.isnan(shown)]
        if len(shown):
            yield f"prices of {venue}", np.array([np.median(shown)])


def _holds(market: MarketConfig, low: float, high: float) -> bool:
    return market.index.min_wad <= wad_from_float(low) and (
        wad_from_float(high) <= market.index.max_wad
    )


def _sentence(scenario: Scenario, market: MarketConfig, what: str, low: float, high: float) -> str:
    reference = reference_config(reporters=(), guardian=GUARDIAN, treasury=TREASURY)
    fits = [one.name for one in reference.markets if _holds(one, low, high)]
    least, most = to_float(market.index.min_wad), to_float(market.index.max_wad)
    return (
        f"{scenario.name}: prices.{market.name}: the {what} run from {low:,.10g} to {high:,.10g}, "
        f"{least:,.10g} to {most:,.10g} is allowed by the bounds of its index "
        f"(markets.{market.name}.oracle.min and max); {', '.join(fits) or 'no reference market'} "
        "would fit, or any other coin's market (--market COIN-USD)"
    )
