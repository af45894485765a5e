"""The triggers whose position stands, kept from the events of the trigger venue."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from sim.types import TriggerKind, TriggerView

KINDS = tuple(TriggerKind)


class Triggers:
    """Listens to the trigger venue, and is told when a position closed or changed sign."""

    def __init__(self, markets: Mapping[int, str]) -> None:
        self._markets = markets
        self._standing: dict[int, TriggerView] = {}
        self._of: dict[tuple[int, str], set[int]] = {}
        self.handlers: dict[str, Any] = {
            "TriggerProgrammed": self._programmed,
            "TriggerRatcheted": self._ratcheted,
            "TriggerExecuted": self._executed,
            "TriggerCancelled": self._cancelled,
            "TriggerDied": self._died,
        }

    def views(self) -> Collection[TriggerView]:
        """Those whose position stands, in order of programming."""
        return self._standing.values()

    def position_gone(self, account: int, market: str) -> None:
        """What was programmed for that position is dead, buried or not."""
        for trigger_id in self._of.pop((account, market), ()):
            del self._standing[trigger_id]

    def _programmed(
        self,
        trigger_id: int,
        account: int,
        market_id: int,
        kind: int,
        is_long: bool,
        _size_wad: int,
        trigger_wad: int,
        trail_wad: int,
        _slippage_wad: int,
        tip_wad: int,
        _group: int,
        _mark_wad: int,
    ) -> None:
        market = self._markets[market_id]
        self._of.setdefault((account, market), set()).add(trigger_id)
        self._standing[trigger_id] = TriggerView(
            trigger_id=trigger_id,
            account=account,
            market=market,
            kind=KINDS[kind],
            is_long=is_long,
            trigger_wad=trigger_wad,
            trail_wad=trail_wad,
            tip_wad=tip_wad,
        )

    def _ratcheted(self, trigger_id: int, _account: int, trigger_wad: int, _mark_wad: int) -> None:
        before = self._standing[trigger_id]
        self._standing[trigger_id] = replace(before, trigger_wad=trigger_wad)

    def _executed(
        self,
        trigger_id: int,
        _account: int,
        _keeper: str,
        _mark_wad: int,
        _trigger_wad: int,
        _limit_wad: int,
        _filled_wad: int,
        _average_wad: int,
        left_wad: int,
        tip_wad: int,
    ) -> None:
        before = self._standing.get(trigger_id)  # gone already if the fill closed its position
        if before is not None and left_wad == 0:
            self._forget(before)
        elif before is not None:
            self._standing[trigger_id] = replace(before, tip_wad=before.tip_wad - tip_wad)

    def _cancelled(self, trigger_id: int, _account: int, _reason: int, _refund_wad: int) -> None:
        before = self._standing.get(trigger_id)
        if before is not None:
            self._forget(before)

    def _died(self, trigger_id: int, account: int, _refund_wad: int) -> None:
        if trigger_id in self._standing:
            raise ValueError(f"trigger {trigger_id} of {account:#x} died with its position open")

    def _forget(self, gone: TriggerView) -> None:
        del self._standing[gone.trigger_id]
        self._of[gone.account, gone.market].discard(gone.trigger_id)
