"""Rounds of deleveraging: the other side, ranked as the chain ranks it when the round's turn comes.

A keeper's own contract would sort on chain; here the ranking is read after everything before it
in the block, and what that read says is what the round is called with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sim.chain.port import Call, Chain
from sim.engine.transactions import Translator
from sim.mirror import Mirror
from sim.protocol.deployment import Deployed
from sim.protocol.views import ask
from sim.types import Deleverage

CHUNK = 32  # most candidates in one call
NAME = "Deleverager"


class Rounds:
    """Turns a wish to deleverage into the calls of a whole round."""

    def __init__(
        self, chain: Chain, deployed: Deployed, translate: Translator, mirror: Mirror
    ) -> None:
        self._chain, self._deployed = chain, deployed
        self._translate, self._mirror = translate, mirror

    def calls(self, owner: str, action: Deleverage) -> list[Call]:
        """One call for up to 32 counterparties, a round of many for more, none if none is due."""
        account, market = action.account, self._translate.market_id(action.market)
        size_wad = self._size_wad(account, market)
        if size_wad == 0 or (action.at_mark and not self._left_over(account, market)):
            return []
        others = self._others(market, size_wad, self._size_wad)
        if len(others) > CHUNK:
            # Over calls a round counts positions as they were when rounds began.
            others |= self._others(market, size_wad, self._counted_wad)
        queue = self._queue(action, market, others)

        def call(method: str, *words: Any) -> Call:
            return self._translate.system_call(owner, NAME, method, account, market, *words)

        if len(queue) <= CHUNK:
            return [call("deleverage", [one.account for one in queue], action.at_mark)]
        return [
            call("open_round", action.at_mark),
            *(call("enlist", part) for part in _chunks(sorted(one.account for one in queue))),
            *(call("rank", part) for part in _chunks(queue)),
            *(call("take", part) for part in _chunks(queue)),
        ]

    def _others(self, market: int, size_wad: int, sized: Callable[[int, int], int]) -> set[int]:
        """Everybody on the other side, by a way to look at sizes."""
        return {one for one in self._mirror.accounts if sized(one, market) * size_wad < 0}

    def _queue(self, action: Deleverage, market: int, others: Iterable[int]) -> list[Any]:
        """Counterparties as the chain sees them now, best ranked first."""
        found: list[Any] = []
        for part in _chunks(sorted(others)):
            found += self._ask(NAME, "candidates", action.account, market, part, action.at_mark)
        return sorted(found, key=lambda one: (-one.key_wad, one.account))

    def _left_over(self, account: int, market: int) -> int:
        """Size that this block's round at the bankruptcy price could not place."""
        left: int = self._ask(NAME, "shortfalls", account, market).size_wad
        return left

    def _size_wad(self, account: int, market: int) -> int:
        size_wad: int = self._ask("Clearinghouse", "size_of", account, market)
        return size_wad

    def _counted_wad(self, account: int, market: int) -> int:
        size_wad: int = self._ask("Clearinghouse", "round_start", account, market)[0]
        return size_wad

    def _ask(self, contract: str, method: str, *words: Any) -> Any:
        return ask(self._chain, contract, self._deployed.address(contract), method, *words)


def _chunks(items: Sequence[Any]) -> list[Sequence[Any]]:
    return [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
