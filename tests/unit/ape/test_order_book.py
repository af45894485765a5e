from __future__ import annotations

import ape
import pytest

from sim.units import wad
from tests.unit.ape.words import (
    ENTRY,
    FOK,
    IOC,
    POST_ONLY,
    RAW,
    account_of,
    buy,
    sell,
)


@pytest.fixture
def funded(vault, taker):
    account = account_of(taker)
    vault.deposit(account, 100_000 * RAW, sender=taker)
    return account


@pytest.fixture
def rest(book, maker):
    """Rest an order of the maker; its id."""

    def place(order):
        receipt = book.place(account_of(maker), order, 32, sender=maker)
        (event,) = [each for each in receipt.events if each.event_name == "OrderPlaced"]
        return event.order_id

    return place


def test_place__nothing_to_take__rests(book, maker):
    receipt = book.place(account_of(maker), buy("0.5", 59_990), 32, sender=maker)
    placed = book.OrderPlaced(
        account=account_of(maker),
        is_buy=True,
        price_wad=wad(59_990),
        size_wad=wad("0.5"),
        reduce_only=False,
        expires_at=0,
    )
    assert placed in receipt.events
    top = book.top(wad(20_000))
    assert (top.best_bid_wad, top.best_ask_wad) == (wad(59_990), 0)
    assert book.open_size(account_of(maker)).buys_wad == wad("0.5")


def test_place__two_levels__takes_the_better_price_first_and_the_older_order_in_it(
    book, rest, funded, taker
):
    dear, first, second = (rest(sell(1, price)) for price in (60_010, 60_000, 60_000))
    receipt = book.place(funded, buy("2.5", 60_010, kind=IOC), 32, sender=taker)
    fills = [event for event in receipt.events if event.event_name == "OrderFilled"]
    assert [(fill.order_id, fill.size_wad, fill.left_wad) for fill in fills] == [
        (first, wad(1), 0),
        (second, wad(1), 0),
        (dear, wad("0.5"), wad("0.5")),
    ]
    assert fills[0] == book.OrderFilled(taker=funded, is_buy=False, price_wad=wad(60_000))
    assert book.top(wad(1)).last_price_wad == wad(60_010)


def test_place__fill_or_kill_too_large__leaves_no_trace(book, rest, funded, taker):
    rest(sell(1, ENTRY))
    with ape.reverts("book: can't be filled whole"):
        book.place(funded, buy("1.1", ENTRY, kind=FOK), 32, sender=taker)
    assert book.top(wad(1)).best_ask_wad == wad(ENTRY)


def test_place__post_only_that_would_trade__is_refused(book, rest, funded, taker):
    rest(sell(1, ENTRY))
    with ape.reverts("book: post-only order would trade"):
        book.place(funded, buy(1, ENTRY, kind=POST_ONLY), 32, sender=taker)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"price_wad": wad("59990.05")}, "book: price is not in ticks"),
        ({"size_wad": wad("0.00005")}, "book: size is not in lots"),
        ({"size_wad": wad("0.0001")}, "book: notional too small"),
        ({"expires_at": 1}, "book: already expired"),
        ({"reduce_only": True}, "book: nothing to reduce"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_place__malformed__is_refused(book, funded, taker, changed, reason):
    with ape.reverts(reason):
        book.place(funded, buy(1, 59_990) | changed, 32, sender=taker)


def test_place__own_order_in_the_way__cancels_it(book, rest, maker):
    own = rest(sell(1, ENTRY))
    receipt = book.place(account_of(maker), buy(1, ENTRY, kind=IOC), 32, sender=maker)
    assert book.OrderCancelled(order_id=own, account=account_of(maker), reason=2) in receipt.events
    assert "OrderFilled" not in [event.event_name for event in receipt.events]


def test_cancel__own_order__is_gone(book, rest, maker):
    order_id = rest(buy(1, 59_990))
    receipt = book.cancel(order_id, sender=maker)
    assert (
        book.OrderCancelled(order_id=order_id, account=account_of(maker), reason=0)
        in receipt.events
    )
    with ape.reverts("book: no such order"):
        book.cancel(order_id, sender=maker)


def test_strangers__on_anothers_account__are_refused(book, rest, maker, stranger):
    order_id = rest(buy(1, 59_990))
    for call, arguments in (
        (book.place, (account_of(maker), buy(1, 59_990), 32)),
        (book.place_many, (account_of(maker), [buy(1, 59_990)])),
        (book.replace, (order_id, buy(1, 59_980))),
        (book.cancel, (order_id,)),
    ):
        with ape.reverts("book: not owner or operator"):
            call(*arguments, sender=stranger)


def test_liquidation_paths__by_anyone_but_the_liquidator__are_refused(book, maker, keeper, owner):
    for actor in (keeper, owner):
        with ape.reverts("book: only the liquidator"):
            book.take_for(account_of(maker), False, wad(1), wad(ENTRY), 32, True, sender=actor)
        with ape.reverts("book: only the liquidator"):
            book.cancel_all_of(account_of(maker), 64, sender=actor)
