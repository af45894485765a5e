"""A spot pump: buys a thin venue or pool to lift the index under a position that is already on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Strategy
from sim.agents.campaign import Campaign, Till, leave, next_turn, size_of, take
from sim.agents.orders import TRADEABLE
from sim.agents.spot_leg import SpotLeg, push, undo
from sim.types import Action, Observation
from sim.types.fields import PositiveWad


class SpotPumps(Campaign):
    """Opens `notional` on a `side`, pushes its `leg` that way for `push_blocks`, asks for its cash.

    Pushing begins when the position is on. After it, spot is sold again a clip a block. With
    `closes` false the position is left where it is: what could be withdrawn is the profit.
    """

    kind: Literal["spot_pump"]
    side: Literal[1, -1] = 1
    notional: PositiveWad
    push_blocks: Annotated[int, Field(ge=1)]
    leg: SpotLeg
    closes: bool = True

    def spots(self) -> tuple[str, ...]:
        """Where it pushes spot."""
        return (self.leg.venue or self.leg.pool or "",)

    def build(self, context: AgentContext) -> Strategy:
        """An attacker that has not begun."""
        return SpotPump(name=context.name, context=context, config=self)


@dataclass(slots=True, kw_only=True)
class SpotPump:
    """One attacker; it remembers when it was in."""

    name: str
    context: AgentContext
    config: SpotPumps
    in_block: int = 0
    till: Till = field(default_factory=Till)

    def next_block(self, block: int) -> int:
        """Every block from its first one on."""
        return next_turn(self.config, block)

    def act(self, seen: Observation) -> Sequence[Action]:
        """Open, push, ask for money, sell, get out."""
        config, account = self.config, self.context.account
        view = seen.markets[self.context.market.name]
        if seen.block < config.starts_at_block or view.mark_wad == 0:
            return ()
        if not self.in_block and size_of(seen, account, view.spec.name):
            self.in_block = seen.block
        pushes = self.in_block and seen.block < self.in_block + config.push_blocks
        if seen.block >= config.exits_at_block:
            actions = undo(config.leg, seen, account, view)
            if config.closes:
                return actions + leave(seen, self.context.accounts, view, config.slippage)
            return actions + self.till.ask(seen, account)
        if not self.in_block:
            if view.status not in TRADEABLE:
                return ()
            return take(account, view, config.side, config.notional, config.slippage)
        if pushes:
            return push(config.leg, seen, account, view, config.side)
        # The price is where it is wanted: money first, then the spot, then the position.
        return [*self.till.ask(seen, account), *undo(config.leg, seen, account, view)]
