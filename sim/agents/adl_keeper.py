"""A keeper of the last rungs: deleverages, closes at mark, socialises, and tends the pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.agents.base import NEVER, AgentContext, Group, Strategy
from sim.types import (
    Action,
    Deleverage,
    Liquidate,
    MarginTable,
    Observation,
    Restore,
    SocialiseLoss,
)
from sim.types.fields import Ratio
from sim.units import to_float, wad

MOST_FILLS = 32


class AdlKeepers(Group):
    """Acts on accounts that neither book nor pool could help, while E < `backstop_share` * M.

    At most `max_per_block` accounts a block, each again after `retry_blocks`. Somebody has to be
    woken: it begins `wakes_after_blocks` after the first account was given up. With `tends_pool`
    it also puts the insurance pool's cash behind the pool's own position when that is unhealthy,
    and where cash or loss cap let it put no more, has it liquidated like anybody's.
    """

    kind: Literal["adl_keeper"]
    renamed_keys: ClassVar[Mapping[str, str]] = {
        "patience_blocks": "retry_blocks",
        "failing": "backstop_share",
    }
    backstop_share: Ratio = wad("0.666666666666666666")
    max_per_block: Annotated[int, Field(ge=1, le=100)] = 4
    retry_blocks: Annotated[int, Field(ge=1)] = 1
    wakes_after_blocks: Annotated[int, Field(ge=0)] = 0
    tends_pool: bool = True

    def build(self, context: AgentContext) -> Strategy:
        """A keeper that has done nothing yet."""
        return AdlKeeper(name=context.name, config=self)


@dataclass(slots=True, kw_only=True)
class AdlKeeper:
    """One keeper; it remembers whom it acted on when, and for whom it asked all to pay."""

    name: str
    config: AdlKeepers
    acted: dict[int, int] = field(default_factory=dict)
    charged: set[int] = field(default_factory=set)
    awake_at: int = NEVER

    def next_block(self, block: int) -> int:
        """A keeper watches every block."""
        return block + 1

    def act(self, seen: Observation) -> Sequence[Action]:
        """Rounds for those who fail, in the order they were given up, then debts, then the pool."""
        actions: list[Action] = []
        given_up: dict[int, list[str]] = {}
        for account, market in seen.exhausted():
            given_up.setdefault(account, []).append(market)
        if given_up:
            self.awake_at = min(self.awake_at, seen.block + self.config.wakes_after_blocks)
        if given_up and seen.block >= self.awake_at:
            below = below_backstop(seen, to_float(self.config.backstop_share))
            due = [one for one in given_up if one in below and self._has_waited(one, seen.block)]
            for account in due[: self.config.max_per_block]:
                self.acted[account] = seen.block
                actions += whole_round(account, given_up[account])
        for account in seen.owing():
            # Once: whoever was not deleveraged lately cannot be helped by asking again.
            if account not in self.charged:
                self.charged.add(account)
                actions.append(SocialiseLoss(account=account))
        return [*actions, *(self._tend(seen) if self.config.tends_pool else ())]

    def _tend(self, seen: Observation) -> list[Action]:
        """The pool's cash behind its position; one that gets no more goes like anybody's."""
        actions: list[Action] = []
        for held in seen.backstop():
            if held.equity_wad >= held.maintenance_wad or not self._has_waited(
                held.account, seen.block
            ):
                continue
            actions.append(Restore(market=held.market))
            if held.account in self.acted:
                liquidate = Liquidate(
                    account=held.account, market=held.market, max_fills=MOST_FILLS
                )
                actions.append(liquidate)
            self.acted[held.account] = seen.block
        return actions

    def _has_waited(self, account: int, block: int) -> bool:
        return block - self.acted.get(account, -(2**62)) >= self.config.retry_blocks


def whole_round(account: int, markets: Sequence[str]) -> list[Action]:
    """The bankruptcy price in every market first, as the deleverager wants it; then mark."""
    return [
        Deleverage(account=account, market=market, at_mark=at_mark)
        for at_mark in (False, True)
        for market in markets
    ]


def below_backstop(seen: Observation, share: float) -> set[int]:
    """Accounts, the pool's own among them, below that share of maintenance."""
    table: MarginTable = seen.margins()
    below = table.equity < table.maintenance * share
    found = {account for account, low in zip(table.accounts, below, strict=True) if low}
    for held in seen.backstop():
        if to_float(held.equity_wad) < to_float(held.maintenance_wad) * share:
            found.add(held.account)
    return found
