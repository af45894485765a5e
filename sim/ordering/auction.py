"""Room in a block for those who pay most: with a base fee that is burnt, or first price alone."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from sim.ordering.config import GWEI_WAD_PER_WEI, FirstPrice, PriorityFee
from sim.ordering.pending import (
    BlockContext,
    GasTable,
    Ordered,
    OrderedAction,
    PendingAction,
    Space,
    in_turn,
)

FULLEST = 2  # a block holds twice what keeps the base fee still
SLOWNESS = 8


def base_fee_after(base_fee_wei: int, gas_used: int, gas_limit: int) -> int:
    """The next block's base fee: up to an eighth up or down, as the block was full or empty."""
    target = gas_limit // FULLEST
    if gas_used == target:
        return base_fee_wei
    if gas_used > target:
        return base_fee_wei + max(base_fee_wei * (gas_used - target) // target // SLOWNESS, 1)
    return base_fee_wei - base_fee_wei * (target - gas_used) // target // SLOWNESS


class Auction:
    """A pool of waiting wishes; each block takes the best paying that fit.

    An agent's wishes keep their order, as nonces do: behind one that found no room none of the
    same agent gets a place in that block.
    """

    def __init__(self, config: PriorityFee | FirstPrice, gas: GasTable) -> None:
        self._config, self._gas = config, gas
        self._pool: list[tuple[int, PendingAction]] = []  # since which block it waits
        self._burns = isinstance(config, PriorityFee)
        self._base_fee_wei = (
            config.base_fee_gwei // GWEI_WAD_PER_WEI if isinstance(config, PriorityFee) else 0
        )

    def place(self, scene: BlockContext, due: list[PendingAction]) -> Ordered:
        """Highest tip first, ties by arrival, name and number."""
        oldest = scene.block - self._config.max_age_blocks
        living = [(since, wish) for since, wish in self._pool if since >= oldest]
        dropped = len(self._pool) - len(living)
        living += [(scene.block, wish) for wish in due]
        taken, used = self._fill((wish for _, wish in living), scene.reserved_gas)
        chosen = {in_turn(wish) for wish in taken}
        self._pool = [one for one in living if in_turn(one[1]) not in chosen]
        base_wei = self._base_fee_wei
        placed = [
            OrderedAction(
                wish.agent, wish.action, self._gas.of(wish.action) * (base_wei + self._tip(wish))
            )
            for wish in taken
        ]
        if self._burns:
            self._base_fee_wei = base_fee_after(base_wei, used, self._config.gas_limit)
        return Ordered(placed, Space(base_wei, used, len(self._pool), dropped))

    def _fill(self, living: Iterable[PendingAction], used: int) -> tuple[list[PendingAction], int]:
        queues: dict[str, list[PendingAction]] = {}
        for wish in sorted(living, key=in_turn, reverse=True):
            queues.setdefault(wish.agent, []).append(wish)
        heads = [self._bid(queue.pop()) for queue in queues.values()]
        heapq.heapify(heads)
        taken: list[PendingAction] = []
        while heads:
            _, _, wish = heapq.heappop(heads)
            gas = self._gas.of(wish.action)
            cannot_pay = wish.cap_wei is not None and wish.cap_wei < self._base_fee_wei
            if cannot_pay or used + gas > self._config.gas_limit:
                continue
            taken.append(wish)
            used += gas
            if queues[wish.agent]:
                heapq.heappush(heads, self._bid(queues[wish.agent].pop()))
        return taken, used

    def _bid(self, wish: PendingAction) -> tuple[int, tuple[int, int, str, int], PendingAction]:
        return -self._tip(wish), in_turn(wish), wish

    def _tip(self, wish: PendingAction) -> int:
        """What is left for the builder of a unit of gas, once the base fee is burnt."""
        if wish.cap_wei is None:
            return wish.tip_wei
        return min(wish.tip_wei, wish.cap_wei - self._base_fee_wei)
