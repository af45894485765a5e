"""A driver that looks at the reference's books to go where rules bite: high leverage, prices
around the liquidation of somebody, forced fills of those who are below maintenance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.reference.books import Refused
from sim.reference.clearing import MakerFill
from sim.rng import stream
from sim.types import Status
from sim.units import WAD, wad
from tests.clearing_world import MARKETS, ClearingWorld, account_of

_ROLES = ("maker", "taker", "whale")
ACTORS = (
    *map(account_of, _ROLES),
    *(account_of("taker", market) for market in MARKETS),
)
BACKSTOPS = tuple(account_of("pool", market) for market in MARKETS)
_LAST = 1_000_000
_WEIGHTS = {
    "trade": 10,
    "move_price": 5,
    "force": 5,
    "take_over": 1,
    "deleverage": 1,
    "seize": 1,
    "socialise": 1,
    "shift_cash": 3,
    "rest": 2,
    "bound_leverage": 1,
    "sweep": 1,
}


class Driver:
    """Draws one proposal after another and counts what became of them."""

    def __init__(self, world: ClearingWorld, seed: int) -> None:
        self.world = world
        self.rng: np.random.Generator = stream(seed, "clearing driver")
        self.counts: Counter[tuple[str, str]] = Counter()

    def run(self, steps: int) -> None:
        """Propose so many times, comparing everything after each."""
        for account in (*ACTORS, *BACKSTOPS):
            self.world.deposit(account, wad(20_000) + self._below(WAD))
        names, weights = list(_WEIGHTS), np.array(list(_WEIGHTS.values()), dtype=float)
        for _ in range(steps):
            name = str(self.rng.choice(names, p=weights / weights.sum()))
            try:
                getattr(self, f"_{name}")()
            except Refused as refusal:
                self.counts[name, str(refusal)] += 1
            else:
                self.counts[name, "done"] += 1
                self.world.check()

    def _trade(self) -> None:
        market = self._one_of(MARKETS)
        taker, *makers = self._shuffled(self._holders(market))
        fills = [self._maker_fill(market, maker) for maker in makers[: 1 + self._below(2)]]
        self.world.fill(market, taker, self._toss(), fills)

    def _force(self) -> None:
        failing = self._failing(self._below(10) * WAD // 5)
        if not failing:
            return self._trade()
        market, account = failing
        held_wad = self.world.books.held(account, market).size_wad
        makers = [one for one in self._shuffled(self._holders(market)) if one != account]
        left_wad, fills = abs(held_wad), []
        for maker in makers[: 1 + self._below(2)]:
            size_wad = left_wad if self._toss() else 1 + self._below(left_wad)
            price_wad = self._near(self.world.books.prices[market].mark_wad, 2 * WAD // 100)
            fills.append(MakerFill(account=maker, size_wad=size_wad, price_wad=price_wad))
            left_wad -= size_wad
            if not left_wad:
                break
        self.world.fill(market, account, held_wad < 0, fills, forced=True)
        return None

    def _take_over(self) -> None:
        self._hand(takeover=True)

    def _deleverage(self) -> None:
        self._hand(takeover=False)

    def _hand(self, *, takeover: bool) -> None:
        failing = self._failing(WAD)
        if not failing:
            return
        market, giver = failing
        size_wad = abs(self.world.books.held(giver, market).size_wad)
        receiver = self._one_of([one for one in self._holders(market) if one != giver])
        if self._toss():
            size_wad = 1 + self._below(size_wad)
        price_wad = self._near(self.world.books.prices[market].mark_wad, 2 * WAD // 100)
        self.world.transfer_position(
            market, giver, receiver, size_wad, price_wad, takeover=takeover
        )

    def _seize(self) -> None:
        failing = self._failing(2 * WAD // 3)
        if failing:
            self.world.seize(*failing)

    def _socialise(self) -> None:
        owing = [one for one, cash in self.world.books.cash.items() if cash < 0]
        self.world.socialise(self._one_of(MARKETS), self._one_of(owing or ACTORS))

    def _move_price(self) -> None:
        books, market = self.world.books, self._one_of(MARKETS)
        price = books.prices[market]
        far_wad = WAD // 5 if self._below(4) == 0 else WAD // 50
        mark_wad = min(max(self._near(price.mark_wad, far_wad), wad(50)), wad(200))
        believed_wad = self._below(3 * WAD)
        status = Status(self._below(len(Status))) if self._below(5) == 0 else Status.OK
        self.world.wait(1 + self._below(20))
        self.world.set_price(
            market,
            mark_wad=mark_wad,
            index_wad=self._near(mark_wad, WAD // 200),
            conf_wad=self._below(WAD),
            low_wad=mark_wad - believed_wad,
            high_wad=mark_wad + believed_wad,
            status=status,
            liquidations_from=self.world.now_s + self._below(10) if self._below(4) == 0 else 0,
            funding_index_wad=price.funding_index_wad + self._below(WAD) - WAD // 2,
        )

    def _shift_cash(self) -> None:
        account, world = self._one_of(ACTORS), self.world
        free_wad = world.books.withdrawable(account)
        if self._toss():
            world.withdraw(account, free_wad + (self._below(3) == 0))
        else:
            world.deposit(account, self._below(wad(3_000)))

    def _rest(self) -> None:
        market = self._one_of(MARKETS)
        account = self._one_of(self._holders(market))
        sizes = [self._size(market, account) * self._below(2) for _ in range(2)]
        self.world.rest(market, account, *sizes)

    def _bound_leverage(self) -> None:
        role = self._one_of(_ROLES)
        account, market = self._one_of(ACTORS), self._one_of(MARKETS)
        leverage = self._one_of((0, 1, 3, 9, 30, 99, 255))
        self.world.set_max_leverage(role, account, market, leverage)

    def _sweep(self) -> None:
        self.world.sweep()

    def _maker_fill(self, market: int, maker: int) -> MakerFill:
        return MakerFill(
            account=maker,
            size_wad=self._size(market, maker),
            price_wad=self._near(self.world.books.prices[market].mark_wad, WAD // 100),
            reduce_only=self._below(6) == 0,
        )

    def _size(self, market: int, account: int) -> int:
        """Up to somewhat more than the account's equity allows, or its whole position."""
        held_wad = abs(self.world.books.held(account, market).size_wad)
        if held_wad and self._below(3) == 0:
            return held_wad
        equity_wad = max(self.world.books.health(account).equity_wad, WAD)
        leverage = 9 if market == MARKETS[1] else 110
        size_wad = equity_wad * leverage // 100
        return 1 + self._below(size_wad if self._toss() else size_wad // 20)

    def _failing(self, below_wad: int) -> tuple[int, int] | None:
        """A position whose account has less equity than that share of its maintenance."""
        found = []
        for (account, market), one in list(self.world.books.holdings.items()):
            health = self.world.books.judged(account, market)
            low = health.equity_wad * WAD < health.maintenance_wad * below_wad
            if one.size_wad and low:
                found.append((market, account))
        return found[self._below(len(found))] if found else None

    def _holders(self, market: int) -> list[int]:
        return [one for one in ACTORS if one % 2**96 in (0, market)]

    def _shuffled(self, values: list[int]) -> list[int]:
        return [values[place] for place in self.rng.permutation(len(values))]

    def _one_of(self, values: Sequence[Any]) -> Any:
        return values[self._below(len(values))]

    def _toss(self) -> bool:
        return self._below(2) == 0

    def _near(self, value_wad: int, away_wad: int) -> int:
        """Within that fraction of a value, half of the time cut to a tenth."""
        found = value_wad + (self._below(2 * away_wad + 1) - away_wad) * value_wad // WAD
        return found // (WAD // 10) * (WAD // 10) if self._toss() else found

    def _below(self, bound: int) -> int:
        """A number from 0 up to a bound of any size."""
        coarse = int(self.rng.integers(_LAST)) * bound // _LAST
        return min(bound - 1, coarse + int(self.rng.integers(min(max(bound // _LAST, 1), 2**62))))
