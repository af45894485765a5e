"""Walls of orders that cannot trade, in front of a book that could.

Source: audit of 6be1e45, H1 and M5. 128 dead orders of 12 quote (expired, or reduce-only without a
position: they cost no margin) used up what a taker cleared on its way; the liquidation reverted and
undid the removals, a takeover went by the live book, and what was failing went to the pool or to
deleveraging. Once opening was stopped, 64 orders that may no longer open hid everybody who reduced.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.types import OrderKind, account_id
from sim.types.codes import Act, Rung
from sim.units import WAD, wad
from tests.adl_world import SWEPT, named, untouched
from tests.attack_world import AttackWorld
from tests.liquidation_world import RAW
from tests.support.contracts import address_of
from tests.support.examples import HEAVY

CALLS = 12  # what an honest keeper is ready to send in a block
KINDS = ("expired", "reduce_only", "expired_reduce_only")


@pytest.fixture(scope="module")
def deployed() -> AttackWorld:
    world = AttackWorld()
    world.stake("whale", 1_000_000 * RAW)
    world.fund("attacker", 50_000)
    return world


@pytest.fixture
def world(deployed: AttackWorld) -> Iterator[AttackWorld]:
    with untouched(deployed):
        yield deployed


def wall(world: AttackWorld, kind: str, price: str, count: int, crew: str = "wall") -> None:
    """Dead bids at a price, 64 an account, of the smallest size."""
    book = f"OrderBook.{world.name}"
    for start in range(0, count, 64):
        role = f"{crew}{start // 64}"
        account = world.fund(role, 3_000)
        reduce_only, expires_at = "reduce_only" in kind, 0
        if reduce_only:
            world.order("maker", "0.1", "60000")
            world.order(role, "-0.1", "60000", kind=OrderKind.IOC)
        if "expired" in kind:
            expires_at = world.now_s + 1
        order = (True, wad("0.0002"), wad(price), OrderKind.LIMIT, reduce_only, expires_at)
        left = min(64, count - start)
        while left:
            world.send(role, book, "place_many", account, [order] * min(16, left))
            left -= min(16, left)
        if reduce_only:
            world.order("maker", "-0.1", "60000")
            world.order(role, "0.1", "60000", kind=OrderKind.IOC)


def liquidated(world: AttackWorld, account: int) -> list[Any]:
    """Call until a rung acted; what each call said."""
    found = []
    for _ in range(CALLS):
        found.append(world.try_liquidate(account))
        if found[-1] != SWEPT:
            return found
    raise AssertionError(f"still sweeping after {CALLS} calls")


@pytest.mark.parametrize("kind", KINDS)
def test_liquidate__wall_before_an_honest_bid__the_bid_fills(world, kind):
    victim = world.enter("victim", "1", 700)
    wall(world, kind, "59590.1", 300)
    world.order("maker", "50", "59590")
    world.index(59_600)
    assert liquidated(world, victim) == [SWEPT, SWEPT, Rung.BOOK]


@pytest.mark.parametrize("kind", KINDS)
def test_take_over__wall_before_an_honest_bid__takes_nothing_and_then_is_refused(world, kind):
    victim = world.enter("victim", "1", 700)
    wall(world, kind, "59590.1", 200)
    world.order("maker", "50", "59590")
    world.index(59_600)
    before_wad = world.purse_wad("attacker")
    arguments = (victim, world.market, WAD, account_id(address_of("attacker")))
    told = world.send("attacker", "Liquidator", "take_over", *arguments)
    assert [len(named(told, name)) for name in ("BookSwept", "AccountLiquidated")] == [1, 0]
    with pytest.raises(CallReverted, match="liquidator: the book can fill"):
        world.send("attacker", "Liquidator", "take_over", *arguments)
    assert world.purse_wad("attacker") == before_wad


@pytest.mark.parametrize("kind", KINDS)
def test_liquidate__failing_behind_a_wall__goes_to_the_book_and_not_to_the_pool(world, kind):
    victim = world.enter("victim", "1", 700)
    wall(world, kind, "59470.1", 300)
    world.order("maker", "50", "59470")
    world.index(59_480)
    health = world.health(victim)
    assert health.equity_wad * 3 < health.maintenance_wad * 2
    assert liquidated(world, victim)[-1] == Rung.BOOK
    assert (world.size(victim), world.size(world.pool_account(1))) == (0, 0)


def test_liquidate__wall_renewed_every_block__costs_the_attacker_more_than_the_keeper(world):
    victim = world.enter("victim", "1", 700)
    wall(world, "expired", "59590.1", 192)
    world.order("maker", "50", "59590")
    world.index(59_600)
    found = liquidated(world, victim)
    # Three accounts sent twelve batches for what one keeper cleared with these calls.
    assert found == [SWEPT, Rung.BOOK]


@HEAVY
@given(
    kind=st.sampled_from(KINDS),
    count=st.integers(min_value=1, max_value=400),
    ahead=st.integers(min_value=0, max_value=60),
    failing=st.booleans(),
)
def test_liquidate__any_wall__an_honest_bid_within_the_limit_fills(
    deployed, kind, count, ahead, failing
):
    mark = 59_480 if failing else 59_600
    with untouched(deployed):
        victim = deployed.enter("victim", "1", 700)
        wall(deployed, kind, f"{mark - 10 + ahead / 10:.1f}", count)
        deployed.order("maker", "50", f"{mark - 10}")
        deployed.index(mark)
        found = liquidated(deployed, victim)
        assert found[-1] == Rung.BOOK
        assert len(found) <= 1 + count // 128


@HEAVY
@given(openers=st.integers(min_value=1, max_value=260), forced=st.booleans())
def test_reduce__opening_stopped_behind_any_number_of_openers__is_filled(deployed, openers, forced):
    with untouched(deployed):
        reducer = deployed.enter("shorty", "-2", 5_000)
        victim = deployed.enter("victim", "1", 640 if forced else 5_000)
        for start in range(0, openers, 64):
            role = f"opener{start // 64}"
            account = deployed.fund(role, 20_000)
            order = (True, wad("0.0002"), wad(59_590), OrderKind.LIMIT, False, 0)
            left = min(64, openers - start)
            while left:
                many = [order] * min(16, left)
                deployed.send(role, f"OrderBook.{deployed.name}", "place_many", account, many)
                left -= len(many)
        deployed.order("shorty", "2", "59580")
        deployed.send("guardian", "MarketParams", "pause", 1, Act.OPEN)
        deployed.index(59_600)
        held_wad = deployed.size(reducer)
        for _ in range(1 + openers // 128):
            if forced:
                deployed.try_liquidate(victim)
            else:
                selling = (False, WAD // 2, wad(59_500), OrderKind.IOC, True, 0)
                book = f"OrderBook.{deployed.name}"
                deployed.send("victim", book, "place", victim, selling, 32)
        assert deployed.size(reducer) > held_wad
