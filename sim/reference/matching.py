"""Price-time priority by sorting: what the order book must do, without its data structures.

Nothing is linked or packed. Makers are collected in priority, proposed together, and the next ones
collected after refusals, so that the clearinghouse is asked the same questions as by the contract.
Sizes and prices are WAD, times unix seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from sim.reference.books import Refused
from sim.reference.orders import (
    BY_OWNER,
    EXPIRED,
    FOK,
    IOC,
    LIQUIDATION,
    MAX_DEAD,
    MAX_FILLS,
    MAX_JUDGED,
    MAX_OPEN,
    MAX_PASSED,
    NOTHING_TO_REDUCE,
    OPENING_STOPPED,
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
    check_order,
)
from sim.reference.resting import RestingOrders
from sim.types.codes import TakeOutcome
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
    dead: int = 0
    judged: int = 0
    passed: list[Resting] = field(default_factory=list)
    unfinished: bool = False
    notional_wad: int = 0
    penalty_wad: int = 0


@dataclass(slots=True, kw_only=True)
class Book:
    """An order book over a clearinghouse. A refused call may leave it half changed: copy first."""

    grid: Grid
    clearing: Clearing
    mark_wad: int = 0
    now_s: int = 0
    resting: RestingOrders = field(default_factory=RestingOrders)
    happenings: list[Happening] = field(default_factory=list)
    last_trade: tuple[int, int] = (0, 0)  # price, time
    arrivals: int = 0

    def place(self, account: int, order: NewOrder, max_fills: int = MAX_FILLS) -> tuple[int, int]:
        """Take, then rest or drop the remainder; the number of what rests (0: nothing), filled."""
        withheld: list[Exception] = []
        placed = self._place(account, order, max_fills, withheld)
        _say(withheld)
        return placed

    def place_many(self, account: int, orders: Sequence[NewOrder]) -> list[int]:
        """Place one after the other, all or none; the numbers of what rests (0: nothing).

        Each is judged when it has come to rest, as one that comes alone. Only the refusal is said
        later: before the account would take anything, or when all have been placed.
        """
        withheld: list[Exception] = []
        numbers = [self._place(account, order, MAX_FILLS, withheld)[0] for order in orders]
        _say(withheld)
        return numbers

    def _place(
        self, account: int, order: NewOrder, max_fills: int, withheld: list[Exception]
    ) -> tuple[int, int]:
        if max_fills > MAX_FILLS:
            raise BookError("book: too many fills")
        check_order(order, self.grid, mark_wad=self.mark_wad, now_s=self.now_s)
        wanted_wad = order.size_wad
        if order.reduce_only:
            wanted_wad = min(wanted_wad, self._reducible(account, order.is_buy))
            if wanted_wad == 0:
                raise BookError("book: nothing to reduce")
        filled_wad = 0
        if order.kind != POST_ONLY:
            if self._crosses(order):
                _say(withheld)
            taking = _Taking(
                account=account,
                is_buy=order.is_buy,
                max_fills=max_fills,
                limit_wad=order.price_wad,
                left_wad=wanted_wad,
            )
            self._take(taking)
            filled_wad = wanted_wad - taking.left_wad
        if order.kind == FOK and filled_wad < wanted_wad:
            raise BookError("book: can't be filled whole")
        if order.kind in (IOC, FOK) or filled_wad == wanted_wad or not self._may_rest(order):
            return 0, filled_wad
        number = self._rest(account, order, wanted_wad - filled_wad)
        if not order.reduce_only:
            try:
                self.clearing.admit(account)
            except (BookError, Refused) as refusal:
                withheld.append(refusal)
        return number, filled_wad

    def take_for(
        self, account: int, *, is_buy: bool, size_wad: int, limit_wad: int, max_fills: int
    ) -> tuple[TakeOutcome, int, int, int]:
        """A liquidation order: what it met, filled, notional, penalty."""
        whole_wad = size_wad // self.grid.lot_wad * self.grid.lot_wad
        taking = _Taking(
            account=account,
            is_buy=is_buy,
            max_fills=min(max_fills, MAX_FILLS),
            limit_wad=limit_wad,
            left_wad=whole_wad,
            forced=True,
        )
        self._take(taking)
        outcome = TakeOutcome.UNFINISHED if taking.unfinished else TakeOutcome.NOTHING
        if taking.accepted:
            outcome = TakeOutcome.FILLED
        filled_wad = whole_wad - taking.left_wad
        return outcome, filled_wad, taking.notional_wad, taking.penalty_wad

    def cancel(self, number: int, reason: int = BY_OWNER) -> None:
        """Remove an order; a dead one goes as what it is."""
        gone = self.resting.find(number)
        if gone is None:
            raise BookError("book: no such order")
        idle = gone.reduce_only and not self._reducible(gone.account, gone.is_buy)
        if reason == BY_OWNER and self._is_expired(gone):
            reason = EXPIRED
        elif reason == BY_OWNER and idle:
            reason = NOTHING_TO_REDUCE
        self._remove(gone, reason)

    def replace(self, number: int, order: NewOrder) -> tuple[int, int]:
        """Cancel one order and place another for its account."""
        gone = self.resting.find(number)
        if gone is None:
            raise BookError("book: no such order")
        self._remove(gone, REPLACED)
        return self.place(gone.account, order)

    def cancel_all_of(self, numbers: Sequence[int]) -> int:
        """Remove these orders of an account for its liquidation; how many went."""
        for number in numbers:
            self.cancel(number, LIQUIDATION)
        return len(numbers)

    def _band(self) -> tuple[Fraction, Fraction]:
        width = Fraction(self.grid.fill_band_wad, WAD)
        return self.mark_wad * (1 - width), self.mark_wad * (1 + width)

    def _may_rest(self, order: NewOrder) -> bool:
        low, high = self._band()
        beyond = order.price_wad > high if order.is_buy else order.price_wad < low
        crosses = self._crosses(order)
        if order.kind == POST_ONLY and crosses:
            raise BookError("book: post-only order would trade")
        if order.kind == POST_ONLY and beyond:
            raise BookError("book: price outside the fill band")
        return not (beyond or crosses)

    def _crosses(self, order: NewOrder) -> bool:
        opposite_wad = self.resting.best(not order.is_buy)
        return opposite_wad > 0 and not _is_worse(order.is_buy, opposite_wad, order.price_wad)

    def _rest(self, account: int, order: NewOrder, size_wad: int) -> int:
        if len(self.resting.of(account)) == MAX_OPEN:
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
        self.resting.orders.append(resting)
        self.happenings.append(Placed(resting))
        return resting.number

    def _take(self, taking: _Taking) -> None:
        while taking.left_wad > 0 and not taking.unfinished:
            if taking.accepted and taking.forced:
                return  # what filled moved the health that the limit was made from
            batch = self._collect(taking)
            if not batch:
                return
            self._settle(taking, batch)
            taking.unfinished |= taking.judged == MAX_JUDGED

    def _collect(self, taking: _Taking) -> list[tuple[Resting, int]]:
        """Makers to propose, each with its size, in priority; dead ones are removed on the way."""
        batch: list[tuple[Resting, int]] = []
        wanted_wad, closing = taking.left_wad, not self.clearing.may_open()
        side = self.resting.side(not taking.is_buy)
        if taking.passed:  # what stands in front of the last one passed over was seen
            side = side[1 + [each.number for each in side].index(taking.passed[-1].number) :]
        for maker in side:
            enough = taking.accepted + len(batch) == taking.max_fills
            if wanted_wad == 0 or enough or taking.judged + len(batch) == MAX_JUDGED:
                break
            if self._is_out_of_reach(taking, maker.price_wad):
                break
            size_wad = min(maker.size_wad, wanted_wad)
            reason = self._dead_reason(taking, maker)
            if reason is None and (maker.reduce_only or closing):
                if any(maker.account == other.account for other, _ in batch):
                    break  # its position is known when its other fills are settled
                size_wad = min(size_wad, self._reducible(maker.account, maker.is_buy))
                if not (size_wad or maker.reduce_only) and len(taking.passed) < MAX_PASSED:
                    taking.passed.append(maker)
                    continue
                if size_wad == 0:
                    reason = NOTHING_TO_REDUCE if maker.reduce_only else OPENING_STOPPED
            if reason is not None:
                if taking.dead == MAX_DEAD:
                    taking.unfinished = True
                    break
                self._remove(maker, reason)
                taking.dead += 1
                continue
            batch.append((maker, size_wad))
            wanted_wad -= size_wad
            self.resting.shrink(maker, size_wad)
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
        taking.judged += len(batch)
        taking.penalty_wad += penalty_wad
        for place, (maker, size_wad) in enumerate(batch):
            if place in refused:
                self._remove(maker, REFUSED)
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
        beyond = price_wad > high if taking.is_buy else price_wad < low
        return beyond or _is_worse(taking.is_buy, price_wad, taking.limit_wad)

    def _is_expired(self, order: Resting) -> bool:
        return 0 < order.expires_at <= self.now_s

    def _reducible(self, account: int, is_buy: bool) -> int:
        position_wad = self.clearing.size_of(account)
        against_wad = max(0, -position_wad if is_buy else position_wad)
        return against_wad // self.grid.lot_wad * self.grid.lot_wad

    def _remove(self, order: Resting, reason: int) -> None:
        self.resting.remove(order)
        self.happenings.append(Cancelled(order.number, order.account, reason))


def _say(withheld: Sequence[Exception]) -> None:
    """Refuse for the first of the reasons, if there is one."""
    if withheld:
        raise withheld[0]


def _is_worse(is_buy: bool, price_wad: int, limit_wad: int) -> bool:
    """Whether a taker on this side would not take at `price_wad`."""
    return price_wad > limit_wad if is_buy else price_wad < limit_wad
