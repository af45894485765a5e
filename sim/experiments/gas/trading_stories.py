"""What it costs to price, to fund an account, to rest, to cancel and to trade.

Where a label says nothing else, somebody has poked the market and touched its book before in the
same block: what the first one in a block pays on top of it is `poke` and `book_learns_mark`.
"""

from __future__ import annotations

from sim.experiments.gas.testbed import (
    BOOK,
    MARKET,
    PRICE,
    RAW,
    GasTestbed,
    Step,
    account_of,
    address_of,
    order,
    per_further,
    step,
)
from sim.types import OrderKind
from sim.units import wad

IOC = OrderKind.IOC
_PLENTY = 10_000_000
_MORE = 8  # fills by which two market orders differ


def prices(testbed: GasTestbed) -> None:
    """Feeds, index, mark and funding, with a market that has traded."""
    testbed.fund("maker", _PLENTY)
    testbed.index(PRICE)
    testbed.play(
        *(testbed.place("", "maker", "1", 59_900 - 10 * place) for place in range(4)),
        *(testbed.place("", "maker", "-1", 60_100 + 10 * place) for place in range(4)),
    )
    for price in (60_050, 60_010, 60_020):
        testbed.index(price)
    pushes = testbed.pushes(60_030)
    testbed.play(pushes[0]._replace(label="push_price"), *pushes[1:])
    testbed.play(step("refresh", "keeper", "OracleAggregator", "refresh", MARKET))
    testbed.play(*testbed.pushes(60_040))
    testbed.play(
        testbed.poke()._replace(label="poke"),
        testbed.poke()._replace(label="poke_again"),
        testbed.settle_in()._replace(label="book_learns_mark"),
        testbed.settle_in()._replace(label="book_knows_mark"),
    )
    testbed.play(*testbed.pushes(60_100))
    testbed.play(testbed.poke()._replace(label="poke_at_a_new_extreme"))
    testbed.play(*testbed.pushes(60_050))
    testbed.play(
        testbed.poke()._replace(label="poke_as_feeds_are_stale_and_funding_ends"), seconds=28_800
    )


def cash(testbed: GasTestbed) -> None:
    """What moves collateral, without positions and with one."""
    testbed.fund("maker", _PLENTY)
    testbed.index(PRICE)
    account, isolated = testbed.fund("taker", 100_000), account_of("taker", MARKET)
    vault, receiver = "MarginVault", address_of("taker")
    testbed.play(step("deposit", "taker", vault, "deposit", account, RAW))
    testbed.play(step("deposit_first", "taker", vault, "deposit", isolated, RAW))
    testbed.play(step("withdraw", "taker", vault, "withdraw", account, RAW, receiver))
    testbed.play(step("move", "taker", vault, "move", account, isolated, wad(1)))
    testbed.play(
        testbed.place("", "maker", "-1", PRICE), testbed.place("", "taker", "1", PRICE, kind=IOC)
    )
    for label, method, arguments in (
        ("deposit_with_position", "deposit", (account, RAW)),
        ("withdraw_with_position", "withdraw", (account, RAW, receiver)),
        ("move_with_position", "move", (account, isolated, wad(1))),
    ):
        testbed.play(testbed.poke(), step(label, "taker", vault, method, *arguments))


def resting(testbed: GasTestbed) -> None:
    """Orders that rest, and go."""
    for role in ("maker", "rival"):
        testbed.fund(role, _PLENTY)
    testbed.index(PRICE)
    testbed.play(
        testbed.settle_in(),
        testbed.place("place_first_of_account", "maker", "1", 59_000),
        testbed.place("", "rival", "1", 59_000),
        testbed.place("place_existing_level", "maker", "1", 59_000),
        testbed.place("place_empty_level", "maker", "1", 59_001),
        testbed.place("", "maker", "1", 59_002),
        testbed.place("", "maker", "1", 59_002),
    )
    first, second, third, fourth, last = testbed.orders("maker")
    testbed.play(step("cancel_first_in_block", "maker", BOOK, "cancel", third))
    testbed.play(testbed.poke(), step("cancel_first_of_book", "maker", BOOK, "cancel", fourth))
    testbed.play(
        testbed.settle_in(),
        step("cancel", "maker", BOOK, "cancel", first),
        step("cancel_empties_level", "maker", BOOK, "cancel", last),
        testbed.place("place_used_slot_existing_level", "maker", "1", 59_000),
        testbed.place("place_used_slot_used_level", "maker", "1", 59_001),
        step("replace", "maker", BOOK, "replace", second, order("1", 59_000)),
    )
    testbed.play(testbed.settle_in(), _quotes("place_many_8", "rival", 8))
    testbed.play(
        testbed.settle_in(),
        step("cancel_many_8", "rival", BOOK, "cancel_many", testbed.orders("rival")[1:]),
    )
    testbed.play(testbed.settle_in(), _quotes("place_many_8_used", "rival", 8))
    testbed.play(testbed.place("place_first_in_block", "maker", "1", 59_000))
    testbed.play(testbed.poke(), testbed.place("place_first_of_book", "maker", "1", 59_000))


def _quotes(label: str, role: str, count: int) -> Step:
    orders = [order("1", 58_900 + place) for place in range(count)]
    return step(label, role, BOOK, "place_many", account_of(role), orders)


def trading(testbed: GasTestbed) -> None:
    """Market orders against makers of an account each, all of whom hold a position already."""
    makers = [f"maker_{number}" for number in range(_MORE + 1)]
    for role in (*makers, "taker", "rival"):
        testbed.fund(role, _PLENTY)
    testbed.index(PRICE)
    testbed.play(*(testbed.place("", role, "-1", PRICE) for role in makers))
    testbed.play(
        testbed.settle_in(),
        testbed.place("market_order_opens_first_position", "rival", "1", PRICE, kind=IOC),
        testbed.place("", "taker", "8", PRICE, kind=IOC),
    )
    testbed.index(PRICE)
    testbed.play(*(testbed.place("", role, "-2", PRICE) for role in makers))
    testbed.play(
        testbed.settle_in(),
        testbed.place("market_order_1_fill", "taker", "1", PRICE, kind=IOC),
    )
    testbed.play(
        testbed.settle_in(),
        testbed.place("market_order_9_fills", "taker", "18", PRICE, kind=IOC),
    )
    nine, one = testbed.gas["market_order_9_fills"], testbed.gas["market_order_1_fill"]
    testbed.gas["market_order_further_fill"] = per_further(nine, one, _MORE)
    testbed.play(*(testbed.place("", "rival", "-1", PRICE) for _ in range(_MORE + 1)))
    testbed.play(testbed.place("market_order_first_in_block", "taker", "1", PRICE, kind=IOC))
    testbed.play(testbed.settle_in(), testbed.place("", "taker", "8", PRICE, kind=IOC))
