"""Trigger orders on the whole protocol: executed, trailing, cancelling each other, ending."""

from __future__ import annotations

import pytest

from sim.types import account_id
from sim.units import wad
from tests.support.contracts import address_of
from tests.trigger_world import (
    BY_OWNER,
    MARKET,
    SIBLING_FILLED,
    TOO_SMALL,
    WHOLE,
    TriggerStage,
    named,
    profit,
    refused,
    stop,
    trailing,
)
from tests.world import World

KEEPER = account_id(address_of("keeper"))


@pytest.fixture
def stage(world: World) -> TriggerStage:
    """A long of 1 BTC from 60,000 on 20,000 of collateral."""
    made = TriggerStage(world)
    made.open(1)
    return made


# Executing


def test_execute__stop_reached__closes_and_pays_the_keeper(stage):
    (trigger_id,) = stage.program(stop(58_000))
    stage.price(57_900)
    stage.rest("maker", True, 2, 57_890)
    assert stage.ask("executable", trigger_id)
    held_wad = stage.held_wad()
    done = stage.execute(trigger_id)
    assert (done.trigger_wad, done.limit_wad) == (wad(58_000), wad(57_420))
    assert (done.mark_wad, done.average_wad) == (wad(57_900), wad(57_890))
    assert (done.filled_wad, done.left_wad, done.tip_wad) == (wad(1), 0, wad(2))
    assert stage.size_wad() == 0
    assert stage.cash_wad(KEEPER) == wad(2)
    assert stage.tips_wad() == 0
    assert stage.held_wad() == held_wad
    with refused("triggers: no such trigger"):
        stage.execute(trigger_id)


def test_execute__profit_reached_by_a_short__buys_back(world):
    stage = TriggerStage(world)
    stage.open(-1)
    (trigger_id,) = stage.program(profit(57_000, size_wad=wad("0.25")))
    stage.price(57_001)
    with refused("triggers: mark has not reached it"):
        stage.execute(trigger_id)
    stage.price(56_990)
    stage.rest("maker", False, 1, 57_100)
    done = stage.execute(trigger_id)
    assert (done.filled_wad, done.average_wad) == (wad("0.25"), wad(57_100))
    assert stage.size_wad() == wad("-0.75")


def test_execute__gap_beyond_the_limit__fills_nothing_and_stays_armed(stage):
    (trigger_id,) = stage.program(stop(58_000))
    stage.price(55_000)
    stage.rest("maker", True, 2, 55_000)
    done = stage.execute(trigger_id)
    assert (done.trigger_wad, done.limit_wad, done.mark_wad) == (
        wad(58_000),
        wad(57_420),
        wad(55_000),
    )
    assert (done.filled_wad, done.average_wad, done.left_wad, done.tip_wad) == (0, 0, wad(1), 0)
    assert stage.tips_wad() == wad(2)
    stage.price(57_800)
    stage.rest("maker", True, 2, 57_600)
    done = stage.execute(trigger_id)  # worse than planned, within what was allowed
    assert (done.filled_wad, done.average_wad) == (wad(1), wad(57_600))


def test_execute__partial_fill__pays_its_share_and_the_rest_later(stage):
    (trigger_id,) = stage.program(stop(58_000, tip_wad=wad(3)))
    stage.price(57_900)
    stage.rest("maker", True, "0.2", 57_900)
    stage.rest("maker", True, "0.1", 57_800)
    done = stage.execute(trigger_id)
    average_wad = (2 * wad(57_900) + wad(57_800)) // 3
    assert (done.filled_wad, done.average_wad) == (wad("0.3"), average_wad)
    assert (done.left_wad, done.tip_wad) == (wad("0.7"), wad("0.9"))
    stage.rest("maker", True, 1, 57_700)
    done = stage.execute(trigger_id, "stranger")
    assert (done.filled_wad, done.tip_wad) == (wad("0.7"), wad("2.1"))
    assert stage.cash_wad(KEEPER) == wad("0.9")


def test_execute__leftover_below_an_order__ends_and_refunds(stage):
    (trigger_id,) = stage.program(stop(58_000, size_wad=wad("0.5"), tip_wad=wad(1)))
    stage.price(57_900)
    stage.rest("maker", True, "0.4999", 57_900)
    events = stage.send("keeper", "TriggerOrders", "execute", trigger_id)
    (ended,) = named(events, "TriggerCancelled")
    assert (ended.reason, ended.refund_wad) == (TOO_SMALL, wad("0.0002"))
    assert stage.tips_wad() == 0


def test_execute__position_below_an_order__is_closed_all_the_same(stage):
    (trigger_id,) = stage.program(stop(58_000))
    stage.open("-0.9999")
    assert stage.size_wad() == wad("0.0001")
    stage.price(57_900)
    stage.rest("maker", True, 1, 57_900)
    done = stage.execute(trigger_id)
    assert (done.filled_wad, done.left_wad, done.tip_wad) == (wad("0.0001"), 0, wad(2))
    assert stage.size_wad() == 0


def test_execute__trigger_larger_than_position__is_cut_to_it(stage):
    (trigger_id,) = stage.program(stop(58_000, size_wad=wad(50)))
    stage.price(57_900)
    stage.rest("maker", True, 5, 57_900)
    assert stage.execute(trigger_id).filled_wad == wad(1)
    assert stage.size_wad() == 0


def test_execute__ladder__takes_profit_step_by_step_and_the_stop_the_rest(stage):
    low, high, guard = stage.program(
        profit(61_000, size_wad=wad("0.3")), profit(62_000, size_wad=wad("0.3")), stop(58_000)
    )
    stage.price(61_500)
    stage.rest("maker", True, 1, 61_500)
    assert stage.execute(low).filled_wad == wad("0.3")
    with refused("triggers: mark has not reached it"):
        stage.execute(high)
    stage.walk(57_900)
    stage.rest("maker", True, 1, 57_900)
    assert stage.execute(guard).filled_wad == wad("0.7")
    assert stage.send("stranger", "TriggerOrders", "bury", stage.trader, MARKET)
    assert stage.tips_wad() == 0


def test_execute__operator_named_no_more__is_refused(stage):
    (trigger_id,) = stage.program(stop(58_000))
    stage.send("taker", "MarginVault", "set_operator", stage.venue, False)
    stage.price(57_900)
    stage.rest("maker", True, 1, 57_900)
    assert not stage.ask("executable", trigger_id)
    with refused("book: not owner or operator"):
        stage.execute(trigger_id)
    stage.send("taker", "TriggerOrders", "cancel", (trigger_id,))
    assert stage.tips_wad() == 0


def test_execute__paused_by_the_guardian__waits(stage):
    fixed, trails = stage.program(stop(58_000), trailing("0.02"))
    stage.price(57_900)
    stage.rest("maker", True, 1, 57_900)
    stage.send("guardian", "MarketParams", "pause", MARKET, 3)
    assert not stage.ask("executable", fixed)
    for method, trigger_id in (("execute", fixed), ("ratchet", trails)):
        with refused("triggers: stopped by oracle status or pause"):
            stage.send("keeper", "TriggerOrders", method, trigger_id)
    stage.send("owner", "MarketParams", "unpause", MARKET, 3)
    assert stage.execute(fixed).left_wad == 0


def test_execute__index_stale__waits(stage):
    fixed, trails = stage.program(stop(58_000), trailing("0.02"))
    stage.price(57_900)
    stage.world.next_block(120)  # nobody reports
    for method, trigger_id in (("execute", fixed), ("ratchet", trails)):
        with refused("triggers: stopped by oracle status or pause"):
            stage.send("keeper", "TriggerOrders", method, trigger_id)


# One cancels the other


def test_group__one_completes__the_others_end_and_refund(stage):
    target, guard, other = stage.program(
        profit(61_000, size_wad=wad("0.5"), group=1),
        stop(58_000, size_wad=wad("0.5"), group=1),
        stop(58_000, size_wad=wad("0.5"), group=2),
    )
    stage.price(61_100)
    stage.rest("maker", True, 1, 61_100)
    events = stage.send("keeper", "TriggerOrders", "execute", target)
    (ended,) = named(events, "TriggerCancelled")
    assert (ended.trigger_id, ended.reason) == (guard, SIBLING_FILLED)
    assert ended.refund_wad == wad(2)
    assert [one.trigger_id for one in stage.ask("triggers_of", stage.trader, MARKET)] == [other]
    assert stage.tips_wad() == wad(2)


def test_group__one_fills_partly__the_others_keep_guarding_what_is_left(stage):
    target, guard, whole = stage.program(
        profit(61_000, size_wad=wad("0.5"), group=1),
        stop(58_000, size_wad=wad("0.5"), group=1),
        stop(57_000, group=1),
    )
    stage.price(61_100)
    stage.rest("maker", True, "0.2", 61_100)
    events = stage.send("keeper", "TriggerOrders", "execute", target)
    (shrunk,) = named(events, "TriggerReduced")
    assert (shrunk.trigger_id, shrunk.size_wad) == (guard, wad("0.3"))
    sizes = {one.trigger_id: one.size_wad for one in stage.ask("triggers_of", stage.trader, MARKET)}
    assert sizes == {target: wad("0.3"), guard: wad("0.3"), whole: WHOLE}
    stage.tips_wad()


# Trailing


def test_ratchet__new_best_mark__the_stop_follows(stage):
    (trigger_id,) = stage.program(trailing("0.02"))
    stage.price(62_000)
    (told,) = named(
        stage.send("stranger", "TriggerOrders", "ratchet", trigger_id), "TriggerRatcheted"
    )
    assert (told.trigger_wad, told.mark_wad) == (wad(60_760), wad(62_000))
    stage.price(60_700)
    stage.rest("maker", True, 1, 60_700)
    assert stage.execute(trigger_id).trigger_wad == wad(60_760)


def test_ratchet__a_stop_that_does_not_trail__is_refused(stage):
    (trigger_id,) = stage.program(stop(58_000))
    with refused("triggers: does not trail"):
        stage.send("keeper", "TriggerOrders", "ratchet", trigger_id)


# Ending


def test_cancel__owner__gets_every_tip_back(stage):
    cash_wad = stage.cash_wad()
    ids = stage.program(stop(58_000), profit(66_000, tip_wad=0), trailing("0.02", tip_wad=1))
    events = stage.send("taker", "TriggerOrders", "cancel", (*ids, 12_345))
    assert [(one.reason, one.refund_wad) for one in named(events, "TriggerCancelled")] == [
        (BY_OWNER, wad(2)),
        (BY_OWNER, 0),
        (BY_OWNER, 1),
    ]
    assert stage.cash_wad() == cash_wad
    assert stage.tips_wad() == 0


def test_bury__position_stands__buries_nothing(stage):
    stage.program(stop(58_000))
    assert stage.send("stranger", "TriggerOrders", "bury", stage.trader, MARKET) == []


def test_bury__position_closed__refunds_without_a_tip_for_the_caller(stage):
    ids = stage.program(stop(58_000), profit(66_000))
    stage.open(-1)
    cash_wad = stage.cash_wad()
    events = stage.send("stranger", "TriggerOrders", "bury", stage.trader, MARKET)
    assert [one.trigger_id for one in named(events, "TriggerDied")] == ids
    assert stage.cash_wad() == cash_wad + wad(4)
    assert stage.cash_wad(account_id(address_of("stranger"))) == 0


def test_bury__liquidated_position__refunds_too(world):
    stage = TriggerStage(world, capital=1_500)
    stage.rest("maker", False, 1, 60_000)
    stage.bracket("1", stop(59_500))
    stage.price(58_700)
    stage.rest("maker", True, 1, 58_700)
    stage.send("keeper", "Liquidator", "liquidate", stage.trader, MARKET, 32)
    assert stage.size_wad() == 0
    stage.send("stranger", "TriggerOrders", "bury", stage.trader, MARKET)
    assert stage.tips_wad() == 0


def test_wire_triggers__twice_or_by_a_stranger__is_refused(world):
    for role, reason in (
        ("stranger", "clearinghouse: caller not allowed"),
        ("owner", "clearinghouse: already wired"),
    ):
        with refused(reason):
            world.send(role, "Clearinghouse", "wire_triggers", address_of(role))
