"""A momentum trader: follows the mark's recent move, and leaves when the move is over."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Group, PositiveDistribution, Strategy
from sim.agents.orders import TRADEABLE, market_order, size_for
from sim.types import Action, Observation
from sim.types.fields import PositiveWad, Ratio
from sim.units import div_down, mul_down, wad


class MomentumTraders(Group):
    """Adds `clip_notional` each time the mark has moved by `threshold` over `window_checks`."""

    kind: Literal["momentum_trader"]
    window_checks: Annotated[int, Field(ge=2, le=1_000)] = 10
    check_blocks: Annotated[int, Field(ge=1)] = 2
    threshold: Ratio
    clip_notional: PositiveDistribution
    max_notional: PositiveWad
    slippage: Ratio = wad("0.01")

    def build(self, context: AgentContext) -> Strategy:
        """A trader without a past, with a clip of its own."""
        return MomentumTrader(
            name=context.name,
            context=context,
            config=self,
            clip_wad=self.clip_notional.draw_wad(context.rng),
            past_wad=deque(maxlen=self.window_checks),
        )


@dataclass(slots=True, kw_only=True)
class MomentumTrader:
    """One momentum trader; it remembers the marks it saw."""

    name: str
    context: AgentContext
    config: MomentumTraders
    clip_wad: int
    past_wad: deque[int] = field(default_factory=deque)

    def next_block(self, block: int) -> int:
        """Every few blocks."""
        return block + self.config.check_blocks

    def act(self, seen: Observation) -> Sequence[Action]:
        """A clip with the move; all of a position the move has turned against."""
        view = seen.markets[self.context.market.name]
        if view.mark_wad == 0:
            return ()
        self.past_wad.append(view.mark_wad)
        if len(self.past_wad) < self.config.window_checks:
            return ()
        move_wad = div_down(view.mark_wad - self.past_wad[0], self.past_wad[0])
        trend = (move_wad >= self.config.threshold) - (move_wad <= -self.config.threshold)
        position = seen.account(self.context.account).positions.get(view.spec.name)
        held_wad = position.size_wad if position else 0
        if held_wad * trend < 0 or (held_wad and move_wad * held_wad < 0):
            slippage_wad = self.config.slippage
            return (
                market_order(self.context.account, view, -held_wad, slippage_wad, reduce_only=True),
            )
        full = abs(mul_down(held_wad, view.mark_wad)) >= self.config.max_notional
        size_wad = size_for(self.clip_wad, view.mark_wad, view.spec)
        if trend == 0 or full or size_wad == 0 or view.status not in TRADEABLE:
            return ()
        return (market_order(self.context.account, view, trend * size_wad, self.config.slippage),)
