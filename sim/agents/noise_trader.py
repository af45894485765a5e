"""A noise trader: buys or sells a clip on a coin toss, and leans back to flat as it fills up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Group, PositiveDistribution, Strategy
from sim.agents.orders import TRADEABLE, limit_order, market_order, size_for
from sim.types import Action, CancelOrders, Observation
from sim.types.fields import PositiveWad, Ratio
from sim.units import WAD, div_down, mul_down, to_float, wad, wad_from_float


class NoiseTraders(Group):
    """Trades every `mean_wait_blocks` on average; `max_notional` is as far as it lets itself go.

    A `passive` share of its orders rests at up to `depth` from the mark, for `rest_s`.
    """

    kind: Literal["noise_trader"]
    mean_wait_blocks: Annotated[float, Field(ge=1)] = 10.0
    clip_notional: PositiveDistribution
    max_notional: PositiveWad
    passive: Ratio = 0
    depth: Ratio = wad("0.002")
    rest_s: Annotated[int, Field(ge=1)] = 60
    slippage: Ratio = wad("0.01")

    def build(self, context: AgentContext) -> Strategy:
        """A trader that is flat."""
        return NoiseTrader(name=context.name, context=context, config=self)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseTrader:
    """One noise trader; it remembers nothing but its stream."""

    name: str
    context: AgentContext
    config: NoiseTraders

    def next_block(self, block: int) -> int:
        """A memoryless wait, at least one block."""
        return block + int(self.context.rng.geometric(1 / self.config.mean_wait_blocks))

    def act(self, seen: Observation) -> Sequence[Action]:
        """One order, after taking back those that still rest."""
        view = seen.markets[self.context.market.name]
        rng = self.context.rng
        toss, patience, depth = rng.random(), rng.random(), rng.random()
        notional_wad = self.config.clip_notional.draw_wad(rng)
        own = seen.account(self.context.account)
        stale = tuple(order.order_id for order in own.orders)[:32]
        actions: list[Action] = []
        if stale:
            actions.append(
                CancelOrders(account=own.account, market=view.spec.name, order_ids=stale)
            )
        size_wad = size_for(notional_wad, view.mark_wad, view.spec) if view.mark_wad else 0
        if view.status not in TRADEABLE or size_wad == 0:
            return actions
        position = own.positions.get(view.spec.name)
        held_wad = mul_down(position.size_wad, view.mark_wad) if position else 0
        lean = to_float(div_down(held_wad, self.config.max_notional))
        side = 1 if toss < 0.5 - 0.5 * lean else -1
        if patience < to_float(self.config.passive):
            away_wad = mul_down(self.config.depth, wad_from_float(depth))
            price_wad = mul_down(view.mark_wad, WAD - side * away_wad)
            expires_at = seen.time_s + self.config.rest_s
            actions.append(
                limit_order(own.account, view, side * size_wad, price_wad, expires_at=expires_at)
            )
        else:
            actions.append(market_order(own.account, view, side * size_wad, self.config.slippage))
        return actions
