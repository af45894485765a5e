"""A funding farmer: takes the side that is paid while the rate is worth it, and leaves after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Group, PositiveDistribution, Strategy
from sim.agents.orders import TRADEABLE, market_order, size_for
from sim.agents.spot_leg import hedge
from sim.types import Action, MarketView, Observation
from sim.types.fields import Ratio
from sim.units import wad


class FundingFarmers(Group):
    """Holds `notional` on the side that receives while the rate of an interval is above `enter`.

    Leaves when the rate has fallen to `leave`, or turned. With a `venue` it hedges with spot, out
    of `venue_cash`, so that funding less costs is all it earns.
    """

    kind: Literal["funding_farmer"]
    enter: Ratio
    leave: Ratio = 0
    notional: PositiveDistribution
    venue: str | None = None
    check_blocks: Annotated[int, Field(ge=1)] = 5
    slippage: Ratio = wad("0.005")

    def spots(self) -> tuple[str, ...]:
        """Its venue."""
        return (self.venue,) if self.venue else ()

    def build(self, context: AgentContext) -> Strategy:
        """A farmer that is flat, with a size of its own."""
        notional_wad = self.notional.draw_wad(context.rng)
        return FundingFarmer(
            name=context.name, context=context, config=self, notional_wad=notional_wad
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingFarmer:
    """One farmer; what it does depends on the block alone."""

    name: str
    context: AgentContext
    config: FundingFarmers
    notional_wad: int

    def next_block(self, block: int) -> int:
        """Every few blocks."""
        return block + self.config.check_blocks

    def act(self, seen: Observation) -> Sequence[Action]:
        """In, if the rate pays enough; out, if it does not pay any more; hedged in between."""
        view, config = seen.markets[self.context.market.name], self.config
        if view.mark_wad == 0:
            return ()
        position = seen.account(self.context.account).positions.get(view.spec.name)
        held_wad = position.size_wad if position else 0
        hedges = hedge(config.venue, seen, self.context.account, view) if config.venue else []
        return hedges + self._perp(view, held_wad)

    def _perp(self, view: MarketView, held_wad: int) -> list[Action]:
        config, account, rate_wad = self.config, self.context.account, view.funding_rate_wad
        # Longs pay shorts at a positive rate.
        earned_wad = -rate_wad if held_wad > 0 else rate_wad
        if held_wad:
            if earned_wad > config.leave:
                return []
            return [market_order(account, view, -held_wad, config.slippage, reduce_only=True)]
        size_wad = size_for(self.notional_wad, view.mark_wad, view.spec)
        if abs(rate_wad) < config.enter or size_wad == 0 or view.status not in TRADEABLE:
            return []
        side = -1 if rate_wad > 0 else 1
        return [market_order(account, view, side * size_wad, config.slippage)]
