"""A trigger keeper: executes what the mark has reached, richest tips first, and moves trails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Group, Strategy
from sim.agents.orders import TRADEABLE
from sim.types import Action, ExecuteTrigger, MarketView, Observation, Ratchet, TriggerKind
from sim.types import TriggerView as Trigger
from sim.types.fields import NotNegativeWad, Ratio
from sim.units import WAD, mul_down, mul_up, wad


class TriggerKeepers(Group):
    """Asks for triggers that pay at least `min_tip`, at most `max_per_block` of them.

    One asked for is left alone for `retry_blocks`: the book may have had nothing for it. A
    trailing stop is shown the mark once that tightens it by the ratio `ratchet_step`.
    """

    kind: Literal["trigger_keeper"]
    renamed_keys: ClassVar[Mapping[str, str]] = {"patience_blocks": "retry_blocks"}
    min_tip: NotNegativeWad = wad("0.1")
    max_per_block: Annotated[int, Field(ge=1, le=1_000)] = 20
    retry_blocks: Annotated[int, Field(ge=1)] = 3
    ratchet_step: Ratio = wad("0.002")

    def build(self, context: AgentContext) -> Strategy:
        """A keeper that has asked for nothing yet."""
        return TriggerKeeper(name=context.name, config=self)


@dataclass(slots=True, kw_only=True)
class TriggerKeeper:
    """One keeper; it remembers what it asked for when."""

    name: str
    config: TriggerKeepers
    asked: dict[int, int] = field(default_factory=dict)

    def next_block(self, block: int) -> int:
        """A keeper watches every block."""
        return block + 1

    def act(self, seen: Observation) -> Sequence[Action]:
        """What fires and pays, highest tip first; then the trails that have something to follow."""
        limit = self.config.max_per_block
        due: list[Trigger] = []
        trails: list[Trigger] = []
        for trigger in seen.triggers():
            view = seen.markets[trigger.market]
            if view.status not in TRADEABLE or trigger.tip_wad < self.config.min_tip:
                continue
            if fires(trigger, view.mark_wad):
                due.append(trigger)
            elif lags(trigger, view, self.config.ratchet_step):
                trails.append(trigger)
        waited = [one for one in due if self._has_waited(one.trigger_id, seen.block)]
        chosen = sorted(waited, key=lambda one: (-one.tip_wad, one.trigger_id))[:limit]
        self.asked |= {one.trigger_id: seen.block for one in chosen}
        actions: list[Action] = [ExecuteTrigger(trigger_id=one.trigger_id) for one in chosen]
        actions += [Ratchet(trigger_id=one.trigger_id) for one in trails]
        return actions[:limit]

    def _has_waited(self, trigger_id: int, block: int) -> bool:
        return block - self.asked.get(trigger_id, -(2**62)) >= self.config.retry_blocks


def fires(trigger: Trigger, mark_wad: int) -> bool:
    """Whether the mark has reached it."""
    below = trigger.is_long != (trigger.kind is TriggerKind.TAKE_PROFIT)
    return mark_wad <= trigger.trigger_wad if below else mark_wad >= trigger.trigger_wad


def lags(trigger: Trigger, view: MarketView, step_wad: int) -> bool:
    """Whether the mark would tighten a trailing stop by at least a ratio of its price."""
    if trigger.kind is not TriggerKind.TRAILING_STOP:
        return False
    if trigger.is_long:
        at_wad = mul_down(view.mark_wad, WAD - trigger.trail_wad)
        return at_wad >= mul_up(trigger.trigger_wad, WAD + step_wad)
    at_wad = mul_up(view.mark_wad, WAD + trigger.trail_wad)
    return at_wad <= mul_down(trigger.trigger_wad, WAD - step_wad)
