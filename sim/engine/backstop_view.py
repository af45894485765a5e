"""What stands behind the book, as agents see it: pool, stakes, takeovers, ends of the ladder.

What has to be read from the chain is read when somebody first asks for it in a block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.chain.port import Chain
from sim.mirror import Mirror
from sim.protocol.deployment import Deployed
from sim.protocol.views import ask
from sim.types import (
    BackstopView,
    InsuranceView,
    MarketView,
    StakeView,
    TakeoverView,
    account_id,
)


class BackstopReader:
    """Knows the pool's accounts and how to ask for what no event tells."""

    def __init__(self, chain: Chain, deployed: Deployed, mirror: Mirror) -> None:
        self.mirror = mirror
        self._chain, self._deployed = chain, deployed
        pool = deployed.address("InsurancePool")
        self.market_ids = {one.name: one.market_id for one in deployed.config.markets}
        self.pool_accounts = {name: account_id(pool, one) for name, one in self.market_ids.items()}
        self._limit_wad = deployed.config.pool_drawdown_limit_wad

    def insurance(self) -> InsuranceView:
        """The pool as the chain values it now."""
        return InsuranceView(
            equity_wad=self.ask("InsurancePool", "equity_wad"),
            shares_wad=self.ask("InsurancePool", "totalSupply"),
            drawdown_wad=self.ask("InsurancePool", "drawdown_wad"),
            drawdown_limit_wad=self._limit_wad,
        )

    def ask(self, contract: str, method: str, *words: Any) -> Any:
        """What a view says after everything submitted so far."""
        return ask(self._chain, contract, self._deployed.address(contract), method, *words)


class BackstopSnapshot:
    """One block's view of it."""

    def __init__(self, backing: BackstopReader, markets: Mapping[str, MarketView]) -> None:
        self._backing = backing
        self._markets = markets
        self._insurance: InsuranceView | None = None

    def insurance(self) -> InsuranceView:
        """The insurance pool, read once per block."""
        if self._insurance is None:
            self._insurance = self._backing.insurance()
        return self._insurance

    def stake(self, account: int) -> StakeView:
        """What the owner of an account has in the insurance pool."""
        return self._backing.mirror.stakes.view(account)

    def backstop(self) -> Sequence[BackstopView]:
        """What the pool took over and still holds."""
        mirror, found = self._backing.mirror, []
        marks_wad = {name: one.mark_wad for name, one in self._markets.items()}
        for market, account in self._backing.pool_accounts.items():
            held = mirror.accounts.get(account)
            if held is None or market not in held.positions:
                continue
            equity_wad, maintenance_wad = mirror.health(account, marks_wad)
            found.append(
                BackstopView(
                    account=account,
                    market=market,
                    size_wad=held.positions[market].size_wad,
                    equity_wad=equity_wad,
                    maintenance_wad=maintenance_wad,
                )
            )
        return found

    def exhausted(self) -> Sequence[tuple[int, str]]:
        """Accounts and markets where neither book nor pool could act and a position stands."""
        return self._backing.mirror.exhausted.views()

    def owing(self) -> Sequence[int]:
        """Accounts below zero without a position, lowest first."""
        return self._backing.mirror.owing()

    def takeover(self, account: int, market: str) -> TakeoverView | None:
        """What the liquidator offers for the position; None where it may not be taken."""
        words = account, self._backing.market_ids[market]
        price_wad = self._backing.ask("Liquidator", "takeover_price", *words)
        if price_wad == 0:
            return None
        size_wad = self._backing.ask("Liquidator", "takeover_size", *words)
        _, limit_wad = self._backing.ask("Liquidator", "liquidation_size", *words)
        return TakeoverView(size_wad=size_wad, price_wad=price_wad, limit_wad=limit_wad)
