"""The order book's contract and its reference, driven together and compared after each call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest

from sim.abi.events import Event
from sim.chain.port import CallReverted
from sim.reference.matching import Book
from sim.reference.orders import (
    BookError,
    Cancelled,
    Filled,
    MakerFill,
    NewOrder,
    Placed,
    Resting,
)
from sim.reference.resting import RestingOrders
from sim.units import WAD
from tests.book_world import GRID, MARK_WAD, READER, SOLID_WAD, BookWorld, account_of, words

TRADERS = ("maker", "rival", "taker", "whale")
# An owner's two accounts, so that a trade between them is a self-trade.
ACCOUNTS = [(role, 0) for role in TRADERS] + [("maker", 1)]
NUMBERS = [account_of(role, bucket) for role, bucket in ACCOUNTS]


_EVENT_NAMES = {Placed: "OrderPlaced", Filled: "OrderFilled", Cancelled: "OrderCancelled"}


@dataclass(slots=True)
class ScriptedClearing:
    """What ScriptedClearinghouse does, in Python."""

    resting: RestingOrders
    most_wad: dict[int, int] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    heals_after: dict[int, int] = field(default_factory=dict)
    forced_fills: dict[int, int] = field(default_factory=dict)
    opening_stopped: bool = False

    def fill(
        self, *, taker: int, is_buy: bool, forced: bool, fills: Sequence[MakerFill]
    ) -> tuple[frozenset[int], int]:
        if forced and not self.is_liquidatable(taker):
            raise BookError("clearinghouse: account is healthy")
        refused = set()
        for place, fill in enumerate(fills):
            before = self.size_of(fill.account)
            after = before - fill.size_wad if is_buy else before + fill.size_wad
            shrinks = abs(after) < abs(before) and after * before >= 0
            only_reduces = fill.reduce_only or self.opening_stopped
            if fill.account in self.refused or (only_reduces and not shrinks):
                refused.add(place)
                continue
            self.sizes[fill.account] = after
            self.sizes[taker] = self.size_of(taker) + before - after
            if forced:
                self.forced_fills[taker] = self.forced_fills.get(taker, 0) + 1
        return frozenset(refused), 0

    def admit(self, account: int) -> None:
        buys_wad, sells_wad = self.resting.open_size(account)
        held_wad, most_wad = self.size_of(account), self.most_wad.get(account, 0)
        worst_wad = max(abs(held_wad), abs(held_wad + buys_wad), abs(held_wad - sells_wad))
        if 0 < most_wad < worst_wad:
            raise BookError("clearinghouse: initial margin not met")

    def may_open(self) -> bool:
        return not self.opening_stopped

    def size_of(self, account: int) -> int:
        return self.sizes.get(account, 0)

    def is_liquidatable(self, account: int) -> bool:
        needed = self.heals_after.get(account, 0)
        return needed == 0 or self.forced_fills.get(account, 0) < needed


class Twins:
    """The contract and the reference, driven together and compared after each call."""

    def __init__(self, world: BookWorld) -> None:
        self.world = world
        resting = RestingOrders(solid_wad=SOLID_WAD)
        clearing = ScriptedClearing(resting=resting)
        self.book = Book(grid=GRID, clearing=clearing, resting=resting, mark_wad=MARK_WAD)
        self.ids: dict[int, int] = {}  # reference number -> order id
        for account in NUMBERS:
            world.set("vault", "set_operator", account, READER, True)

    @property
    def clearing(self) -> ScriptedClearing:
        clearing = self.book.clearing
        assert isinstance(clearing, ScriptedClearing)
        return clearing

    def call(self, role: str, method: str, arguments: tuple[Any, ...], expected: Any) -> Any:
        """Do one thing on both sides; `expected` does it to the reference."""
        before = deepcopy(self.book)
        self.book.now_s = self.world.now_s
        self.book.happenings.clear()
        try:
            result, error = expected(self.book), ""
        except BookError as refusal:
            self.book, result, error = before, None, str(refusal)
        if error:
            with pytest.raises(CallReverted, match=f"^{re.escape(error)}$"):
                self.world.send(role, method, *arguments)
            return None
        returned = self.world.ask(method, *arguments)
        events = self.world.send(role, method, *arguments)
        self._compare_events(events)
        assert returned == self._translated(method, result)
        return result

    def place(self, who: int, new: NewOrder, max_fills: int = 32) -> None:
        role, _ = ACCOUNTS[who]
        account = NUMBERS[who]
        arguments = (account, words(new), max_fills)
        self.call(role, "place", arguments, lambda book: book.place(account, new, max_fills))

    def place_many(self, who: int, orders: Sequence[NewOrder]) -> None:
        role, _ = ACCOUNTS[who]
        account = NUMBERS[who]
        arguments = (account, tuple(words(new) for new in orders))
        self.call(
            role,
            "place_many",
            arguments,
            lambda book: book.place_many(account, orders),
        )

    def take_for(self, who: int, is_buy: bool, size: int, limit_wad: int, max_fills: int) -> None:
        terms = {
            "is_buy": is_buy,
            "size_wad": size * WAD,
            "limit_wad": limit_wad,
            "max_fills": max_fills,
        }
        arguments = (NUMBERS[who], *terms.values(), self.clearing.may_open())
        self.call(
            "liquidator",
            "take_for",
            arguments,
            lambda book: book.take_for(NUMBERS[who], **terms),
        )

    def cancel(self, number: int) -> None:
        arguments = (self.ids[number],)
        self.call(self.owner(number), "cancel", arguments, lambda book: book.cancel(number))

    def cancel_many(self, numbers: Sequence[int], role: str) -> None:
        def cancel(book: Book) -> None:
            for number in numbers:
                if book.resting.find(number):
                    book.cancel(number)

        arguments = (tuple(self.ids[number] for number in numbers),)
        self.call(role, "cancel_many", arguments, cancel)

    def replace(self, number: int, new: NewOrder) -> None:
        arguments = (self.ids[number], words(new))
        owner = self.owner(number)
        self.call(owner, "replace", arguments, lambda book: book.replace(number, new))

    def cancel_all_of(self, who: int, count: int) -> None:
        account = NUMBERS[who]
        # Which ones go first is the contract's business: it says so by its order of slots.
        standing = [one.order_id for one in self.world.ask("orders_of", account)]
        numbers = {order_id: number for number, order_id in self.ids.items()}
        chosen = [numbers[order_id] for order_id in standing[:count]]
        self.call(
            "liquidator",
            "cancel_all_of",
            (account, count),
            lambda book: book.cancel_all_of(chosen),
        )

    def set_mark(self, price: int) -> None:
        self.world.set_mark(price)
        self.book.mark_wad = price * WAD

    def set_refused(self, who: int, refused: bool) -> None:
        self.world.set("house", "refuse_maker", NUMBERS[who], refused)
        (self.clearing.refused.add if refused else self.clearing.refused.discard)(NUMBERS[who])

    def admit_up_to(self, who: int, most: int) -> None:
        self.world.set("house", "admit_up_to", NUMBERS[who], most * WAD)
        self.clearing.most_wad[NUMBERS[who]] = most * WAD

    def set_size(self, who: int, size: int) -> None:
        self.world.set("house", "set_size", NUMBERS[who], size * WAD)
        self.clearing.sizes[NUMBERS[who]] = size * WAD

    def stop_opening(self, stopped: bool) -> None:
        self.world.set("house", "stop_opening", stopped)
        self.clearing.opening_stopped = stopped

    def set_healing(self, who: int, fills: int) -> None:
        account = NUMBERS[who]
        needed = self.clearing.forced_fills.get(account, 0) + fills
        self.world.set("house", "heal_after", account, needed)
        self.clearing.heals_after[account] = needed

    def check(self) -> None:
        """The whole book is the same, and sound (INV-8)."""
        ask, book = self.world.ask, self.book.resting
        bid_wad, ask_wad = ask("best")
        assert (bid_wad, ask_wad) == (book.best(True), book.best(False))
        assert bid_wad < ask_wad or 0 in (bid_wad, ask_wad)
        for is_buy in (True, False):
            levels = book.levels(is_buy)
            assert [tuple(level) for level in ask("depth", is_buy, 64)] == levels
            for price_wad, size_wad in levels:
                line = [each for each in book.side(is_buy) if each.price_wad == price_wad]
                ids = ask("queue", is_buy, price_wad, 64)
                assert ids == tuple(self.ids[each.number] for each in line)
                assert sum(ask("order", order_id).size_wad for order_id in ids) == size_wad
        for account in NUMBERS:
            self._check_account(account)
        self._check_top()

    def _check_account(self, account: int) -> None:
        ask, book = self.world.ask, self.book.resting
        assert tuple(ask("open_size", account)) == book.open_size(account)
        mine = {self.ids[each.number]: each for each in book.of(account)}
        standing = {each.order_id: each for each in ask("orders_of", account)}
        assert standing.keys() == mine.keys()
        for order_id, each in mine.items():
            terms = (each.is_buy, each.price_wad, each.size_wad, each.reduce_only, each.expires_at)
            assert tuple(standing[order_id]) == (order_id, account, *terms)
            assert standing[order_id] == ask("order", order_id)

    def _check_top(self) -> None:
        ask, book = self.world.ask, self.book.resting
        for notional_wad in (0, 1, 5_000 * WAD + 7, 40_000 * WAD):
            top = ask("top", notional_wad)
            assert (top.last_price_wad, top.last_traded_at) == self.book.last_trade
            assert top.impact_bid_wad == book.impact_price(False, notional_wad)
            assert top.impact_ask_wad == book.impact_price(True, notional_wad)
            assert ask("impact_price", True, notional_wad) == top.impact_ask_wad
            assert ask("impact_price", False, notional_wad) == top.impact_bid_wad
        solid = [book.solid(is_buy) for is_buy in (True, False)]
        best = [next((price for price, _ in levels), 0) for levels in solid]
        assert [top.best_bid_wad, top.best_ask_wad] == best

    def _compare_events(self, events: Sequence[Event]) -> None:
        seen = [event for event in events if event.contract == "book"]
        assert len(seen) == len(self.book.happenings)
        for event, happening in zip(seen, self.book.happenings, strict=True):
            number, *expected = happening
            if isinstance(happening, Placed):
                number, expected = happening.order.number, _placed_words(happening.order)
                assert number not in self.ids
                assert event.values.order_id not in self.ids.values()
                self.ids[number] = event.values.order_id
            assert event.name == _EVENT_NAMES[type(happening)]
            assert tuple(event.values) == (self.ids[number], *expected)

    def _translated(self, method: str, result: Any) -> Any:
        known = {0: 0} | self.ids
        if method in ("place", "replace"):
            return known[result[0]], result[1]
        return tuple(known[number] for number in result) if method == "place_many" else result

    def owner(self, number: int) -> str:
        order = self.book.resting.find(number)
        return ACCOUNTS[NUMBERS.index(order.account)][0] if order is not None else "maker"


def _placed_words(order: Resting) -> list[Any]:
    terms = (order.is_buy, order.price_wad, order.size_wad, order.reduce_only, order.expires_at)
    return [order.account, *terms]
