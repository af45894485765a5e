"""Matching on the order book: priority, dead makers, the band, and what others see meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.chain.port import CallReverted
from sim.reference.orders import EXPIRED, FOK, IOC, OPENING_STOPPED, REFUSED, SELF_TRADE
from sim.types.codes import TakeOutcome
from sim.units import WAD
from tests.book_world import BookWorld, account_of, buy, named, order, sell, words


@pytest.fixture(scope="module")
def deployed() -> BookWorld:
    return BookWorld()


@pytest.fixture
def book(deployed: BookWorld) -> Iterator[BookWorld]:
    before = deployed.snapshot()
    yield deployed
    deployed.revert(before)


def reasons(events: list) -> list[int]:
    return [each.reason for each in named(events, "OrderCancelled")]


def ids_of(fills: list) -> list[int]:
    return [fill.order_id for fill in fills]


def test_match__same_price__earlier_order_is_filled_first(book):
    ids = [book.place(role, sell(3, 1_000)) for role in ("maker", "rival", "whale", "maker")]
    fills = book.market("taker", True, 8)
    assert ids_of(fills) == ids[:3]
    assert fills[-1].left_wad == 1 * WAD
    # What was partly filled is still first in line.
    assert book.queue(False, 1_000) == (ids[2], ids[3])
    assert ids_of(book.market("taker", True, 3)) == [ids[2], ids[3]]


def test_match__better_price_placed_later__is_filled_first(book):
    late = [book.place("maker", buy(3, price)) for price in (997, 999, 998)]
    fills = book.market("taker", False, 9)
    assert ids_of(fills) == [late[1], late[2], late[0]]
    assert [fill.price_wad // WAD for fill in fills] == [999, 998, 997]


@pytest.mark.parametrize("gone", [0, 1, 2, 3])
def test_match__one_of_a_level_cancelled__the_others_keep_their_order(book, gone):
    ids = [book.place("maker", sell(3, 1_000)) for _ in range(4)]
    book.send("maker", "cancel", ids[gone])
    left = [order_id for order_id in ids if order_id != ids[gone]]
    assert book.queue(False, 1_000) == tuple(left)
    assert ids_of(book.market("taker", True, 9)) == left


def test_cancel__stale_id_of_a_reused_slot__never_touches_the_new_order(book):
    old = book.place("maker", buy(3, 999))
    book.send("maker", "cancel", old)
    new = book.place("maker", buy(5, 998))
    assert new % 2**40 == old % 2**40  # the same slot
    assert new != old
    for method, arguments in (("cancel", (old,)), ("replace", (old, words(buy(3, 999))))):
        with pytest.raises(CallReverted, match="book: no such order"):
            book.send("maker", method, *arguments)
    assert book.send("maker", "cancel_many", (old,)) == []
    assert book.ask("order", old).size_wad == 0
    assert book.ask("order", new).size_wad == 5 * WAD


def test_cancel__id_of_a_filled_order_whose_slot_is_free__reverts(book):
    order_id = book.place("maker", sell(3, 1_000))
    book.market("taker", True, 3)
    with pytest.raises(CallReverted, match="book: no such order"):
        book.send("maker", "cancel", order_id)
    assert book.ask("order", order_id).account == 0


@pytest.mark.parametrize("order_id", [0, 1, 64, 1 << 40, 2**256 - 1])
def test_order__id_that_never_was__is_empty(book, order_id):
    book.place("maker", buy(3, 999))
    assert not any(book.ask("order", order_id))


def test_match__expired_order__never_fills(book):
    expired = book.place("maker", sell(3, 1_000, expires_at=book.now_s + 2))
    good = book.place("rival", sell(3, 1_001, expires_at=book.now_s + 3))
    book.next_block(2)
    found = book.send("taker", "place", account_of("taker"), words(buy(6, 1_001)), 32)
    assert ids_of(named(found, "OrderFilled")) == [good]
    assert ids_of(named(found, "OrderCancelled")) == [expired]
    assert reasons(found) == [EXPIRED]


@pytest.mark.parametrize("bucket", [0, 1])
def test_match__own_order_in_the_way__is_cancelled_whatever_its_bucket(book, bucket):
    book.place("taker", sell(3, 1_000), bucket=bucket)
    other = book.place("maker", sell(3, 1_001))
    found = book.send("taker", "place", account_of("taker"), words(buy(3, 1_001)), 32)
    assert reasons(found) == [SELF_TRADE]
    assert ids_of(named(found, "OrderFilled")) == [other]


def test_match__refused_maker__is_cancelled_whole_and_the_next_one_fills(book):
    bad = book.place("maker", sell(9, 1_000))
    good = book.place("rival", sell(9, 1_000))
    book.set("house", "refuse_maker", account_of("maker"), True)
    found = book.send("taker", "place", account_of("taker"), words(buy(4, 1_000)), 32)
    assert reasons(found) == [REFUSED]
    assert book.ask("order", bad).size_wad == 0
    assert [tuple(each)[:2] for each in named(found, "OrderFilled")] == [
        (good, account_of("rival"))
    ]
    assert book.ask("open_size", account_of("maker")).sells_wad == 0


def wall(book: BookWorld, kind: str, count: int = 64) -> None:
    """Orders at the best price that can't trade with the taker."""
    role = "taker" if kind == "own" else "maker"
    expires_at = book.now_s + 1 if kind == "expired" else 0
    for number in range(count):
        book.place(role, sell(2, 1_000, expires_at=expires_at), bucket=number // 64)
    for bucket in range(-(-count // 64)):
        book.set("house", "refuse_maker", account_of("maker", bucket), kind == "refused")
    book.next_block(2)


@pytest.mark.parametrize("kind", ["expired", "own", "refused"])
def test_take_for__wall_of_dead_orders__costs_none_of_max_fills(book, kind):
    wall(book, kind)
    good = book.place("rival", sell(3, 1_001))
    arguments = (account_of("taker"), True, 3 * WAD, 1_001 * WAD, 1, True)
    # An account can put up 64 orders: one call clears them all if the book can tell, and trades;
    # those that the clearinghouse has to judge go 32 a call.
    found = [book.send("liquidator", "take_for", *arguments) for _ in range(3)]
    assert len(reasons(found[0])) == (32 if kind == "refused" else 64)
    assert len(reasons(found[0] + found[1])) == 64
    assert ids_of(named([*found[0], *found[1], *found[2]], "OrderFilled")) == [good]
    assert book.ask("best") == (0, 0)


def test_take_for__wall_shorter_than_the_budget__is_passed_in_one_call(book):
    for _ in range(60):
        book.place("maker", sell(2, 1_000, expires_at=book.now_s + 1))
    book.place("rival", sell(3, 1_001))
    book.next_block(2)
    taken = book.ask("take_for", account_of("taker"), True, 3 * WAD, 1_001 * WAD, 1, True)
    assert taken == (TakeOutcome.FILLED, 3 * WAD, 3_003 * WAD, 0)


@pytest.mark.parametrize(("kind", "budget"), [("expired", 128), ("own", 128), ("refused", 32)])
def test_take_for__wall_longer_than_the_budget__says_so_and_what_went_is_gone(book, kind, budget):
    wall(book, kind, 150)
    good = book.place("rival", sell(3, 1_001))
    arguments = (account_of("taker"), True, 3 * WAD, 1_001 * WAD, 32, True)
    told = []
    for _ in range(6):
        told.append(book.ask("take_for", *arguments)[0])
        found = book.send("liquidator", "take_for", *arguments)
        if told[-1] == TakeOutcome.FILLED:
            break
        assert len(reasons(found)) == budget
    assert told[:-1] == [TakeOutcome.UNFINISHED] * (len(told) - 1) != []
    assert told[-1] == TakeOutcome.FILLED
    assert ids_of(named(found, "OrderFilled")) == [good]


def test_take_for__wall_as_long_as_the_budget__is_cleared_and_passed_in_one_call(book):
    wall(book, "expired", 128)
    arguments = (account_of("taker"), True, 3 * WAD, 1_001 * WAD, 1, True)
    assert book.ask("take_for", *arguments)[0] == TakeOutcome.NOTHING
    book.place("rival", sell(3, 1_001))
    assert book.ask("take_for", *arguments)[:2] == (TakeOutcome.FILLED, 3 * WAD)


def test_match__maker_beyond_the_band__is_not_reached(book):
    book.place("maker", sell(3, 1_050))
    book.place("maker", sell(3, 1_051))
    assert len(book.market("taker", True, 6)) == 1
    assert book.ask("best")[1] == 1_051 * WAD


def test_match__maker_left_too_generous_by_a_moved_mark__goes_without_trading(book):
    book.place("maker", sell(3, 1_000))
    book.place("rival", sell(3, 1_060))
    book.set_mark(1_060)  # the band now begins at 1,007
    found = book.send("taker", "place", account_of("taker"), words(buy(3, 1_060, IOC)), 32)
    assert reasons(found) == [REFUSED]
    assert [each.price_wad // WAD for each in named(found, "OrderFilled")] == [1_060]


@pytest.mark.parametrize(
    ("is_buy", "mark", "prices", "traded"),
    [
        # Taking asks: from 5 % below the mark, rounded up, to 5 % above it, rounded down.
        (True, 1_060, (1_006, 1_007), [1_007]),
        (True, 1_061, (1_007, 1_008), [1_008]),
        (True, 959, (1_006, 1_007), [1_006]),
        # Taking bids: from 5 % above the mark, rounded down, to 5 % below it, rounded up.
        (False, 940, (988, 987), [987]),
        (False, 941, (989, 988), [988]),
        (False, 1_041, (989, 988), [989]),
    ],
)
def test_match__makers_at_the_edges_of_the_band__trade_only_inside(
    book, is_buy, mark, prices, traded
):
    for price in prices:
        book.place("maker", order(not is_buy, 3, price))
    book.set_mark(mark)
    fills = book.market("taker", is_buy, 6)
    assert [fill.price_wad // WAD for fill in fills] == traded


def test_match__while_the_clearinghouse_is_called__book_has_given_up_the_fills(book):
    book.set("house", "set_watches", True)
    book.place("maker", sell(3, 1_000))
    book.place("rival", sell(5, 1_001))
    book.place("whale", buy(3, 990))
    found = book.send("taker", "place", account_of("taker"), words(buy(4, 1_001)), 32)
    proposed = named(found, "Proposed")[0]
    assert (proposed.taker, proposed.makers, proposed.forced) == (account_of("taker"), 2, False)
    assert proposed.open_wad == 4 * WAD
    assert (proposed.best_bid_wad, proposed.best_ask_wad) == (990 * WAD, 1_001 * WAD)


def test_place__when_admitted__order_is_counted_already(book):
    book.set("house", "set_watches", True)
    found = book.send("maker", "place", account_of("maker"), words(buy(3, 999)), 32)
    admitted = named(found, "Admitted")[0]
    assert (admitted.open_buys_wad, admitted.open_sells_wad) == (3 * WAD, 0)


def test_top__after_trades__tells_the_last_price_and_time(book):
    book.place("maker", sell(3, 1_000))
    book.place("maker", sell(3, 1_001))
    book.market("taker", True, 4)
    traded_at = book.now_s
    book.next_block(50)
    book.place("maker", sell(3, 1_002))
    top = book.ask("top", 0)
    assert (top.last_price_wad, top.last_traded_at) == (1_001 * WAD, traded_at)


def test_impact_price__over_two_levels__is_rounded_against_the_trader(book):
    book.place("maker", sell(3, 1_000))
    book.place("maker", sell(3, 1_001))
    book.place("maker", buy(3, 999))
    book.place("maker", buy(3, 998))
    # 4,000 quote buy 3 at 1,000 and 1,000/1,001 at 1,001.
    exact = 4_000 * 1_001 * WAD // (3 * 1_001 + 1_000)
    assert book.ask("impact_price", True, 4_000 * WAD) == exact + 1
    assert book.ask("impact_price", False, 4_000 * WAD) == 4_000 * 998 * WAD // (2_994 + 1_003)
    assert book.ask("impact_price", True, 6_003 * WAD) != 0
    assert book.ask("impact_price", True, 6_003 * WAD + 1) == 0


@pytest.mark.parametrize("is_buy", [True, False])
def test_match__across_borders_of_the_bitmap__follows_the_price(book, is_buy):
    # Bids lie at 2^24 - 1 - tick, so other prices are at the borders of their words.
    far = (255, 256, 257, 511, 512) if is_buy else (65_535, 65_536, 65_537, 2**24 - 1)
    near = (959, 960, 999) if is_buy else (1_001, 1_023, 1_024, 1_025)
    for price in (*far, *near):
        book.place("maker", order(is_buy, 8, price))
    prices = sorted((*far, *near), reverse=is_buy)
    assert [level.price_wad // WAD for level in book.ask("depth", is_buy, 64)] == prices
    fills = book.market("taker", not is_buy, 1_000)
    assert [fill.price_wad // WAD for fill in fills] == sorted(near, reverse=is_buy)
    assert [level.price_wad // WAD for level in book.ask("depth", is_buy, 64)] == [
        price for price in prices if price in far
    ]


def test_match__fok_behind_a_wall_of_dead_orders__leaves_the_wall(book):
    wall(book, "expired", 129)
    book.place("rival", sell(3, 1_001))
    with pytest.raises(CallReverted, match="book: can't be filled whole"):
        book.take("taker", buy(3, 1_001, FOK))
    # An order that may fill in part clears the way for it.
    book.take("taker", buy(3, 1_000, IOC))
    assert len(book.take("taker", buy(3, 1_001, FOK))) == 1


# Where nobody may open


def test_place__opening_is_stopped__passes_over_openers_and_leaves_them(book):
    # Each of them was once cancelled by whoever reduced in a disputed market.
    openers = [book.place("maker", sell(3, 1_000 + step)) for step in range(3)]
    book.place("rival", sell(5, 1_001))
    book.set("house", "set_size", account_of("rival"), 2 * WAD)
    book.set("house", "stop_opening", True)
    filled = book.send("taker", "place", account_of("taker"), words(buy(5, 1_002, kind=IOC)), 32)
    assert [one.size_wad for one in named(filled, "OrderFilled")] == [2 * WAD]
    assert not named(filled, "OrderCancelled")
    left = [one.order_id for one in book.ask("orders_of", account_of("maker"))]
    assert sorted(left) == sorted(openers)
    assert book.ask("orders_of", account_of("rival"))[0].size_wad == 3 * WAD


@pytest.mark.parametrize("openers", [64, 100, 192])
def test_place__opening_is_stopped_and_a_wall_of_openers__the_reducer_behind_it_trades(
    book, openers
):
    for number in range(openers):
        book.place("maker", sell(3, 1_000 + number % 4), bucket=number // 64)
    reducer = book.place("rival", sell(3, 1_010))
    book.set("house", "set_size", account_of("rival"), 3 * WAD)
    book.set("house", "stop_opening", True)
    found = book.send("taker", "place", account_of("taker"), words(buy(3, 1_010, kind=IOC)), 32)
    assert ids_of(named(found, "OrderFilled")) == [reducer]
    # The first of them stay for when opening is allowed again; the rest stood in the way.
    assert reasons(found) == [OPENING_STOPPED] * (openers - 64)
