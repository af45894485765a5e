"""A wash trade: who is first in the queue closes and opens again, to stand last in it.

Audit M6. Profit became cash and the position had none, so that somebody with less leverage and the
same entry was deleveraged instead.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.reference.adl import Policy
from sim.types import OrderKind, account_id
from sim.units import WAD
from tests.adl_world import named, untouched
from tests.attack_world import AttackWorld
from tests.support.contracts import address_of

PRICE = "58500"


@pytest.fixture(scope="module")
def deployed() -> AttackWorld:
    """The attacker first in the queue, an honest short second, and a long that failed."""
    world = AttackWorld()
    world.fund("attacker", 3_500)
    world.fund("honest", 20_000)
    world.fund("victim", 450)
    world.fund("accomplice", 50_000)
    world.order("attacker", "-0.5", "60000")
    world.order("honest", "-0.5", "60000")
    world.order("victim", "0.4", "60000", kind=OrderKind.IOC)
    world.order("maker", "0.6", "60000", kind=OrderKind.IOC)
    world.index(PRICE)
    return world


def of(role: str, bucket: int = 0) -> int:
    return account_id(address_of(role), bucket)


def between(world: AttackWorld, size: str, *, price: str = PRICE) -> None:
    """The attacker trades with its accomplice."""
    against = size[1:] if size.startswith("-") else f"-{size}"
    world.order("accomplice", against, price)
    world.order("attacker", size, price, kind=OrderKind.IOC)


def closed_and_opened(world: AttackWorld) -> None:
    between(world, "0.5")
    between(world, "-0.5")


def bit_by_bit(world: AttackWorld) -> None:
    for _ in range(5):
        between(world, "0.1")
        between(world, "-0.1")


def thinned_out(world: AttackWorld) -> None:
    """More at today's price, so that the average forgets; then less."""
    between(world, "-1.5")
    between(world, "1.5")


def turned_around(world: AttackWorld) -> None:
    between(world, "1")
    between(world, "-1")


WASHES = (closed_and_opened, bit_by_bit, thinned_out, turned_around)


def deleveraged(world: AttackWorld) -> dict[int, int]:
    taken = named(world.deleverage(of("victim")), "CounterpartyDeleveraged")
    return {one.counterparty: one.size_wad for one in taken}


@pytest.mark.parametrize("policy", [Policy.QUEUE, Policy.PRO_RATA])
@pytest.mark.parametrize("wash", WASHES)
def test_deleverage__first_in_the_queue_traded_with_itself__gives_no_less(deployed, wash, policy):
    outcomes = []
    for trick in (None, wash):
        with untouched(deployed) as world:
            world.set_policy(policy)
            before_wad = world.purse_wad("attacker", "accomplice")
            honest_wad = world.purse_wad("honest")
            if trick is not None:
                trick(world)
            taken = deleveraged(world)
            gained_wad = world.purse_wad("attacker", "accomplice") - before_wad
            outcomes.append((taken, gained_wad, world.purse_wad("honest") - honest_wad))
            world.check_books()
    (plain, gained, honest), (washed, gained_by_washing, honest_after) = outcomes
    assert washed[of("attacker")] >= plain[of("attacker")] > 0
    assert gained_by_washing <= gained + 2
    assert honest_after >= honest - 2


def test_deleverage__moved_to_another_account_of_the_owner__is_found_there(deployed):
    """From the cross account to the isolated one, which had no position before."""
    with untouched(deployed) as world:
        isolated = of("attacker", world.market)
        world.everybody.add(isolated)
        key = world.read("Deleverager", "keys", world.market, [of("attacker")])[0]
        world.send("attacker", "MarginVault", "move", of("attacker"), isolated, 400 * WAD)
        between(world, "0.5")  # an owner's order does not fill its own: by way of the accomplice
        words = (False, WAD // 2, 58_500 * WAD, OrderKind.IOC, False, 0)
        world.order("accomplice", "0.5", PRICE)
        world.send("attacker", "OrderBook.BTC-USD", "place", isolated, words, 32)
        assert (world.size(of("attacker")), world.size(isolated)) == (0, -WAD // 2)
        assert world.read("Deleverager", "keys", world.market, [isolated])[0] >= key * 99 // 100
        assert list(deleveraged(world)) == [isolated]


@given(
    sizes=st.lists(st.sampled_from(["0.5", "-0.5", "0.2", "-0.2", "1.1", "-0.9"]), max_size=8),
    wash=st.sampled_from(WASHES),
)
def test_candidates__any_trades_with_itself__keep_the_profit_per_base_that_ranks(
    deployed, sizes, wash: Callable[[AttackWorld], None]
):
    with untouched(deployed) as world:
        for size in sizes:
            with suppress(CallReverted):  # beyond its margin
                between(world, size)
        if not sizes:
            wash(world)
        if world.size(of("attacker")) >= 0:
            return
        ask = ("Deleverager", "candidates", of("victim"), world.market, [of("attacker")], False)
        (now,) = world.read(*ask)
        assert now.profit_wad >= 1_500 * -world.size(of("attacker")) - 2
