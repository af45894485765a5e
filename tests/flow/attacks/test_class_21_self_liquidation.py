"""Class 21, self-liquidation: open at the edge, let the price move, liquidate from another account
and collect the reward.

Sources: Perennial M-6, Tigris H-09. An attacker with as many accounts as it likes, who is always
the first keeper, ends with no more than it began with, fees included: what the insurance pool adds
to a reward never exceeds what the position cost to open.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.types import OrderKind, account_id
from sim.units import WAD
from tests.adl_world import named, untouched
from tests.attack_world import AttackWorld
from tests.liquidation_world import ENTRY, RAW
from tests.support.contracts import address_of

CREW = ("edge", "hedge", "edge 2", "hedge 2", "resting", "keeper")
STAKE = 1_000_000


@pytest.fixture(scope="module")
def deployed() -> AttackWorld:
    """A pool worth draining, and an attacker's purse on every account."""
    world = AttackWorld()
    world.stake("whale", STAKE * RAW)
    for role in ("hedge", "hedge 2", "resting", "keeper"):
        world.fund(role, 20_000_000)
    return world


@pytest.fixture
def world(deployed: AttackWorld) -> Iterator[AttackWorld]:
    with untouched(deployed):
        yield deployed


def open_pair(world: AttackWorld, long: str, short: str, size: str, price: int) -> None:
    """Two accounts of the crew trade with each other; the poor one makes, to pay least."""
    poor, rich = (long, short) if long.startswith("edge") else (short, long)
    sign = "" if poor == long else "-"
    world.order(poor, sign + size, price)
    world.order(rich, ("-" if sign == "" else "") + size, price, kind=OrderKind.IOC)


def liquidate_and_flatten(world: AttackWorld, price: int) -> list[object]:
    """The crew's keeper strikes first, on the book or through the pool; then everybody closes."""
    found = []
    for role in CREW:
        account = account_id(address_of(role))
        for _ in range(4):
            if not world.is_liquidatable(account) or not world.size(account):
                break
            before = len(world.transactions)
            if world.try_liquidate(account) not in (0, 2):
                break
            for events in world.transactions[before:]:
                found += named(events, "AccountLiquidated")
    for role in CREW:
        world.flatten(role, price)
    return found


margins = st.sampled_from([101, 105, 120, 200, 1_000])  # bps of notional
sizes = st.sampled_from(["0.001", "0.02", "0.1", "1", "9", "16"])
falls = st.integers(1, 60)  # as many tenths of the way to bankruptcy and beyond


@given(
    size=sizes, margin_bps=margins, tenths=falls, side=st.sampled_from([1, -1]), bid=st.booleans()
)
def test_self_liquidation__any_size_margin_and_move__earns_nothing(
    deployed, size, margin_bps, tenths, side, bid
):
    with untouched(deployed) as world:
        notional = float(size) * ENTRY
        margin_raw = int(notional * margin_bps / 10_000 * RAW) + 1
        world.everybody.add(world.deposit("edge", margin_raw))
        crew_wad = world.purse_wad(*CREW)
        pair = ("edge", "hedge") if side > 0 else ("hedge", "edge")
        open_pair(world, *pair, size, ENTRY)
        away = min(ENTRY * margin_bps * tenths // 200_000, ENTRY // 2)
        price = ENTRY - side * away
        world.index(price)
        if bid:  # its own order takes what is liquidated
            limit_wad = world.read("Liquidator", "liquidation_size", pair_edge(), world.market)[1]
            price_wad = limit_wad or price * WAD
            within = abs(price_wad - price * WAD) * 25 < price * WAD
            if within and world.size(pair_edge()):
                world.order("resting", size if side > 0 else f"-{size}", f"{price_wad / WAD:.1f}")
        bad_debt_wad = max(0, -world.health(pair_edge()).equity_wad)
        liquidate_and_flatten(world, price)
        gained_wad = world.purse_wad(*CREW) - crew_wad
        # Beyond bankruptcy the loss is the insurance's to bear: that is what it insures.
        assert gained_wad <= bad_debt_wad
        world.check_books()


def pair_edge() -> int:
    return account_id(address_of("edge"))


def test_self_liquidation__smallest_position_again_and_again__earns_nothing(world):
    # Each of these once cost the pool 0.475.
    crew_wad = world.purse_wad(*CREW)
    price = ENTRY
    for _ in range(10):
        world.deposit("edge", 125_000)
        crew_wad += WAD // 8
        open_pair(world, "edge", "hedge", "0.0002", price)
        price = price * 99 // 100
        world.index(price)
        liquidate_and_flatten(world, price)
        assert world.size(pair_edge()) == 0
    assert world.purse_wad(*CREW) <= crew_wad
    # What the pool added to the keeper's pay it has from these accounts and their fees.
    told = world.transactions
    added = [one.amount_wad for each in told for one in named(each, "KeeperToppedUp")]
    taken = [one.equity_wad for each in told for one in named(each, "AccountAbsorbed")]
    (swept,) = named(world.send("stranger", "Clearinghouse", "sweep_fees"), "FeesSwept")
    assert sum(added) <= sum(taken) + swept.pool_wad


@given(moves=st.lists(st.sampled_from([-120, -95, -60, 60, 95, 120]), min_size=1, max_size=4))
def test_self_liquidation__accounts_on_both_sides_in_turn__earn_nothing(deployed, moves):
    # Whichever way it goes one of the two is at the edge, and the crew is there first.
    with untouched(deployed) as world:
        price, paid_wad = ENTRY, 0
        crew_wad = world.purse_wad(*CREW)
        for move_bps in moves:
            for role in ("edge", "edge 2"):
                world.everybody.add(world.deposit(role, 13 * RAW))
                crew_wad += 13 * WAD
            open_pair(world, "edge", "hedge", "0.02", price)
            open_pair(world, "hedge 2", "edge 2", "0.02", price)
            price += price * move_bps // 10_000
            world.index(price)
            for role in ("edge", "edge 2"):
                account = account_id(address_of(role))
                paid_wad += max(0, -world.health(account).equity_wad)
            liquidate_and_flatten(world, price)
        assert world.purse_wad(*CREW) - crew_wad <= paid_wad
        world.check_books()


def test_reward__account_has_nothing_left__is_no_more_than_its_opening_cost(world):
    world.fund("edge", 1_030)
    open_pair(world, "edge", "hedge", "1", ENTRY)
    world.index(ENTRY - 1_024)
    (done,) = liquidate_and_flatten(world, ENTRY - 1_024)
    assert 0 < done.reward_wad <= done.notional_wad // 10_000
