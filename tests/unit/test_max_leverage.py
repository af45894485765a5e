"""An owner's own bound on leverage: it asks more of what opens and of what leaves, and no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.chain.port import CallReverted
from sim.types import OrderKind, account_id
from sim.units import WAD, wad
from tests.liquidation_world import ENTRY, MARKET, RAW, LiquidationWorld
from tests.support.contracts import address_of

FEE_WAD = wad(30)  # 5 bps of one bitcoin
ETHER = 2


@pytest.fixture(scope="module")
def deployed() -> LiquidationWorld:
    world = LiquidationWorld()
    world.deposit("maker", 10_000_000 * RAW)
    return world


@pytest.fixture
def world(deployed: LiquidationWorld) -> Iterator[LiquidationWorld]:
    before = deployed.snapshot()
    yield deployed
    deployed.revert(before)


def bound(world: LiquidationWorld, leverage: int, role: str = "taker") -> None:
    account = account_id(address_of("taker"))
    (event,) = world.send(role, "Clearinghouse", "set_max_leverage", account, MARKET, leverage)
    told = event.values
    assert event.name == "MaxLeverageSet"
    assert (told.account, told.market, told.leverage) == (account, MARKET, leverage)


@pytest.mark.parametrize(("missing_raw", "opens"), [(0, True), (1, False)])
def test_open__at_the_own_bound_and_a_unit_past_it__only_the_former(world, missing_raw, opens):
    bound(world, 10)
    margin_raw = (ENTRY // 10 + 30) * RAW - missing_raw
    if opens:
        account = world.open("taker", "1", margin_raw)
        health = world.health(account)
        assert health.initial_wad == health.margin_equity_wad == wad(6_000)
    else:
        with pytest.raises(CallReverted, match=r"^clearinghouse: margin not met$"):
            world.open("taker", "1", margin_raw)


def test_rest__orders_at_their_worst__are_bound_too(world):
    bound(world, 10)
    world.deposit("taker", 6_000 * RAW)
    world.order("taker", "1", ENTRY)
    with pytest.raises(CallReverted, match=r"^clearinghouse: margin not met$"):
        world.order("taker", "0.001", ENTRY)


@pytest.mark.parametrize("leverage", [0, 100, 255])
def test_bound__none_or_no_tighter_than_the_markets__changes_nothing(world, leverage):
    account = world.open("taker", "1", 1_030 * RAW)
    before = world.health(account)
    bound(world, leverage)
    assert world.health(account) == before
    assert before.initial_wad == wad(600)


def test_withdrawable__a_tighter_bound__keeps_its_share_of_the_notional(world):
    account = world.open("taker", "1", 20_030 * RAW)
    assert world.read("Clearinghouse", "withdrawable", account) == wad(14_000)  # a tenth stays
    bound(world, 4)
    assert world.read("Clearinghouse", "withdrawable", account) == wad(5_000)
    with pytest.raises(CallReverted, match=r"^clearinghouse: above withdrawable$"):
        world.send(
            *("taker", "MarginVault", "withdraw", account, 5_000 * RAW + 1, address_of("taker"))
        )


def test_bound__far_below_what_is_held__liquidates_nobody_and_lets_it_shrink(world):
    account = world.open("taker", "1", 1_030 * RAW)
    before = world.health(account)
    bound(world, 1)
    after = world.health(account)
    assert after.initial_wad == ENTRY * WAD
    assert (after.equity_wad, after.maintenance_wad) == (before.equity_wad, before.maintenance_wad)
    with pytest.raises(CallReverted, match=r"^liquidator: account is healthy$"):
        world.liquidate(account)
    world.order("maker", "0.4", ENTRY)
    world.order("taker", "-0.4", ENTRY, kind=OrderKind.IOC)
    assert world.size(account) == wad("0.6")
    world.order("maker", "-0.1", ENTRY)
    with pytest.raises(CallReverted, match=r"^clearinghouse: margin not met$"):
        world.order("taker", "0.1", ENTRY, kind=OrderKind.IOC)


def test_bound__beside_a_position__leaves_its_word_as_it_was_and_outlives_it(world):
    account = world.open("taker", "1", 20_030 * RAW)
    before = world.read("Clearinghouse", "position", account, MARKET)
    bound(world, 255)
    assert world.read("Clearinghouse", "position", account, MARKET) == before._replace(
        max_leverage=255
    )
    epoch = world.read("Clearinghouse", "epoch", account, MARKET)
    world.order("maker", "1", ENTRY)
    world.order("taker", "-1", ENTRY, kind=OrderKind.IOC)
    closed = world.read("Clearinghouse", "position", account, MARKET)
    assert (closed.size_wad, closed.max_leverage) == (0, 255)
    assert world.read("Clearinghouse", "epoch", account, MARKET) == epoch + 1


def test_bound__in_one_market__is_not_the_other_markets(world):
    bound(world, 1)
    account = account_id(address_of("taker"))
    assert world.read("Clearinghouse", "position", account, ETHER).max_leverage == 0


@pytest.mark.parametrize("role", ["stranger", "keeper"])
def test_bound__by_a_stranger_or_an_operator__is_refused(world, role):
    world.send("taker", "MarginVault", "set_operator", address_of("keeper"), True)
    with pytest.raises(CallReverted, match=r"^clearinghouse: caller not allowed$"):
        bound(world, 2, role=role)


def test_bound__isolated_account_of_another_market__is_refused(world):
    isolated = account_id(address_of("taker"), ETHER)
    with pytest.raises(CallReverted, match=r"^clearinghouse: isolated account of another market$"):
        world.send("taker", "Clearinghouse", "set_max_leverage", isolated, MARKET, 2)
