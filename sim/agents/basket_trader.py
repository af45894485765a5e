"""A basket trader: several markets on one cross account, where one's loss is another's margin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import (
    NEVER,
    AgentContext,
    Group,
    NotNegativeDistribution,
    PositiveDistribution,
    Strategy,
)
from sim.agents.orders import TRADEABLE, market_order, size_for
from sim.types import Action, MarketView, Observation
from sim.types.fields import Distribution, Ratio
from sim.units import WAD, div_down, mul_down, wad


class BasketTraders(Group):
    """Opens `leverage` times its capital, in equal parts and on the side given in each market.

    `stop_loss` is the ratio of its capital at whose loss it sells everything. The `cushion` keeps
    that share of the capital free for fees and slippage.
    """

    kind: Literal["basket_trader"]
    margin: Literal["cross"] = "cross"
    sides: Annotated[Mapping[str, Literal[1, -1]], Field(min_length=1)]
    leverage: Distribution
    opens_at_block: NotNegativeDistribution = Distribution(constant=1.0)
    check_blocks: Annotated[int, Field(ge=1)] = 5
    stop_loss: PositiveDistribution | None = None
    cushion: Ratio = wad("0.02")
    slippage: Ratio = wad("0.02")

    def highest_leverage(self) -> float:
        """The most leverage a member may draw."""
        return self.leverage.highest()

    def all_markets(self) -> tuple[str, ...]:
        """Those of the basket too."""
        return (self.market, *self.sides)

    def build(self, context: AgentContext) -> Strategy:
        """A trader that has not opened yet; its numbers are drawn in one fixed order."""
        rng = context.rng
        return BasketTrader(
            name=context.name,
            context=context,
            config=self,
            leverage_wad=self.leverage.draw_wad(rng),
            opens_at=round(self.opens_at_block.draw(rng)),
            loss_wad=self.stop_loss.draw_wad(rng) if self.stop_loss else NEVER * WAD,
        )


@dataclass(slots=True, kw_only=True)
class BasketTrader:
    """One trader: what is not bought yet, and whether it is selling out."""

    name: str
    context: AgentContext
    config: BasketTraders
    leverage_wad: int
    opens_at: int
    loss_wad: int
    has_opened: bool = False
    is_closing: bool = False

    def next_block(self, block: int) -> int:
        """Its opening, then every few blocks."""
        return max(self.opens_at, block + (1 if self.is_closing else self.config.check_blocks))

    def act(self, seen: Observation) -> Sequence[Action]:
        """The whole basket at once; later, if it lost too much, everything sold."""
        views = {name: seen.markets[name] for name in self.config.sides}
        if seen.block < self.opens_at or any(one.mark_wad == 0 for one in views.values()):
            return ()
        own = seen.account(self.context.account)
        held = {name: own.positions[name] for name in views if name in own.positions}
        if not self.has_opened:
            if any(one.status not in TRADEABLE for one in views.values()):
                return ()
            self.has_opened = True
            return [order for view in views.values() for order in self._open(view)]
        worth_wad = own.cash_wad + sum(
            mul_down(one.size_wad, views[name].mark_wad) + one.quote_wad
            for name, one in held.items()
        )
        lost_wad = div_down(self.context.capital_wad - worth_wad, self.context.capital_wad)
        self.is_closing = bool(held) and (self.is_closing or lost_wad >= self.loss_wad)
        if not self.is_closing:
            return ()
        slippage_wad = self.config.slippage
        return [
            market_order(own.account, views[name], -one.size_wad, slippage_wad, reduce_only=True)
            for name, one in held.items()
            if one.size_wad
        ]

    def _open(self, view: MarketView) -> Sequence[Action]:
        """Its equal part of the basket in one market."""
        stake_wad = mul_down(self.context.capital_wad, WAD - self.config.cushion)
        part_wad = mul_down(stake_wad, self.leverage_wad) // len(self.config.sides)
        size_wad = size_for(part_wad, view.mark_wad, view.spec)
        side = self.config.sides[view.spec.name]
        order = market_order(self.context.account, view, side * size_wad, self.config.slippage)
        return (order,) if size_wad else ()
