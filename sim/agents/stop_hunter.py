"""A stop-hunter: pushes the price into other people's stops, and trades the rebound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Group, Strategy
from sim.agents.campaign import close, size_of, take, worth
from sim.agents.orders import TRADEABLE
from sim.agents.spot_leg import SpotLeg, push, undo
from sim.types import Action, MarketView, Observation, TriggerKind
from sim.types.fields import PositiveWad, Ratio
from sim.units import WAD, mul_down, wad


class StopHunters(Group):
    """Hunts where at least `min_stops` stops stand within `reach` of the mark on one side.

    It takes `clip_notional` a block off the book towards them (and pushes spot on its `leg`, if it
    has one) until they have fired, `max_notional` is used up or `push_blocks` are over. Then it
    turns: closes into those who were stopped, and holds `rebound` of what it pushed with the other
    way for `hold_blocks`.
    """

    kind: Literal["stop_hunter"]
    min_stops: Annotated[int, Field(ge=1)] = 3
    reach: Ratio = wad("0.02")
    clip_notional: PositiveWad
    max_notional: PositiveWad
    push_blocks: Annotated[int, Field(ge=1)] = 10
    rebound: Ratio = wad("0.5")
    hold_blocks: Annotated[int, Field(ge=1)] = 10
    rest_blocks: Annotated[int, Field(ge=0)] = 20
    slippage: Ratio = wad("0.02")
    leg: SpotLeg | None = None

    def spots(self) -> tuple[str, ...]:
        """Where it pushes spot."""
        return (self.leg.venue or self.leg.pool or "",) if self.leg else ()

    def build(self, context: AgentContext) -> Strategy:
        """A hunter at rest."""
        return StopHunter(name=context.name, context=context, config=self)


class Hunt(Enum):
    """Where a hunt stands."""

    WATCHING = auto()
    PUSHING = auto()
    TURNING = auto()
    HOLDING = auto()


@dataclass(slots=True, kw_only=True)
class StopHunter:
    """One hunter: watching, pushing towards stops, turning, holding the rebound."""

    name: str
    context: AgentContext
    config: StopHunters
    hunt: Hunt = Hunt.WATCHING
    side: int = 0
    since_block: int = 0
    pushed_wad: int = 0

    def next_block(self, block: int) -> int:
        """A hunter watches every block."""
        return block + 1

    def act(self, seen: Observation) -> Sequence[Action]:
        """One step of the hunt."""
        view = seen.markets[self.context.market.name]
        if view.mark_wad == 0 or view.status not in TRADEABLE:
            return ()
        if self.hunt is Hunt.WATCHING and seen.block >= self.since_block:
            self.side = prey(seen, view, self.config)
            if self.side:
                self.hunt, self.since_block, self.pushed_wad = Hunt.PUSHING, seen.block, 0
        leg = self.config.leg
        if self.hunt is Hunt.PUSHING:
            return self._push(seen, view)
        back = undo(leg, seen, self.context.account, view) if leg else []
        if self.hunt is Hunt.TURNING:
            return back + self._turn(seen, view)
        if self.hunt is Hunt.HOLDING and seen.block - self.since_block >= self.config.hold_blocks:
            return back + self._finish(seen, view)
        return back

    def _push(self, seen: Observation, view: MarketView) -> list[Action]:
        config, account = self.config, self.context.account
        used_wad = worth(seen, account, view)
        self.pushed_wad = max(self.pushed_wad, used_wad)
        late = seen.block - self.since_block >= config.push_blocks
        if late or prey(seen, view, config) != self.side or used_wad >= config.max_notional:
            self.hunt, self.since_block = Hunt.TURNING, seen.block
            return self._turn(seen, view)
        actions = take(account, view, self.side, config.clip_notional, config.slippage)
        return actions + (push(config.leg, seen, account, view, self.side) if config.leg else [])

    def _turn(self, seen: Observation, view: MarketView) -> list[Action]:
        """One order that closes and opens the rebound; tried until there is none of the push."""
        account, held_wad = (
            self.context.account,
            size_of(seen, self.context.account, view.spec.name),
        )
        if held_wad * self.side <= 0:
            self.hunt, self.since_block = Hunt.HOLDING, seen.block
            return []
        aim_wad = mul_down(self.pushed_wad, self.config.rebound)
        notional_wad = worth(seen, account, view) + aim_wad
        return take(account, view, -self.side, notional_wad, self.config.slippage)

    def _finish(self, seen: Observation, view: MarketView) -> list[Action]:
        closing = close(seen, self.context.account, view, self.config.slippage)
        if not closing:
            self.hunt, self.since_block = Hunt.WATCHING, seen.block + self.config.rest_blocks
        return closing


def prey(seen: Observation, view: MarketView, config: StopHunters) -> int:
    """The side with most stops in reach: -1 below the mark, 1 above it; 0 if too few."""
    low_wad = mul_down(view.mark_wad, WAD - config.reach)
    high_wad = mul_down(view.mark_wad, WAD + config.reach)
    below = above = 0
    for trigger in seen.triggers():
        if trigger.market != view.spec.name or trigger.kind is TriggerKind.TAKE_PROFIT:
            continue
        below += trigger.is_long and low_wad <= trigger.trigger_wad < view.mark_wad
        above += not trigger.is_long and view.mark_wad < trigger.trigger_wad <= high_wad
    if max(below, above) < config.min_stops:
        return 0
    return -1 if below >= above else 1
