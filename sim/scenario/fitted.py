"""What a scenario leaves open of a market, fitted to its first price."""

from __future__ import annotations

from collections.abc import Mapping

from sim.scenario.markets import MARKET_DEFAULTS, MarketConfig
from sim.scenario.model import Scenario
from sim.units import WAD

# As the reference markets have it: a price of 50,000 has a tick of 0.1 and a lot of 0.0001,
# bounds of 100 and 10 million, and at most a billion of open interest in its decade.
TICKS_BELOW, MIN_BELOW, MAX_ABOVE = 5, 2, 3
OI_DECADES = 9


def decade(price_wad: int) -> int:
    """The power of ten at or below a price: 4 of 50,000, -1 of 0.9."""
    return len(str(price_wad)) - len(str(WAD))


def fitted(scenario: Scenario, start_prices_wad: Mapping[str, int]) -> Scenario:
    """The scenario with tick, lot, cap and bounds of every market that does not say them."""
    markets = {
        name: _fitted(name, config, decade(start_prices_wad[name]))
        for name, config in scenario.markets.items()
    }
    if all(markets[name] is config for name, config in scenario.markets.items()):
        return scenario
    return scenario.model_copy(update={"markets": markets})


def _fitted(name: str, config: MarketConfig, power: int) -> MarketConfig:
    found: dict[str, object] = {}
    if not config.tick:
        found["tick"] = _ten_to(power - TICKS_BELOW)
    if not config.lot:
        found["lot"] = _ten_to(-power)
    if not config.oi_cap:
        found["oi_cap"] = _ten_to(OI_DECADES - power)
    if name not in MARKET_DEFAULTS:
        oracle = config.oracle
        bounds = {
            "min": oracle.min or _ten_to(power - MIN_BELOW),
            "max": oracle.max or _ten_to(power + MAX_ABOVE),
        }
        found["oracle"] = oracle.model_copy(update=bounds)
    return config.model_copy(update=found) if found else config


def _ten_to(power: int) -> int:
    """A power of ten as a WAD, at least one wei."""
    wei: int = 10 ** max(0, power + len(str(WAD)) - 1)
    return wei
