"""One read of the lens and the mirror of events, as agents see them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from sim.abi.artifacts import artifact
from sim.chain.port import Chain
from sim.engine.backstop_view import BackstopSnapshot
from sim.market.desk import VenueBroker
from sim.mirror import Mirror
from sim.protocol.deployment import Deployed
from sim.types import (
    AccountView,
    GasView,
    HoldingView,
    MarginTable,
    MarketSpec,
    MarketView,
    PoolView,
    Status,
    TokenView,
    TriggerView,
    WalletView,
)
from sim.units import to_float

STATUSES = tuple(Status)


class SystemView(NamedTuple):
    """The system's money as the chain tells it."""

    vault_wad: int
    pool_cash_wad: int
    pool_equity_wad: int
    fees_wad: int
    dust_wad: int


class LensReader:
    """Reads the lens: markets at the start of a block, the system's money at its end."""

    def __init__(self, chain: Chain, deployed: Deployed, specs: Mapping[str, MarketSpec]) -> None:
        self._chain = chain
        self._specs = specs
        self._address = deployed.address("Lens")
        lens = artifact("Lens").methods
        self._read_markets, self._read_system = lens["markets"].decode, lens["system"].decode
        self._ask_markets = lens["markets"].encode(tuple(one.market_id for one in specs.values()))
        self._ask_system = lens["system"].encode()

    def markets(self) -> dict[str, Any]:
        """The lens's state of each market, as if poked in the open block."""
        states = self._read_markets(self._chain.read(self._address, self._ask_markets))
        return dict(zip(self._specs, states, strict=True))

    def system(self) -> SystemView:
        """Vault, pool and pots after everything submitted so far."""
        return SystemView(*self._read_system(self._chain.read(self._address, self._ask_system)))


def market_view(spec: MarketSpec, state: Any, venues_wad: tuple[int, ...]) -> MarketView:
    """A market as agents see it."""
    return MarketView(
        spec=spec,
        mark_wad=state.mark_wad,
        index_wad=state.index_wad,
        conf_wad=state.conf_wad,
        status=STATUSES[state.status],
        funding_rate_wad=state.funding_rate_wad,
        best_bid_wad=state.best_bid_wad,
        best_ask_wad=state.best_ask_wad,
        last_price_wad=state.last_price_wad,
        open_interest_wad=state.open_interest_wad,
        venues_wad=venues_wad,
    )


class OffVaultBalances:
    """What owners hold outside the vault, and the pools and tokens that some of it is in."""

    def __init__(
        self,
        *,
        pools: Mapping[str, PoolView],
        tokens: Mapping[str, TokenView],
        mirror: Mirror,
        desk: VenueBroker,
    ) -> None:
        self.pools, self.tokens = pools, tokens
        self.tokens_of: Callable[[int], Mapping[str, int]] = mirror.holdings.of
        self.wallet: Callable[[int], WalletView] = mirror.wallets.view
        self.holding: Callable[[int, str], HoldingView] = desk.holding


class Observed:
    """What every agent sees in one block; the margin table is made when first asked for."""

    __slots__ = (
        *("_mirror", "_states", "_table"),
        *("account", "block", "gas", "markets", "time_s", "triggers"),
        *("backstop", "exhausted", "insurance", "owing", "stake", "takeover"),
        *("holding", "pools", "tokens", "tokens_of", "wallet"),
    )

    def __init__(
        self,
        block: int,
        time_s: int,
        markets: Mapping[str, MarketView],
        states: Mapping[str, Any],
        mirror: Mirror,
        purses: OffVaultBalances,
        standing: BackstopSnapshot,
        gas: GasView,
    ) -> None:
        self.block = block
        self.time_s = time_s
        self.markets = markets
        self._states = states
        self._mirror = mirror
        self.account: Callable[[int], AccountView] = mirror.view
        self.triggers: Callable[[], Collection[TriggerView]] = mirror.triggers.views
        self.pools, self.tokens = purses.pools, purses.tokens
        self.tokens_of = purses.tokens_of
        self.wallet, self.holding = purses.wallet, purses.holding
        self.gas = gas
        self.insurance, self.stake = standing.insurance, standing.stake
        self.backstop, self.exhausted = standing.backstop, standing.exhausted
        self.owing, self.takeover = standing.owing, standing.takeover
        self._table: MarginTable | None = None

    def margins(self) -> MarginTable:
        """All open positions with their health at this block's marks."""
        if self._table is None:
            states = self._states.values()
            self._table = self._mirror.screen.table(
                np.array([to_float(one.mark_wad) for one in states]),
                np.array([to_float(one.funding_index_wad) for one in states]),
            )
        return self._table
