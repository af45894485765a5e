"""Class 13, unrealised profit as collateral: two accounts, one pumped mark, cash out the winner and
leave the loser's debt to everybody else.

Source: Mango Markets, October 2022. Whatever the mark does, the attacker's two accounts together
take out no more than they brought.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.types import account_id
from sim.units import WAD_PER_RAW, wad
from tests.adl_world import untouched
from tests.attack_world import ETHER, THIN, AttackWorld
from tests.liquidation_world import RAW
from tests.support.contracts import address_of

CREW = ("long", "short")
EACH = 20_000


@pytest.fixture(scope="module")
def deployed() -> AttackWorld:
    """A thin market at 1, and an attacker long and short of it against itself."""
    world = AttackWorld()
    prices = {THIN: 1, ETHER: 2_000, world.name: 60_000}
    world.push_all(prices)
    world.push_all(prices)
    for role in CREW:
        world.fund(role, EACH)
    world.order_in(THIN, "long", "90000", "1")
    world.order_in(THIN, "short", "-90000", "1", taking=True)
    return world


@pytest.fixture
def world(deployed: AttackWorld) -> Iterator[AttackWorld]:
    with untouched(deployed):
        yield deployed


def pump(world: AttackWorld, price: str) -> None:
    """Move the thin market there, as far as the breaker lets one step go."""
    world.push_all({THIN: price, ETHER: 2_000, world.name: 60_000})


def take_out(world: AttackWorld) -> int:
    """All that both may withdraw, raw."""
    for role in CREW:
        account = account_id(address_of(role))
        free_raw = world.read("Clearinghouse", "withdrawable", account) // WAD_PER_RAW
        if free_raw:
            world.send(role, "MarginVault", "withdraw", account, free_raw, address_of(role))
    return sum(world.read("MockToken", "balanceOf", address_of(role)) for role in CREW)


@given(price=st.sampled_from(["0.2", "0.5", "0.9", "1.1", "1.5", "1.9"]))
def test_withdraw__mark_pumped_on_a_thin_market__gives_no_more_than_was_brought(deployed, price):
    with untouched(deployed) as world:
        pump(world, price)
        assert take_out(world) <= 2 * EACH * RAW


def test_borrow__winner_opens_elsewhere_on_its_profit__is_refused(world):
    # Mango's attacker borrowed everything there was against a paper gain.
    pump(world, "1.9")
    winner = account_id(address_of("long"))
    assert world.health(winner).equity_wad > wad(100_000)
    world.order_in(ETHER, "maker", "-100", "2000")
    with pytest.raises(CallReverted, match="clearinghouse: margin not met"):
        world.order_in(ETHER, "long", "100", "2000", taking=True)
    free_wad = world.read("Clearinghouse", "withdrawable", winner)
    assert free_wad == 0
