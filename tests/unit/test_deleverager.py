"""Deleveraging in the whole protocol: who may, against whom, at what price, and what is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sim.chain.port import CallReverted
from sim.reference.adl import Policy, shares
from sim.types import account_id
from sim.units import WAD, wad
from tests.adl_world import AdlWorld, named, untouched
from tests.liquidation_world import RAW
from tests.world import address_of

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
def test_deleverage__not_in_order_or_twice__is_refused(world, policy):
    world.set_policy(policy)
    failing = crash(world)
    queue = world.sorted_candidates(failing)
    for wrong in (queue[::-1], [queue[1], queue[0], *queue[2:]], [queue[0], *queue]):
        with pytest.raises(CallReverted, match="deleverager: out of order"):
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


@pytest.mark.parametrize("policy", POLICIES)
def test_deleverage__nobody_can_pay__the_rest_closes_at_mark_and_is_spread(policy):
    world = AdlWorld()
    world.set_policy(policy)
    maker = account(world, "maker")
    failing = world.enter("taker", "1", 1_300)
    bystander = world.enter("patient", "0.5", 40_000)
    world.index("50000")
    # The maker's gain is gone to a poorer short that entered just now.
    poor = world.enter("poor", "-1.5", 1_500, price="50000")
    assert world.size(maker) == 0
    loss_wad = -world.health(failing).equity_wad
    assert loss_wad > world.health(poor).equity_wad
    before = {one: world.health(one).equity_wad for one in (bystander, poor)}
    first = named(world.deleverage(failing), "RoundClosed")[0]
    assert (first.short_wad > 0, world.size(failing)) == (True, first.short_wad)
    events = world.deleverage(failing, at_mark=True)
    (spread,) = named(events, "LossSocialised")
    assert world.size(failing) == 0
    assert world.cash(failing) == 0
    paid = {one: before[one] - world.health(one).equity_wad for one in before}
    charged_wad = -(-spread.per_base_wad * abs(world.size(bystander)) // WAD)
    assert paid[bystander] == charged_wad
    assert 0 <= sum(paid.values()) - loss_wad <= 4
    world.check_books()


def test_deleverage_at_mark__without_a_round_before__is_refused(world):
    failing = crash(world)
    with pytest.raises(CallReverted, match="deleverager: the bankruptcy price comes first"):
        world.deleverage(failing, at_mark=True)


def test_deleverage__topped_up_since_the_liquidator_looked__is_refused(world):
    failing = crash(world)
    queue = world.sorted_candidates(failing)
    world.deposit("taker", 1_400 * RAW)
    health = world.health(failing)
    assert 2 * health.maintenance_wad < 3 * health.equity_wad < 3 * health.maintenance_wad
    with pytest.raises(CallReverted, match="deleverager: account is not failing"):
        world.send("keeper", "Deleverager", "deleverage", failing, world.market, queue, False)


def test_socialise__account_never_deleveraged__is_refused(world):
    with pytest.raises(CallReverted, match="deleverager: not deleveraged lately"):
        world.send("keeper", "Deleverager", "socialise", account(world, "calm"))


def test_socialise__deleveraged_account_owes_nothing__is_refused(world):
    failing = crash(world)
    world.deleverage(failing)
    with pytest.raises(CallReverted, match="deleverager: not deleveraged lately"):
        world.send("keeper", "Deleverager", "socialise", failing)


def ether(world: AdlWorld, method: str, account: int, *arguments: object) -> list[object]:
    """A round in the ether market against its one long and its one short."""
    return world.send("keeper", "Deleverager", method, account, 2, *arguments)


def test_deleverage_at_mark__another_position_has_not_been_tried__is_refused():
    """Bankrupt in two markets whose winners are poor: both at their price, then both at mark."""
    world = AdlWorld()
    failing = world.enter("taker", "1", 1_500)
    world.push("ETH-USD", wad(2_000))
    world.order_in("ETH-USD", "maker", "-10", "2000")
    world.order_in("ETH-USD", "taker", "10", "2000", taking=True)
    bystander = world.enter("patient", "0.5", 40_000)
    world.index("50000")
    world.push("ETH-USD", wad(1_700))
    world.enter("poor", "-1.5", 1_500, price="50000")
    poor = world.deposit("poorer", 300 * RAW)
    world.order_in("ETH-USD", "poorer", "-10", "1700")
    world.order_in("ETH-USD", "maker", "10", "1700", taking=True)
    assert world.size(account(world, "maker")) == 0

    world.deleverage(failing)
    with pytest.raises(CallReverted, match="deleverager: the bankruptcy price comes first"):
        world.deleverage(failing, at_mark=True)
    ether(world, "deleverage", failing, [poor], False)
    world.deleverage(failing, at_mark=True)
    assert world.size(failing) == 0
    assert world.cash(failing) < 0
    with pytest.raises(CallReverted, match="clearinghouse: account holds a position"):
        world.send("keeper", "Deleverager", "socialise", failing)
    held_wad = world.health(bystander).equity_wad
    (left,) = named(ether(world, "deleverage", failing, [poor], True), "DebtLeft")
    assert (left.account, left.market, left.debt_wad) == (failing, 2, -world.cash(failing))
    # Nobody in the bitcoin market pays for what was lost in the ether market's last round.
    assert world.health(bystander).equity_wad == held_wad


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


@pytest.mark.parametrize("others", [True, False])
def test_deleverage_at_mark__both_sides_bankrupt__close_against_each_other(others):
    """Without it a bankrupt pair would stay for ever, and fall on whoever opens next."""
    world = AdlWorld()
    bystander = world.enter("patient", "0.2", 40_000) if others else None
    first = world.enter("taker", "1", 1_300)
    world.index("50000")
    second = world.enter("poor", "-1.2" if others else "-1", 1_300, price="50000")
    world.deleverage(first)
    world.deleverage(first, at_mark=True)
    told = [event.name for events in world.transactions for event in events]
    if bystander is None:
        # All of it is closed, nobody is left: the debt is said, and nobody new can be charged.
        assert (world.size(second), told.count("DebtLeft")) == (0, 1)
        assert world.cash(first) < 0
        world.enter("optimist", "0.1", 1_000, price="50000")
        with pytest.raises(CallReverted, match="deleverager: not deleveraged lately"):
            world.send("keeper", "Deleverager", "socialise", first)
    else:
        # The short could not bear its share of the long's loss: now its turn comes.
        assert world.health(second).equity_wad < 0
        world.deleverage(second)
        assert (world.size(second), world.size(bystander)) == (0, 0)
        assert world.cash(second) >= 0
        assert told.count("DebtLeft") == 0
    world.check_books()


def test_liquidate__backstop_while_the_pool_has_cash__is_refused(world):
    """What the pool has is insurance: it goes behind the position before anybody pays for it."""
    world.stake("whale", 3_000 * RAW)
    failing = account(world, "taker")
    world.index("58900")
    assert world.try_liquidate(failing) == 2
    world.index("57800")
    backstop = world.pool_account(1)
    assert world.is_liquidatable(backstop)
    with_cash = "liquidator: pool has not put its cash behind it"
    assert world.try_liquidate(backstop) == with_cash
    world.send("stranger", "InsurancePool", "unwind", 1)
    assert world.cash(world.pool_account(0)) >= 0
    assert not world.is_liquidatable(backstop) or world.cash(world.pool_account(0)) == 0
