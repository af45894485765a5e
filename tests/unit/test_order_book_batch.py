"""When a batch of orders is judged, and what of it is left when it is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.chain.port import CallReverted
from sim.reference.orders import FOK, IOC, POST_ONLY, NewOrder
from sim.units import WAD
from tests.book_world import BookWorld, account_of, buy, named, sell, words

MAKER = account_of("maker")


@pytest.fixture(scope="module")
def deployed() -> BookWorld:
    world = BookWorld()
    world.set("house", "set_watches", True)
    return world


@pytest.fixture
def book(deployed: BookWorld) -> Iterator[BookWorld]:
    before = deployed.snapshot()
    yield deployed
    deployed.revert(before)


def judged(book: BookWorld, *orders: NewOrder) -> list[tuple[int, int]]:
    """Place a batch of the maker's; what rested of it, each time it was judged."""
    events = book.send("maker", "place_many", MAKER, tuple(map(words, orders)))
    told = named(events, "Admitted")
    return [(one.open_buys_wad // WAD, one.open_sells_wad // WAD) for one in told]


def test_place_many__all_come_to_rest__is_judged_once_with_all_of_them(book):
    quotes = [buy(3, 999), sell(4, 1_001), buy(5, 998, POST_ONLY), sell(6, 1_002)]
    assert judged(book, *quotes) == [(8, 10)]
    assert judged(book, sell(3, 1_003, reduce_only=False)) == [(8, 13)]


def test_place_many__nothing_that_opens_rests__is_not_judged(book):
    book.set("house", "set_size", MAKER, 9 * WAD)
    assert judged(book) == []
    assert judged(book, sell(3, 1_001, reduce_only=True), buy(3, 1_000, IOC)) == []


def test_place_many__one_of_them_takes__is_judged_before_it_and_at_the_end(book):
    book.place("rival", sell(2, 1_001))
    batch = [buy(3, 999), buy(3, 998), buy(2, 1_001, IOC), buy(2, 1_000, IOC), sell(4, 1_002)]
    assert judged(book, *batch) == [(6, 0), (6, 4)]


def test_place_many__the_rest_of_a_taker_stays__is_judged_with_what_came_before(book):
    book.place("rival", sell(2, 1_001))
    assert judged(book, buy(3, 999), buy(7, 1_001), buy(3, 998)) == [(3, 0), (11, 0)]


def test_place_many__it_would_meet_its_own__is_judged_before_that_is_cancelled(book):
    book.set("house", "admit_up_to", MAKER, 5 * WAD)
    assert judged(book, buy(5, 1_000), sell(5, 1_000)) == [(5, 0), (0, 5)]
    with pytest.raises(CallReverted, match="clearinghouse: initial margin not met"):
        judged(book, buy(6, 1_000), sell(5, 1_000))


@pytest.mark.parametrize("few", range(1, 4))
def test_place_many__the_first_alone_would_pass__but_not_all__none_is_placed(book, few):
    book.set("house", "admit_up_to", MAKER, 11 * WAD)
    ladder = [buy(3, 999), buy(4, 998), buy(4, 997), buy(3, 996)]
    before = book.snapshot()
    judged(book, *ladder[:few])
    book.revert(before)
    with pytest.raises(CallReverted, match="clearinghouse: initial margin not met"):
        judged(book, *ladder)
    assert book.ask("orders_of", MAKER) == ()


def test_place_many__two_reasons__the_books_comes_before_that_of_what_rested_before(book):
    book.set("house", "admit_up_to", MAKER, 5 * WAD)
    with pytest.raises(CallReverted, match="book: can't be filled whole"):
        judged(book, buy(6, 999), buy(3, 999, FOK))
    book.place("rival", sell(2, 1_001))
    with pytest.raises(CallReverted, match="clearinghouse: initial margin not met"):
        judged(book, buy(6, 999), buy(3, 1_001, FOK))
