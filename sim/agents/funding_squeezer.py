"""A funding squeezer: holds the side that is paid, and props the book up on the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Strategy
from sim.agents.campaign import Campaign, leave, next_turn, pull, take, worth
from sim.agents.orders import TRADEABLE, limit_order, size_for
from sim.types import Action, MarketView, Observation
from sim.types.fields import PositiveWad, Ratio
from sim.units import WAD, mul_down


class FundingSqueezers(Campaign):
    """The first account holds `notional` on the side that is paid: short at a `side` of 1.

    The second rests `wall_notional` at `premium` beyond the index on the other side of the book,
    every `refresh_blocks` anew, so that the book seems to pay that premium. Up to `max_notional`
    of what others then give it, it takes.
    """

    kind: Literal["funding_squeezer"]
    side: Literal[1, -1] = 1
    notional: PositiveWad
    clip_notional: PositiveWad
    premium: Ratio
    wall_notional: PositiveWad
    max_notional: PositiveWad
    refresh_blocks: Annotated[int, Field(ge=1)] = 5

    def least_accounts(self) -> int:
        """One to be paid, one to push."""
        return 2

    def build(self, context: AgentContext) -> Strategy:
        """An attacker that has not begun."""
        return FundingSqueezer(name=context.name, context=context, config=self)


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingSqueezer:
    """One attacker; what it does depends on the block alone."""

    name: str
    context: AgentContext
    config: FundingSqueezers

    def next_block(self, block: int) -> int:
        """Every block from its first one on."""
        return next_turn(self.config, block)

    def act(self, seen: Observation) -> Sequence[Action]:
        """Build the position that is paid, then keep the premium up; at the end get out."""
        config, view = self.config, seen.markets[self.context.market.name]
        if seen.block < config.starts_at_block or view.mark_wad == 0:
            return ()
        if seen.block >= config.exits_at_block:
            return leave(seen, self.context.accounts, view, config.slippage)
        if view.status not in TRADEABLE:
            return ()
        paid, pushing = self.context.accounts[:2]
        actions: list[Action] = []
        if worth(seen, paid, view) < config.notional:
            actions += take(paid, view, -config.side, config.clip_notional, config.slippage)
        if (seen.block - config.starts_at_block) % config.refresh_blocks == 0:
            actions += pull(seen, pushing, view.spec.name)
            if worth(seen, pushing, view) < config.max_notional:
                actions += self._wall(pushing, view)
        return actions

    def _wall(self, account: int, view: MarketView) -> list[Action]:
        price_wad = mul_down(view.index_wad, WAD + self.config.side * self.config.premium)
        size_wad = size_for(self.config.wall_notional, price_wad, view.spec)
        if size_wad == 0:
            return []
        return [limit_order(account, view, self.config.side * size_wad, price_wad)]
