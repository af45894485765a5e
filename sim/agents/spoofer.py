"""A spoofer: shows large orders it does not want, trades on the other side, and pulls them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Strategy
from sim.agents.campaign import Campaign, close, leave, next_turn, pull, size_of, take
from sim.agents.orders import TRADEABLE, limit_order, size_for
from sim.types import Action, MarketView, Observation, OrderKind, PlaceMany
from sim.types.fields import PositiveWad, Ratio
from sim.units import WAD, mul_down, wad


class Spoofers(Campaign):
    """Shows `wall_notional` in `layers` orders on its `side`, the first `away` from the mark.

    After `show_blocks`, or as soon as the wall is about to be touched (`flinch`), it pulls all of
    it and with its last account takes `real_notional` against those who leaned on the wall; that
    is closed when the wall is next shown.
    """

    kind: Literal["spoofer"]
    side: Literal[1, -1] = 1
    wall_notional: PositiveWad
    layers: Annotated[int, Field(ge=1, le=8)] = 3
    away: Ratio = wad("0.002")
    layer_step: Ratio = wad("0.001")
    flinch: Ratio = wad("0.0005")
    show_blocks: Annotated[int, Field(ge=1)] = 3
    real_notional: PositiveWad

    def build(self, context: AgentContext) -> Strategy:
        """A spoofer that shows nothing yet."""
        return Spoofer(name=context.name, context=context, config=self)


@dataclass(slots=True, kw_only=True)
class Spoofer:
    """One spoofer; it remembers since when its wall stands."""

    name: str
    context: AgentContext
    config: Spoofers
    shown_block: int = 0

    def next_block(self, block: int) -> int:
        """Every block from its first one on."""
        return next_turn(self.config, block)

    def act(self, seen: Observation) -> Sequence[Action]:
        """Show a wall and close what the last one brought; then pull it and trade."""
        config, view = self.config, seen.markets[self.context.market.name]
        if seen.block < config.starts_at_block or view.mark_wad == 0:
            return ()
        shows, trades = self.context.accounts[0], self.context.accounts[-1]
        if seen.block >= config.exits_at_block:
            return leave(seen, self.context.accounts, view, config.slippage)
        wall = seen.account(shows).orders
        if not wall:
            if view.status not in TRADEABLE:
                return ()
            self.shown_block = seen.block
            return [*close(seen, trades, view, config.slippage), *self._wall(shows, view)]
        held = seen.block - self.shown_block >= config.show_blocks
        if not held and not self._touched(view):
            return ()
        actions = pull(seen, shows, view.spec.name)
        # What somebody did get of the wall is given back before anything else.
        actions += close(seen, shows, view, config.slippage)
        if not size_of(seen, trades, view.spec.name):
            side, slippage_wad = -config.side, config.slippage
            actions += take(trades, view, side, config.real_notional, slippage_wad)
        return actions

    def _wall(self, account: int, view: MarketView) -> list[Action]:
        config = self.config
        orders = []
        for layer in range(config.layers):
            away_wad = config.away + layer * config.layer_step
            price_wad = mul_down(view.mark_wad, WAD - config.side * away_wad)
            size_wad = size_for(config.wall_notional // config.layers, price_wad, view.spec)
            if size_wad:
                signed_wad = config.side * size_wad
                kind = OrderKind.POST_ONLY
                orders.append(limit_order(account, view, signed_wad, price_wad, kind=kind))
        if not orders:
            return []
        return [PlaceMany(account=account, market=view.spec.name, orders=tuple(orders))]

    def _touched(self, view: MarketView) -> bool:
        """Whether the far side of the book has come near the wall's first order."""
        front_wad = mul_down(view.mark_wad, WAD - self.config.side * self.config.away)
        near_wad = mul_down(front_wad, WAD + self.config.side * self.config.flinch)
        if self.config.side > 0:
            return 0 < view.best_ask_wad <= near_wad
        return view.best_bid_wad >= near_wad
