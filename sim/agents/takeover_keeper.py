"""A takeover keeper: buys what the book cannot from the failing, at a discount, and sells it on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Group, Strategy
from sim.agents.liquidation_keeper import Liquidatable, worst_first
from sim.agents.orders import TRADEABLE, equity, lots, market_order, size_for
from sim.types import Action, MarketView, Observation, TakeOver, TakeoverView
from sim.types.fields import PositiveWad, Ratio
from sim.units import WAD, div_down, mul_down, wad

TAKE_OVER = TakeOver.__name__


class TakeoverKeepers(Group):
    """Takes positions over at `discount` from mark or more, gas taken off, worst accounts first.

    It holds up to `leverage` times its equity, and brings what it holds back to the book in orders
    of `clip_notional` that take a price down to `exit_slippage` from mark.
    """

    kind: Literal["takeover_keeper"]
    discount: Ratio
    leverage: PositiveWad = 5 * WAD
    clip_notional: PositiveWad
    exit_slippage: Ratio = wad("0.001")
    max_per_block: Annotated[int, Field(ge=1, le=100)] = 4

    def build(self, context: AgentContext) -> Strategy:
        """A keeper that holds nothing."""
        return TakeoverKeeper(name=context.name, context=context, config=self)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoverKeeper:
    """One keeper; what it does depends on the block alone."""

    name: str
    context: AgentContext
    config: TakeoverKeepers

    def next_block(self, block: int) -> int:
        """A keeper watches every block."""
        return block + 1

    def act(self, seen: Observation) -> Sequence[Action]:
        """Sell a clip of what it holds; take over what its equity still carries."""
        view = seen.markets[self.context.market.name]
        if view.status not in TRADEABLE or view.mark_wad == 0:
            return ()
        own = seen.account(self.context.account)
        position = own.positions.get(view.spec.name)
        size_wad, quote_wad = (position.size_wad, position.quote_wad) if position else (0, 0)
        worth_wad = equity(own.cash_wad, size_wad, quote_wad, view.mark_wad)
        room_wad = mul_down(max(worth_wad, 0), self.config.leverage)
        room_wad -= mul_down(abs(size_wad), view.mark_wad)
        actions = self._exit(view, size_wad) if size_wad else []
        for liquidatable in worst_first(seen.margins(), 0.0):
            if len(actions) == self.config.max_per_block or room_wad <= 0:
                break
            if (
                liquidatable.market != view.spec.name
                or liquidatable.account == self.context.account
            ):
                continue
            wanted = self._wanted(seen, view, liquidatable, room_wad)
            if wanted is not None:
                room_wad -= mul_down(wanted.size_wad, view.mark_wad)
                actions.append(wanted)
        return actions

    def _wanted(
        self, seen: Observation, view: MarketView, liquidatable: Liquidatable, room_wad: int
    ) -> TakeOver | None:
        """As much of a position as there is room for, where the price is right."""
        offer = seen.takeover(liquidatable.account, liquidatable.market)
        if offer is None or book_can_fill(view, offer, is_long=liquidatable.size_wad > 0):
            return None
        size_wad = min(offer.size_wad, lots(div_down(room_wad, view.mark_wad), view.spec))
        if size_wad == 0:
            return None
        side = 1 if liquidatable.size_wad > 0 else -1
        gain_wad = mul_down(size_wad, side * (view.mark_wad - offer.price_wad))
        least_wad = mul_down(mul_down(size_wad, view.mark_wad), self.config.discount)
        if gain_wad < least_wad + seen.gas.cost_wad(TAKE_OVER):
            return None
        return TakeOver(
            account=liquidatable.account,
            market=liquidatable.market,
            size_wad=size_wad,
            receiver=self.context.account,
        )

    def _exit(self, view: MarketView, size_wad: int) -> list[Action]:
        """A clip of the position to the book; of a rest too small for an order, all of it."""
        clip_wad = size_for(self.config.clip_notional, view.mark_wad, view.spec)
        least_wad = lots(div_down(view.spec.min_notional_wad, view.mark_wad), view.spec)
        clip_wad = max(min(clip_wad, abs(size_wad)), least_wad + view.spec.lot_wad)
        side = -1 if size_wad > 0 else 1
        slippage_wad = self.config.exit_slippage
        account = self.context.account
        return [market_order(account, view, side * clip_wad, slippage_wad, reduce_only=True)]


def book_can_fill(view: MarketView, offer: TakeoverView, *, is_long: bool) -> bool:
    """Whether the book's best is good enough for the liquidator, which then refuses a takeover."""
    if is_long:
        return view.best_bid_wad >= offer.limit_wad
    return 0 < view.best_ask_wad <= offer.limit_wad
