"""A spot arbitrageur: brings a pool back to the venues, as far as its capital goes in a block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Group, Strategy
from sim.agents.spot_leg import fair_price, gap_to, swap
from sim.types import Action, Observation
from sim.types.fields import PositiveWad
from sim.units import WAD


class SpotArbitrageurs(Group):
    """Trades at most `clip_notional` a block from its `wallet` and `wallet_base`.

    It believes the venues' median, and stops where the pool's fee eats the gain, or there is less
    than `least_notional` to trade.
    """

    kind: Literal["spot_arbitrageur"]
    pool: str
    clip_notional: PositiveWad
    least_notional: PositiveWad = WAD
    check_blocks: Annotated[int, Field(ge=1)] = 1

    def spots(self) -> tuple[str, ...]:
        """Its pool."""
        return (self.pool,)

    def build(self, context: AgentContext) -> Strategy:
        """An arbitrageur."""
        return SpotArbitrageur(name=context.name, context=context, config=self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotArbitrageur:
    """One arbitrageur; what it does depends on the block alone."""

    name: str
    context: AgentContext
    config: SpotArbitrageurs

    def next_block(self, block: int) -> int:
        """Every few blocks."""
        return block + self.config.check_blocks

    def act(self, seen: Observation) -> Sequence[Action]:
        """One swap towards the venues, if the pool is far enough from them."""
        pool = seen.pools[self.config.pool]
        side, notional_wad = gap_to(pool, fair_price(seen.markets[pool.market]))
        clip_wad = min(notional_wad, self.config.clip_notional)
        if clip_wad < self.config.least_notional:
            return ()
        return swap(seen, self.context.account, pool, side, clip_wad)
