"""The spot pools of a run: their liquidity at the start, and what they say in each block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sim.chain.port import Chain
from sim.protocol.deployment import Deployed
from sim.protocol.views import ask
from sim.scenario import Scenario
from sim.scenario.world import World
from sim.types import PoolView
from sim.types.codes import PoolMethod
from sim.units import BPS, WAD_PER_RAW, div_down


class Liquidity(NamedTuple):
    """What a pool starts with, in raw units of its two tokens."""

    pool: str
    market: str
    base_raw: int
    quote_raw: int


def liquidity(scenario: Scenario, world: World) -> list[Liquidity]:
    """Every pool's start at the true price of the run's start."""
    found = []
    for pool in scenario.pools:
        price_wad = world.board.true_price_wad(pool.market, world.start_s)
        base_raw = div_down(pool.quote, price_wad) // WAD_PER_RAW
        found.append(Liquidity(pool.name, pool.market, base_raw, pool.quote // WAD_PER_RAW))
    return found


class Pools:
    """Reads the pools and the feeds that are made of them, once a block."""

    def __init__(self, chain: Chain, deployed: Deployed) -> None:
        self._chain, self._deployed = chain, deployed
        self._pools = deployed.config.spot_pools
        self._feeds = [
            (market.name, feed.name, feed.reading)
            for market in deployed.config.markets
            for feed in market.feeds
            if feed.reading is not None
        ]
        self._said: dict[str, dict[str, int]] = {}
        self._bounds: dict[str, list[tuple[int, int]]] = {}

    def look(self) -> Mapping[str, PoolView]:
        """Every pool as it stands, by name."""
        self._said, self._bounds = {}, {}
        for market, feed, _ in self._feeds:
            said = self._ask("SpotPoolFeed", self._deployed.feed(market, feed), "latest")
            self._said.setdefault(market, {})[feed] = said.price_wad
            if said.price_wad:
                self._bounds.setdefault(market, []).append((said.price_wad, said.conf_wad))
        return {pool.name: self._view(pool.name, pool.market, pool.fee_bps) for pool in self._pools}

    def readings(self, market: str) -> Mapping[str, int]:
        """What a market's feeds of pools said when last looked at; 0 from one that is not live."""
        return self._said.get(market, {})

    def heard(self, events: Iterable[tuple[str, str, Any]]) -> Mapping[str, list[tuple[int, int]]]:
        """By market, every price and confidence its pools may have said in the block."""
        fees = {
            f"SpotPool.{read.pool}": (market, pool.fee_bps)
            for market, _, read in self._feeds
            for pool in self._pools
            if pool.name == read.pool and read.method is PoolMethod.SPOT
        }
        for contract, name, values in events if fees else ():
            if name == "Swapped" and contract in fees:
                market, fee_bps = fees[contract]
                conf_wad = -(-values.price_wad * fee_bps // (BPS - fee_bps))
                self._bounds.setdefault(market, []).append((values.price_wad, conf_wad))
        return self._bounds

    def _view(self, name: str, market: str, fee_bps: int) -> PoolView:
        address = self._deployed.address(f"SpotPool.{name}")
        base_raw, quote_raw = self._ask("SpotPool", address, "reserves")
        return PoolView(
            name=name,
            market=market,
            base_raw=base_raw,
            quote_raw=quote_raw,
            price_wad=self._ask("SpotPool", address, "spot_price_wad"),
            fee_bps=fee_bps,
        )

    def _ask(self, contract: str, address: str, name: str) -> Any:
        return ask(self._chain, contract, address, name)
