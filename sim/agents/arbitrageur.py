"""An arbitrageur: trades the book against the venues' median when they are a threshold apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Group, Strategy
from sim.agents.orders import TRADEABLE, size_for, tick_down, tick_up
from sim.types import Action, MarketView, Observation, OrderKind, PlaceOrder
from sim.types.fields import PositiveWad, Ratio
from sim.units import WAD, mul_down, mul_up


class Arbitrageurs(Group):
    """Takes `clip_notional` when the book is worse than the venues by `edge`, up to `max_notional`.

    Its hedge on the venues is not modelled: what is measured is what it does to the book.
    """

    kind: Literal["arbitrageur"]
    edge: Ratio
    clip_notional: PositiveWad
    max_notional: PositiveWad
    cooldown_blocks: Annotated[int, Field(ge=1)] = 1

    def build(self, context: AgentContext) -> Strategy:
        """An arbitrageur that is flat."""
        return Arbitrageur(name=context.name, context=context, config=self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arbitrageur:
    """One arbitrageur; what it does depends on the block alone."""

    name: str
    context: AgentContext
    config: Arbitrageurs

    def next_block(self, block: int) -> int:
        """After its cool-down."""
        return block + self.config.cooldown_blocks

    def act(self, seen: Observation) -> Sequence[Action]:
        """One order towards the venues, if the book is far enough from them."""
        view = seen.markets[self.context.market.name]
        if view.status not in TRADEABLE or not view.venues_wad:
            return ()
        ranked = sorted(view.venues_wad)
        fair_wad = ranked[len(ranked) // 2]
        cheap_wad = mul_down(fair_wad, WAD - self.config.edge)
        dear_wad = mul_up(fair_wad, WAD + self.config.edge)
        position = seen.account(self.context.account).positions.get(view.spec.name)
        held_wad = mul_down(position.size_wad, fair_wad) if position else 0
        if 0 < view.best_ask_wad < cheap_wad and held_wad < self.config.max_notional:
            return self._take(view, 1, tick_down(cheap_wad, view.spec))
        if view.best_bid_wad > dear_wad and held_wad > -self.config.max_notional:
            return self._take(view, -1, tick_up(dear_wad, view.spec))
        return ()

    def _take(self, view: MarketView, side: int, bound_wad: int) -> Sequence[Action]:
        size_wad = size_for(self.config.clip_notional, bound_wad, view.spec)
        if size_wad == 0:
            return ()
        return (
            PlaceOrder(
                account=self.context.account,
                market=view.spec.name,
                size_wad=side * size_wad,
                price_wad=bound_wad,
                kind=OrderKind.IOC,
            ),
        )
