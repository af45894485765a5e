"""What the bankruptcy price could not place: closed at mark, and spread over who is left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.chain.port import CallReverted
from sim.reference.adl import Policy
from sim.types import DEFICIT, account_id
from sim.units import WAD, wad
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
    owed_wad = -world.cash(world.pool_account(DEFICIT))
    assert (left.account, left.market, left.debt_wad) == (failing, 2, owed_wad)
    assert world.cash(failing) == 0 < owed_wad
    # Nobody in the bitcoin market pays for what was lost in the ether market's last round.
    assert world.health(bystander).equity_wad == held_wad


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
        assert world.cash(first) == 0 > world.cash(world.pool_account(DEFICIT))
        world.enter("optimist", "0.1", 1_000, price="50000")
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
    world.send("stranger", "InsurancePool", "restore", 1)
    assert not world.is_liquidatable(backstop)
    world.index("54000")
    world.send("stranger", "InsurancePool", "restore", 1)
    # All that there was, and not enough: now it is a position like any other.
    assert world.cash(world.pool_account(0)) == 0
    assert world.try_liquidate(backstop) == 3
