"""A mean reverter: sells what has risen above its own average, and buys what has fallen below."""

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


class MeanReverters(Group):
    """Adds `clip_notional` while the mark is `entry` away from its mean over `window_checks`.

    Leaves when the mark has come back to within `exit` of the mean, or strayed `give_up` from it.
    """

    kind: Literal["mean_reverter"]
    window_checks: Annotated[int, Field(ge=2, le=1_000)] = 20
    check_blocks: Annotated[int, Field(ge=1)] = 2
    entry: Ratio
    exit: Ratio = 0
    give_up: Ratio = wad(1)
    clip_notional: PositiveDistribution
    max_notional: PositiveWad
    slippage: Ratio = wad("0.01")

    def build(self, context: AgentContext) -> Strategy:
        """A trader without a past, with a clip of its own."""
        return MeanReverter(
            name=context.name,
            context=context,
            config=self,
            clip_wad=self.clip_notional.draw_wad(context.rng),
            past_wad=deque(maxlen=self.window_checks),
        )


@dataclass(slots=True, kw_only=True)
class MeanReverter:
    """One mean reverter; it remembers the marks it saw."""

    name: str
    context: AgentContext
    config: MeanReverters
    clip_wad: int
    past_wad: deque[int] = field(default_factory=deque)

    def next_block(self, block: int) -> int:
        """Every few blocks."""
        return block + self.config.check_blocks

    def act(self, seen: Observation) -> Sequence[Action]:
        """A clip towards the mean; all of a position that is there, or that has lost too much."""
        view, config = seen.markets[self.context.market.name], self.config
        if view.mark_wad == 0:
            return ()
        self.past_wad.append(view.mark_wad)
        if len(self.past_wad) < config.window_checks:
            return ()
        mean_wad = sum(self.past_wad) // len(self.past_wad)
        away_wad = div_down(view.mark_wad - mean_wad, mean_wad)
        position = seen.account(self.context.account).positions.get(view.spec.name)
        held_wad = position.size_wad if position else 0
        # A short waits above the mean, a long below it; beyond it, the position has arrived.
        waits_wad = -away_wad if held_wad > 0 else away_wad
        if held_wad and not config.exit < waits_wad < config.give_up:
            order = market_order(
                self.context.account, view, -held_wad, config.slippage, reduce_only=True
            )
            return (order,)
        full = abs(mul_down(held_wad, view.mark_wad)) >= config.max_notional
        size_wad = size_for(self.clip_wad, view.mark_wad, view.spec)
        stretched = config.entry <= abs(away_wad) < config.give_up
        if not stretched or full or size_wad == 0 or view.status not in TRADEABLE:
            return ()
        side = -1 if away_wad > 0 else 1
        return (market_order(self.context.account, view, side * size_wad, config.slippage),)
