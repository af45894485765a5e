"""What stands behind the book, kept from events: stakes in the pool, and where the ladder ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sim.types import StakeView

NOBODY = StakeView()


class Stakes:
    """Listens to the insurance pool: who holds its shares and who asked to leave."""

    def __init__(self) -> None:
        self._of: dict[int, StakeView] = {}
        self.shares_wad = 0
        self.handlers: dict[str, Any] = {
            "Deposit": self._staked,
            "Transfer": self._moved,
            "WithdrawRequested": self._requested,
            "RequestCancelled": self._cancelled,
            "Withdraw": self._paid,
        }

    def view(self, account: int) -> StakeView:
        """What the owner of an account has."""
        return self._of.get(account >> 96, NOBODY)

    def _staked(self, _sender: str, _owner: str, _assets_raw: int, shares_wad: int) -> None:
        self.shares_wad += shares_wad

    def _moved(self, sender: str, recipient: str, shares_wad: int) -> None:
        for address, signed_wad in ((sender, -shares_wad), (recipient, shares_wad)):
            owner = int(address, 16)
            before = self._of.get(owner, NOBODY)
            self._of[owner] = replace(before, shares_wad=before.shares_wad + signed_wad)

    def _requested(self, owner: str, shares_wad: int, _assets_raw: int, ready_at: int) -> None:
        key = int(owner, 16)
        self._of[key] = replace(self._of[key], requested_wad=shares_wad, ready_at=ready_at)

    def _paid(
        self, _sender: str, _receiver: str, owner: str, _assets_raw: int, shares_wad: int
    ) -> None:
        self.shares_wad -= shares_wad
        key = int(owner, 16)
        left_wad = self._of[key].requested_wad - shares_wad
        ready_at = self._of[key].ready_at if left_wad else 0
        self._of[key] = replace(self._of[key], requested_wad=left_wad, ready_at=ready_at)

    def _cancelled(self, owner: str, _shares_wad: int, _held_until: int) -> None:
        key = int(owner, 16)
        self._of[key] = replace(self._of[key], requested_wad=0, ready_at=0)


class Exhausted:
    """Positions that neither book nor pool could act on, in the order they were found."""

    def __init__(self, markets: Mapping[int, str]) -> None:
        self._markets = markets
        self._standing: dict[tuple[int, str], None] = {}
        self.handlers: dict[str, Any] = {"LadderExhausted": self._found}

    def views(self) -> list[tuple[int, str]]:
        """Account and market of each that still stands."""
        return list(self._standing)

    def position_gone(self, account: int, market: str) -> None:
        """It is closed or changed sign."""
        self._standing.pop((account, market), None)

    def _found(self, account: int, market_id: int, *_told: object) -> None:
        self._standing[account, self._markets[market_id]] = None
