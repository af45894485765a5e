"""An oracle-lag sniper: trades what the venues have priced and the index has not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Group, Strategy
from sim.agents.orders import TRADEABLE, market_order, size_for
from sim.agents.spot_leg import fair_price
from sim.types import Action, MarketView, Observation
from sim.types.fields import PositiveWad, Ratio
from sim.units import WAD, div_down, mul_down, mul_up, wad


class LagSnipers(Group):
    """Takes `clip_notional` when venues and index are `edge` apart and the book has not followed.

    Leaves when they are within `exit` of each other, or after `hold_blocks`.
    """

    kind: Literal["lag_sniper"]
    edge: Ratio
    exit: Ratio = wad("0.0005")
    clip_notional: PositiveWad
    max_notional: PositiveWad
    hold_blocks: Annotated[int, Field(ge=1)] = 20
    slippage: Ratio = wad("0.02")

    def build(self, context: AgentContext) -> Strategy:
        """A sniper that is flat."""
        return LagSniper(name=context.name, context=context, config=self)


@dataclass(slots=True, kw_only=True)
class LagSniper:
    """One sniper; it remembers since when it is in."""

    name: str
    context: AgentContext
    config: LagSnipers
    since_block: int = 0

    def next_block(self, block: int) -> int:
        """A sniper watches every block."""
        return block + 1

    def act(self, seen: Observation) -> Sequence[Action]:
        """In while the index is behind; out once it has caught up."""
        view, config = seen.markets[self.context.market.name], self.config
        if view.index_wad == 0 or view.mark_wad == 0:
            return ()
        ahead_wad = div_down(fair_price(view) - view.index_wad, view.index_wad)
        side = 1 if ahead_wad > 0 else -1
        position = seen.account(self.context.account).positions.get(view.spec.name)
        held_wad = position.size_wad if position else 0
        late = seen.block - self.since_block >= config.hold_blocks
        if held_wad and (late or held_wad * side < 0 or abs(ahead_wad) <= config.exit):
            account = self.context.account
            return (market_order(account, view, -held_wad, config.slippage, reduce_only=True),)
        full = mul_up(abs(held_wad), view.mark_wad) >= config.max_notional
        size_wad = size_for(config.clip_notional, view.mark_wad, view.spec)
        if abs(ahead_wad) < config.edge or full or not size_wad or view.status not in TRADEABLE:
            return ()
        if not self._book_is_behind(view, side):
            return ()
        self.since_block = self.since_block if held_wad else seen.block
        return (market_order(self.context.account, view, side * size_wad, config.slippage),)

    def _book_is_behind(self, view: MarketView, side: int) -> bool:
        """Whether somebody still offers at what the venues have left behind."""
        fair_wad, half_wad = fair_price(view), self.config.edge // 2
        if side > 0:
            return 0 < view.best_ask_wad <= mul_down(fair_wad, WAD - half_wad)
        return view.best_bid_wad >= mul_up(fair_wad, WAD + half_wad)
