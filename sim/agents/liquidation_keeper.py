"""A liquidation keeper: screens every position's health and asks for the worst ones first."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from sim.agents.base import Group, Seat, Strategy
from sim.config import Ratio
from sim.types import Action, Liquidate, MarginTable, Observation
from sim.units import to_float, wad


class LiquidationKeepers(Group):
    """Acts on what it saw `delay_blocks` ago, on at most `max_per_block` accounts.

    `buffer` is how far below maintenance, as a ratio of it, an account must be to be worth a
    transaction. An account asked for is left alone for `patience_blocks`.
    """

    kind: Literal["liquidation_keeper"]
    delay_blocks: Annotated[int, Field(ge=0, le=1_000)] = 0
    max_per_block: Annotated[int, Field(ge=1, le=1_000)] = 20
    max_fills: Annotated[int, Field(ge=8, le=32)] = 16  # fewer the liquidator refuses
    patience_blocks: Annotated[int, Field(ge=1)] = 1
    buffer: Ratio = wad("0.000001")

    def seat(self, seat: Seat) -> Strategy:
        """A keeper that has seen nothing yet."""
        return LiquidationKeeper(name=seat.name, config=self)


@dataclass(slots=True, kw_only=True)
class LiquidationKeeper:
    """One keeper; it remembers whom it saw sick and whom it asked for when."""

    name: str
    config: LiquidationKeepers
    seen_sick: deque[list[tuple[int, str]]] = field(default_factory=deque)
    asked: dict[int, int] = field(default_factory=dict)

    def next_block(self, block: int) -> int:
        """A keeper watches every block."""
        return block + 1

    def act(self, seen: Observation) -> Sequence[Action]:
        """One request for each account it has had time to notice, worst first."""
        self.seen_sick.append(worst_first(seen.margins(), to_float(self.config.buffer)))
        if len(self.seen_sick) <= self.config.delay_blocks:
            return ()
        requests: list[Action] = []
        for account, market in self.seen_sick.popleft():
            if seen.block - self.asked.get(account, -self.config.patience_blocks) < (
                self.config.patience_blocks
            ):
                continue
            self.asked[account] = seen.block
            requests.append(
                Liquidate(account=account, market=market, max_fills=self.config.max_fills)
            )
            if len(requests) == self.config.max_per_block:
                break
        return requests


def worst_first(table: MarginTable, buffer: float) -> list[tuple[int, str]]:
    """Accounts below maintenance by more than the buffer, lowest E/MM first, once each.

    The market named is that of the account's largest size; ties go to the lower account.
    """
    sick = np.flatnonzero(table.equity < table.maintenance * (1 - buffer))
    if len(sick) == 0:
        return []
    health = table.equity[sick] / table.maintenance[sick]
    rows = sorted(
        (health[i], table.accounts[row], -abs(table.sizes[row]), table.markets[row])
        for i, row in enumerate(sick.tolist())
    )
    found: dict[int, str] = {}
    for _, account, _, market in rows:
        found.setdefault(account, market)
    return list(found.items())
