"""Gathers the facts of a block from mirror and chain, and holds them against the invariants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sim.abi.methods import Method
from sim.chain.port import Chain
from sim.engine.leveraged_tokens import Tokens
from sim.engine.observation import LensReader, SystemView
from sim.engine.spot_pools import Pools
from sim.invariants import (
    CHECKPOINT,
    DEPTH,
    EACH_BLOCK,
    AtRisk,
    Facts,
    FundingPoint,
    MarketRules,
    TokenFacts,
    violations,
)
from sim.mirror import Mirror
from sim.protocol.config import MarketConfig
from sim.protocol.deployment import Deployed
from sim.protocol.views import method
from sim.types import MarketSpec
from sim.types.addresses import reporter_address
from sim.types.codes import MarkMethod

PAGE = 64  # most accounts that the lens shows at once
BANDED = frozenset({MarkMethod.MEDIAN3, MarkMethod.INDEX})


class Checked(Protocol):
    """What is checked: a run, or a laboratory's chain."""

    @property
    def chain(self) -> Chain: ...
    @property
    def deployed(self) -> Deployed: ...
    @property
    def lens(self) -> LensReader: ...
    @property
    def mirror(self) -> Mirror: ...
    @property
    def pools(self) -> Pools: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def specs(self) -> Mapping[str, MarketSpec]: ...
    @property
    def system_accounts(self) -> Mapping[int, str]: ...

    def is_checkpoint(self, block: int) -> bool:
        """Whether the block is one after which everything is checked."""
        ...


class Checker:
    """Checks each block cheaply, and everything at checkpoints and at the end."""

    def __init__(self, simulation: Checked) -> None:
        self._simulation = simulation
        config = simulation.deployed.config
        self._rules = {one.name: rules_of(one) for one in config.markets}
        self._system_accounts = frozenset(simulation.system_accounts)
        self._pool_accounts = frozenset(
            account
            for account, role in simulation.system_accounts.items()
            if role == "insurance_pool"
        )
        self._pool: dict[str, int] = {}
        self._at_risk: dict[int, AtRisk] = {}
        self._good_wad: dict[str, int] = {}
        self._funding: dict[str, FundingPoint] = {}
        self._stopped: set[int] = set()
        self._readings: dict[str, tuple[int, int, int]] = {}
        self._reporters = {
            f"PriceFeed.{market.name}.{feed.name}": reporter_address(feed.name)
            for market in config.markets
            for feed in market.feeds
        }
        self._totals = method("Clearinghouse", "market_totals")
        self._ledger = method("Lens", "ledger")
        self._depth: dict[tuple[str, bool], Sequence[tuple[int, int]]] = {}
        self._show = method("OrderBook", "depth")
        self._accounts: dict[int, int] = {}
        self._positions: dict[tuple[int, str], tuple[int, int]] = {}
        self._markets: dict[str, tuple[int, int]] = {}
        self._tokens: dict[str, TokenFacts] = {}
        self.violations: list[str] = []
        self.system: SystemView = SystemView(0, 0, 0, 0, 0)

    def look(self, block: int) -> None:
        """Read what the chain says while the block is open and everything in it submitted."""
        simulation = self._simulation
        self.system = simulation.lens.system()
        self._tokens = simulation.tokens.facts()
        if simulation.is_checkpoint(block):
            self._read_accounts(list(simulation.mirror.accounts))
            self._depth = {
                (name, is_buy): self.levels(name, is_buy)
                for name in simulation.specs
                for is_buy in (True, False)
            }

    def check(self, block: int, time_s: int, events: Sequence[Any], states: Any) -> Facts:
        """The facts of a sealed block; what is wrong in it is in `violations`."""
        facts = Facts(
            time_s=time_s,
            mirror=self._simulation.mirror,
            events=events,
            states=states,
            rules=self._rules,
            system_accounts=self._system_accounts,
            vault_wad=self.system.vault_wad,
            fees_wad=self.system.fees_wad,
            dust_wad=self.system.dust_wad,
            chain_accounts=self._accounts,
            chain_positions=self._positions,
            chain_markets=self._markets,
            chain_depth=self._depth,
            readings=self._readings,
            reporters=self._reporters,
            pool_accounts=self._pool_accounts,
            pool=self._pool,
            at_risk=self._at_risk,
            good_wad=self._good_wad,
            funding=self._funding,
            stopped=self._stopped,
            pool_readings=self._simulation.pools.heard(events),
            tokens=self._tokens,
        )
        self.violations = violations(facts, EACH_BLOCK)
        if self._simulation.is_checkpoint(block):
            self.violations += violations(facts, CHECKPOINT)
        return facts

    def _read_accounts(self, accounts: Sequence[int]) -> None:
        """Cash and positions of every account and markets' sums, as the clearinghouse says."""
        self._accounts, self._positions = {}, {}
        for name, rules in self._rules.items():
            self._markets[name] = self._ask("Clearinghouse", self._totals, rules.market_id)
            for start in range(0, len(accounts), PAGE):
                page = accounts[start : start + PAGE]
                entries = self._ask("Lens", self._ledger, page, rules.market_id)
                for account, entry in zip(page, entries, strict=True):
                    self._accounts[account] = entry.cash_wad
                    self._positions[account, name] = (entry.size_wad, entry.quote_wad)

    def levels(self, market: str, is_buy: bool) -> Sequence[tuple[int, int]]:
        """Prices and sizes that rest on a side of a book now, best first."""
        simulation = self._simulation
        asked = self._show.encode(is_buy, DEPTH)
        book = simulation.deployed.book(market)
        levels = self._show.decode(simulation.chain.read(book, asked))
        return [(one.price_wad, one.size_wad) for one in levels]

    def _ask(self, contract: str, asked: Method, *arguments: Any) -> Any:
        address = self._simulation.deployed.address(contract)
        return asked.decode(self._simulation.chain.read(address, asked.encode(*arguments)))


def rules_of(market: MarketConfig) -> MarketRules:
    """What a market's invariants are held against."""
    return MarketRules(
        market_id=market.market_id,
        band_wad=market.mark.band_wad if market.mark.method in BANDED else None,
        stale_s=max(feed.stale_s for feed in market.feeds),
        reward_max_wad=market.liquidation.reward_max_wad,
        maker_bps=market.fees.maker_bps,
        loss_cap_wad=market.pool_caps.loss_wad,
        step_bps=market.index.step_bps,
        min_wad=market.index.min_wad,
        max_wad=market.index.max_wad,
        funding_policy=market.rate_policy.kind,
        funding_interval_s=market.funding.interval_s,
        rate_cap_wad=market.funding.cap_wad,
    )
