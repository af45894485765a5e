"""Who may act on the order book, cancelling, and what the liquidator may do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.chain.port import CallReverted
from sim.reference.orders import BY_OWNER, EXPIRED, LIQUIDATION, NOTHING_TO_REDUCE, REPLACED
from sim.types.codes import TakeOutcome
from sim.units import WAD
from tests.book_world import BookWorld, account_of, buy, named, sell, words
from tests.support.contracts import address_of

NOTHING = (TakeOutcome.NOTHING, 0, 0, 0)


@pytest.fixture(scope="module")
def deployed() -> BookWorld:
    return BookWorld()


@pytest.fixture
def book(deployed: BookWorld) -> Iterator[BookWorld]:
    before = deployed.snapshot()
    yield deployed
    deployed.revert(before)


def open_size(book: BookWorld, role: str) -> tuple[int, int]:
    buys_wad, sells_wad = book.ask("open_size", account_of(role))
    return buys_wad // WAD, sells_wad // WAD


def test_place__stranger__reverts_and_operator_may(book):
    data = (account_of("maker"), words(buy(3, 999)), 32)
    with pytest.raises(CallReverted, match="book: not owner or operator"):
        book.send("stranger", "place", *data)
    book.set("vault", "set_operator", account_of("maker"), address_of("stranger"), True)
    book.send("stranger", "place", *data)
    assert open_size(book, "maker") == (3, 0)


@pytest.mark.parametrize("method", ["cancel", "cancel_many", "replace", "place_many"])
def test_trading__stranger__reverts(book, method):
    order_id = book.place("maker", buy(3, 999))
    arguments = {
        "cancel": (order_id,),
        "cancel_many": ((order_id,),),
        "replace": (order_id, words(buy(3, 998))),
        "place_many": (account_of("maker"), (words(buy(3, 998)),)),
    }[method]
    with pytest.raises(CallReverted, match="book: not owner or operator"):
        book.send("stranger", method, *arguments)


def test_place_many__one_is_refused__none_is_placed(book):
    ladder = tuple(words(buy(3, 999 - step)) for step in range(3))
    book.send("maker", "place_many", account_of("maker"), ladder)
    assert len(book.ask("orders_of", account_of("maker"))) == 3
    with pytest.raises(CallReverted, match="notional too small"):
        book.send("rival", "place_many", account_of("rival"), (*ladder, words(buy(1, 999))))
    assert book.ask("orders_of", account_of("rival")) == ()


def test_replace__resting_order__is_a_new_order_at_the_end_of_its_level(book):
    first = book.place("maker", buy(3, 999))
    second = book.place("rival", buy(3, 999))
    found = book.send("maker", "replace", first, words(buy(3, 999)))
    assert [(each.order_id, each.reason) for each in named(found, "OrderCancelled")] == [
        (first, REPLACED)
    ]
    new = named(found, "OrderPlaced")[0].order_id
    assert book.queue(True, 999) == (second, new)
    with pytest.raises(CallReverted, match="book: no such order"):
        book.send("maker", "replace", first, words(buy(3, 999)))


def test_cancel__own_order__gives_back_exactly_its_exposure(book):
    kept = book.place("maker", sell(7, 1_001))
    order_id = book.place("maker", sell(5, 1_000))
    book.market("taker", True, 2)
    assert open_size(book, "maker") == (0, 10)
    found = named(book.send("maker", "cancel", order_id), "OrderCancelled")
    assert [tuple(each) for each in found] == [(order_id, account_of("maker"), BY_OWNER)]
    assert open_size(book, "maker") == (0, 7)
    assert [each.order_id for each in book.ask("orders_of", account_of("maker"))] == [kept]
    with pytest.raises(CallReverted, match="book: no such order"):
        book.send("maker", "cancel", order_id)


def test_cancel__expired_order_by_a_stranger__removes_it(book):
    order_id = book.place("maker", buy(3, 999, expires_at=book.now_s + 10))
    with pytest.raises(CallReverted, match="book: not owner or operator"):
        book.send("stranger", "cancel", order_id)
    book.next_block(10)
    found = named(book.send("stranger", "cancel", order_id), "OrderCancelled")
    assert found[0].reason == EXPIRED


def test_cancel_many__some_already_gone__removes_the_others(book):
    ids = [book.place("maker", buy(3, 999 - step)) for step in range(3)]
    book.send("maker", "cancel", ids[1])
    found = named(book.send("maker", "cancel_many", tuple(ids)), "OrderCancelled")
    assert [each.order_id for each in found] == [ids[0], ids[2]]


@pytest.mark.parametrize("method", ["take_for", "cancel_all_of"])
def test_liquidation__anyone_else__reverts(book, method):
    arguments = {
        "take_for": (account_of("taker"), True, 3 * WAD, 1_000 * WAD, 32, True),
        "cancel_all_of": (account_of("taker"), 64),
    }[method]
    with pytest.raises(CallReverted, match="book: only the liquidator"):
        book.send("taker", method, *arguments)


def test_cancel_all_of__fewer_than_there_are__says_how_many_went(book):
    for step in range(5):
        book.place("maker", buy(3, 999 - step))
    assert book.ask("cancel_all_of", account_of("maker"), 3) == 3
    assert book.ask("cancel_all_of", account_of("maker"), 64) == 5
    found = book.send("liquidator", "cancel_all_of", account_of("maker"), 3)
    assert {each.reason for each in named(found, "OrderCancelled")} == {LIQUIDATION}
    assert len(book.ask("orders_of", account_of("maker"))) == 2


def test_take_for__within_the_limit__reports_fill_notional_and_penalty(book):
    book.set("house", "set_penalty", WAD // 100)
    book.place("maker", sell(3, 1_000))
    book.place("rival", sell(3, 1_010))
    arguments = (account_of("taker"), True, 5 * WAD + 1, 1_010 * WAD + 1, 32, True)
    expected = (TakeOutcome.FILLED, 5 * WAD, 5_020 * WAD, 5_020 * WAD // 100)
    assert book.ask("take_for", *arguments) == expected
    assert book.ask("take_for", account_of("taker"), True, 5 * WAD, 999 * WAD, 32, True) == NOTHING


def test_take_for__limit_between_ticks__never_trades_beyond_it(book):
    book.place("maker", buy(3, 1_000))
    account = account_of("taker")
    assert book.ask("take_for", account, False, 3 * WAD, 1_000 * WAD + 1, 32, True) == NOTHING
    assert book.ask("take_for", account, False, 3 * WAD, 1_000 * WAD, 32, True)[1] == 3 * WAD
    assert book.ask("take_for", account, False, 3 * WAD, 2**200, 32, True) == NOTHING


def test_take_for__a_round_has_filled__does_not_propose_another(book):
    # The account may be healed, or bankrupt elsewhere: a second proposal could be refused whole.
    book.place("maker", sell(3, 1_000))
    book.place("rival", sell(3, 1_000))
    book.place("whale", sell(3, 1_001))
    book.set("house", "refuse_maker", account_of("rival"), True)
    book.set("house", "heal_after", account_of("taker"), 1)
    assert (
        book.ask("take_for", account_of("taker"), True, 6 * WAD, 1_001 * WAD, 32, True)[1]
        == 3 * WAD
    )


def test_poke__calls_of_one_block__poke_the_mark_once(book):
    book.next_block()
    before = book.ask("pokes", of="mark")
    order_id = book.place("maker", buy(3, 999))
    book.send("maker", "cancel", order_id)
    assert book.ask("pokes", of="mark") == before + 1
    book.next_block()
    book.send("liquidator", "cancel_all_of", account_of("maker"), 1)
    assert book.ask("pokes", of="mark") == before + 2


def test_cancel_many__reduce_only_without_a_position__is_for_anybody(book):
    book.set("house", "set_size", account_of("maker"), -3 * WAD)
    resting = book.place("maker", buy(3, 990, reduce_only=True))
    with pytest.raises(CallReverted, match="book: not owner or operator"):
        book.send("stranger", "cancel_many", [resting])
    book.set("house", "set_size", account_of("maker"), 0)
    (gone,) = named(book.send("stranger", "cancel_many", [resting]), "OrderCancelled")
    assert gone.reason == NOTHING_TO_REDUCE
