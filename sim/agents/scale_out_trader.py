"""A trader that programs its way out when it opens: cuts, targets and a trailing stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sim.agents.base import NEVER, AgentContext, Group, NotNegativeDistribution, Strategy
from sim.agents.leveraged_trader import MAX_TRIES
from sim.agents.orders import TRADEABLE, lots, market_order, size_for
from sim.types import (
    WHOLE_POSITION_WAD,
    Action,
    AllowTriggers,
    BuryTriggers,
    MarketView,
    NewTrigger,
    Observation,
    OpenWithBracket,
    TriggerKind,
)
from sim.types.fields import Distribution, NotNegativeWad, Ratio
from sim.units import BPS, WAD, div_down, mul_down, wad

MAX_LEVELS = 7  # of each ladder: two of them, the last stop and the trail fit the 16 slots


class ScaleOutTraders(Group):
    """Opens `leverage` times its capital and deleverages by triggers programmed with it.

    `cuts` are adverse moves, as shares of the way to bankruptcy (1/leverage), at each of which an
    equal part of the position is stopped out; the last one stops whatever is left. `targets` are
    gains in price at each of which an equal part is taken, and `trail` follows the best mark for
    the rest. Everybody's `tip` is the same.
    """

    kind: Literal["scale_out_trader"]
    side: Literal[1, -1] = 1
    leverage: Distribution
    opens_at_block: NotNegativeDistribution = Distribution(constant=1.0)
    check_blocks: Annotated[int, Field(ge=1)] = 5
    cuts: Annotated[tuple[Ratio, ...], Field(min_length=1, max_length=MAX_LEVELS)]
    targets: Annotated[tuple[Ratio, ...], Field(max_length=MAX_LEVELS)] = ()
    trail: Ratio | None = None
    tip: NotNegativeWad = wad("0.5")
    cushion: Ratio = wad("0.002")
    slippage: Ratio = wad("0.01")

    def highest_leverage(self) -> float:
        """The most leverage a member may draw."""
        return self.leverage.highest()

    def build(self, context: AgentContext) -> Strategy:
        """A trader that has not opened yet; its numbers are drawn in one fixed order."""
        leverage_wad = self.leverage.draw_wad(context.rng)
        opens_at = round(self.opens_at_block.draw(context.rng))
        return ScaleOutTrader(
            name=context.name,
            context=context,
            config=self,
            leverage_wad=leverage_wad,
            opens_at=opens_at,
        )


@dataclass(slots=True, kw_only=True)
class ScaleOutTrader:
    """One trader: naming its operator, opening, waiting to be out, done."""

    name: str
    context: AgentContext
    config: ScaleOutTraders
    leverage_wad: int
    opens_at: int
    allowed: bool = False
    opened: bool = False
    done: bool = False
    tries: int = 0

    def next_block(self, block: int) -> int:
        """Its opening, block by block until it is in, then every few blocks, then never again."""
        if self.done:
            return NEVER
        if block < self.opens_at:
            return self.opens_at
        return block + (self.config.check_blocks if self.opened else 1)

    def act(self, seen: Observation) -> Sequence[Action]:
        """Everything is decided at the opening; once out, what is left of the tips comes back."""
        view = seen.markets[self.context.market.name]
        if seen.block < self.opens_at or view.mark_wad == 0:
            return ()
        if not self.allowed:
            self.allowed = True
            return (AllowTriggers(),)
        own = seen.account(self.context.account)
        position = own.positions.get(view.spec.name)
        if position is not None and position.size_wad != 0:
            self.opened = True
            return ()
        self.done = self.opened or self.tries >= MAX_TRIES
        if self.opened:
            return (BuryTriggers(account=self.context.account, market=view.spec.name),)
        if self.done or view.status not in TRADEABLE:
            return ()
        self.tries += 1
        return self._open(view, own.cash_wad)

    def _open(self, view: MarketView, cash_wad: int) -> Sequence[Action]:
        """The opening with its ladder, sized to what is left of the cash after the tips."""
        config, spec = self.config, view.spec
        levels = len(config.cuts) + len(config.targets) + (config.trail is not None)
        stake_wad = cash_wad - levels * config.tip
        fee_wad = WAD * spec.taker_fee_bps // BPS
        per_quote_wad = div_down(WAD, self.leverage_wad) + fee_wad + config.cushion
        size_wad = size_for(div_down(stake_wad, per_quote_wad), view.mark_wad, spec)
        if stake_wad <= 0 or size_wad == 0:
            return ()
        triggers = self.ladder(view, size_wad)
        order = market_order(self.context.account, view, config.side * size_wad, config.slippage)
        return (OpenWithBracket(order=order, triggers=triggers),)

    def ladder(self, view: MarketView, size_wad: int) -> tuple[NewTrigger, ...]:
        """Stops and targets of a position of that size, from the mark; the last stop is whole."""
        config = self.config
        step_wad = div_down(WAD, self.leverage_wad)
        part_wad = max(lots(size_wad // len(config.cuts), view.spec), view.spec.lot_wad)
        made = []
        for level, cut_wad in enumerate(config.cuts, start=1):
            size = WHOLE_POSITION_WAD if level == len(config.cuts) else part_wad
            away_wad = -mul_down(step_wad, cut_wad)
            made.append(self._trigger(view, TriggerKind.STOP_LOSS, size, away_wad))
        if config.targets:
            part_wad = max(lots(size_wad // len(config.targets), view.spec), view.spec.lot_wad)
        for gain_wad in config.targets:
            made.append(self._trigger(view, TriggerKind.TAKE_PROFIT, part_wad, gain_wad))
        if config.trail is not None:
            made.append(
                NewTrigger(
                    kind=TriggerKind.TRAILING_STOP,
                    trail_wad=config.trail,
                    slippage_wad=config.slippage,
                    tip_wad=config.tip,
                )
            )
        return tuple(made)

    def _trigger(
        self, view: MarketView, kind: TriggerKind, size_wad: int, gain_wad: int
    ) -> NewTrigger:
        """A trigger at a gain (or loss, if negative) of the mark, seen from the trader's side."""
        return NewTrigger(
            kind=kind,
            size_wad=size_wad,
            trigger_wad=mul_down(view.mark_wad, WAD + self.config.side * gain_wad),
            slippage_wad=self.config.slippage,
            tip_wad=self.config.tip,
        )
