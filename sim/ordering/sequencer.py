"""The sequencer: holds what is on its way, and has a rule order what has arrived.

The order is total and depends on seed, block and names alone, never on how agents are listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from sim.ordering.auction import Auction
from sim.ordering.builder import Builder
from sim.ordering.config import Adversarial, AnyOrdering, Fifo, FirstPrice, PriorityFee, Shuffle
from sim.ordering.pending import (
    BlockContext,
    GasTable,
    Ordered,
    OrderedAction,
    PendingAction,
    Rule,
    Space,
    in_turn,
)
from sim.types import ActionRequest, Urgent

_UNIT = 2**64


class Terms(NamedTuple):
    """How an agent reaches the sequencer: its mean delay and what it tips unless it says more."""

    latency_ms: int = 0
    tip_wei: int = 0


class Sequencer:
    """Holds actions that are still on their way and releases each in its block, in order."""

    def __init__(
        self,
        config: AnyOrdering,
        seed: int,
        terms: Mapping[str, Terms],
        block_time_s: int,
        gas: Mapping[str, int],
        builder_account: int = 0,
    ) -> None:
        self._shuffles = isinstance(config, Shuffle)
        self._key = blake2b(f"ordering/{seed}".encode(), digest_size=32).digest()
        self._latency_ms = {name: one.latency_ms for name, one in terms.items() if one.latency_ms}
        self._tips_wei = {name: one.tip_wei for name, one in terms.items() if one.tip_wei}
        self._block_ms = block_time_s * 1_000
        self._held: dict[int, list[PendingAction]] = {}
        self._rule = _rule(config, GasTable(gas), builder_account)

    def order(
        self, scene: BlockContext, wishes: Iterable[tuple[str, Sequence[ActionRequest]]]
    ) -> Ordered:
        """This block's actions in order: of those decided now and those that arrive now."""
        block = scene.block
        due = self._held.pop(block, [])
        for agent, wanted in wishes:
            arrives, rank = self._arrival(block, agent)
            bucket = due if arrives == block else self._held.setdefault(arrives, [])
            tip_wei = self._tips_wei.get(agent, 0)
            bucket += [
                _wish(block, rank, agent, number, one, tip_wei) for number, one in enumerate(wanted)
            ]
        # A wish of an earlier block comes first: it has been waiting.
        due.sort(key=in_turn)
        return self._rule.place(scene, due)

    def _arrival(self, block: int, agent: str) -> tuple[int, int]:
        """The block an agent's wishes arrive in and their rank there.

        A delay is uniform on half to one and a half of the agent's mean.
        """
        mean_ms = self._latency_ms.get(agent, 0)
        if not mean_ms and not self._shuffles:
            return block, 0
        word = blake2b(f"{block}/{agent}".encode(), key=self._key, digest_size=16).digest()
        toss, draw = int.from_bytes(word[:8], "big"), int.from_bytes(word[8:], "big")
        delay_ms = mean_ms // 2 + mean_ms * draw // _UNIT
        arrives = block + delay_ms // self._block_ms
        return arrives, toss if self._shuffles else delay_ms % self._block_ms


class _Free:
    """Everything that has arrived finds room, in turn, at no price."""

    def __init__(self, gas: GasTable) -> None:
        self._gas = gas

    def place(self, scene: BlockContext, due: list[PendingAction]) -> Ordered:
        """The order of arrival."""
        placed = [OrderedAction(wish.agent, wish.action, 0) for wish in due]
        used = scene.reserved_gas + sum(self._gas.of(one.action) for one in placed)
        return Ordered(placed, Space(0, used, 0, 0))


def _rule(config: AnyOrdering, gas: GasTable, builder_account: int) -> Rule:
    match config:
        case Fifo() | Shuffle():
            return _Free(gas)
        case PriorityFee() | FirstPrice():
            return Auction(config, gas)
        case Adversarial():
            return Builder(config, gas, builder_account)


def _wish(
    block: int, rank: int, agent: str, number: int, one: ActionRequest, tip_wei: int
) -> PendingAction:
    if not isinstance(one, Urgent):
        return PendingAction(block, rank, agent, number, one, tip_wei, None)
    return PendingAction(block, rank, agent, number, one.action, one.tip_wei, one.max_fee_wei)
