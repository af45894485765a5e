"""Each kind of order, each flag and each refusal of the order book."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sim.chain.port import CallReverted
from sim.reference.orders import (
    FOK,
    IOC,
    NOTHING_TO_REDUCE,
    POST_ONLY,
)
from sim.units import WAD
from tests.book_world import (
    GRID,
    MARKET,
    BookWorld,
    account_of,
    buy,
    named,
    sell,
    words,
)


@pytest.fixture(scope="module")
def deployed() -> BookWorld:
    return BookWorld()


@pytest.fixture
def book(deployed: BookWorld) -> Iterator[BookWorld]:
    before = deployed.snapshot()
    yield deployed
    deployed.revert(before)


def best(book: BookWorld) -> tuple[int, int]:
    bid_wad, ask_wad = book.ask("best")
    return bid_wad // WAD, ask_wad // WAD


def open_size(book: BookWorld, role: str) -> tuple[int, int]:
    buys_wad, sells_wad = book.ask("open_size", account_of(role))
    return buys_wad // WAD, sells_wad // WAD


def fills_of(fills: list) -> list[tuple[int, int]]:
    return [(fill.size_wad // WAD, fill.price_wad // WAD) for fill in fills]


def test_place__limit_that_crosses_nothing__rests(book):
    order_id = book.place("maker", buy(5, 999))
    resting = book.ask("order", order_id)
    assert tuple(resting)[1:] == (account_of("maker"), True, 999 * WAD, 5 * WAD, False, 0)
    assert best(book) == (999, 0)
    assert open_size(book, "maker") == (5, 0)


def test_place__limit_larger_than_the_other_side__takes_then_rests(book):
    book.place("maker", sell(3, 1_000))
    found = book.send("taker", "place", account_of("taker"), words(buy(5, 1_001)), 32)
    assert fills_of(named(found, "OrderFilled")) == [(3, 1_000)]
    assert named(found, "OrderPlaced")[0].size_wad == 2 * WAD
    assert best(book) == (1_001, 0)


def test_place__limit_stopped_by_max_fills__drops_what_would_cross(book):
    for _ in range(3):
        book.place("maker", sell(2, 1_000))
    found = book.send("taker", "place", account_of("taker"), words(buy(6, 1_000)), 2)
    assert len(named(found, "OrderFilled")) == 2
    assert named(found, "OrderPlaced") == []
    assert best(book) == (0, 1_000)


def test_place__ioc__fills_what_it_can_and_drops_the_rest(book):
    book.place("maker", sell(3, 1_000))
    assert fills_of(book.take("taker", buy(5, 1_000, IOC))) == [(3, 1_000)]
    assert best(book) == (0, 0)


def test_place__ioc_with_a_bound_of_one_tick__is_worth_its_size_at_mark(book):
    book.place("maker", buy(3, 999))
    assert fills_of(book.take("taker", sell(3, 1, IOC))) == [(3, 999)]


def test_place__fok_with_enough_depth__fills_whole(book):
    book.place("maker", sell(3, 1_000))
    book.place("rival", sell(3, 1_001))
    assert fills_of(book.take("taker", buy(5, 1_001, FOK))) == [(3, 1_000), (2, 1_001)]


def test_place__fok_without_enough_depth__changes_nothing(book):
    book.place("maker", sell(3, 1_000))
    with pytest.raises(CallReverted, match="book: can't be filled whole"):
        book.take("taker", buy(5, 1_001, FOK))
    assert book.ask("depth", False, 1)[0].size_wad == 3 * WAD


def test_place__fok_whose_maker_is_refused__never_half_fills(book):
    order_id = book.place("maker", sell(3, 1_000))
    book.place("rival", sell(3, 1_001))
    book.set("house", "refuse_maker", account_of("maker"), True)
    with pytest.raises(CallReverted, match="book: can't be filled whole"):
        book.take("taker", buy(5, 1_001, FOK))
    assert book.ask("size_of", account_of("taker"), MARKET, of="house") == 0
    assert book.ask("order", order_id).size_wad == 3 * WAD
    # What the others can fill whole, they fill.
    assert fills_of(book.take("taker", buy(3, 1_001, FOK))) == [(3, 1_001)]


def test_place__post_only_that_would_trade__reverts(book):
    book.place("maker", sell(3, 1_000))
    with pytest.raises(CallReverted, match="book: post-only order would trade"):
        book.place("taker", buy(3, 1_000, POST_ONLY))
    assert book.place("taker", buy(3, 999, POST_ONLY)) != 0


@pytest.mark.parametrize("new", [buy(3, 1_051, POST_ONLY), sell(3, 949, POST_ONLY)])
def test_place__post_only_beyond_the_band__reverts(book, new):
    with pytest.raises(CallReverted, match="book: price outside the fill band"):
        book.place("maker", new)


@pytest.mark.parametrize("new", [buy(3, 1_051), sell(3, 949)])
def test_place__limit_beyond_the_band__is_dropped(book, new):
    assert book.place("maker", new) == 0
    assert best(book) == (0, 0)


def test_place__limit_far_on_its_own_side__rests(book):
    assert book.place("maker", buy(40, 50)) != 0
    assert book.place("maker", sell(3, 5_000)) != 0
    assert best(book) == (50, 5_000)


@pytest.mark.parametrize("position", [0, 4])
def test_place__reduce_only_that_would_open__reverts(book, position):
    book.set("house", "set_size", account_of("taker"), position * WAD)
    with pytest.raises(CallReverted, match="book: nothing to reduce"):
        book.place("taker", buy(3, 1_000, reduce_only=True))


def test_place__reduce_only_taker_larger_than_its_position__is_cut_to_it(book):
    book.set("house", "set_size", account_of("taker"), -2 * WAD)
    book.place("maker", sell(9, 1_000))
    assert fills_of(book.take("taker", buy(9, 1_000, IOC, reduce_only=True))) == [(2, 1_000)]


def test_place__reduce_only_of_a_position_below_the_smallest_order__closes_it(book):
    book.set("house", "set_size", account_of("taker"), 1 * WAD)
    book.place("maker", buy(9, 1_000))
    assert fills_of(book.take("taker", sell(2, 1_000, IOC, reduce_only=True))) == [(1, 1_000)]


def test_place__reduce_only_at_rest__is_not_open_size_and_not_admitted(book):
    book.set("house", "set_size", account_of("maker"), 4 * WAD)
    book.set("house", "refuse_order", account_of("maker"), True)
    assert book.place("maker", sell(4, 1_001, reduce_only=True)) != 0
    assert open_size(book, "maker") == (0, 0)
    assert best(book) == (0, 1_001)
    # No margin stands behind it, so the mark is not made from it.
    assert book.ask("top", 1_000 * WAD).best_ask_wad == 0
    assert book.ask("impact_price", True, 1_000 * WAD) == 0


def test_match__reduce_only_maker_whose_position_shrank__fills_it_then_goes(book):
    book.set("house", "set_size", account_of("maker"), 6 * WAD)
    order_id = book.place("maker", sell(6, 1_000, reduce_only=True))
    book.place("rival", sell(6, 1_001))
    book.set("house", "set_size", account_of("maker"), 2 * WAD)
    found = book.send("taker", "place", account_of("taker"), words(buy(5, 1_001)), 32)
    assert fills_of(named(found, "OrderFilled")) == [(2, 1_000), (3, 1_001)]
    gone = named(found, "OrderCancelled")
    assert [(each.order_id, each.reason) for each in gone] == [(order_id, NOTHING_TO_REDUCE)]
    assert book.ask("size_of", account_of("maker"), MARKET, of="house") == 0


def test_match__two_orders_of_a_reduce_only_maker__never_flip_its_position(book):
    book.set("house", "set_size", account_of("maker"), 5 * WAD)
    book.place("maker", sell(3, 1_000))
    book.place("maker", sell(5, 1_000, reduce_only=True))
    book.market("taker", True, 9)
    assert book.ask("size_of", account_of("maker"), MARKET, of="house") == 0


def test_place__clearinghouse_does_not_admit__reverts(book):
    book.set("house", "refuse_order", account_of("maker"), True)
    with pytest.raises(CallReverted, match="initial margin not met"):
        book.place("maker", buy(3, 999))
    assert best(book) == (0, 0)


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (replace(buy(3, 999), price_wad=999 * WAD + 1), "price is not in ticks"),
        (buy(3, 0), "price out of range"),
        (buy(3, 2**24), "price out of range"),
        (replace(buy(3, 999), size_wad=3 * WAD - 1), "size is not in lots"),
        (buy(0, 999), "size out of range"),
        (buy(2**57 + 1, 999), "size out of range"),
        (buy(3, 999, 4), "unknown kind of order"),
        (buy(1, 1_050), "notional too small"),
        (buy(3, 600), "notional too small"),
        (sell(1, 1_800, IOC), "notional too small"),
        (buy(3, 999, expires_at=1_700_000_000), "already expired"),
        (buy(3, 999, expires_at=2**32), "expiry out of range"),
    ],
)
def test_place__order_off_the_grid__reverts(book, new, reason):
    with pytest.raises(CallReverted, match=f"^book: {reason}$"):
        book.place("maker", new)


def test_place__more_fills_than_one_proposal_holds__reverts(book):
    with pytest.raises(CallReverted, match="book: too many fills"):
        book.place("maker", buy(3, 999), max_fills=33)


def test_place__parameters_of_another_grid__reverts(book):
    book.set_grid(replace(GRID, tick_wad=2 * WAD))
    with pytest.raises(CallReverted, match="book: not the market's grid"):
        book.place("maker", buy(3, 998))


def test_place__sixty_fifth_open_order__reverts_until_one_goes(book):
    ids = [book.place("maker", buy(3, 999 - place)) for place in range(64)]
    with pytest.raises(CallReverted, match="book: too many open orders"):
        book.place("maker", buy(3, 999))
    book.send("maker", "cancel", ids[40])
    assert book.place("maker", buy(3, 999)) != 0
