"""A market maker: layered quotes on both sides, leaning against its inventory, gone in a storm."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Group, Strategy
from sim.agents.orders import TRADEABLE, limit_order, size_for
from sim.types import (
    Action,
    CancelOrders,
    MarketView,
    Observation,
    OrderKind,
    PlaceMany,
    PlaceOrder,
)
from sim.types.fields import NotNegativeWad, PositiveWad, Ratio, StrictModel
from sim.units import WAD, div_down, mul_down

MAX_CANCELS = 32
BUY, SELL = 1, -1


class Storm(StrictModel):
    """When the reference price ranges over more than `range`, quote less and wider."""

    range: Ratio
    window_blocks: Annotated[int, Field(ge=2, le=10_000)]
    size: Ratio
    spread: PositiveWad


class MarketMakers(Group):
    """`layer_notional` rests at each of `layers` prices a side, `layer_step` apart.

    Ratios are of the reference price. A full inventory (`max_inventory`, quote) moves both sides
    by `skew` and silences the side that would grow it. Quotes are renewed when the reference has
    moved by `refresh`, when a fill has changed what rests, and after `refresh_blocks`.
    """

    kind: Literal["market_maker"]
    reference: Literal["venues", "index", "mark"] = "venues"
    half_spread: Ratio
    layers: Annotated[int, Field(ge=1, le=8)]
    layer_step: Ratio
    layer_notional: PositiveWad
    max_inventory: PositiveWad
    skew: Ratio
    refresh: NotNegativeWad
    refresh_blocks: Annotated[int, Field(ge=1, le=100_000)] = 100
    storm: Storm | None = None

    def build(self, context: AgentContext) -> Strategy:
        """A maker with no quotes yet."""
        window = self.storm.window_blocks if self.storm else 1
        return MarketMaker(
            name=context.name, context=context, config=self, past_wad=deque(maxlen=window)
        )


@dataclass(slots=True, kw_only=True)
class MarketMaker:
    """One maker; what it remembers is its last quotes' reference and the recent prices."""

    name: str
    context: AgentContext
    config: MarketMakers
    past_wad: deque[int] = field(default_factory=deque)
    quoted_at_wad: int = 0
    quoted_block: int = -1
    quoted_calm: bool = True
    resting_wad: int = 0

    def next_block(self, block: int) -> int:
        """A maker watches every block."""
        return block + 1

    def act(self, seen: Observation) -> Sequence[Action]:
        """New quotes in place of the old ones, if they are due."""
        view = seen.markets[self.context.market.name]
        own = seen.account(self.context.account)
        stale = tuple(order.order_id for order in own.orders)
        reference_wad = self._reference(view)
        if view.status not in TRADEABLE or reference_wad == 0:
            self.quoted_block = -1
            return self._cancels(stale)
        self.past_wad.append(reference_wad)
        calm = not self._stormy()
        resting_wad = sum(abs(order.size_wad) for order in own.orders)
        if not self._due(seen.block, reference_wad, resting_wad, calm):
            return ()
        self.quoted_at_wad, self.quoted_block = reference_wad, seen.block
        self.quoted_calm = calm
        position = own.positions.get(self.context.market.name)
        held_wad = mul_down(position.size_wad, reference_wad) if position else 0
        quotes = self._quotes(view, reference_wad, held_wad, calm)
        self.resting_wad = sum(abs(order.size_wad) for order in quotes)
        if not quotes:
            return self._cancels(stale)
        fresh = PlaceMany(
            account=self.context.account, market=self.context.market.name, orders=tuple(quotes)
        )
        return (*self._cancels(stale), fresh)

    def _reference(self, view: MarketView) -> int:
        if self.config.reference == "venues":
            ranked = sorted(view.venues_wad)
            return ranked[len(ranked) // 2] if ranked else view.index_wad
        return view.index_wad if self.config.reference == "index" else view.mark_wad

    def _stormy(self) -> bool:
        storm = self.config.storm
        if storm is None:
            return False
        low_wad, high_wad = min(self.past_wad), max(self.past_wad)
        return div_down(high_wad - low_wad, low_wad) > storm.range

    def _due(self, block: int, reference_wad: int, resting_wad: int, calm: bool) -> bool:
        if self.quoted_block < 0 or calm != self.quoted_calm:
            return True
        moved_wad = div_down(abs(reference_wad - self.quoted_at_wad), self.quoted_at_wad)
        aged = block - self.quoted_block >= self.config.refresh_blocks
        return aged or moved_wad > self.config.refresh or resting_wad != self.resting_wad

    def _quotes(
        self, view: MarketView, reference_wad: int, held_wad: int, calm: bool
    ) -> list[PlaceOrder]:
        config = self.config
        spread_wad, notional_wad = config.half_spread, config.layer_notional
        if not calm and config.storm:
            spread_wad = mul_down(spread_wad, config.storm.spread)
            notional_wad = mul_down(notional_wad, config.storm.size)
        lean_wad = max(-WAD, min(WAD, div_down(held_wad, config.max_inventory)))
        centre_wad = mul_down(reference_wad, WAD - mul_down(config.skew, lean_wad))
        quotes = []
        for layer in range(config.layers):
            away_wad = spread_wad + layer * config.layer_step
            for side in (BUY, SELL):
                if side * lean_wad >= WAD:
                    continue
                price_wad = self._beyond(view, side, mul_down(centre_wad, WAD - side * away_wad))
                size_wad = size_for(notional_wad, price_wad, view.spec) if price_wad > 0 else 0
                if size_wad:
                    quotes.append(
                        limit_order(
                            self.context.account,
                            view,
                            side * size_wad,
                            price_wad,
                            kind=OrderKind.POST_ONLY,
                        )
                    )
        return quotes

    def _beyond(self, view: MarketView, side: int, price_wad: int) -> int:
        """The price, held behind the far side of the book so that the quote does not cross."""
        tick_wad = view.spec.tick_wad
        if side == BUY and view.best_ask_wad:
            return min(price_wad, view.best_ask_wad - tick_wad)
        if side == SELL and view.best_bid_wad:
            return max(price_wad, view.best_bid_wad + tick_wad)
        return price_wad

    def _cancels(self, order_ids: tuple[int, ...]) -> tuple[CancelOrders, ...]:
        return tuple(
            CancelOrders(
                account=self.context.account,
                market=self.context.market.name,
                order_ids=order_ids[i : i + MAX_CANCELS],
            )
            for i in range(0, len(order_ids), MAX_CANCELS)
        )
