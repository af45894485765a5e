"""Changes of parameters: what was owed is settled at the old ones, and nobody is taken unawares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, replace
from fractions import Fraction

import pytest

from sim.chain.port import CallReverted
from sim.protocol.config import RatePolicy
from sim.protocol.ownership import TimelockCall
from sim.types.codes import FundingPolicy
from sim.units import WAD, wad
from tests.liquidation_world import ENTRY, MARKET, NAME, RAW
from tests.support.contracts import address_of
from tests.timelock_world import TimelockWorld
from tests.world import reference_world_config

HOUR_S = 3_600


@pytest.fixture(scope="module")
def deployed() -> TimelockWorld:
    world = TimelockWorld()
    world.deposit("maker", 10_000_000 * RAW)
    return world


@pytest.fixture
def world(deployed: TimelockWorld) -> Iterator[TimelockWorld]:
    before = deployed.snapshot()
    yield deployed
    deployed.revert(before)


MARKET_TERMS = reference_world_config().market(NAME)
CHANGES = {
    "TiersSet": ("MarketParams", "set_tiers", *MARKET_TERMS.tier_columns()),
    "UpnlWeightsSet": ("MarketParams", "set_upnl_weights", wad("0.5"), 0),
    "BackstopSet": ("MarketParams", "set_backstop", wad("0.5")),
    "FeesSet": ("MarketParams", "set_fees", 2, 8, 30),
    "OpenInterestLimitsSet": (
        *("MarketParams", "set_open_interest_limits"),
        *(wad(1), wad(2), wad(3), wad(4)),
    ),
    "OrderLimitsSet": ("MarketParams", "set_order_limits", wad(20), wad("0.04")),
    "LiquidationSet": ("MarketParams", "set_liquidation", astuple(MARKET_TERMS.liquidation)),
    "MarkTermsSet": (
        *("MarkPrice", "set_mark_terms"),
        astuple(replace(MARKET_TERMS.mark, band_wad=wad("0.001"))),
    ),
    "FundingTermsSet": (
        *("MarkPrice", "set_funding_terms"),
        astuple(replace(MARKET_TERMS.funding, interval_s=HOUR_S, interest_wad=0)),
    ),
    "RatePolicySet": (
        *("MarkPrice", "set_rate_policy"),
        astuple(RatePolicy(kind=FundingPolicy.VELOCITY)),
    ),
}


@pytest.mark.parametrize("told", CHANGES)
def test_change__an_hour_after_the_last_poke__settles_that_hour_at_the_old_terms(world, told):
    account = world.open("taker", "1", 10_000 * RAW)
    contract, method, *terms = CHANGES[told]
    change = world.call_of(contract, method, MARKET, *terms)
    _, ready_at = world.schedule(change)
    world.wait_until(ready_at - HOUR_S, ENTRY)
    before_wad = world.read("Clearinghouse", "funding_owed", account, MARKET)
    world.next_block(HOUR_S)
    world.push(NAME, wad(ENTRY))
    owed_wad = world.read("Clearinghouse", "funding_owed", account, MARKET)
    index_wad = world.price().funding_index_wad
    assert owed_wad > before_wad > 0
    events = world.execute(change)
    names = [event.name for event in events]
    assert names.index("MarketPoked") < names.index(told)
    poked = next(event.values for event in events if event.name == "MarketPoked")
    assert poked.funding_index_wad == index_wad
    assert world.read("Clearinghouse", "funding_owed", account, MARKET) == owed_wad


def raised() -> tuple[int | tuple[int, ...], ...]:
    """Tiers with twice the maintenance and initial ratios."""
    lower, *ratios = MARKET_TERMS.tier_columns()
    return MARKET, lower, *(tuple(2 * one for one in column) for column in ratios)


def doubled_margins(world: TimelockWorld) -> TimelockCall:
    """The change to those."""
    return world.call_of("MarketParams", "set_tiers", *raised())


def ratio(world: TimelockWorld, account: int) -> float:
    health = world.health(account)
    return health.equity_wad / health.maintenance_wad


def test_margins_raised__position_they_would_fail__is_safe_for_the_whole_delay(world):
    account = world.open("taker", "1", 640 * RAW)
    change = doubled_margins(world)
    with pytest.raises(CallReverted, match="caller is not the owner"):
        world.act_as(address_of("governor"), "MarketParams", "set_tiers", *raised())
    _, ready_at = world.schedule(change)
    for moment in (ready_at - HOUR_S, ready_at - 1):
        world.wait_until(moment, ENTRY)
        assert 1 < ratio(world, account) < 2
        with pytest.raises(CallReverted, match="account is healthy"):
            world.liquidate(account)
        with pytest.raises(CallReverted, match="too early"):
            world.execute(change)
    world.wait_until(ready_at, ENTRY)
    world.execute(change)
    assert ratio(world, account) < 1
    world.order("maker", "1", ENTRY)
    assert world.liquidate(account).rung == 0


@pytest.mark.parametrize("leaves", ["tops up", "reduces"])
def test_margins_raised__owner_who_acts_within_the_delay__is_not_liquidated(world, leaves):
    account = world.open("taker", "1", 640 * RAW)
    change = doubled_margins(world)
    _, ready_at = world.schedule(change)
    world.wait_until(ready_at - HOUR_S, ENTRY)
    if leaves == "tops up":
        world.deposit("taker", 700 * RAW)
    else:
        world.order("maker", "0.6", ENTRY)
        world.order("taker", "-0.6", ENTRY, reduce_only=True)
    world.wait_until(ready_at, ENTRY)
    world.execute(change)
    assert ratio(world, account) > 1
    with pytest.raises(CallReverted, match="account is healthy"):
        world.liquidate(account)


def test_margins_raised__guardian_cancels__nothing_changes(world):
    account = world.open("taker", "1", 640 * RAW)
    change = doubled_margins(world)
    id_, ready_at = world.schedule(change)
    world.send("guardian", "Timelock", "cancel", id_)
    world.wait_until(ready_at, ENTRY)
    with pytest.raises(CallReverted, match="not scheduled"):
        world.execute(change)
    assert ratio(world, account) > 1


def test_set_tiers__margins_narrower__band_and_rate_cap_follow_in_the_same_call(world):
    market = world.read("MarkPrice", "mark_terms", MARKET)
    lower, mmr, _ = MARKET_TERMS.tier_columns()
    # Initial margin a tenth above maintenance: the old band would let the book liquidate.
    close = tuple(rate + rate // 10 for rate in mmr)
    change = world.call_of("MarketParams", "set_tiers", MARKET, lower, mmr, close)
    _, ready_at = world.schedule(change)
    world.wait_until(ready_at, ENTRY)
    events = world.execute(change)
    (followed,) = [event.values for event in events if event.name == "RiskFollowed"]
    room = Fraction(close[0] - mmr[0], WAD + mmr[0])
    assert followed.band_wad <= room / (2 + room) * WAD < market.band_wad
    assert followed.cap_wad <= MARKET_TERMS.funding.kappa_wad * (close[0] - mmr[0]) // WAD

    # Whatever the book says from the next block on, the mark is in the new band.
    index_wad = wad(ENTRY)
    for role, size, price in (("maker", "1", ENTRY + 100), ("maker", "-1", ENTRY + 101)):
        world.order(role, size, price)
    for _ in range(3):
        world.index(ENTRY, seconds=30)
        away = abs(world.price().mark_wad - index_wad)
        assert away * WAD <= followed.band_wad * index_wad
