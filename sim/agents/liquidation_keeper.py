"""A liquidation keeper: screens every position's health and asks for the worst ones first."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.agents.base import AgentContext, Group, Strategy
from sim.types import ActionRequest, Liquidate, MarginTable, Observation, Urgent
from sim.types.fields import PositiveWad, Ratio
from sim.units import WAD, mul_down, mul_up, to_float, wad, wad_from_float

LIQUIDATE = Liquidate.__name__


class LiquidationKeepers(Group):
    """Acts on what it saw `delay_blocks` ago, on at most `max_per_block` accounts.

    `buffer` is how far below maintenance, as a ratio of it, an account must be to be worth a
    transaction. An account asked for is left alone for `retry_blocks`, for `backoff_blocks` if
    neither book nor pool could help it, which pays nothing. Where gas costs something, a request
    is worth it only if the reward expected is `gas_margin` times its gas, and only while the
    keeper's cash, less the gas it has burnt, pays for it. Where places in a block are sold, it
    bids `bid_share` of what the gas leaves of the reward.
    """

    kind: Literal["liquidation_keeper"]
    renamed_keys: ClassVar[Mapping[str, str]] = {
        "patience_blocks": "retry_blocks",
        "despair_blocks": "backoff_blocks",
    }
    delay_blocks: Annotated[int, Field(ge=0, le=1_000)] = 0
    max_per_block: Annotated[int, Field(ge=1, le=1_000)] = 20
    max_fills: Annotated[int, Field(ge=8, le=32)] = 16  # fewer the liquidator refuses
    retry_blocks: Annotated[int, Field(ge=1)] = 1
    buffer: Ratio = wad("0.000001")
    gas_margin: PositiveWad = WAD
    bid_share: Ratio = 0
    backoff_blocks: Annotated[int, Field(ge=1)] = 12

    def build(self, context: AgentContext) -> Strategy:
        """A keeper that has seen nothing yet."""
        return LiquidationKeeper(name=context.name, context=context, config=self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Liquidatable:
    """An account below maintenance; its largest position is the one named."""

    account: int
    market: str
    size_wad: int  # signed


@dataclass(slots=True, kw_only=True)
class LiquidationKeeper:
    """Remembers whom it saw liquidatable, whom it asked for when, and the gas it burnt."""

    name: str
    context: AgentContext
    config: LiquidationKeepers
    seen_liquidatable: deque[list[Liquidatable]] = field(default_factory=deque)
    asked: dict[int, int] = field(default_factory=dict)
    burnt_wad: int = 0

    def next_block(self, block: int) -> int:
        """A keeper watches every block."""
        return block + 1

    def act(self, seen: Observation) -> Sequence[ActionRequest]:
        """One request for each account it has had time to notice, worst first."""
        config = self.config
        self.seen_liquidatable.append(worst_first(seen.margins(), to_float(config.buffer)))
        if len(self.seen_liquidatable) <= config.delay_blocks:
            return ()
        hopeless = {account for account, _ in seen.exhausted()}
        due = [
            one
            for one in self.seen_liquidatable.popleft()
            if seen.block - self.asked.get(one.account, -(2**62))
            >= (config.backoff_blocks if one.account in hopeless else config.retry_blocks)
        ]
        cost_wad = seen.gas.cost_wad(LIQUIDATE)
        if due and cost_wad:
            due = self._worth(seen, due, cost_wad)
        due = due[: config.max_per_block]
        self.asked |= {one.account: seen.block for one in due}
        self.burnt_wad += len(due) * cost_wad
        return [self._request(seen, one, cost_wad) for one in due]

    def _request(self, seen: Observation, one: Liquidatable, cost_wad: int) -> ActionRequest:
        request = Liquidate(account=one.account, market=one.market, max_fills=self.config.max_fills)
        spare_wad = expected_reward(seen, one) - cost_wad
        bid_wad = mul_down(max(spare_wad, 0), self.config.bid_share)
        tip_wei = seen.gas.tip_wei(LIQUIDATE, bid_wad) if bid_wad else 0
        return Urgent(action=request, tip_wei=tip_wei) if tip_wei else request

    def _worth(
        self, seen: Observation, due: Sequence[Liquidatable], cost_wad: int
    ) -> list[Liquidatable]:
        """Those whose reward pays for the gas, as many as the keeper can still afford."""
        cash_wad = seen.account(self.context.account).cash_wad
        affordable = max(0, cash_wad - self.burnt_wad) // cost_wad
        needed_wad = mul_up(cost_wad, self.config.gas_margin)
        found = [one for one in due if expected_reward(seen, one) >= needed_wad]
        return found[:affordable]


def expected_reward(seen: Observation, liquidatable: Liquidatable) -> int:
    """What the liquidator would pay for the whole position, in quote."""
    view = seen.markets[liquidatable.market]
    return view.spec.reward.reward_wad(mul_down(abs(liquidatable.size_wad), view.mark_wad))


def worst_first(table: MarginTable, buffer: float) -> list[Liquidatable]:
    """Accounts below maintenance by more than the buffer, lowest E/MM first, once each.

    The market named is that of the account's largest size; ties go to the lower account.
    """
    liquidatable = np.flatnonzero(table.equity < table.maintenance * (1 - buffer))
    if len(liquidatable) == 0:
        return []
    health = table.equity[liquidatable] / table.maintenance[liquidatable]
    rows = sorted(
        (health[i], table.accounts[row], -abs(table.sizes[row]), table.markets[row], row)
        for i, row in enumerate(liquidatable.tolist())
    )
    found: dict[int, Liquidatable] = {}
    for _, account, _, market, row in rows:
        if account not in found:
            size_wad = wad_from_float(table.sizes[row].item())
            found[account] = Liquidatable(account=account, market=market, size_wad=size_wad)
    return list(found.values())
