"""The index in trouble: what halts it, what is served meanwhile, how it comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.reference.index_rules import Rules
from sim.reference.oracle import WINDOW_S
from sim.types import Status
from sim.units import wad
from tests.oracle_world import OracleWorld, Said

RULES = Rules(min_wad=wad(10), max_wad=wad(1_000))
UNKNOWN = 2
NOBODY = "0x" + "00" * 20
HUNDRED = wad(100)
REVERTING, ENDLESS = 1, 2


@pytest.fixture
def world():
    """Five equal sources that have said 100, and an index that believes them."""
    world = OracleWorld(RULES)
    world.serve(*[100] * 5)
    return world


def fall_silent(world, elapsed_s=61):
    world.next_block(elapsed_s)
    return world.refresh()[0]


# Rule 6


@pytest.mark.parametrize("price", [90, 110])
def test_refresh__step_of_10_percent__served(world, price):
    index = world.serve(*[price] * 5)
    assert (index.price_wad, index.status) == (wad(price), Status.OK)


@pytest.mark.parametrize("price", ["89.999999999999999999", "110.000000000000000001"])
def test_refresh__larger_step__halted_at_the_last_good_index(world, price):
    index = world.serve(*[price] * 5)
    assert (index.price_wad, index.status) == (HUNDRED, Status.HALTED)
    assert (index.low_wad, index.high_wad) == ((wad(90), HUNDRED), (HUNDRED, wad(110)))[
        wad(price) > HUNDRED
    ]
    assert index.liquidations_from == world.now_s + RULES.cooldown_s


def test_refresh__halted__over_after_the_cool_down_and_not_before(world):
    world.serve(*[50] * 5)
    assert world.serve(*[50] * 5, elapsed_s=59).status == Status.HALTED
    index = world.serve(*[50] * 5, elapsed_s=1)
    assert (index.price_wad, index.status) == (wad(50), Status.OK)
    assert index.liquidations_from == world.now_s
    # Armed again, and from here.
    assert world.serve(*[54] * 5).status == Status.OK
    assert world.serve(*[60] * 5).status == Status.HALTED


def test_refresh__cool_down_over_in_a_dispute__halted_until_a_good_index(world):
    world.serve(*[50] * 5)
    for _ in range(3):
        index = world.serve(50, 50, 50, 80, 80, elapsed_s=60)
        assert (index.price_wad, index.status) == (HUNDRED, Status.HALTED)
        assert (index.low_wad, index.high_wad) == (wad(90), HUNDRED)
    assert world.serve(*[50] * 5).status == Status.OK


def test_refresh__cool_down_over_in_a_dispute_near_by__disputed(world):
    world.serve(*[50] * 5)
    index = world.serve(104, 104, 104, 80, 80, elapsed_s=60)
    assert (index.price_wad, index.status) == (wad(104), Status.DISPUTED)


def test_refresh__halted__a_return_is_not_served_before_the_cool_down_either(world):
    world.serve(*[50] * 5)
    assert world.serve(*[100] * 5).status == Status.HALTED


@pytest.mark.parametrize(
    ("prices", "status"),
    [((108, 116, 120), Status.OK), ((108, 116, "120.1"), Status.HALTED)],
)
def test_refresh__small_steps_up_within_5_minutes__halted_above_20_percent(world, prices, status):
    for price in prices:
        index = world.serve(*[price] * 5, elapsed_s=99)
    assert index.status == status


def test_refresh__first_index_of_a_window__still_compared_with_the_window_before(world):
    seconds_left = WINDOW_S - world.now_s % WINDOW_S
    world.serve(*[110] * 5, elapsed_s=seconds_left - 1)
    assert world.serve(*["120.1"] * 5, elapsed_s=1).status == Status.HALTED


def test_refresh__small_steps_down_from_a_peak__halted_below_20_percent_of_it(world):
    for price in (108, 100, 92, 87):
        assert world.serve(*[price] * 5).status == Status.OK
    assert world.serve(*[86] * 5).status == Status.HALTED


def test_refresh__same_move_over_half_an_hour__served(world):
    for price in (106, 112, 118, 124, 130, 136):
        assert world.serve(*[price] * 5, elapsed_s=300).status == Status.OK


@pytest.mark.parametrize(("price", "bound"), [("9.9", 10), ("1000.1", 1_000)])
def test_refresh__beyond_the_absolute_bounds__never_served(price, bound):
    world = OracleWorld(RULES)
    world.serve(*[bound] * 5)
    for _ in range(4):
        index = world.serve(*[price] * 5, elapsed_s=61)
        assert (index.price_wad, index.status) == (wad(bound), Status.HALTED)
        assert index.liquidations_from == world.now_s + RULES.cooldown_s
    # And a last good index that is too old serves for nothing.
    assert world.serve(*[price] * 5, elapsed_s=61).status == Status.DEAD
    assert world.serve(*[bound] * 5, elapsed_s=61).status == Status.OK


# Rule 7


@pytest.mark.parametrize("silent_s", [61, 400])
def test_refresh__quorum_lost_to_two_that_lie__no_more_than_a_step_is_believed(world, silent_s):
    world.next_block(silent_s)
    world.say(Said(wad("0.000001")), Said(wad(50_000_000)))
    index = world.refresh()[0]
    assert index.status == (Status.STALE if silent_s < 300 else Status.DEAD)
    assert (index.low_wad, index.price_wad, index.high_wad) == (wad(90), HUNDRED, wad(110))


def test_refresh__quorum_lost__stale_then_dead_at_the_last_good_index(world):
    index = fall_silent(world)
    assert (index.price_wad, index.status) == (HUNDRED, Status.STALE)
    assert (index.low_wad, index.high_wad, index.conf_wad) == (HUNDRED, HUNDRED, 0)
    assert fall_silent(world, 239).status == Status.STALE  # 300 s old
    assert fall_silent(world, 1).status == Status.DEAD


def test_refresh__quorum_lost__live_prices_widen_what_is_believed(world):
    world.next_block(61)
    world.say(Said(wad(97)), Said(wad(101)))
    index = world.refresh()[0]
    assert (index.low_wad, index.price_wad, index.high_wad) == (wad(97), HUNDRED, wad(101))
    assert index.conf_wad == wad(3)


def test_refresh__recovering__three_good_updates_then_grace(world):
    fall_silent(world)
    assert world.serve(*[101] * 5).status == Status.STALE
    assert world.serve(*[101] * 5).status == Status.STALE
    index = world.serve(*[101] * 5)
    assert (index.price_wad, index.status) == (wad(101), Status.OK)
    assert index.liquidations_from == world.now_s + RULES.grace_s


def test_refresh__recovering__the_same_readings_count_once(world):
    fall_silent(world)
    world.serve(*[101] * 5)
    for _ in range(5):
        world.next_block()
        assert world.refresh()[0].status == Status.STALE


def test_refresh__recovering__a_dispute_does_not_count(world):
    fall_silent(world)
    for _ in range(3):
        assert world.serve(100, 100, 100, 150, 150).status == Status.STALE
    for _ in range(2):
        assert world.serve(*[100] * 5).status == Status.STALE
    assert world.serve(*[100] * 5).status == Status.OK


def test_refresh__recovering__quorum_lost_again_starts_over(world):
    fall_silent(world)
    world.serve(*[100] * 5)
    world.serve(*[100] * 5)
    fall_silent(world)
    for _ in range(2):
        assert world.serve(*[100] * 5).status == Status.STALE
    assert world.serve(*[100] * 5).status == Status.OK


def test_refresh__back_after_a_day_far_away__recovers_cools_down_and_believes(world):
    assert fall_silent(world, 86_400).status == Status.DEAD
    statuses = [world.serve(*[70] * 5).status for _ in range(3)]
    # The third update ends the outage; the breaker still compares with yesterday's 100.
    assert statuses == [Status.DEAD] * 3
    assert world.serve(*[70] * 5, elapsed_s=59).status == Status.DEAD
    index = world.serve(*[70] * 5, elapsed_s=1)
    assert (index.price_wad, index.status) == (wad(70), Status.OK)


def test_refresh__nobody_refreshed_for_a_day__small_move_served_large_one_cools_down():
    for price, expected in (("109", Status.OK), ("111", Status.DEAD)):
        world = OracleWorld(RULES)
        world.serve(*[100] * 5)
        index = world.serve(*[price] * 5, elapsed_s=86_400)
        assert index.status == expected
        later = world.serve(*[price] * 5, elapsed_s=60)
        assert (later.price_wad, later.status) == (wad(price), Status.OK)


def test_refresh__never_a_good_index__dead_at_zero_until_the_first():
    world = OracleWorld(RULES)
    dead = replace(world.index(), liquidations_from=0)
    assert (dead.price_wad, dead.low_wad, dead.high_wad) == (0, 0, 0)
    assert dead.status == Status.DEAD
    world.next_block()
    assert world.refresh()[0] == dead
    assert world.serve(100, 100, 100, 200, 200) == dead
    # There is nothing to recover, and nobody to liquidate.
    index = world.serve(*[100] * 5)
    assert (index.status, index.liquidations_from) == (Status.OK, 0)
