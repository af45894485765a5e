"""The sequencer: in which order, and in which block, what agents want reaches the chain.

The order is total and depends on seed, block and names alone, never on how agents are listed:
by arrival, then by the agent's name, then by the action's number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Literal, NamedTuple

from sim.config import Part
from sim.types import Action

_UNIT = 2**64


class OrderingConfig(Part):
    """FIFO keeps the order of arrival; SHUFFLE draws a new order of the agents every block."""

    kind: Literal["fifo", "shuffle"] = "fifo"


class Wish(NamedTuple):
    """An action on its way, as the sequencer sorts it."""

    block: int
    rank: int
    agent: str
    number: int
    action: Action


class Sequencer:
    """Holds actions that are still on their way and releases each in its block, in order."""

    def __init__(
        self,
        config: OrderingConfig,
        seed: int,
        latency_ms: Mapping[str, int],
        block_time_s: int,
    ) -> None:
        self._shuffles = config.kind == "shuffle"
        self._key = blake2b(f"ordering/{seed}".encode(), digest_size=32).digest()
        self._latency_ms = {name: ms for name, ms in latency_ms.items() if ms}
        self._block_ms = block_time_s * 1_000
        self._held: dict[int, list[Wish]] = {}

    def order(
        self, block: int, wishes: Iterable[tuple[str, list[Action]]]
    ) -> list[tuple[str, Action]]:
        """This block's actions in order: those decided now and those that arrive now."""
        due = self._held.pop(block, [])
        for agent, actions in wishes:
            arrives, rank = self._arrival(block, agent)
            bucket = due if arrives == block else self._held.setdefault(arrives, [])
            bucket += [
                Wish(block, rank, agent, number, action) for number, action in enumerate(actions)
            ]
        # A wish of an earlier block comes first: it has been waiting.
        due.sort(key=_place)
        return [(wish.agent, wish.action) for wish in due]

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


def _place(wish: Wish) -> tuple[int, int, str, int]:
    return wish[:4]
