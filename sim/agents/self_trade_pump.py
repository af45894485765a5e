"""A self-trade pump: two accounts of one attacker trade with each other, always a little higher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sim.agents.base import AgentContext, Strategy
from sim.agents.campaign import Campaign, Till, leave, next_turn, pull, wash_trade, worth
from sim.agents.orders import TRADEABLE, size_for
from sim.agents.spot_leg import SpotLeg, push, undo
from sim.types import Action, MarketView, Observation
from sim.types.fields import PositiveWad, Ratio
from sim.units import WAD, mul_down, wad


class SelfTradePumps(Campaign):
    """The first account buys from the second, `clip_notional` a block, `step` above the last.

    What others offer on the way there it buys too. Once `max_notional` is open the trades stop;
    spot is pushed on the `leg` all along. The first account asks every block for all its cash: what
    it may take out against profit on paper is what this attack is about.
    """

    kind: Literal["self_trade_pump"]
    clip_notional: PositiveWad
    max_notional: PositiveWad
    step: Ratio = wad("0.01")
    leg: SpotLeg | None = None
    closes: bool = True

    def least_accounts(self) -> int:
        """One to buy, one to sell."""
        return 2

    def spots(self) -> tuple[str, ...]:
        """Where it pushes spot."""
        return (self.leg.venue or self.leg.pool or "",) if self.leg else ()

    def build(self, context: AgentContext) -> Strategy:
        """An attacker that has not begun."""
        return SelfTradePump(name=context.name, context=context, config=self)


@dataclass(slots=True, kw_only=True)
class SelfTradePump:
    """One attacker; it remembers what it was refused."""

    name: str
    context: AgentContext
    config: SelfTradePumps
    till: Till = field(default_factory=Till)

    def next_block(self, block: int) -> int:
        """Every block from its first one on."""
        return next_turn(self.config, block)

    def act(self, seen: Observation) -> Sequence[Action]:
        """Pump and ask for money; at the end get out, unless it leaves the loser behind."""
        config, view = self.config, seen.markets[self.context.market.name]
        if seen.block < config.starts_at_block or view.mark_wad == 0:
            return ()
        buyer, seller = self.context.accounts[:2]
        if seen.block >= config.exits_at_block:
            back = undo(config.leg, seen, buyer, view) if config.leg else []
            if not config.closes:
                return back + self.till.ask(seen, buyer)
            return back + leave(seen, self.context.accounts, view, config.slippage)
        actions = pull(seen, buyer, view.spec.name) + pull(seen, seller, view.spec.name)
        if config.leg:
            actions += push(config.leg, seen, buyer, view, 1)
        if view.status in TRADEABLE and worth(seen, buyer, view) < config.max_notional:
            actions += self._wash(view, buyer, seller)
        elif worth(seen, buyer, view):
            actions += self.till.ask(seen, buyer)
        return actions

    def _wash(self, view: MarketView, buyer: int, seller: int) -> list[Action]:
        """A trade above the higher of mark and last price, no further than the book would fill."""
        config = self.config
        reached_wad = max(view.last_price_wad, view.mark_wad)
        highest_wad = mul_down(view.mark_wad, WAD + config.slippage)
        price_wad = min(mul_down(reached_wad, WAD + config.step), highest_wad)
        size_wad = size_for(config.clip_notional, price_wad, view.spec)
        return (
            wash_trade(buyer, seller, view, size_wad, price_wad, rests=seller) if size_wad else []
        )
