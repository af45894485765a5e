"""Price-time priority by sorting: what the order book must do, without its data structures.

The book is one flat list. Priority is a sort by price and arrival; nothing is linked or packed.
Sizes and prices are WAD, times unix seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from sim.reference.orders import (
    BY_OWNER,
    EXPIRED,
    FOK,
    IOC,
    LIMIT,
    LIQUIDATION,
    MAX_FILLS,
    MAX_LEVELS_WALKED,
    MAX_LOTS,
    MAX_OPEN,
    MAX_REMOVALS,
    MAX_TICK,
    NOTHING_TO_REDUCE,
    POST_ONLY,
    REFUSED,
    REPLACED,
    SELF_TRADE,
    BookError,
    Cancelled,
    Clearing,
    Filled,
    Grid,
    Happening,
    MakerFill,
    NewOrder,
    Placed,
    Resting,
)
from sim.units import WAD, mul_down


@dataclass(slots=True, kw_only=True)
class _Taking:
    """One taker's progress."""

    account: int
    is_buy: bool
    max_fills: int
    limit_wad: int
    left_wad: int
    forced: bool = False
    accepted: int = 0
    removed: int = 0
    notional_wad: int = 0
    penalty_wad: int = 0


@dataclass(slots=True, kw_only=True)
class Book:
    """An order book over a clearinghouse. A refused call may leave it half changed: copy first."""

    grid: Grid
    clearing: Clearing
    mark_wad: int = 0
    now_s: int = 0
    orders: list[Resting] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    last_trade: tuple[int, int] = (0, 0)  # price, time
    arrivals: int = 0

    def side(self, is_buy: bool) -> list[Resting]:
        """The orders of a side, first to be filled first."""
        best_first = -1 if is_buy else 1
        mine = [order for order in self.orders if order.is_buy == is_buy]
        return sorted(mine, key=lambda order: (best_first * order.price_wad, order.number))

    def levels(self, is_buy: bool, *, firm: bool = False) -> list[tuple[int, int]]:
        """Price and total size of each level, best first; `firm` counts no reduce-only order."""
        totals: dict[int, int] = {}
        for order in self.side(is_buy):
            counted = 0 if firm and order.reduce_only else order.size_wad
            totals[order.price_wad] = totals.get(order.price_wad, 0) + counted
        return list(totals.items())

    def best(self, is_buy: bool) -> int:
        """Best price of a side; 0 if it is empty."""
        return next((price for price, _ in self.levels(is_buy)), 0)

    def open_size(self, account: int) -> tuple[int, int]:
        """Resting buys and sells that could open a position."""
        firm = [each for each in self.orders if each.account == account and not each.reduce_only]
        buys = sum(each.size_wad for each in firm if each.is_buy)
        return buys, sum(each.size_wad for each in firm) - buys

    def impact_price(self, is_buy: bool, notional_wad: int) -> int:
        """Average price to buy or sell a notional from firm orders; 0 if the levels read lack it.

        Rounded against the trader: up for a buy, down for a sell.
        """
        base = quote = Fraction(0)
        for price_wad, size_wad in self.levels(not is_buy, firm=True)[:MAX_LEVELS_WALKED]:
            here = Fraction(size_wad * price_wad, WAD)
            if size_wad and quote + here >= notional_wad:
                base += (notional_wad - quote) * WAD / price_wad
                average = Fraction(notional_wad * WAD) / base if base else Fraction(price_wad)
                return -(-average.numerator // average.denominator) if is_buy else int(average)
            base, quote = base + size_wad, quote + here
        return 0

    def place(self, account: int, order: NewOrder, max_fills: int = MAX_FILLS) -> tuple[int, int]:
        """Take, then rest or drop the remainder; the number of what rests (0: nothing), filled."""
        self._check(order, max_fills)
        wanted_wad = order.size_wad
        if order.reduce_only:
            wanted_wad = min(wanted_wad, self._reducible(account, order.is_buy))
            if wanted_wad == 0:
                raise BookError("book: nothing to reduce")
        filled_wad = 0
        if order.kind != POST_ONLY:
            taking = self._taking(account, order.is_buy, order.price_wad, wanted_wad, max_fills)
            self._take(taking)
            filled_wad = wanted_wad - taking.left_wad
        if order.kind == FOK and filled_wad < wanted_wad:
            raise BookError("book: can't be filled whole")
        if order.kind in (IOC, FOK) or filled_wad == wanted_wad or not self._may_rest(order):
            return 0, filled_wad
        return self._rest(account, order, wanted_wad - filled_wad), filled_wad

    def take_for(
        self, account: int, *, is_buy: bool, size_wad: int, limit_wad: int, max_fills: int
    ) -> tuple[int, int, int]:
        """A liquidation order: filled, notional, penalty."""
        whole_wad = size_wad // self.grid.lot_wad * self.grid.lot_wad
        taking = self._taking(account, is_buy, limit_wad, whole_wad, min(max_fills, MAX_FILLS))
        taking.forced = True
        self._take(taking)
        return whole_wad - taking.left_wad, taking.notional_wad, taking.penalty_wad

    def cancel(self, number: int, reason: int = BY_OWNER) -> None:
        """Remove an order; an expired one goes as expired."""
        gone = next((order for order in self.orders if order.number == number), None)
        if gone is None:
            raise BookError("book: no such order")
        expired = reason == BY_OWNER and self._is_expired(gone)
        self._remove(gone, EXPIRED if expired else reason)

    def replace(self, number: int, order: NewOrder) -> tuple[int, int]:
        """Cancel one order and place another for its account."""
        gone = next((each for each in self.orders if each.number == number), None)
        if gone is None:
            raise BookError("book: no such order")
        self._remove(gone, REPLACED)
        return self.place(gone.account, order)

    def cancel_all_of(self, account: int, numbers: Sequence[int]) -> int:
        """Remove these orders of an account for its liquidation; how many it has left."""
        for number in numbers:
            self.cancel(number, LIQUIDATION)
        return sum(1 for each in self.orders if each.account == account)

    def _check(self, order: NewOrder, max_fills: int) -> None:
        grid = self.grid
        if order.price_wad % grid.tick_wad:
            raise BookError("book: price is not in ticks")
        if not 0 < order.price_wad <= MAX_TICK * grid.tick_wad:
            raise BookError("book: price out of range")
        if order.size_wad % grid.lot_wad:
            raise BookError("book: size is not in lots")
        if not 0 < order.size_wad <= MAX_LOTS * grid.lot_wad:
            raise BookError("book: size out of range")
        if order.kind not in (LIMIT, IOC, FOK, POST_ONLY):
            raise BookError("book: unknown kind of order")
        if max_fills > MAX_FILLS:
            raise BookError("book: too many fills")
        if 0 < order.expires_at <= self.now_s:
            raise BookError("book: already expired")
        judged_at_wad = self.mark_wad if order.kind in (IOC, FOK) else order.price_wad
        if mul_down(order.size_wad, judged_at_wad) < grid.min_notional_wad:
            raise BookError("book: notional too small")

    def _band(self) -> tuple[Fraction, Fraction]:
        width = Fraction(self.grid.fill_band_wad, WAD)
        return self.mark_wad * (1 - width), self.mark_wad * (1 + width)

    def _may_rest(self, order: NewOrder) -> bool:
        low, high = self._band()
        beyond = order.price_wad > high if order.is_buy else order.price_wad < low
        opposite_wad = self.best(not order.is_buy)
        crosses = opposite_wad > 0 and not _is_worse(order.is_buy, opposite_wad, order.price_wad)
        if order.kind == POST_ONLY and crosses:
            raise BookError("book: post-only order would trade")
        if order.kind == POST_ONLY and beyond:
            raise BookError("book: price outside the fill band")
        return not (beyond or crosses)

    def _rest(self, account: int, order: NewOrder, size_wad: int) -> int:
        if sum(1 for each in self.orders if each.account == account) == MAX_OPEN:
            raise BookError("book: too many open orders")
        self.arrivals += 1
        resting = Resting(
            number=self.arrivals,
            account=account,
            is_buy=order.is_buy,
            price_wad=order.price_wad,
            size_wad=size_wad,
            reduce_only=order.reduce_only,
            expires_at=order.expires_at,
        )
        self.orders.append(resting)
        self.happenings.append(Placed(resting))
        if not order.reduce_only:
            self.clearing.admit(account)
        return resting.number

    def _taking(
        self, account: int, is_buy: bool, limit_wad: int, size_wad: int, max_fills: int
    ) -> _Taking:
        return _Taking(
            account=account,
            is_buy=is_buy,
            limit_wad=limit_wad,
            left_wad=size_wad,
            max_fills=max_fills,
        )

    def _take(self, taking: _Taking) -> None:
        while taking.left_wad > 0:
            healed = taking.forced and not self.clearing.is_liquidatable(taking.account)
            if taking.accepted and healed:
                return
            batch = self._collect(taking)
            if not batch:
                return
            self._settle(taking, batch)

    def _collect(self, taking: _Taking) -> list[tuple[Resting, int]]:
        """Makers to propose, each with its size, in priority; dead ones are removed on the way."""
        batch: list[tuple[Resting, int]] = []
        wanted_wad = taking.left_wad
        for maker in self.side(not taking.is_buy):
            exhausted = taking.accepted + len(batch) == taking.max_fills
            if wanted_wad == 0 or exhausted or taking.removed >= MAX_REMOVALS:
                break
            if self._is_out_of_reach(taking, maker.price_wad):
                break
            size_wad = min(maker.size_wad, wanted_wad)
            reason = self._dead_reason(taking, maker)
            if reason is None and maker.reduce_only:
                if any(maker.account == other.account for other, _ in batch):
                    break  # its position is known when its other fills are settled
                size_wad = min(size_wad, self._reducible(maker.account, maker.is_buy))
                reason = NOTHING_TO_REDUCE if size_wad == 0 else None
            if reason is not None:
                self._remove(maker, reason)
                taking.removed += 1
                continue
            batch.append((maker, size_wad))
            wanted_wad -= size_wad
            self._shrink(maker, size_wad)
            if size_wad < maker.size_wad:
                break  # what is left of it is still first in line
        return batch

    def _settle(self, taking: _Taking, batch: Sequence[tuple[Resting, int]]) -> None:
        fills = [
            MakerFill(
                account=maker.account,
                size_wad=size_wad,
                price_wad=maker.price_wad,
                reduce_only=maker.reduce_only,
            )
            for maker, size_wad in batch
        ]
        refused, penalty_wad = self.clearing.fill(
            taker=taking.account, is_buy=taking.is_buy, forced=taking.forced, fills=fills
        )
        taking.penalty_wad += penalty_wad
        for place, (maker, size_wad) in enumerate(batch):
            if place in refused:
                self._remove(maker, REFUSED)
                taking.removed += 1
                continue
            taking.accepted += 1
            taking.left_wad -= size_wad
            taking.notional_wad += mul_down(size_wad, maker.price_wad)
            self.last_trade = (maker.price_wad, self.now_s)
            self.happenings.append(
                Filled(
                    number=maker.number,
                    account=maker.account,
                    taker=taking.account,
                    is_buy=maker.is_buy,
                    price_wad=maker.price_wad,
                    size_wad=size_wad,
                    left_wad=maker.size_wad - size_wad,
                )
            )

    def _dead_reason(self, taking: _Taking, maker: Resting) -> int | None:
        low, high = self._band()
        if self._is_expired(maker):
            return EXPIRED
        if maker.account >> 96 == taking.account >> 96:
            return SELF_TRADE
        too_good = maker.price_wad < low if taking.is_buy else maker.price_wad > high
        return REFUSED if too_good else None

    def _is_out_of_reach(self, taking: _Taking, price_wad: int) -> bool:
        low, high = self._band()
        if taking.is_buy:
            return price_wad > min(taking.limit_wad, high)
        return price_wad < max(taking.limit_wad, low)

    def _is_expired(self, order: Resting) -> bool:
        return 0 < order.expires_at <= self.now_s

    def _reducible(self, account: int, is_buy: bool) -> int:
        position_wad = self.clearing.size_of(account)
        against_wad = max(0, -position_wad if is_buy else position_wad)
        return against_wad // self.grid.lot_wad * self.grid.lot_wad

    def _shrink(self, order: Resting, size_wad: int) -> None:
        place = self.orders.index(order)
        left_wad = order.size_wad - size_wad
        self.orders[place : place + 1] = [replace(order, size_wad=left_wad)] if left_wad else []

    def _remove(self, order: Resting, reason: int) -> None:
        self.orders = [each for each in self.orders if each.number != order.number]
        self.happenings.append(Cancelled(order.number, order.account, reason))


def _is_worse(is_buy: bool, price_wad: int, limit_wad: int) -> bool:
    """Whether a taker on this side would not take at `price_wad`."""
    return price_wad > limit_wad if is_buy else price_wad < limit_wad
