"""A book sweeper: lifts every offer until others are liquidated, and sells to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.agents.base import AgentContext, Strategy
from sim.agents.campaign import Campaign, close, leave, next_turn, size_of, take, worth
from sim.agents.orders import TRADEABLE, limit_order, lots
from sim.types import Action, MarketView, Observation
from sim.types.fields import PositiveWad, Ratio
from sim.units import WAD, div_down, mul_up, wad


class BookSweepers(Campaign):
    """Every account takes `clip_notional` a block off one side, up to `max_notional` of its own.

    Sweeping stops when the mark has moved by `target`, or after `sweep_blocks`. Then all that is
    held is offered in `levels` orders, from the last price on `level_step` apart, for those to take
    who are forced to; at the exit what is left is closed.
    """

    kind: Literal["book_sweeper"]
    renamed_keys: ClassVar[Mapping[str, str]] = {"rungs": "levels", "rung_step": "level_step"}
    side: Literal[1, -1] = 1
    clip_notional: PositiveWad
    max_notional: PositiveWad
    target: Ratio = wad("0.5")
    sweep_blocks: Annotated[int, Field(ge=1)] = 10
    levels: Annotated[int, Field(ge=1, le=8)] = 4
    level_step: Ratio = wad("0.005")

    def build(self, context: AgentContext) -> Strategy:
        """An attacker that has not begun."""
        return BookSweeper(name=context.name, context=context, config=self)


@dataclass(slots=True, kw_only=True)
class BookSweeper:
    """One attacker; it remembers where the mark was, and that it has swept enough."""

    name: str
    context: AgentContext
    config: BookSweepers
    from_wad: int = 0
    swept: bool = False

    def next_block(self, block: int) -> int:
        """Every block from its first one on."""
        return next_turn(self.config, block)

    def act(self, seen: Observation) -> Sequence[Action]:
        """Sweep, offer, get out."""
        config, view = self.config, seen.markets[self.context.market.name]
        if seen.block < config.starts_at_block or view.mark_wad == 0:
            return ()
        if seen.block >= config.exits_at_block:
            return leave(seen, self.context.accounts, view, config.slippage)
        self.from_wad = self.from_wad or view.mark_wad
        moved_wad = config.side * div_down(view.mark_wad - self.from_wad, self.from_wad)
        late = seen.block >= config.starts_at_block + config.sweep_blocks
        self.swept = self.swept or late or moved_wad >= config.target
        actions: list[Action] = []
        for account in self.context.accounts:
            if self.swept:
                actions += self._offer(seen, account, view)
            elif view.status in TRADEABLE and worth(seen, account, view) < config.max_notional:
                side, clip_wad = config.side, config.clip_notional
                actions += take(account, view, side, clip_wad, config.slippage)
        return actions

    def _offer(self, seen: Observation, account: int, view: MarketView) -> list[Action]:
        """What is held, in a ladder beyond the last price; once, and whole if it is little."""
        config, held_wad = self.config, size_of(seen, account, view.spec.name)
        if held_wad == 0 or seen.account(account).orders:
            return []
        part_wad = lots(abs(held_wad) // config.levels, view.spec)
        if part_wad * view.mark_wad < view.spec.min_notional_wad * WAD:
            return close(seen, account, view, config.slippage)
        start_wad = view.last_price_wad or view.mark_wad
        return [
            limit_order(
                account,
                view,
                -config.side * part_wad,
                mul_up(start_wad, WAD + config.side * level * config.level_step),
            )
            for level in range(config.levels)
        ]
