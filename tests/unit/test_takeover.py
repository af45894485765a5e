"""Takeover by a keeper's account: its price, what it may and may not take, who is better off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.reference.takeover import price
from sim.types import account_id
from sim.units import WAD, wad
from tests.adl_world import LOT_WAD, TICK_WAD, AdlWorld, named, untouched
from tests.liquidation_world import ENTRY, RAW
from tests.support.contracts import address_of
from tests.support.examples import HEAVY

MMR_WAD = wad("0.005")
KEEPER = account_id(address_of("keeper"))
ALL = 2**200


@pytest.fixture(scope="module")
def deployed() -> AdlWorld:
    world = AdlWorld()
    world.deposit("keeper", 1_000_000 * RAW)
    return world


@pytest.fixture
def world(deployed: AdlWorld) -> Iterator[AdlWorld]:
    with untouched(deployed):
        yield deployed


def take_over(world: AdlWorld, account: int, size_wad: int = ALL, role: str = "keeper") -> Any:
    """The AccountLiquidated of a takeover into the keeper's account."""
    arguments = (account, world.market, size_wad, account_id(address_of(role)))
    return named(world.send(role, "Liquidator", "take_over", *arguments), "AccountLiquidated")[0]


def offered(world: AdlWorld, account: int) -> int:
    found: int = world.read("Liquidator", "takeover_price", account, world.market)
    return found


def expected(world: AdlWorld, account: int) -> int:
    health = world.health(account)
    return price(
        size_wad=world.size(account),
        mark_wad=world.price().mark_wad,
        equity_wad=health.equity_wad,
        maintenance_wad=health.maintenance_wad,
        leg_wad=health.maintenance_wad,
        rate_wad=MMR_WAD,
        slope_wad=WAD,
        spread_wad=WAD,
        tick_wad=TICK_WAD,
    )


@HEAVY
@given(side=st.sampled_from([1, -1]), shift=st.integers(706, 1_200))
def test_takeover_price__any_health__is_the_references(deployed, side, shift):
    with untouched(deployed) as world:
        account = world.enter("taker", str(side), 1_030)
        world.index(f"{ENTRY - side * shift}")
        found, wanted = offered(world, account), expected(world, account)
    # The contract's ratios have 18 decimals: on a tick's edge it may be a tick kinder.
    assert 0 <= side * (found - wanted) <= TICK_WAD


def test_takeover_price__falls_with_health__until_the_bankruptcy_price(world):
    account = world.enter("taker", "1", 1_030)
    discounts = []
    for lost in (710, 760, 800, 840, 880, 940, 1_000):
        world.index(f"{ENTRY - lost}")
        discounts.append(world.price().mark_wad - offered(world, account))
    widest = max(discounts)
    at = discounts.index(widest)
    assert discounts[: at + 1] == sorted(discounts[: at + 1])
    assert discounts[at:] == sorted(discounts[at:], reverse=True)
    assert discounts[-1] == -TICK_WAD  # bankrupt: a tick above mark


def test_takeover_price__healthy_or_flat__is_zero(world):
    account = world.enter("taker", "1", 1_030)
    assert offered(world, account) == 0
    assert offered(world, account_id(address_of("stranger"))) == 0


@pytest.mark.parametrize("side", [1, -1])
def test_take_over__book_is_empty__restores_health_at_the_price(world, side):
    account = world.enter("taker", str(side), 1_030)
    world.index(f"{ENTRY - side * 750}")
    assert world.try_liquidate(account) == "liquidator: no rung could act"
    before, keeper = world.health(account), world.health(KEEPER).equity_wad
    paid_wad, mark_wad = offered(world, account), world.price().mark_wad
    event = take_over(world, account)
    taken_wad = abs(event.size_delta_wad)
    assert (event.rung, event.penalty_wad, event.reward_wad) == (1, 0, 0)
    assert 0 < taken_wad < WAD
    assert world.size(KEEPER) == side * taken_wad
    after = world.health(account)
    assert after.equity_wad * before.maintenance_wad > before.equity_wad * after.maintenance_wad
    gain_wad = side * (mark_wad - paid_wad) * taken_wad // WAD
    assert gain_wad > 0
    assert world.health(KEEPER).equity_wad - keeper == gain_wad
    assert before.equity_wad - after.equity_wad == gain_wad
    world.check_books()


@pytest.mark.parametrize("size_wad", [LOT_WAD, LOT_WAD + 1, wad("0.1")])
def test_take_over__less_than_health_asks_for__takes_that_in_lots_and_heals(world, size_wad):
    account = world.enter("taker", "1", 1_030)
    world.index(f"{ENTRY - 750}")
    before = world.health(account)
    assert -take_over(world, account, size_wad).size_delta_wad == size_wad // LOT_WAD * LOT_WAD
    after = world.health(account)
    assert after.equity_wad * before.maintenance_wad > before.equity_wad * after.maintenance_wad


@pytest.mark.parametrize("size_wad", [LOT_WAD, wad("0.3"), WAD])
def test_take_over__price_is_at_its_bound__is_still_possible_in_parts(world, size_wad):
    account = world.enter("taker", "1", 1_030)
    world.index(f"{ENTRY - 960}")
    assert 0 < 3 * world.health(account).equity_wad < world.health(account).maintenance_wad
    take_over(world, account, size_wad)
    assert world.size(account) == WAD - size_wad
    assert world.health(account).equity_wad >= 0
    world.check_books()


def test_take_over__cross_account_with_another_market__heals_and_leaves_it_alone(world):
    account = world.enter("taker", "1", 1_240)
    world.push("ETH-USD", wad(2_000))
    world.order_in("ETH-USD", "maker", "-10", "2000")
    world.order_in("ETH-USD", "taker", "10", "2000", taking=True)
    world.index(f"{ENTRY - 840}")
    world.push("ETH-USD", wad(2_000))
    before = world.health(account)
    assert world.is_liquidatable(account)
    while world.is_liquidatable(account):
        take_over(world, account)
        after = world.health(account)
        assert after.equity_wad * before.maintenance_wad > before.equity_wad * after.maintenance_wad
        before = after
    assert world.read("Clearinghouse", "size_of", account, 2) == 10 * WAD


def test_take_over__book_can_fill_at_the_limit__is_refused(world):
    account = world.enter("taker", "1", 1_030)
    world.index(f"{ENTRY - 750}")
    world.order("maker", "0.001", f"{ENTRY - 760}")
    with pytest.raises(CallReverted, match="liquidator: the book can fill"):
        take_over(world, account)
    assert world.try_liquidate(account) == 0


def test_take_over__bids_below_the_limit__do_not_stop_it(world):
    account = world.enter("taker", "1", 1_030)
    world.index(f"{ENTRY - 750}")
    world.order("maker", "1", f"{ENTRY - 1_100}")
    assert world.try_liquidate(account) == "liquidator: no rung could act"
    take_over(world, account)


def test_take_over__makers_that_can_not_pay_any_more__do_not_stop_it(world):
    """Bids of a maker who is broke by now are cancelled on the way."""
    account = world.enter("taker", "1", 1_030)
    bystander = world.enter("patient", "1", 900)
    world.order("patient", "0.2", f"{ENTRY - 750}")
    world.index(f"{ENTRY - 750}")
    assert len(world.read("OrderBook.BTC-USD", "orders_of", bystander)) == 1
    take_over(world, account)
    assert len(world.read("OrderBook.BTC-USD", "orders_of", bystander)) == 0


def test_take_over__into_an_account_of_somebody_else__is_refused(world):
    account = world.enter("taker", "1", 1_030)
    world.index(f"{ENTRY - 750}")
    with pytest.raises(CallReverted, match="liquidator: not the receiver's actor"):
        world.send("stranger", "Liquidator", "take_over", account, world.market, ALL, KEEPER)
    world.send("keeper", "MarginVault", "set_operator", address_of("stranger"), True)
    world.send("stranger", "Liquidator", "take_over", account, world.market, ALL, KEEPER)
    assert world.size(KEEPER) > 0


def test_take_over__receiver_without_margin__is_refused(world):
    account = world.enter("taker", "1", 1_030)
    world.index(f"{ENTRY - 750}")
    with pytest.raises(CallReverted, match="clearinghouse: margin not met"):
        take_over(world, account, role="stranger")


def test_take_over__healthy__is_refused(world):
    account = world.enter("taker", "1", 1_030)
    with pytest.raises(CallReverted, match="liquidator: account is healthy"):
        take_over(world, account)


def test_take_over__less_than_a_lot__is_refused(world):
    account = world.enter("taker", "1", 1_030)
    world.index(f"{ENTRY - 750}")
    with pytest.raises(CallReverted, match="liquidator: size below a lot"):
        take_over(world, account, LOT_WAD - 1)


@HEAVY
@given(
    side=st.sampled_from([1, -1]),
    lost=st.integers(700, 2_500),
    size=st.sampled_from(["0.001", "0.37", "1"]),
    bids=st.sampled_from([None, "-300", "0", "20"]),
    stake=st.sampled_from([0, 1_000_000]),
)
def test_liveness__any_liquidatable_account__some_single_call_succeeds(
    deployed, side, lost, size, bids, stake
):
    with untouched(deployed) as world:
        account = world.enter("taker", str(side * float(size)), max(1, int(1_030 * float(size))))
        if stake:
            world.stake("whale", stake * RAW)
        world.index(f"{ENTRY - side * lost}")
        if bids is not None:
            world.order("maker", f"{side * 0.1:f}", f"{ENTRY - side * (lost - int(bids))}")
        if world.is_liquidatable(account):
            outcome = world.try_liquidate(account)
            if outcome == "liquidator: no rung could act":
                take_over(world, account)
            else:
                assert outcome in (0, 2, 3)
                assert outcome != 3 or not stake
        world.check_books()
