"""A position made for the pool to inherit, and the price pushed against it: the pool loses its cap.

Source: JELLY on Hyperliquid, 26 March 2025. The short was opened against own longs and left to be
liquidated; the vault lent all its money to it while spot rose. Afterwards it got a cap of its own,
and deleveraging behind it.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.types import OrderKind
from sim.units import WAD, wad
from tests.adl_world import LOT_WAD, NO_RUNG_ACTED, named, untouched
from tests.attack_world import AttackWorld
from tests.liquidation_world import ENTRY, RAW
from tests.support.examples import HEAVY

STAKE = 1_000_000
CAP_WAD = wad("2500.000000000000000007")
NO_RUNG = "liquidator: no rung could act"


@pytest.fixture(scope="module")
def deployed() -> AttackWorld:
    world = AttackWorld()
    world.stake("whale", STAKE * RAW)
    return world


@pytest.fixture
def world(deployed):
    with untouched(deployed) as found:
        yield found


def dump(world: AttackWorld, place: int = 0, side: int = -1, price: int = ENTRY) -> int:
    """A position against an account of the dumper's own, with little margin; the account."""
    account = world.fund(f"dumper {place}", price // 90 + 60)
    world.fund(f"accomplice {place}", 100_000)
    world.order(f"accomplice {place}", -side, price)
    world.order(f"dumper {place}", side, price, kind=OrderKind.IOC)
    assert world.size(account) == side * WAD
    return account


def set_cap(world: AttackWorld, cap_wad: int) -> None:
    world.send("owner", "InsurancePool", "set_caps", 1, (wad(10**7), cap_wad, wad(10_000)))


def tend(world: AttackWorld) -> bool:
    """What keepers do for the pool's position after a move; whether it was deleveraged."""
    account = world.pool_account(1)
    world.send("keeper", "InsurancePool", "restore", 1)
    if not world.size(account) or not world.is_liquidatable(account):
        return False
    assert world.read("InsurancePool", "spare_wad", 1) == 0
    outcome = world.try_liquidate(account)
    assert outcome in (NO_RUNG, NO_RUNG_ACTED)
    if outcome == NO_RUNG:
        return False
    lots = abs(world.size(account)) // LOT_WAD
    assert named(world.deleverage(account), "RoundClosed")[0].short_wad == 0
    assert world.size(account) == 0
    assert 0 <= world.cash(account) < lots  # a lot's price is rounded to a wei
    return True


def topped_up_wad(world: AttackWorld) -> int:
    told = [one for events in world.transactions for one in named(events, "KeeperToppedUp")]
    return sum(one.amount_wad for one in told)


def worth_wad(world: AttackWorld) -> int:
    """The pool, but for what keepers got of it, which is bounded by its own rule."""
    found: int = world.read("InsurancePool", "equity_wad")
    return found + topped_up_wad(world)


def pump(world: AttackWorld, side: int, price: int, step: int, to: int) -> bool:
    """The price against a position of that side, step by step; whether it was deleveraged."""
    while (to - price) * side < 0:
        price -= side * step
        world.index(price)
        if tend(world):
            return True
    return False


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("step", [150, 4_000])  # as the pool can follow, and past all its margin
def test_pump__pool_holds_the_position__costs_it_its_cap_to_the_wei(world, side, step):
    set_cap(world, CAP_WAD)
    world.fund("patient", 1_000)
    before_wad, keeper_wad = worth_wad(world), world.purse_wad("keeper")
    account = dump(world, side=side)
    price = ENTRY - side * 500
    world.index(price)
    assert world.try_liquidate(account) == 2
    assert pump(world, side, price, step, to=ENTRY - side * 10_000)
    left_wad = world.cash(world.pool_account(1))
    assert before_wad - worth_wad(world) == CAP_WAD - left_wad
    assert world.read("InsurancePool", "at_risk_wad", 1) == CAP_WAD
    # What it would have gone on losing is not somebody's who was not in it.
    assert world.size(account) == 0
    assert world.purse_wad("patient") == wad(1_000)
    assert world.purse_wad("keeper") == keeper_wad + topped_up_wad(world)
    world.check_books()


def test_pump__no_cap_that_fits__costs_the_pool_whatever_the_price_does(world):
    set_cap(world, wad(STAKE))
    before_wad = worth_wad(world)
    account = dump(world)
    world.index(60_500)
    assert world.try_liquidate(account) == 2
    assert not pump(world, -1, 60_500, 500, to=75_000)
    assert before_wad - worth_wad(world) > wad(14_000)


@HEAVY
@given(places=st.integers(2, 4), cap=st.integers(600, 4_000), step=st.integers(100, 900))
def test_pump__many_positions_one_after_another__cost_it_one_cap_together(
    deployed, places, cap, step
):
    with untouched(deployed) as world:
        set_cap(world, wad(cap))
        before_wad = worth_wad(world)
        accounts = [dump(world, place) for place in range(places)]
        price = ENTRY
        for _ in range(12):
            price += step
            world.index(price)
            for account in accounts:
                if world.size(account) and world.is_liquidatable(account):
                    outcome = world.try_liquidate(account)
                    assert outcome in (2, NO_RUNG, NO_RUNG_ACTED)
                    if outcome == NO_RUNG_ACTED:
                        world.deleverage(account)
            tend(world)
            assert before_wad - worth_wad(world) <= wad(cap)
        assert not any(world.size(account) for account in accounts)
        world.check_books()


def test_stake__while_the_position_owes_more_than_its_cap__buys_no_share_of_what_is_not_lost(world):
    """Counted in full, its debt would sell shares cheaply until it is closed at others' cost."""
    set_cap(world, CAP_WAD)
    account = dump(world)
    world.index(60_500)
    assert world.try_liquidate(account) == 2
    world.index(115_000)  # some 54 000 below zero
    shares = world.stake("attacker", 10_000 * RAW)
    tend(world)
    assert world.size(world.pool_account(1)) == 0
    assert world.read("InsurancePool", "convertToAssets", shares) <= 10_000 * RAW
