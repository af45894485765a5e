"""The order book against sorted lists: Hypothesis chooses the flow and shrinks what breaks."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from sim.reference.orders import FOK, IOC, LIMIT, POST_ONLY, NewOrder
from sim.units import WAD
from tests.book_world import BookWorld
from tests.differential.book_twins import ACCOUNTS, Twins

prices = st.integers(940, 1_060)
sizes = st.integers(1, 12)
whos = st.integers(0, len(ACCOUNTS) - 1)
orders = st.builds(
    lambda is_buy, size, price, kind, reduce_only: NewOrder(
        is_buy=is_buy,
        size_wad=size * WAD,
        price_wad=price * WAD,
        kind=kind,
        reduce_only=reduce_only,
    ),
    is_buy=st.booleans(),
    size=sizes,
    price=st.one_of(st.integers(998, 1_002), prices),
    kind=st.sampled_from([LIMIT, LIMIT, LIMIT, IOC, FOK, POST_ONLY]),
    reduce_only=st.sampled_from([False, False, False, True]),
)


class OrderBookMachine(RuleBasedStateMachine):
    """Any flow of calls gives the same events, results and book."""

    world: BookWorld | None = None

    @initialize()
    def deploy(self) -> None:
        if OrderBookMachine.world is None:
            OrderBookMachine.world = BookWorld()
        self.before = OrderBookMachine.world.snapshot()
        self.twins = Twins(OrderBookMachine.world)

    def teardown(self) -> None:
        if hasattr(self, "twins"):
            self.twins.world.revert(self.before)

    @rule(who=whos, new=orders, max_fills=st.sampled_from([32, 32, 1, 0]))
    def place(self, who: int, new: NewOrder, max_fills: int) -> None:
        self.twins.place(who, new, max_fills)

    @rule(who=whos, many=st.lists(orders, min_size=1, max_size=4))
    def place_many(self, who: int, many: list[NewOrder]) -> None:
        self.twins.place_many(who, many)

    @precondition(lambda self: self.twins.ids)
    @rule(choice=st.data())
    def cancel(self, choice: st.DataObject) -> None:
        self.twins.cancel(choice.draw(st.sampled_from(sorted(self.twins.ids))))

    @precondition(lambda self: self.twins.ids)
    @rule(choice=st.data(), new=orders)
    def replace(self, choice: st.DataObject, new: NewOrder) -> None:
        self.twins.replace(choice.draw(st.sampled_from(sorted(self.twins.ids))), new)

    @rule(who=whos, is_buy=st.booleans(), size=sizes, limit=prices, max_fills=st.integers(0, 33))
    def take_for(self, who: int, is_buy: bool, size: int, limit: int, max_fills: int) -> None:
        self.twins.take_for(who, is_buy, size, limit * WAD, max_fills)

    @rule(who=whos, count=st.integers(0, 4))
    def cancel_all_of(self, who: int, count: int) -> None:
        self.twins.cancel_all_of(who, count)

    @rule(who=whos, refused=st.booleans())
    def refuse(self, who: int, refused: bool) -> None:
        self.twins.set_refused(who, refused)

    @rule(who=whos, fills=st.integers(1, 3))
    def heal(self, who: int, fills: int) -> None:
        self.twins.set_healing(who, fills)

    @rule(who=whos, most=st.integers(0, 30))
    def admit_up_to(self, who: int, most: int) -> None:
        self.twins.admit_up_to(who, most)

    @rule(stopped=st.booleans())
    def stop_opening(self, stopped: bool) -> None:
        self.twins.stop_opening(stopped)

    @rule(who=whos, size=st.integers(-9, 9))
    def hold(self, who: int, size: int) -> None:
        self.twins.set_size(who, size)

    @rule(price=st.integers(930, 1_070))
    def mark(self, price: int) -> None:
        self.twins.set_mark(price)

    @rule(who=whos, new=orders, lives_s=st.integers(1, 20))
    def expire(self, who: int, new: NewOrder, lives_s: int) -> None:
        terms = {"kind": LIMIT, "expires_at": self.twins.world.now_s + lives_s}
        self.twins.place(who, NewOrder(**{**_fields(new), **terms}))
        self.twins.world.next_block(lives_s)

    @invariant()
    def same(self) -> None:
        if hasattr(self, "twins"):
            self.twins.check()


def _fields(new: NewOrder) -> dict[str, Any]:
    return {name: getattr(new, name) for name in new.__slots__}


TestOrderBookMachine = OrderBookMachine.TestCase
