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


def prices(stage: GasTestbed) -> None:
    """Feeds, index, mark and funding, with a market that has traded."""
    stage.fund("maker", _PLENTY)
    stage.index(PRICE)
    stage.play(
        *(stage.place("", "maker", "1", 59_900 - 10 * place) for place in range(4)),
        *(stage.place("", "maker", "-1", 60_100 + 10 * place) for place in range(4)),
    )
    for price in (60_050, 60_010, 60_020):
        stage.index(price)
    pushes = stage.pushes(60_030)
    stage.play(pushes[0]._replace(label="push_price"), *pushes[1:])
    stage.play(step("refresh", "keeper", "OracleAggregator", "refresh", MARKET))
    stage.play(*stage.pushes(60_040))
    stage.play(
        stage.poke()._replace(label="poke"),
        stage.poke()._replace(label="poke_again"),
        stage.settle_in()._replace(label="book_learns_mark"),
        stage.settle_in()._replace(label="book_knows_mark"),
    )
    stage.play(*stage.pushes(60_100))
    stage.play(stage.poke()._replace(label="poke_at_a_new_extreme"))
    stage.play(*stage.pushes(60_050))
    stage.play(
        stage.poke()._replace(label="poke_as_feeds_are_stale_and_funding_ends"), seconds=28_800
    )


def cash(stage: GasTestbed) -> None:
    """What moves collateral, without positions and with one."""
    stage.fund("maker", _PLENTY)
    stage.index(PRICE)
    account, isolated = stage.fund("taker", 100_000), account_of("taker", MARKET)
    vault, receiver = "MarginVault", address_of("taker")
    stage.play(step("deposit", "taker", vault, "deposit", account, RAW))
    stage.play(step("deposit_first", "taker", vault, "deposit", isolated, RAW))
    stage.play(step("withdraw", "taker", vault, "withdraw", account, RAW, receiver))
    stage.play(step("move", "taker", vault, "move", account, isolated, wad(1)))
    stage.play(
        stage.place("", "maker", "-1", PRICE), stage.place("", "taker", "1", PRICE, kind=IOC)
    )
    for label, method, arguments in (
        ("deposit_with_position", "deposit", (account, RAW)),
        ("withdraw_with_position", "withdraw", (account, RAW, receiver)),
        ("move_with_position", "move", (account, isolated, wad(1))),
    ):
        stage.play(stage.poke(), step(label, "taker", vault, method, *arguments))


def resting(stage: GasTestbed) -> None:
    """Orders that rest, and go."""
    for role in ("maker", "rival"):
        stage.fund(role, _PLENTY)
    stage.index(PRICE)
    stage.play(
        stage.settle_in(),
        stage.place("place_first_of_account", "maker", "1", 59_000),
        stage.place("", "rival", "1", 59_000),
        stage.place("place_existing_level", "maker", "1", 59_000),
        stage.place("place_empty_level", "maker", "1", 59_001),
        stage.place("", "maker", "1", 59_002),
        stage.place("", "maker", "1", 59_002),
    )
    first, second, third, fourth, last = stage.orders("maker")
    stage.play(step("cancel_first_in_block", "maker", BOOK, "cancel", third))
    stage.play(stage.poke(), step("cancel_first_of_book", "maker", BOOK, "cancel", fourth))
    stage.play(
        stage.settle_in(),
        step("cancel", "maker", BOOK, "cancel", first),
        step("cancel_empties_level", "maker", BOOK, "cancel", last),
        stage.place("place_used_slot_existing_level", "maker", "1", 59_000),
        stage.place("place_used_slot_used_level", "maker", "1", 59_001),
        step("replace", "maker", BOOK, "replace", second, order("1", 59_000)),
    )
    stage.play(stage.settle_in(), _quotes("place_many_8", "rival", 8))
    stage.play(
        stage.settle_in(),
        step("cancel_many_8", "rival", BOOK, "cancel_many", stage.orders("rival")[1:]),
    )
    stage.play(stage.settle_in(), _quotes("place_many_8_used", "rival", 8))
    stage.play(stage.place("place_first_in_block", "maker", "1", 59_000))
    stage.play(stage.poke(), stage.place("place_first_of_book", "maker", "1", 59_000))


def _quotes(label: str, role: str, count: int) -> Step:
    orders = [order("1", 58_900 + place) for place in range(count)]
    return step(label, role, BOOK, "place_many", account_of(role), orders)


def trading(stage: GasTestbed) -> None:
    """Market orders against makers of an account each, all of whom hold a position already."""
    makers = [f"maker_{number}" for number in range(_MORE + 1)]
    for role in (*makers, "taker", "rival"):
        stage.fund(role, _PLENTY)
    stage.index(PRICE)
    stage.play(*(stage.place("", role, "-1", PRICE) for role in makers))
    stage.play(
        stage.settle_in(),
        stage.place("market_order_opens_first_position", "rival", "1", PRICE, kind=IOC),
        stage.place("", "taker", "8", PRICE, kind=IOC),
    )
    stage.index(PRICE)
    stage.play(*(stage.place("", role, "-2", PRICE) for role in makers))
    stage.play(
        stage.settle_in(),
        stage.place("market_order_1_fill", "taker", "1", PRICE, kind=IOC),
    )
    stage.play(
        stage.settle_in(),
        stage.place("market_order_9_fills", "taker", "18", PRICE, kind=IOC),
    )
    nine, one = stage.gas["market_order_9_fills"], stage.gas["market_order_1_fill"]
    stage.gas["market_order_further_fill"] = per_further(nine, one, _MORE)
    stage.play(*(stage.place("", "rival", "-1", PRICE) for _ in range(_MORE + 1)))
    stage.play(stage.place("market_order_first_in_block", "taker", "1", PRICE, kind=IOC))
    stage.play(stage.settle_in(), stage.place("", "taker", "8", PRICE, kind=IOC))
