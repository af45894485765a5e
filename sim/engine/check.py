"""Gathers the facts of a block from mirror and chain, and holds them against the invariants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.chain.artifacts import artifact
from sim.chain.codec import methods
from sim.chain.protocol_config import MarketConfig, MarkMethod
from sim.invariants import CHECKPOINT, EACH_BLOCK, Facts, MarketRules, violations

if TYPE_CHECKING:
    from sim.engine.run import Simulation

PAGE = 64  # accounts in one call of the lens
BANDED = frozenset({MarkMethod.MEDIAN3, MarkMethod.INDEX})


class Checker:
    """Checks each block cheaply, and everything at checkpoints and at the end."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        config = simulation.deployed.config
        self._rules = {one.name: _rules(one) for one in config.markets}
        self._system = frozenset(simulation.system_accounts)
        self._readings: dict[str, tuple[int, int, int]] = {}
        self._lens = methods("Lens", artifact("Lens").abi)
        self._address = simulation.deployed.address("Lens")
        self.violations: list[str] = []
        self.pool_wad: int = 0

    def check(self, block: int, time_s: int, events: Sequence[Any], states: Any) -> Facts:
        """The facts of a sealed block; what is wrong in it is in `violations`."""
        simulation = self._simulation
        system = simulation.eye.system()
        self.pool_wad = system.pool_equity_wad
        facts = Facts(
            time_s=time_s,
            mirror=simulation.mirror,
            events=events,
            states=states,
            rules=self._rules,
            system_accounts=self._system,
            vault_wad=system.vault_wad,
            fees_wad=system.fees_wad,
            dust_wad=system.dust_wad,
            readings=self._readings,
        )
        self.violations = violations(facts, EACH_BLOCK)
        every = simulation.scenario.check_every_blocks
        if block % every == 0 or block == simulation.world.blocks:
            self._read_accounts(facts)
            self.violations += violations(facts, CHECKPOINT)
        return facts

    def _read_accounts(self, facts: Facts) -> None:
        """Cash and positions of every account, from the chain."""
        accounts = list(facts.mirror.accounts)
        pages = [accounts[start : start + PAGE] for start in range(0, len(accounts), PAGE)]
        cash, held = {}, {}
        for page in pages:
            for account, state in zip(page, self._ask("accounts", page), strict=True):
                cash[account] = state.cash_wad
            for name, rules in self._rules.items():
                states = self._ask("positions", page, rules.market_id)
                for account, state in zip(page, states, strict=True):
                    held[account, name] = (state.size_wad, state.quote_wad)
        facts.chain_accounts, facts.chain_positions = cash, held

    def _ask(self, method: str, *arguments: Any) -> Any:
        lens = self._lens[method]
        return lens.decode(self._simulation.chain.read(self._address, lens.encode(*arguments)))


def _rules(market: MarketConfig) -> MarketRules:
    return MarketRules(
        market_id=market.market_id,
        band_wad=market.mark.band_wad if market.mark.method in BANDED else None,
        stale_s=max(feed.stale_s for feed in market.feeds),
        reward_min_wad=market.liquidation.reward_min_wad,
        reward_max_wad=market.liquidation.reward_max_wad,
    )
