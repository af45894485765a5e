"""A staker of the insurance pool who runs: at a loss, or at the sight of a storm."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.agents.base import NEVER, AgentContext, Group, Strategy
from sim.types import Action, Observation, PoolRedeem, PoolRequestRedeem
from sim.types.fields import Ratio
from sim.units import WAD, div_down, mul_down


class PoolStakers(Group):
    """Stakes all of its capital, and asks to leave when a share is worth less than at its best.

    `loss` is how much less, as a ratio; `alarm`, if given, the move of the market's mark within
    `window_checks` looks, every `check_blocks`, at which it leaves without waiting for a loss.
    """

    kind: Literal["pool_staker"]
    stakes: ClassVar[bool] = True
    loss: Ratio = 0
    alarm: Ratio | None = None
    window_checks: Annotated[int, Field(ge=2, le=10_000)] = 10
    check_blocks: Annotated[int, Field(ge=1)] = 1

    def build(self, context: AgentContext) -> Strategy:
        """A staker that trusts the pool."""
        return PoolStaker(
            name=context.name,
            context=context,
            config=self,
            marks_wad=deque(maxlen=self.window_checks),
        )


@dataclass(slots=True, kw_only=True)
class PoolStaker:
    """One staker: staying, waiting to be paid, gone."""

    name: str
    context: AgentContext
    config: PoolStakers
    best_wad: int = 0
    marks_wad: deque[int] = field(default_factory=deque)
    asked: bool = False
    gone: bool = False

    def next_block(self, block: int) -> int:
        """Every few blocks until it is paid."""
        return NEVER if self.gone else block + self.config.check_blocks

    def act(self, seen: Observation) -> Sequence[Action]:
        """Ask to leave, or take out what was asked for."""
        stake = seen.stake(self.context.account)
        if self.asked and stake.requested_wad:
            if seen.time_s < stake.ready_at:
                return ()
            return (PoolRedeem(),)
        if stake.shares_wad == 0:
            self.gone = self.asked
            return ()
        if not self._frightened(seen):
            return ()
        self.asked = True
        return (PoolRequestRedeem(shares_wad=stake.shares_wad),)

    def _frightened(self, seen: Observation) -> bool:
        value_wad = seen.insurance().share_value_wad
        self.best_wad = max(self.best_wad, value_wad)
        if value_wad < mul_down(self.best_wad, WAD - self.config.loss):
            return True
        self.marks_wad.append(seen.markets[self.context.market.name].mark_wad)
        low_wad, high_wad = min(self.marks_wad), max(self.marks_wad)
        alarm_wad = self.config.alarm
        return (
            alarm_wad is not None
            and low_wad > 0
            and (div_down(high_wad - low_wad, low_wad) > alarm_wad)
        )
