"""A front-runner of rebalancing: buys ahead of a token's known flow and sells into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Group, Strategy
from sim.agents.orders import TRADEABLE, limit_order, lots, market_order
from sim.types import Action, CancelOrders, MarketView, Observation, PlaceOrder, TokenView
from sim.types.fields import PositiveWad, Ratio
from sim.units import WAD, div_down, mul_down, wad


class RebalanceFrontRunners(Group):
    """Trades `flow_share` of what a token is about to trade, up to `max_notional`.

    It enters once the token is due within `lead_s` or is out of its band, if the flow is at least
    `min_flow` (quote); rests its exit at `take` of the worst price the token accepts; and gives up
    at the market after `hold_blocks`.
    """

    kind: Literal["rebalance_front_runner"]
    token: str
    lead_s: Annotated[int, Field(ge=0, le=86_400)] = 60
    min_flow: PositiveWad = wad(1_000)
    flow_share: Ratio = wad("0.5")
    max_notional: PositiveWad
    take: Ratio = wad("0.9")
    hold_blocks: Annotated[int, Field(ge=1)] = 10
    slippage: Ratio = wad("0.002")

    def build(self, context: AgentContext) -> Strategy:
        """One that waits for a flow."""
        return RebalanceFrontRunner(name=context.name, context=context, config=self)


@dataclass(slots=True, kw_only=True)
class RebalanceFrontRunner:
    """One front-runner; it remembers when it entered."""

    name: str
    context: AgentContext
    config: RebalanceFrontRunners
    entered_at: int = 0

    def next_block(self, block: int) -> int:
        """It watches every block."""
        return block + 1

    def act(self, seen: Observation) -> Sequence[Action]:
        """Enter ahead of a flow; then offer to it, for so many blocks; then be gone."""
        view = seen.markets[self.context.market.name]
        own = seen.account(self.context.account)
        position = own.positions.get(view.spec.name)
        held_wad = position.size_wad if position else 0
        token = seen.tokens[self.config.token]
        if held_wad == 0:
            return self._enter(seen, view, token)
        if seen.block - self.entered_at < self.config.hold_blocks:
            return () if own.orders else (self._offer(view, token, held_wad),)
        ids = tuple(one.order_id for one in own.orders)
        acts: list[Action] = []
        if ids:
            acts.append(CancelOrders(account=own.account, market=view.spec.name, order_ids=ids))
        bound_wad = self.config.slippage
        acts.append(market_order(own.account, view, -held_wad, bound_wad, reduce_only=True))
        return acts

    def _enter(self, seen: Observation, view: MarketView, token: TokenView) -> Sequence[Action]:
        near = seen.time_s + self.config.lead_s >= token.next_rebalance_at
        flow_wad = mul_down(abs(token.target_delta_wad), view.mark_wad)
        if view.status not in TRADEABLE or not (near or token.is_due):
            return ()
        clip_wad = min(mul_down(flow_wad, self.config.flow_share), self.config.max_notional)
        size_wad = lots(div_down(clip_wad, view.mark_wad), view.spec)
        if flow_wad < self.config.min_flow or size_wad == 0:
            return ()
        self.entered_at = seen.block
        signed_wad = size_wad if token.target_delta_wad > 0 else -size_wad
        return (market_order(self.context.account, view, signed_wad, self.config.slippage),)

    def _offer(self, view: MarketView, token: TokenView, held_wad: int) -> PlaceOrder:
        away_wad = mul_down(token.slippage_wad, self.config.take)
        at_wad = mul_down(view.mark_wad, WAD + (away_wad if held_wad > 0 else -away_wad))
        return limit_order(self.context.account, view, -held_wad, at_wad)
