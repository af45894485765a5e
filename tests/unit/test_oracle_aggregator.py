"""The index from readings: what is live, who is dropped, what is stored."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from sim.chain.port import CallReverted
from sim.reference.index_rules import Rules
from sim.types import Status
from sim.units import WAD, wad
from tests.oracle_world import MARKET, OracleWorld, Said
from tests.support.contracts import address_of

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


# Rules 1 and 2


def test_refresh__sources_agree__ok_with_the_votes_confidence(world):
    index = world.serve(99, 100, 100, 101, 102, conf_wad=WAD // 2)
    # Votes: 98.5 99 99.5 99.5 99.5 100 100 100.5 100.5 100.5 101 101.5 101.5 102 102.5
    assert index.price_wad == wad("100.5")
    assert index.conf_wad == wad(1)  # 99.5 and 101.5 are the quartiles
    assert (index.low_wad, index.high_wad) == (wad("99.5"), wad("101.5"))
    assert index.status == Status.OK
    assert index.observed_at == world.now_s
    assert index.liquidations_from == 0


@pytest.mark.parametrize(
    "said",
    [
        Said(0),
        Said(HUNDRED, WAD + 1),  # doubt above 1 % of the price
        Said(HUNDRED, HUNDRED + 1),
        Said(HUNDRED, 2**256 - 1),
        Said(2**96),
        Said(2**256 - 1, 2**255),
        Said(HUNDRED, 0, 61),
        Said(HUNDRED, 0, -6),
    ],
)
def test_refresh__two_readings_not_live__three_carry_the_index(world, said):
    world.next_block()
    world.say(said, said, *[Said(HUNDRED)] * 3)
    index, logged = world.refresh()
    assert (index.price_wad, index.status) == (HUNDRED, Status.OK)
    assert logged.values[4] == 30  # live weight


@pytest.mark.parametrize("said", [Said(HUNDRED, WAD), Said(HUNDRED, 0, 60), Said(HUNDRED, 0, -5)])
def test_refresh__two_readings_at_a_limit__still_live(world, said):
    world.next_block()
    world.say(said, said, *[Said(HUNDRED)] * 3)
    assert world.refresh()[1].values[4] == 50


@pytest.mark.parametrize("fault", [REVERTING, ENDLESS])
def test_refresh__two_sources_break__three_carry_the_index(world, fault):
    world.break_source(0, fault)
    world.break_source(3, fault)
    index = world.serve(*[101] * 5)
    assert (index.price_wad, index.status) == (wad(101), Status.OK)


def test_refresh__source_without_code__not_live(world):
    world.sources[2] = address_of("nobody at home")
    world.set_market(RULES)
    world.next_block()
    assert world.refresh()[1].values[4] == 40


def test_refresh__two_of_five_live__quorum_lost(world):
    world.next_block()
    world.say(*[Said(HUNDRED, 0, 61)] * 3, Said(HUNDRED), Said(HUNDRED))
    assert world.refresh()[0].status == Status.STALE


def test_refresh__three_live_below_60_percent__quorum_lost():
    world = OracleWorld(RULES, (20, 20, 19, 21, 20))
    world.serve(*[100] * 5)
    world.next_block()
    world.say(*[Said(HUNDRED)] * 3, *[Said(HUNDRED, 0, 61)] * 2)
    assert world.refresh()[0].status == Status.STALE


@pytest.mark.parametrize(
    ("weights", "status"),
    [
        ((33, 14, 13, 20, 20), Status.STALE),
        ((30, 15, 15, 20, 20), Status.STALE),
        ((29, 16, 15, 20, 20), Status.OK),
    ],
)
def test_refresh__one_source_with_half_of_what_is_live__no_quorum(weights, status):
    # 60 of 100 are live and no source is above a third of all, yet one of them may decide alone.
    world = OracleWorld(RULES, weights)
    world.serve(*[100] * 5)
    world.next_block()
    world.say(Said(wad(104)), Said(HUNDRED), Said(HUNDRED), *[Said(HUNDRED, 0, 61)] * 2)
    index = world.refresh()[0]
    assert (index.price_wad, index.status) == (HUNDRED, status)


# Rules 3 to 5


def test_refresh__one_outlier_of_five__dropped_and_named(world):
    world.next_block()
    world.say(*[Said(HUNDRED)] * 3, Said(wad("105.000000000000000001")), Said(wad(105)))
    index, logged = world.refresh()
    assert (index.price_wad, index.status) == (HUNDRED, Status.OK)
    assert logged.values[5] == 0b01000  # 5 % exactly is no outlier


def test_refresh__two_outliers_of_five__disputed_over_all_live(world):
    index = world.serve(100, 101, 102, 150, 151)
    assert index.status == Status.DISPUTED
    assert index.price_wad == wad(102)
    # Of 150 the breaker would believe 110.
    assert (index.low_wad, index.high_wad) == (wad(100), wad(110))
    assert index.conf_wad == wad(8)


@pytest.mark.parametrize(
    ("prices", "believed"),
    [
        ((100, 100, 100, 50_000_000, 50_000_000), (100, 110)),
        ((100, 100, 100, "0.000001", "0.000001"), (90, 100)),
        ((97, 98, 99, "0.000001", 50_000_000), (90, 110)),
        ((97, 98, 98, 105, 106), (97, 106)),
    ],
)
def test_refresh__disputed__believed_is_what_the_breaker_would_believe(world, prices, believed):
    index = world.serve(*prices)
    assert index.status == Status.DISPUTED
    assert (index.low_wad, index.high_wad) == tuple(wad(one) for one in believed)


def test_refresh__disputed_near_an_absolute_bound__nothing_beyond_it_is_believed():
    world = OracleWorld(RULES)
    world.serve(*[950] * 5)
    index = world.serve(950, 950, 950, 2_000, 2_000)
    assert (index.status, index.high_wad) == (Status.DISPUTED, RULES.max_wad)


def test_refresh__disputed_after_a_climb__window_bounds_what_is_believed(world):
    # From 100 within five minutes no more than 120 is believed, though a step from 112 is 123.2.
    for price in (106, 112):
        world.serve(*[price] * 5)
    index = world.serve(112, 112, 112, 5_000, 5_000)
    assert (index.low_wad, index.high_wad) == (wad(112), wad(120))


def test_refresh__one_outlier_of_three__thin():
    world = OracleWorld(RULES, (10,) * 3)
    index = world.serve(100, 101, 150)
    assert (index.price_wad, index.status) == (wad(100), Status.THIN)


def test_refresh__nobody_near_anybody__disputed(world):
    # 3 MAD forgive everyone; that the votes' quartiles are far apart does not go unseen.
    index = world.serve(60, 80, 100, 120, 140)
    assert (index.price_wad, index.status) == (HUNDRED, Status.DISPUTED)


def test_refresh__dispute_settled__ok_and_the_last_good_index_was_kept(world):
    world.serve(100, 101, 105, 150, 151)
    # 94 is within 10 % of 100, the last good index, and not of 105.
    assert world.serve(*[94] * 5).status == Status.OK


# Storing


def test_refresh__again_in_the_block__changes_and_logs_nothing(world):
    index = world.serve(*[101] * 5)
    world.say(*[Said(wad(105))] * 5)
    assert world.send("refresh", MARKET) == []
    assert world.index() == index
    world.next_block()
    assert world.index().price_wad == wad(105)


def test_index__a_day_after_the_last_refresh__judges_by_now(world):
    world.next_block(86_400)
    assert world.index().status == Status.DEAD


def test_refresh__other_market__not_touched(world):
    world.send("set_market", 8, astuple(RULES), world.sources_of(*[10] * 5), sender="owner")
    world.next_block()
    world.say(*[Said(wad(50))] * 5)
    world.send("refresh", 8)
    assert world.read("index", 8).price_wad == wad(50)
    assert world.index().status == Status.HALTED


@pytest.mark.parametrize("method", ["index", "refresh", "rules", "sources"])
@pytest.mark.parametrize("market", [0, UNKNOWN, 9, 2**255])
def test_any_function__unknown_market__refused(world, method, market):
    with pytest.raises(CallReverted, match="oracle: unknown market"):
        world.read(method, market)


# INV-19


def test_index__pushes_of_a_non_reporter__do_not_move_it():
    world = OracleWorld(RULES)
    world.sources = [world.create("PriceFeed", address_of("reporter"), "feed") for _ in range(5)]
    world.set_market(RULES)
    for feed in world.sources:
        world.call("PriceFeed", feed, "push", HUNDRED, 0, world.now_s, 1, sender="reporter")
    world.next_block()
    before = world.index()
    assert before.status == Status.OK
    for feed in world.sources:
        for sender in ("stranger", "owner"):
            with pytest.raises(CallReverted, match="feed: not the reporter"):
                world.call("PriceFeed", feed, "push", wad(105), 0, world.now_s, 2, sender=sender)
    assert world.index() == before
    for feed in world.sources[:3]:
        world.call("PriceFeed", feed, "push", wad(105), 0, world.now_s, 2, sender="reporter")
    assert world.index().price_wad == wad(105)
