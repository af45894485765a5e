"""A basis trader: perp against spot when they are further apart than carrying both costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Group, Strategy
from sim.agents.orders import TRADEABLE, size_for, tick_down, tick_up
from sim.agents.spot_leg import fair_price, hedge
from sim.types import Action, MarketView, Observation, OrderKind, PlaceOrder
from sim.types.fields import PositiveWad, Ratio
from sim.units import WAD, mul_down, mul_up


class BasisTraders(Group):
    """Sells a perp that is `carry` above spot (buys one below), and holds until it has converged.

    `carry` is the band inside which fees and funding to convergence eat the difference; a position
    is closed when what is left of the difference is `exit`. On a `venue` whose depth is known it
    hedges each fill with spot, out of `venue_cash`; without one it bets on convergence alone.
    """

    kind: Literal["basis_trader"]
    carry: Ratio
    exit: Ratio = 0
    clip_notional: PositiveWad
    max_notional: PositiveWad
    venue: str | None = None
    check_blocks: Annotated[int, Field(ge=1)] = 1

    def spots(self) -> tuple[str, ...]:
        """Its venue."""
        return (self.venue,) if self.venue else ()

    def build(self, context: AgentContext) -> Strategy:
        """A trader that is flat."""
        return BasisTrader(name=context.name, context=context, config=self)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisTrader:
    """One basis trader; what it does depends on the block alone."""

    name: str
    context: AgentContext
    config: BasisTraders

    def next_block(self, block: int) -> int:
        """Every few blocks."""
        return block + self.config.check_blocks

    def act(self, seen: Observation) -> Sequence[Action]:
        """The hedge of what has been filled, and one order where the basis calls for it."""
        view = seen.markets[self.context.market.name]
        hedges = (
            hedge(self.config.venue, seen, self.context.account, view) if self.config.venue else []
        )
        if view.status not in TRADEABLE:
            return hedges
        position = seen.account(self.context.account).positions.get(view.spec.name)
        return hedges + self._perp(view, position.size_wad if position else 0)

    def _perp(self, view: MarketView, held_wad: int) -> list[Action]:
        config, spot_wad = self.config, fair_price(view)
        held_notional_wad = mul_down(held_wad, spot_wad)
        dear_wad = tick_up(mul_up(spot_wad, WAD + config.carry), view.spec)
        cheap_wad = tick_down(mul_down(spot_wad, WAD - config.carry), view.spec)
        if view.best_bid_wad >= dear_wad and held_notional_wad > -config.max_notional:
            return self._take(view, -size_for(config.clip_notional, spot_wad, view.spec), dear_wad)
        if 0 < view.best_ask_wad <= cheap_wad and held_notional_wad < config.max_notional:
            return self._take(view, size_for(config.clip_notional, spot_wad, view.spec), cheap_wad)
        clip_wad = min(abs(held_wad), size_for(config.clip_notional, spot_wad, view.spec))
        home_wad = tick_down(mul_down(spot_wad, WAD + config.exit), view.spec)
        if held_wad < 0 < view.best_ask_wad <= home_wad:
            return self._take(view, clip_wad, home_wad, reduce_only=True)
        home_wad = tick_up(mul_up(spot_wad, WAD - config.exit), view.spec)
        if held_wad > 0 and view.best_bid_wad >= home_wad:
            return self._take(view, -clip_wad, home_wad, reduce_only=True)
        return []

    def _take(
        self, view: MarketView, size_wad: int, bound_wad: int, *, reduce_only: bool = False
    ) -> list[Action]:
        if size_wad == 0:
            return []
        return [
            PlaceOrder(
                account=self.context.account,
                market=view.spec.name,
                size_wad=size_wad,
                price_wad=bound_wad,
                kind=OrderKind.IOC,
                reduce_only=reduce_only,
            )
        ]
