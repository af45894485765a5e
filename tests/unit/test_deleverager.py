"""Deleveraging in the whole protocol: who may, against whom, at what price, and what is left."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sim.chain.port import CallReverted
from sim.reference.adl import Policy, shares
from sim.types import account_id
from sim.units import WAD
from tests.adl_world import AdlWorld, named, untouched
from tests.liquidation_world import RAW
from tests.support.contracts import address_of

POLICIES = list(Policy)


@pytest.fixture(scope="module")
def deployed() -> AdlWorld:
    """Three shorts of different leverage, one bitcoin long that a fall of 4 % bankrupts."""
    world = AdlWorld()
    world.enter("bold", "-0.4", 300)
    world.enter("steady", "-0.5", 3_000)
    world.enter("calm", "-0.3", 9_000)
    world.enter("taker", "1.2", 1_300)
    return world


@pytest.fixture
def world(deployed: AdlWorld) -> Iterator[AdlWorld]:
    with untouched(deployed):
        yield deployed


def account(world: AdlWorld, role: str) -> int:
    found = account_id(address_of(role))
    assert found in world.everybody
    return found


def crash(world: AdlWorld, price: str = "58000") -> int:
    """The long is bankrupt and everything before deleveraging has failed."""
    failing = account(world, "taker")
    world.index(price)
    assert world.try_liquidate(failing) == 3
    return failing


@pytest.mark.parametrize("policy", POLICIES)
def test_deleverage__bankrupt_long__closes_at_its_price_by_the_references_shares(world, policy):
    world.set_policy(policy)
    failing = crash(world)
    terms, price_wad = world.terms(failing, policy)
    others = [world.counterparty(one) for one in world.holders(-1)]
    expected = shares(others, terms)
    sizes = {one.account: one.size_wad for one in others}
    taken = named(world.deleverage(failing), "CounterpartyDeleveraged")
    assert {one.counterparty: one.size_wad for one in taken} == {
        key: share for key, share in expected.items() if share
    }
    assert {one.price_wad for one in taken} == {price_wad}
    for other, share in expected.items():
        assert world.size(other) == share - sizes[other]
    assert world.size(failing) == 0
    assert 0 <= world.cash(failing) < WAD // 10**10  # its own loss is all that was spread
    world.check_books()


@pytest.mark.parametrize("policy", POLICIES)
def test_deleverage__bankrupt_short__closes_at_its_price_by_the_references_shares(policy):
    world = AdlWorld()
    world.set_policy(policy)
    for role, size, margin in (("bold", "0.4", 300), ("steady", "0.5", 3_000), ("calm", "1", 9000)):
        world.enter(role, size, margin)
    failing = world.enter("taker", "-1.9", 2_000)
    world.index("62000")
    terms, _ = world.terms(failing, policy)
    expected = shares([world.counterparty(one) for one in world.holders(1)], terms)
    taken = named(world.deleverage(failing), "CounterpartyDeleveraged")
    assert {one.counterparty: one.size_wad for one in taken} == {
        key: share for key, share in expected.items() if share
    }
    assert (world.size(failing), world.cash(failing) >= 0) == (0, True)
    world.check_books()


def test_deleverage__keys_and_candidates__are_what_a_round_sees(world):
    failing = crash(world)
    for policy in POLICIES:
        world.set_policy(policy)
        terms, _ = world.terms(failing, policy)
        queue = world.queue(terms, 1)
        assert world.sorted_candidates(failing) == queue
        without_debt = replace(terms, adverse_wad=0)
        keys = world.read("Deleverager", "keys", world.market, queue)
        in_order = sorted(zip(keys, queue, strict=True), key=lambda one: (-one[0], one[1]))
        assert [one for _, one in in_order] == world.queue(without_debt, 1)


def test_deleverage__a_rung_before_can_act__is_refused(world):
    failing = account(world, "taker")
    world.index("58000")
    queue = world.sorted_candidates(failing)
    world.stake("whale", 1_000_000 * RAW)
    with pytest.raises(CallReverted, match="deleverager: an earlier rung can act"):
        world.send("keeper", "Deleverager", "deleverage", failing, world.market, queue, False)
    assert world.try_liquidate(failing) == 2


def test_deleverage__healthy_account__is_refused(world):
    failing = account(world, "taker")
    queue = world.sorted_candidates(failing)
    with pytest.raises(CallReverted, match="liquidator: account is healthy"):
        world.send("keeper", "Deleverager", "deleverage", failing, world.market, queue, False)


def test_deleverage__nobody_said_that_all_failed__asks_the_liquidator_itself(world):
    failing = account(world, "taker")
    world.index("58000")
    events = world.deleverage(failing, role="stranger")
    assert [event.name for event in events].index("LadderExhausted") < [
        event.name for event in events
    ].index("RoundOpened")
    assert world.size(failing) == 0


@pytest.mark.parametrize("place", range(3))
def test_deleverage__somebody_is_left_out__is_refused(world, place):
    failing = crash(world)
    queue = world.sorted_candidates(failing)
    del queue[place]
    with pytest.raises(CallReverted, match="deleverager: not all counterparties are named"):
        world.send("keeper", "Deleverager", "deleverage", failing, world.market, queue, False)


@pytest.mark.parametrize("policy", POLICIES)
def test_deleverage__in_any_order__takes_the_same(world, policy):
    world.set_policy(policy)
    failing = crash(world)
    queue = world.sorted_candidates(failing)
    call = ("keeper", "Deleverager", "deleverage", failing, world.market)
    found = []
    for order in itertools.permutations(queue):
        with untouched(world):
            found.append(named(world.send(*call, order, False), "CounterpartyDeleveraged"))
    assert all(one == found[0] for one in found)
    assert found[0]


@pytest.mark.parametrize("policy", POLICIES)
def test_deleverage__somebody_named_twice__is_refused(world, policy):
    world.set_policy(policy)
    failing = crash(world)
    queue = world.sorted_candidates(failing)
    for wrong in ([queue[0], *queue], [*queue, queue[1]], [queue[0], queue[0], queue[2]]):
        with pytest.raises(CallReverted, match="deleverager: out of order or twice"):
            world.send("keeper", "Deleverager", "deleverage", failing, world.market, wrong, False)


def test_deleverage__the_failing_account_among_the_candidates__gives_nothing(world):
    failing = crash(world)
    queue = [*world.sorted_candidates(failing), failing]
    world.send("keeper", "Deleverager", "deleverage", failing, world.market, queue, False)
    assert world.size(failing) == 0


def test_deleverage__isolated_positive_equity__is_closed_without_touching_winners_cash(world):
    """Failing but not bankrupt: its margin goes to the counterparties, nobody pays."""
    failing = crash(world, "59000")
    assert world.health(failing).equity_wad > 0
    before = {one: world.health(one).equity_wad for one in world.holders(-1)}
    world.deleverage(failing)
    assert world.size(failing) == 0
    assert all(world.health(one).equity_wad >= before[one] for one in before)
    world.check_books()


def test_deleverage__topped_up_since_the_liquidator_looked__is_refused(world):
    failing = crash(world)
    queue = world.sorted_candidates(failing)
    world.deposit("taker", 1_400 * RAW)
    health = world.health(failing)
    assert 2 * health.maintenance_wad < 3 * health.equity_wad < 3 * health.maintenance_wad
    with pytest.raises(CallReverted, match="deleverager: account is not failing"):
        world.send("keeper", "Deleverager", "deleverage", failing, world.market, queue, False)


def test_set_policy__stranger_or_unknown__is_refused(world):
    with pytest.raises(CallReverted, match="ownable: caller is not the owner"):
        world.send("stranger", "Deleverager", "set_policy", 1, Policy.PRO_RATA)
    with pytest.raises(CallReverted, match="deleverager: unknown policy"):
        world.send("owner", "Deleverager", "set_policy", 1, 3)
    with pytest.raises(CallReverted, match="deleverager: market id out of range"):
        world.send("owner", "Deleverager", "set_policy", 9, 0)


def test_deleverage__paused_by_the_guardian__is_refused(world):
    failing = crash(world)
    world.send("guardian", "MarketParams", "pause", world.market, 6)
    with pytest.raises(CallReverted, match="stopped by oracle status or pause"):
        world.deleverage(failing)


def test_deleverage__account_in_two_tiers_heals_on_the_way__stops():
    """A quarter of a position above a million needs less than a quarter of the margin."""
    world = AdlWorld()
    for role in ("first", "second", "third"):
        world.enter(role, "-15", 100_000)
    failing = world.enter("giant", "60", 150_000)
    world.index("57824")
    closed = named(world.deleverage(failing), "RoundClosed")[0]
    assert (closed.taken_wad, world.size(failing)) == (45 * WAD, 15 * WAD)
    assert not world.is_liquidatable(failing)
    world.check_books()
