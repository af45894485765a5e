"""Trigger orders on the whole protocol: what may be programmed, alone or with an opening order."""

from __future__ import annotations

import pytest

from sim.units import WAD, wad
from tests.trigger_world import (
    IOC,
    LIMIT,
    MARKET,
    STOP_LOSS,
    TRAILING_STOP,
    WHOLE,
    NewTrigger,
    TriggerStage,
    named,
    profit,
    refused,
    stop,
    trailing,
)
from tests.world import World


@pytest.fixture
def stage(world: World) -> TriggerStage:
    """A long of 1 BTC from 60,000 on 20,000 of collateral."""
    made = TriggerStage(world)
    made.open(1)
    return made


# Programming


def test_program__stop_profit_and_trail__each_is_shown_as_programmed(stage):
    ids = stage.program(
        stop(58_000, size_wad=wad("0.4"), group=3),
        profit(66_000, tip_wad=0),
        trailing("0.02", slippage_wad=0),
    )
    one, two, three = stage.ask("triggers_of", stage.trader, MARKET)
    assert [one.trigger_id, two.trigger_id, three.trigger_id] == ids
    assert (one.size_wad, one.trigger_wad, one.limit_wad) == (
        wad("0.4"),
        wad(58_000),
        wad(57_420),
    )
    assert (one.tip_wad, one.group, one.is_long, one.is_alive) == (wad(2), 3, True, True)
    assert (two.size_wad, two.trigger_wad, two.limit_wad) == (WHOLE, wad(66_000), wad(65_340))
    assert (three.trigger_wad, three.limit_wad, three.trail_wad) == (
        wad(58_800),
        wad(58_800),
        wad("0.02"),
    )
    assert stage.ask("trigger", ids[1]) == two


def test_program__tips__leave_the_account_and_stand_in_the_venues_own(stage):
    cash_wad, held_wad = stage.cash_wad(), stage.held_wad()
    stage.program(stop(58_000, tip_wad=wad(3)), profit(66_000, tip_wad=wad("0.25")))
    assert stage.cash_wad() == cash_wad - wad("3.25")
    assert stage.tips_wad() == wad("3.25")
    assert stage.held_wad() == held_wad


def test_program__short__limits_and_trails_lie_above(world):
    stage = TriggerStage(world)
    stage.open(-1)
    stage.program(stop("61000.05"), profit(55_000), trailing("0.02"))
    one, two, three = stage.ask("triggers_of", stage.trader, MARKET)
    assert not one.is_long
    assert one.limit_wad == wad("61610")  # 61,610.0505 cut down to the tick
    assert two.limit_wad == wad(55_550)
    assert three.trigger_wad == wad(61_200)


@pytest.mark.parametrize(
    ("trigger", "reason"),
    [
        (stop(60_000), "triggers: would fire at once"),
        (stop(61_000), "triggers: would fire at once"),
        (profit(60_000), "triggers: would fire at once"),
        (profit(59_000), "triggers: would fire at once"),
        (NewTrigger(kind=3, trigger_wad=wad(50_000)), "triggers: unknown kind"),
        (stop(58_000, trail_wad=1), "triggers: a trail or a price, by kind"),
        (NewTrigger(kind=STOP_LOSS), "triggers: a trail or a price, by kind"),
        (NewTrigger(kind=TRAILING_STOP), "triggers: a trail or a price, by kind"),
        (trailing("0.01", trigger_wad=1), "triggers: a trail or a price, by kind"),
        (trailing("1"), "triggers: ratio is 1 or more"),
        (stop(58_000, slippage_wad=WAD), "triggers: ratio is 1 or more"),
        (stop(58_000, group=256), "triggers: group out of range"),
        (stop("0.09"), "triggers: price out of range"),
        (NewTrigger(kind=1, trigger_wad=2**125), "triggers: price out of range"),
        (stop(58_000, size_wad=0), "triggers: size is not in lots"),
        (stop(58_000, size_wad=WAD // 10_000 + 1), "triggers: size is not in lots"),
        (stop(58_000, size_wad=WHOLE + 1), "triggers: size is not in lots"),
        (stop(58_000, size_wad=WAD // 10_000), "triggers: too small to be an order"),
    ],
)
def test_program__bad_trigger__is_refused(stage, trigger, reason):
    with refused(reason):
        stage.program(trigger._replace(tip_wad=0))


def test_program__one_bad_among_good__programs_none(stage):
    cash_wad = stage.cash_wad()
    with refused("triggers: would fire at once"):
        stage.program(stop(58_000), stop(60_000))
    assert stage.ask("triggers_of", stage.trader, MARKET) == ()
    assert stage.cash_wad() == cash_wad


def test_program__no_position__is_refused(world):
    stage = TriggerStage(world)
    with refused("triggers: no position"):
        stage.program(stop(58_000))


def test_program__unknown_market__is_refused(stage):
    with refused("mark: unknown market"):
        stage.send("taker", "TriggerOrders", "program", stage.trader, 7, (stop(1),), False)


@pytest.mark.parametrize(("side", "sign"), [("", 1), ("-", -1)])
def test_program__stop_at_or_beyond_liquidation__is_refused(world, side, sign):
    stage = TriggerStage(world, capital=2_000)
    world.deposit("taker", 10 * 10**6, MARKET)  # not the account that trades
    stage.open(f"{side}1")
    (state,) = world.read("Lens", "positions", (stage.trader,), MARKET)
    last_wad = state.liquidation_price_wad
    assert abs(last_wad - wad(60_000)) < wad(2_000)
    for beyond_wad in (0, wad(100)):
        with refused("triggers: stop beyond the liquidation price"):
            stage.program(
                NewTrigger(kind=STOP_LOSS, trigger_wad=last_wad - sign * beyond_wad, tip_wad=0)
            )
    stage.program(NewTrigger(kind=STOP_LOSS, trigger_wad=last_wad + sign, tip_wad=0))
    with refused("triggers: stop beyond the liquidation price"):
        stage.program(trailing("0.05", tip_wad=0))
    # A profit is on the other side of the mark and has no such bound.
    stage.program(NewTrigger(kind=1, trigger_wad=wad(60_000 + sign * 40_000), tip_wad=0))


def test_program__tip_above_withdrawable__is_refused_and_may_come_from_cross(world):
    stage = TriggerStage(world, capital=2_000, bucket=MARKET)
    stage.open(1)  # 30x: nothing of it could be withdrawn
    with refused("clearinghouse: above withdrawable"):
        stage.program(stop(59_500))
    cross = world.deposit("taker", 5 * 10**6)
    (trigger_id,) = stage.program(stop(59_500), from_cross=True)
    assert stage.cash_wad(cross) == wad(3)
    stage.send("taker", "TriggerOrders", "cancel", (trigger_id,))
    assert stage.cash_wad(cross) == wad(5)


def test_program__seventeenth__is_refused_until_one_goes(stage):
    ids = stage.program(*[stop(58_000 - i, tip_wad=0) for i in range(16)])
    with refused("triggers: no slot left"):
        stage.program(profit(66_000))
    stage.send("taker", "TriggerOrders", "cancel", (ids[5],))
    (fresh,) = stage.program(profit(66_000))
    assert fresh not in ids
    with refused("triggers: no such trigger"):
        stage.execute(ids[5])


# Opening with a bracket


def test_open_with_bracket__high_leverage__position_and_ladder_in_one_transaction(world):
    stage = TriggerStage(world, capital=1_300)
    stage.rest("maker", False, 1, 60_000)
    ladder = [profit(61_000, size_wad=wad("0.5")), profit(62_000, size_wad=wad("0.5"))]
    events = stage.bracket("1", stop(59_500), *ladder, trailing("0.01"))
    assert [one.name for one in events if one.contract == "TriggerOrders"] == [
        "TriggerProgrammed"
    ] * 4
    assert stage.size_wad() == wad(1)
    assert stage.tips_wad() == wad(8)


def test_open_with_bracket__partial_fill__guards_what_was_opened(world):
    stage = TriggerStage(world)
    stage.rest("maker", False, "0.3", 60_000)
    stage.bracket("1", stop(59_000), kind=IOC)
    assert stage.size_wad() == wad("0.3")
    stage.price(58_900)
    stage.rest("maker", True, 1, 58_900)
    (one,) = stage.ask("triggers_of", stage.trader, MARKET)
    assert stage.execute(one.trigger_id).filled_wad == wad("0.3")


@pytest.mark.parametrize(
    ("size", "terms", "reason"),
    [
        ("1", {"kind": LIMIT}, "triggers: opening order would rest"),
        ("1", {"kind": 3}, "triggers: opening order would rest"),
        ("1", {"kind": IOC, "price": wad(59_000)}, "triggers: nothing was opened"),
        ("1", {"kind": IOC, "reduce_only": True}, "book: nothing to reduce"),
    ],
)
def test_open_with_bracket__opens_nothing_now__is_refused_whole(world, size, terms, reason):
    stage = TriggerStage(world)
    stage.rest("maker", False, 1, 60_000)
    with refused(reason):
        stage.bracket(size, stop(58_000), **terms)
    assert stage.tips_wad() == 0


def test_open_with_bracket__only_reduces_the_other_side__is_refused(world):
    stage = TriggerStage(world)
    stage.open(-1)
    stage.rest("maker", False, "0.4", 60_000)
    with refused("triggers: nothing was opened"):
        stage.bracket("0.4", stop(58_000))


def test_open_with_bracket__flips__guards_the_new_side_only(world):
    stage = TriggerStage(world)
    stage.open(-1)
    (old,) = stage.program(stop(62_000))
    stage.rest("maker", False, 2, 60_000)
    events = stage.bracket("2", stop(58_000))
    assert [one.trigger_id for one in named(events, "TriggerDied")] == [old]
    (state,) = stage.ask("triggers_of", stage.trader, MARKET)
    assert (state.is_long, state.is_alive) == (True, True)
