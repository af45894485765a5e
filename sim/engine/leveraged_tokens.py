"""Leveraged tokens of a run: where they are, and one read of each a block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.chain.port import Chain
from sim.invariants import TokenFacts
from sim.protocol.config import TokenConfig
from sim.protocol.deployment import Deployed
from sim.protocol.views import method
from sim.types import TokenView, account_id
from sim.units import WAD


class Tokens:
    """Asks every token for its state."""

    def __init__(self, chain: Chain, deployed: Deployed) -> None:
        self._chain = chain
        self._configs = deployed.config.tokens
        self._addresses = {one.name: deployed.token(one.name) for one in self._configs}
        ids = {one.name: one.market_id for one in deployed.config.markets}
        self._accounts = {
            one.name: account_id(self._addresses[one.name], ids[one.market])
            for one in self._configs
        }
        if self._configs:
            self._state = method("LeveragedToken", "state")

    @property
    def roles(self) -> Mapping[int, str]:
        """The tokens' accounts, by what they are."""
        return {account: f"leveraged_token_{name}" for name, account in self._accounts.items()}

    def look(self) -> dict[str, TokenView]:
        """Every token as it stands after everything submitted so far."""
        return {one.name: _view(one, self._ask(one.name)) for one in self._configs}

    def facts(self) -> dict[str, TokenFacts]:
        """The same for the invariants."""
        return {
            one.name: TokenFacts(
                account=self._accounts[one.name], market=one.market, state=self._ask(one.name)
            )
            for one in self._configs
        }

    def _ask(self, name: str) -> Any:
        return self._state.decode(self._chain.read(self._addresses[name], self._state.encode()))


def _view(config: TokenConfig, state: Any) -> TokenView:
    return TokenView(
        name=config.name,
        market=config.market,
        target_wad=config.leverage * WAD,
        supply_wad=state.supply,
        nav_wad=state.nav_wad,
        share_price_wad=state.share_price_wad,
        leverage_wad=state.leverage_wad,
        size_wad=state.size_wad,
        target_delta_wad=state.target_delta_wad,
        next_rebalance_at=state.next_rebalance_at,
        slippage_wad=config.terms.slippage_wad,
        chunk_wad=config.terms.chunk_wad,
        is_due=state.is_due,
        is_ripcord=state.is_ripcord,
        is_realisable=state.is_realisable,
    )
