"""Leveraged longs and shorts: open near the limit, hold, add to a loser, take profit or panic."""

from __future__ import annotations

from collections.abc import Sequence
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
from sim.agents.orders import TRADEABLE, equity, market_order, size_for
from sim.types import Action, MarketView, Observation
from sim.types.fields import Distribution, Ratio
from sim.units import BPS, WAD, div_down, mul_down, wad

MAX_TRIES = 20


class LeveragedTraders(Group):
    """Opens `leverage` times its capital at `opens_at_block` and checks every `check_blocks`.

    Profit and loss are ratios of the capital. `add_on_dip` is the ratio of adverse move from the
    entry at which the rest of the capital is staked; `stake` is the share staked at first. The
    `cushion` keeps that share of the notional free for slippage. A position is closed after
    `hold_s` or `horizon_blocks` at the latest, by a sale that takes whatever price the slippage
    allows.
    """

    side: Literal[1, -1] = 1
    leverage: Annotated[Distribution, Field()]
    opens_at_block: NotNegativeDistribution = Distribution(constant=1.0)
    check_blocks: Annotated[int, Field(ge=1)] = 5
    hold_s: PositiveDistribution | None = None
    horizon_blocks: PositiveDistribution | None = None
    take_profit: PositiveDistribution | None = None
    stop_loss: PositiveDistribution | None = None
    add_on_dip: Ratio | None = None
    stake: Ratio = WAD
    cushion: Ratio = wad("0.001")
    slippage: Ratio = wad("0.02")

    def highest_leverage(self) -> float:
        """The most leverage a member may draw."""
        return self.leverage.highest()

    def build(self, context: AgentContext) -> Strategy:
        """A trader that has not opened yet; its numbers are drawn in one fixed order."""
        rng = context.rng
        return LeveragedTrader(
            name=context.name,
            context=context,
            config=self,
            leverage_wad=self.leverage.draw_wad(rng),
            opens_at=round(self.opens_at_block.draw(rng)),
            hold_s=round(self.hold_s.draw(rng)) if self.hold_s else NEVER,
            profit_wad=self.take_profit.draw_wad(rng) if self.take_profit else NEVER * WAD,
            loss_wad=self.stop_loss.draw_wad(rng) if self.stop_loss else NEVER * WAD,
            horizon_blocks=round(self.horizon_blocks.draw(rng)) if self.horizon_blocks else NEVER,
        )


class LeveragedLongs(LeveragedTraders):
    """Believers."""

    kind: Literal["leveraged_long"]
    side: Literal[1] = 1


class LeveragedShorts(LeveragedTraders):
    """Doubters."""

    kind: Literal["leveraged_short"]
    side: Literal[-1] = -1


@dataclass(slots=True, kw_only=True)
class LeveragedTrader:
    """One trader: waiting, opening, holding, closing, done."""

    name: str
    context: AgentContext
    config: LeveragedTraders
    leverage_wad: int
    opens_at: int
    hold_s: int
    profit_wad: int
    loss_wad: int
    horizon_blocks: int
    tries: int = 0
    opened_s: int = 0
    opened_block: int = 0
    added: bool = False
    closing: bool = False
    done: bool = False

    def next_block(self, block: int) -> int:
        """Its opening, then every few blocks, then never again."""
        if self.done:
            return NEVER
        if block < self.opens_at:
            return self.opens_at
        return block + (1 if self.closing else self.config.check_blocks)

    def act(self, seen: Observation) -> Sequence[Action]:
        """Open, add, or close, as the position stands."""
        view = seen.markets[self.context.market.name]
        if seen.block < self.opens_at or view.mark_wad == 0:
            return ()
        own = seen.account(self.context.account)
        position = own.positions.get(view.spec.name)
        if position is None or position.size_wad == 0:
            return self._open(seen.time_s, view, own.cash_wad)
        if self.opened_s == 0:
            self.opened_s, self.opened_block = seen.time_s, seen.block
        size_wad = position.size_wad
        gain_wad = equity(own.cash_wad, size_wad, position.quote_wad, view.mark_wad)
        return_wad = div_down(gain_wad - self.context.capital_wad, self.context.capital_wad)
        held_s = seen.time_s - self.opened_s
        won, lost = return_wad >= self.profit_wad, -return_wad >= self.loss_wad
        is_late = held_s >= self.hold_s or seen.block - self.opened_block >= self.horizon_blocks
        if self.closing or won or lost or is_late:
            self.closing = True
            return (
                market_order(own.account, view, -size_wad, self.config.slippage, reduce_only=True),
            )
        return self._add(view, size_wad, position.quote_wad)

    def _open(self, time_s: int, view: MarketView, cash_wad: int) -> Sequence[Action]:
        """The first order, tried again while nothing fills; an emptied account is done."""
        self.done = self.opened_s > 0 or self.tries >= MAX_TRIES
        if self.done or view.status not in TRADEABLE:
            return ()
        self.tries += 1
        return self._buy(view, mul_down(cash_wad, self.config.stake))

    def _add(self, view: MarketView, size_wad: int, quote_wad: int) -> Sequence[Action]:
        """The rest of the capital, once, when the price has moved far enough against it."""
        dip_wad = self.config.add_on_dip
        if dip_wad is None or self.added or view.status not in TRADEABLE:
            return ()
        entry_wad = div_down(-quote_wad, size_wad)
        adverse_wad = div_down(self.config.side * (entry_wad - view.mark_wad), entry_wad)
        if adverse_wad < dip_wad:
            return ()
        self.added = True
        return self._buy(view, mul_down(self.context.capital_wad, WAD - self.config.stake))

    def _buy(self, view: MarketView, stake_wad: int) -> Sequence[Action]:
        """An order whose margin, fee and slippage the stake just covers."""
        fee_wad = WAD * view.spec.taker_fee_bps // BPS
        per_quote_wad = div_down(WAD, self.leverage_wad) + fee_wad + self.config.cushion
        notional_wad = div_down(stake_wad, per_quote_wad)
        size_wad = size_for(notional_wad, view.mark_wad, view.spec)
        if size_wad == 0:
            return ()
        side = self.config.side
        return (market_order(self.context.account, view, side * size_wad, self.config.slippage),)
