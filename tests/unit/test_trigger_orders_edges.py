"""Trigger orders at their edges: the odd wei, the smallest order, the other market."""

from __future__ import annotations

import pytest

from sim.units import wad
from tests.trigger_world import (
    MARKET,
    SIBLING_FILLED,
    STOP_LOSS,
    NewTrigger,
    TriggerStage,
    named,
    profit,
    refused,
    stop,
    trailing,
)
from tests.world import World

ETHER, ETHER_BOOK = 2, "OrderBook.ETH-USD"


@pytest.fixture
def stage(world: World) -> TriggerStage:
    """A long of 1 BTC from 60,000 on 20,000 of collateral."""
    made = TriggerStage(world)
    made.open(1)
    return made


@pytest.mark.parametrize(("size", "sign"), [(1, 1), (-1, -1)])
def test_program__trail_of_an_odd_mark__rounds_away_from_it(world, size, sign):
    stage = TriggerStage(world)
    stage.open(size)
    world.next_block()
    world.push("BTC-USD", wad(60_000) + 1)
    mark_wad = stage.mark_wad()
    (trigger_id,) = stage.program(trailing("0.033"))
    exact = mark_wad * (1_000 - sign * 33)  # thousandths of a wei
    assert exact % 1_000
    assert stage.ask("trigger", trigger_id).trigger_wad == exact // 1_000 + (sign < 0)


def test_limit__between_two_ticks__is_the_one_kinder_to_the_owner(stage):
    (sells,) = stage.program(stop("58000.05"))
    assert stage.ask("trigger", sells).limit_wad == wad("57420.1")  # 57,420.0495
    stage.open(-2)
    (buys,) = stage.program(stop("61000.05"))
    assert stage.ask("trigger", buys).limit_wad == wad("61610")  # 61,610.0505


def test_program__position_in_another_market__liquidation_price_counts_what_that_must_keep(world):
    stage = TriggerStage(world, capital=4_000)
    world.push("ETH-USD", wad(3_000))
    for role, is_buy in (("maker", False), ("taker", True)):
        account = world.deposit(role, 10**6)
        order = (is_buy, wad(20), wad(3_000), 0, False, 0)
        world.send(role, ETHER_BOOK, "place", account, order, 32)
    stage.open(1)
    (state,) = world.read("Lens", "positions", (stage.trader,), MARKET)
    assert world.read("Lens", "positions", (stage.trader,), ETHER)[0].maintenance_wad == wad(300)
    last_wad = state.liquidation_price_wad
    with refused("triggers: stop beyond the liquidation price"):
        stage.program(NewTrigger(kind=STOP_LOSS, trigger_wad=last_wad, tip_wad=0))
    stage.program(NewTrigger(kind=STOP_LOSS, trigger_wad=last_wad + 1, tip_wad=0))


def test_group__sibling_smaller_than_the_fill__ends_although_the_first_goes_on(stage):
    target, small = stage.program(
        profit(61_000, size_wad=wad("0.5"), group=1), stop(58_000, size_wad=wad("0.1"), group=1)
    )
    stage.price(61_100)
    stage.rest("maker", True, "0.2", 61_100)
    events = stage.send("keeper", "TriggerOrders", "execute", target)
    (ended,) = named(events, "TriggerCancelled")
    assert (ended.trigger_id, ended.reason) == (small, SIBLING_FILLED)
    assert stage.ask("trigger", target).size_wad == wad("0.3")
    stage.tips_wad()


def test_execute__worth_less_than_an_order_by_now__takes_nothing_more_than_it_may(stage):
    (trigger_id,) = stage.program(stop(50_500, size_wad=wad("0.0002"), slippage_wad=wad("0.1")))
    stage.walk(49_000)
    stage.rest("maker", True, 1, 49_000)
    with refused("book: notional too small"):
        stage.execute(trigger_id)
    assert stage.size_wad() == wad(1)
    stage.walk(50_200)  # worth an order again
    stage.rest("maker", True, 1, 50_200)
    assert stage.execute(trigger_id).filled_wad == wad("0.0002")


def test_execute__leftover_is_the_whole_position__stays_armed_and_closes_it(stage):
    (trigger_id,) = stage.program(stop(58_000, size_wad=wad(1)))
    stage.price(57_900)
    stage.rest("maker", True, "0.9999", 57_900)
    assert stage.execute(trigger_id).left_wad == wad("0.0001")
    assert stage.ask("executable", trigger_id)
    stage.rest("maker", True, 1, 57_900)
    assert stage.execute(trigger_id).left_wad == 0
    assert stage.size_wad() == 0
