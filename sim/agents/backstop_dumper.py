"""A backstop dumper: makes the pool inherit a position it then pushes the price against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Strategy
from sim.agents.campaign import Campaign, Till, leave, next_turn, size_of, take, wash_trade, worth
from sim.agents.orders import TRADEABLE, size_for
from sim.agents.spot_leg import SpotLeg, push, undo
from sim.types import Action, MarketView, Observation
from sim.types.fields import PositiveWad


class BackstopDumpers(Campaign):
    """The first account opens `notional` on a `side`, and takes out every cent it may.

    A second account, if there is one, is its counterparty and so gains what the first one loses;
    else the book is. Then spot is pushed against the first account on the `leg` for `push_blocks`,
    until it is liquidated: whoever takes the position over pays from there on.
    """

    kind: Literal["backstop_dumper"]
    side: Literal[1, -1] = -1
    notional: PositiveWad
    clip_notional: PositiveWad
    push_blocks: Annotated[int, Field(ge=1)] = 20
    leg: SpotLeg | None = None

    def spots(self) -> tuple[str, ...]:
        """Where it pushes spot."""
        return (self.leg.venue or self.leg.pool or "",) if self.leg else ()

    def build(self, context: AgentContext) -> Strategy:
        """An attacker that has not begun."""
        return BackstopDumper(name=context.name, context=context, config=self)


@dataclass(slots=True, kw_only=True)
class BackstopDumper:
    """One attacker: opening, taking money out by halves, pushing."""

    name: str
    context: AgentContext
    config: BackstopDumpers
    full_block: int = 0
    tries: int = 0
    till: Till = field(default_factory=Till)

    def next_block(self, block: int) -> int:
        """Every block from its first one on."""
        return next_turn(self.config, block)

    def act(self, seen: Observation) -> Sequence[Action]:
        """Open, drain, push, get out."""
        config, view = self.config, seen.markets[self.context.market.name]
        if seen.block < config.starts_at_block or view.mark_wad == 0:
            return ()
        account = self.context.account
        if seen.block >= config.exits_at_block:
            back = undo(config.leg, seen, account, view) if config.leg else []
            return back + leave(seen, self.context.accounts, view, config.slippage)
        if not self.full_block:
            if worth(seen, account, view) < config.notional and self.tries < self._most_tries():
                self.tries += 1
                return self._open(view)
            self.full_block = seen.block
        actions = self.till.ask(seen, account) if size_of(seen, account, view.spec.name) else []
        if config.leg and seen.block < self.full_block + config.push_blocks:
            actions += push(config.leg, seen, account, view, -config.side)
        elif config.leg:
            actions += undo(config.leg, seen, account, view)
        return actions

    def _most_tries(self) -> int:
        """Twice the clips that it takes: a book that gives no more is enough, too."""
        return -(-2 * self.config.notional // self.config.clip_notional)

    def _open(self, view: MarketView) -> list[Action]:
        config, account = self.config, self.context.account
        if view.status not in TRADEABLE:
            return []
        if not self.context.others:
            return take(account, view, config.side, config.clip_notional, config.slippage)
        size_wad = size_for(config.clip_notional, view.mark_wad, view.spec)
        other = self.context.others[0]
        buyer, seller = (account, other) if config.side > 0 else (other, account)
        price_wad = view.mark_wad
        return wash_trade(buyer, seller, view, size_wad, price_wad, rests=other) if size_wad else []
