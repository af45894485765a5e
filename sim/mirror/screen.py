"""Health of every account at once: flat float arrays, kept by change and valued by vector.

Floats serve screening only: who looks sick. Whoever is sick by a wei is for the contracts to say.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.types import FloatArray, MarginTable
from sim.units import to_float

START_ROWS = 64


class Screen:
    """Positions in dense rows (a closed one's row is taken by the last), cash by account."""

    def __init__(self, markets: Sequence[str], tiers: Sequence[Sequence[tuple[int, int]]]) -> None:
        """`tiers` holds (lower notional, maintenance ratio) pairs in WAD for each market."""
        self._markets = list(markets)
        self._tiers = [_with_deductions(pairs) for pairs in tiers]
        self._rows: dict[tuple[int, int], int] = {}
        self._accounts: list[int] = []  # of each row
        self._named: list[str] = []  # market of each row
        self._places: dict[int, int] = {}
        self._cash = np.zeros(START_ROWS)
        self._numbers = np.zeros((3, START_ROWS))  # size, quote, index settled at
        self._owner = np.zeros(START_ROWS, dtype=np.int64)
        self._market = np.zeros(START_ROWS, dtype=np.int64)
        self._losses = np.zeros(len(self._markets))  # socialised, per base of either side

    def set_cash(self, account: int, cash_wad: int) -> None:
        """The account's cash is now this."""
        place = self._place(account)  # may move the array, so it comes before the array is named
        self._cash[place] = to_float(cash_wad)

    def set_loss(self, market: int, per_base_wad: int) -> None:
        """The loss socialised in the market so far is now this."""
        self._losses[market] = to_float(per_base_wad)

    def set_position(
        self, account: int, market: int, size_wad: int, quote_wad: int, settled_wad: int
    ) -> None:
        """The account's position in the market (by its place in the list) is now this."""
        key = (account, market)
        row = self._rows.get(key)
        if size_wad == 0:
            if row is not None:
                self._drop(key, row)
            return
        if row is None:
            row = self._rows[key] = len(self._accounts)
            self._accounts.append(account)
            self._named.append(self._markets[market])
            if row == self._numbers.shape[1]:
                self._numbers = np.concatenate([self._numbers, np.zeros_like(self._numbers)], 1)
                self._owner = np.concatenate([self._owner, np.zeros_like(self._owner)])
                self._market = np.concatenate([self._market, np.zeros_like(self._market)])
            self._owner[row] = self._place(account)
            self._market[row] = market
        self._numbers[:, row] = (
            to_float(size_wad),
            to_float(quote_wad),
            to_float(settled_wad),
        )

    def table(self, marks: FloatArray, funding_indexes: FloatArray) -> MarginTable:
        """Every open position with its account's equity and maintenance at these prices."""
        count = len(self._accounts)
        sizes, quotes, settled = self._numbers[:, :count]
        owner, market = self._owner[:count], self._market[:count]
        places = len(self._cash)
        owing = funding_indexes[market] + np.sign(sizes) * self._losses[market]
        values = sizes * marks[market] + quotes - sizes * (owing - settled)
        needs = self._maintenance(np.abs(sizes) * marks[market], market)
        equity = self._cash + np.bincount(owner, values, places)
        maintenance = np.bincount(owner, needs, places)
        return MarginTable(
            accounts=self._accounts.copy(),
            markets=self._named.copy(),
            sizes=sizes.copy(),
            equity=equity[owner],
            maintenance=maintenance[owner],
        )

    def _maintenance(self, notionals: FloatArray, market: np.ndarray) -> FloatArray:  # type: ignore[type-arg]
        needs = np.zeros(len(notionals))
        for place, tiers in enumerate(self._tiers):
            here = market == place
            lowers, ratios, deductions = tiers
            tier = np.searchsorted(lowers, notionals[here], side="right") - 1
            needs[here] = notionals[here] * ratios[tier] - deductions[tier]
        return needs

    def _place(self, account: int) -> int:
        place = self._places.setdefault(account, len(self._places))
        if place == len(self._cash):
            self._cash = np.concatenate([self._cash, np.zeros_like(self._cash)])
        return place

    def _drop(self, key: tuple[int, int], row: int) -> None:
        last = len(self._accounts) - 1
        moved = (self._accounts[last], int(self._market[last]))
        self._rows[moved] = row
        self._accounts[row], self._named[row] = self._accounts[last], self._named[last]
        self._numbers[:, row] = self._numbers[:, last]
        self._owner[row], self._market[row] = self._owner[last], self._market[last]
        self._accounts.pop()
        self._named.pop()
        del self._rows[key]


def _with_deductions(pairs: Sequence[tuple[int, int]]) -> tuple[FloatArray, ...]:
    """Lower bounds, ratios, and the deductions that make the requirement continuous."""
    lowers = np.array([to_float(lower) for lower, _ in pairs])
    ratios = np.array([to_float(ratio) for _, ratio in pairs])
    steps = lowers * np.diff(ratios, prepend=0.0)
    return lowers, ratios, np.cumsum(steps)
