"""The order book as a target: queue jumping, walls of dead orders, stale handles, half fills,
margin that stays behind a cancelled order, and trades with oneself.

Sources: Hubble M-1, Clober, and the order-book section of the bug classes.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.types import OrderKind, account_id
from sim.units import WAD, wad
from tests.adl_world import named, untouched
from tests.crew_world import CREW
from tests.liquidation_world import ENTRY
from tests.support.contracts import address_of

HONEST = ("maker", "maker 2", "maker 3")


def fund_makers(world):
    for role in HONEST[1:]:
        world.fund(role, 1_000_000)


@given(
    queue=st.lists(
        st.tuples(st.sampled_from(HONEST), st.integers(1, 9), st.integers(0, 2)),
        min_size=2,
        max_size=8,
    ),
    taken=st.integers(1, 40),
    gone=st.integers(0, 7),
)
def test_book__whoever_came_later_at_a_price__is_never_filled_first(deployed, queue, taken, gone):
    with untouched(deployed) as world:
        fund_makers(world)
        resting = []
        for role, size, tick in queue:
            (placed,) = named(world.order(role, f"-{size}", ENTRY + tick), "OrderPlaced")
            resting.append([ENTRY + tick, len(resting), placed.order_id, size * WAD, role])
        if gone < len(resting):
            role, order_id = resting[gone][4], resting[gone][2]
            world.send(role, f"OrderBook.{world.name}", "cancel_many", [order_id])
            del resting[gone]
        events = world.order("attacker", f"{taken}", ENTRY + 2, kind=OrderKind.IOC)
        filled = [(one.order_id, one.size_wad) for one in named(events, "OrderFilled")]
        wanted, left = [], taken * WAD
        for _, _, order_id, size_wad, _ in sorted(resting):
            if left:
                wanted.append((order_id, min(size_wad, left)))
                left -= min(size_wad, left)
        assert filled == wanted


@given(size=st.integers(2, 30), part=st.integers(1, 29))
def test_book__cancelled_after_a_part_was_filled__gives_the_margin_back_to_the_wei(
    deployed, size, part
):
    part = min(part, size - 1)
    with untouched(deployed) as world:
        account = account_id(address_of("second"))
        with untouched(world):
            world.order("second", f"-{part}", ENTRY)
            world.order("attacker", f"{part}", ENTRY, kind=OrderKind.IOC)
            plain = world.health(account), world.read("Clearinghouse", "withdrawable", account)
        (placed,) = named(world.order("second", f"-{size}", ENTRY), "OrderPlaced")
        world.order("attacker", f"{part}", ENTRY, kind=OrderKind.IOC)
        world.send("second", f"OrderBook.{world.name}", "cancel_many", [placed.order_id])
        after = world.health(account), world.read("Clearinghouse", "withdrawable", account)
        assert after == plain


def test_book__a_wall_of_orders_that_cannot_stand__blocks_no_liquidation(world):
    # Three names rest 64 orders each behind which the honest bid waits; then their margin is gone.
    account = world.enter("edge", "1", 640)
    price = ENTRY - 450
    for role in CREW:
        order = (True, wad("1"), wad(ENTRY - 100), 0, False, 0)
        for _ in range(4):
            own = account_id(address_of(role))
            world.send(role, f"OrderBook.{world.name}", "place_many", own, [order] * 16)
    for role in CREW:
        own = account_id(address_of(role))
        free = world.read("Clearinghouse", "withdrawable", own)
        world.send(role, "MarginVault", "withdraw", own, free // 10**12, address_of(role))
    world.index(price)
    world.order("maker", "1", price)
    for _ in range(8):
        if world.try_liquidate(account) == 0 and not world.is_liquidatable(account):
            break
    assert not world.is_liquidatable(account)


def test_book__a_handle_of_an_order_long_gone__never_touches_its_successor(world):
    (first,) = named(world.order("attacker", "-1", ENTRY), "OrderPlaced")
    world.send("attacker", f"OrderBook.{world.name}", "cancel_many", [first.order_id])
    (honest,) = named(world.order("maker", "-1", ENTRY), "OrderPlaced")
    assert honest.order_id != first.order_id
    world.send("attacker", f"OrderBook.{world.name}", "cancel_many", [first.order_id])
    left = world.read(f"OrderBook.{world.name}", "orders_of", account_id(address_of("maker")))
    assert [one.order_id for one in left] == [honest.order_id]


@given(asked=st.integers(2, 40), offered=st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_book__fill_or_kill__never_half_fills(deployed, asked, offered):
    with untouched(deployed) as world:
        for at, size in enumerate(offered):
            world.order("second", f"-{size}", ENTRY + at)
        account = account_id(address_of("attacker"))
        try:
            world.order("attacker", f"{asked}", ENTRY + 9, kind=OrderKind.FOK)
        except CallReverted:
            assert sum(offered) < asked
            assert world.size(account) == 0
        else:
            assert world.size(account) == asked * WAD


@given(size=st.integers(1, 12), bucket=st.sampled_from([0, 1]))
def test_book__trading_with_oneself__moves_no_volume_and_no_price(deployed, size, bucket):
    with untouched(deployed) as world:
        world.order("maker", "-1", ENTRY + 5)
        world.order("attacker", "1", ENTRY + 5, kind=OrderKind.IOC)
        last = world.read(f"OrderBook.{world.name}", "top", wad(20_000)).last_price_wad
        if bucket:
            pair = account_id(address_of("attacker")), account_id(address_of("attacker"), 1)
            world.send("attacker", "MarginVault", "move", *pair, 200_000 * WAD)
        world.order("attacker", f"-{size}", ENTRY + 900)
        events = world.order("attacker", f"{size}", ENTRY + 900, kind=OrderKind.IOC, bucket=bucket)
        assert not named(events, "OrderFilled")
        assert world.read(f"OrderBook.{world.name}", "top", wad(20_000)).last_price_wad == last


@pytest.mark.parametrize("offset", [-2_900, 2_900])
def test_book__a_wash_between_two_names_at_any_price__costs_the_fees_of_both(world, offset):
    world.order("second", "-3", ENTRY + offset)
    world.order("attacker", "3", ENTRY + offset, kind=OrderKind.IOC)
    world.order("attacker", "-3", ENTRY)
    world.order("second", "3", ENTRY, kind=OrderKind.IOC)
    traded = 3 * (ENTRY + offset) + 3 * ENTRY
    assert world.earned_wad() <= -traded * 6 * WAD // 10_000
