"""What users do: orders of every kind, and money in, out and between their accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.reference import clearing
from sim.reference.exchange import Exchange
from sim.reference.orders import IOC, LIMIT, BookError, NewOrder
from sim.types import account_id
from sim.units import BPS, WAD, WAD_PER_RAW
from tests.stateful.exchange_life import MARKETS, Life, holder, role_of
from tests.support.contracts import address_of

MOST = 32


def words(new: NewOrder) -> tuple[Any, ...]:
    """An order as the ABI wants it."""
    terms = (new.is_buy, new.size_wad, new.price_wad, new.kind, new.reduce_only, new.expires_at)
    return terms


class Trading(Life):
    """Users and their orders."""

    # What an order may be made of

    def price_at(self, market: int, offset_bps: int) -> int:
        """Mark and so much, on the grid."""
        mark_wad = self.price(market).mark_wad
        tick_wad = self.twin.books[market].grid.tick_wad
        return mark_wad * (BPS + offset_bps) // BPS // tick_wad * tick_wad

    def size_for(self, account: int, market: int, tenths: int) -> int:
        """What an account's equity buys at a leverage, in tenths; a lot at least."""
        self.judge()
        equity_wad = max(0, self.twin.house.health(account).equity_wad)
        mark_wad = self.twin.house.prices[market].mark_wad
        lot_wad = self.twin.books[market].grid.lot_wad
        return max(1, equity_wad * tenths * WAD // (10 * mark_wad * lot_wad)) * lot_wad

    def size_of(self, account: int, market: int) -> int:
        """Signed position."""
        return self.twin.house.held(account, market).size_wad

    # Orders

    def place(self, who: int, market: int, new: NewOrder, max_fills: int = MOST) -> Any:
        """One order of a user."""
        role, account = holder(who)
        return self.call(
            *(role, f"OrderBook.{MARKETS[market]}", "place", account, words(new), max_fills),
            expected=lambda x, _: x.books[market].place(account, new, max_fills),
        )

    def order(
        self, who: int, market: int, is_buy: bool, offset_bps: int, tenths: int, **terms: Any
    ) -> Any:
        """An order at mark and so much, of a size by leverage."""
        _, account = holder(who)
        max_fills = terms.pop("max_fills", MOST)
        new = NewOrder(
            is_buy=is_buy,
            size_wad=self.size_for(account, market, tenths),
            price_wad=self.price_at(market, offset_bps),
            **terms,
        )
        return self.place(who, market, new, max_fills)

    def take(self, who: int, market: int, size_wad: int, **terms: Any) -> Any:
        """Take a signed size, up to 3 % from mark."""
        new = NewOrder(
            is_buy=size_wad > 0,
            size_wad=abs(size_wad),
            price_wad=self.price_at(market, 300 if size_wad > 0 else -300),
            **{"kind": IOC} | terms,
        )
        return self.place(who, market, new)

    def quote(self, who: int, market: int, offsets_bps: Sequence[int], tenths: int) -> Any:
        """Both sides of a market in one call, a level an offset."""
        role, account = holder(who)
        size_wad = self.size_for(account, market, tenths)
        many = [
            NewOrder(is_buy=side < 0, size_wad=size_wad, price_wad=price_wad, kind=LIMIT)
            for offset_bps in offsets_bps
            for side in (-1, 1)
            if (price_wad := self.price_at(market, side * offset_bps))
        ]
        return self.call(
            *(role, f"OrderBook.{MARKETS[market]}", "place_many", account),
            tuple(map(words, many)),
            expected=lambda x, _: x.books[market].place_many(account, many),
        )

    def standing(self, market: int) -> list[int]:
        """Numbers of the orders that rest."""
        return [order.number for order in self.twin.books[market].resting.orders]

    def _owner(self, market: int, number: int) -> tuple[str, int]:
        order = self.twin.books[market].resting.find(number)
        assert order is not None
        return role_of(order.account), order.account

    def replace(self, market: int, number: int, offset_bps: int, tenths: int) -> Any:
        """Another price and size for a resting order."""
        role, account = self._owner(market, number)
        gone = self.twin.books[market].resting.find(number)
        assert gone is not None
        new = NewOrder(
            is_buy=gone.is_buy,
            size_wad=self.size_for(account, market, tenths),
            price_wad=self.price_at(market, -offset_bps if gone.is_buy else offset_bps),
        )
        order_id = self.ids[market][number]
        return self.call(
            *(role, f"OrderBook.{MARKETS[market]}", "replace", order_id, words(new)),
            expected=lambda x, _: x.books[market].replace(number, new),
        )

    def cancel(self, market: int, number: int, role: str = "") -> Any:
        """Let its owner, or somebody else, cancel an order."""
        owner, _ = self._owner(market, number)
        return self.call(
            *(role or owner, f"OrderBook.{MARKETS[market]}", "cancel", self.ids[market][number]),
            expected=lambda x, _: _cancel(x, market, [number], role in ("", owner)),
        )

    def cancel_many(self, who: int, market: int, count: int) -> Any:
        """Let a user cancel its first orders."""
        role, account = holder(who)
        mine = self.twin.books[market].resting.of(account)[:count]
        numbers = [order.number for order in mine]
        ids = tuple(self.ids[market][number] for number in numbers)
        return self.call(
            *(role, f"OrderBook.{MARKETS[market]}", "cancel_many", ids),
            expected=lambda x, _: _cancel(x, market, numbers, True),
        )

    # Money

    def fund(self, role: str, amount_raw: int) -> None:
        """Collateral in a wallet, which vault and pool may take."""
        address, at = address_of(role), self.world.deployed.address
        self.send("owner", "MockToken", "mint", address, amount_raw)
        for taker in ("MarginVault", "InsurancePool"):
            self.send(role, "MockToken", "approve", at(taker), 2**256 - 1)

    def deposit(self, role: str, bucket: int, amount_raw: int) -> Any:
        """Collateral into an account."""
        account = account_id(address_of(role), bucket)
        return self.call(
            *(role, "MarginVault", "deposit", account, amount_raw),
            expected=lambda x, _: clearing.deposit(x.house, account, amount_raw * WAD_PER_RAW),
        )

    def withdraw(self, who: int, percent: int, more_raw: int) -> Any:
        """A share of what may be withdrawn, and so many units more."""
        role, account = holder(who)
        self.judge()
        free_raw = self.twin.house.withdrawable(account) // WAD_PER_RAW
        amount_raw = max(1, free_raw * percent // 100 + more_raw)
        return self.call(
            *(role, "MarginVault", "withdraw", account, amount_raw, address_of(role)),
            expected=lambda x, _: clearing.withdraw(x.house, account, amount_raw * WAD_PER_RAW),
        )

    def move(self, who: int, other: int, percent: int) -> Any:
        """A share of what may be withdrawn to another account, of the same owner or not."""
        role, sender = holder(who)
        _, recipient = holder(other)
        self.judge()
        amount_wad = max(1, self.twin.house.withdrawable(sender) * percent // 100)
        return self.call(
            *(role, "MarginVault", "move", sender, recipient, amount_wad),
            expected=lambda x, _: x.move(sender, recipient, amount_wad, tips=self.venue),
        )


def _cancel(x: Exchange, market: int, numbers: Sequence[int], by_owner: bool) -> None:
    book = x.books[market]
    for number in numbers:
        gone = book.resting.find(number)
        if gone is None:
            continue
        if not by_owner and not 0 < gone.expires_at <= book.now_s:
            raise BookError("book: not owner or operator")
        book.cancel(number)
