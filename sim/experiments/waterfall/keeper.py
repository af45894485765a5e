"""A keeper that walks every failing account down the ladder until nobody can be helped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.abi.events import Event
from sim.chain.port import CallReverted
from sim.experiments.waterfall.population import KEEPER_ACCOUNT
from sim.experiments.waterfall.testbed import KEEPER, TestbedError, WaterfallTestbed, named

CHUNK = 32  # counterparties in one call, as in the contract
FILLS = 32
EVERYTHING = 2**200
MAX_PASSES = 120
NO_RUNG, COOLING = "liquidator: no rung could act", "liquidator: large position is cooling down"
NOT_RESTORED = "liquidator: pool has not put its cash behind it"


class Keeper:
    """Liquidates, takes over, deleverages, closes at mark; debts are spread on the way."""

    def __init__(self, testbed: WaterfallTestbed) -> None:
        self._testbed = testbed

    def run(self, price_wad: int) -> None:
        """Pass after pass, a block each, while an account is due and something moves."""
        for _ in range(MAX_PASSES):
            due = [one for one in self._due() if self._step(one)]
            if not due:
                return
            self._testbed.index(price_wad)
        raise TestbedError(f"accounts are still due after {MAX_PASSES} passes")

    def _due(self) -> list[int]:
        testbed = self._testbed
        found = []
        for account in sorted(testbed.mirror.accounts):
            equity_wad, maintenance_wad = testbed.health(account)
            if equity_wad < maintenance_wad and testbed.size_wad(account):
                found.append(account)
        return found

    def _step(self, account: int) -> bool:
        """One move against one account; false if nobody could do anything."""
        testbed, at = self._testbed, (account, self._testbed.number)
        equity_wad, maintenance_wad = testbed.health(account)
        if equity_wad >= maintenance_wad or not testbed.size_wad(account):
            return False  # healed or closed by what came before in this pass
        try:
            events = testbed.send(KEEPER, "Liquidator", "liquidate", *at, FILLS)
        except CallReverted as refused:
            return self._answer(account, str(refused))
        if named(events, "AccountLiquidated"):
            return True
        moved = bool(self.deleverage(account, at_mark=False))
        if testbed.size_wad(account) and testbed.ask("Deleverager", "shortfalls", *at)[1]:
            moved |= bool(self.deleverage(account, at_mark=True))
        return moved

    def _answer(self, account: int, refusal: str) -> bool:
        testbed, at = self._testbed, (account, self._testbed.number)
        if refusal == COOLING:
            return True
        if refusal == NO_RUNG:
            testbed.send(KEEPER, "Liquidator", "take_over", *at, EVERYTHING, KEEPER_ACCOUNT)
            return True
        if refusal == NOT_RESTORED:
            testbed.send(KEEPER, "InsurancePool", "restore", testbed.number)
            return True
        raise TestbedError(f"liquidating {account:#x}: {refusal}")

    def deleverage(self, account: int, *, at_mark: bool) -> list[Any]:
        """Close against the other side, best ranked first, at once or in chunks; what closed."""
        queue = self.queue(account, at_mark=at_mark)
        if not queue:
            return []
        close = self._in_chunks if len(queue) > CHUNK else self._at_once
        return named(close(account, queue, at_mark), "CounterpartyDeleveraged")

    def queue(self, account: int, *, at_mark: bool) -> list[int]:
        """The other side as the deleverager's own view ranks it."""
        testbed = self._testbed
        others = testbed.holders(-1 if testbed.size_wad(account) > 0 else 1)
        found = [
            one
            for start in range(0, len(others), CHUNK)
            for one in testbed.ask(
                *("Deleverager", "candidates", account, testbed.number),
                *(others[start : start + CHUNK], at_mark),
            )
        ]
        ranked = sorted(found, key=lambda one: (-one.key_wad, one.account))
        return [one.account for one in ranked]

    def _counted(self, account: int) -> set[int]:
        """The other side when rounds began to count positions."""
        testbed = self._testbed
        side = -1 if testbed.size_wad(account) > 0 else 1
        return {
            one
            for one in testbed.mirror.accounts
            if testbed.ask("Clearinghouse", "round_start", one, testbed.number)[0] * side > 0
        }

    def _at_once(self, account: int, queue: Sequence[int], at_mark: bool) -> Sequence[Event]:
        testbed, at = self._testbed, (account, self._testbed.number)
        return testbed.send(KEEPER, "Deleverager", "deleverage", *at, list(queue), at_mark)

    def _in_chunks(self, account: int, queue: Sequence[int], at_mark: bool) -> Sequence[Event]:
        testbed, at = self._testbed, (account, self._testbed.number)
        testbed.send(KEEPER, "Deleverager", "open_round", *at, at_mark)
        seen: list[Any] = []
        ascending = sorted({*queue, *self._counted(account)})
        for start in range(0, len(ascending), CHUNK):
            part = ascending[start : start + CHUNK]
            events = testbed.send(KEEPER, "Deleverager", "enlist", *at, part)
            seen += named(events, "CandidatesEnlisted")[0].candidates
        ranked = sorted(seen, key=lambda one: (-one.key_wad, one.account))
        chunks = [ranked[start : start + CHUNK] for start in range(0, len(ranked), CHUNK)]
        for chunk in chunks:
            testbed.send(KEEPER, "Deleverager", "rank", *at, chunk)
        found: list[Event] = []
        for chunk in chunks:
            found += testbed.send(KEEPER, "Deleverager", "take", *at, chunk)
        return found
