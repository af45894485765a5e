"""The timelock: who may, when, and that nothing it owns listens to anybody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sim.chain.port import CallReverted
from sim.units import wad
from tests.everybody_world import writing_functions
from tests.liquidation_world import ENTRY, MARKET
from tests.support.contracts import address_of
from tests.timelock_world import DELAY_S, TimelockWorld

LIQUIDATE = 4
GRACE_S = 14 * 86_400
HOUR_S = 3_600
FEES = (MARKET, 2, 8, 30)


@pytest.fixture(scope="module")
def deployed() -> TimelockWorld:
    return TimelockWorld()


@pytest.fixture
def world(deployed: TimelockWorld) -> Iterator[TimelockWorld]:
    before = deployed.snapshot()
    yield deployed
    deployed.revert(before)


def taker_fee(world: TimelockWorld) -> int:
    found: int = world.read("MarketParams", "risk", MARKET).taker_fee_bps
    return found


def test_deployment__with_a_delay__leaves_everything_ownable_to_the_timelock(world):
    timelock = world.deployed.address("Timelock")
    ownable = [
        name
        for name, (contract, _) in world.deployed.instances.items()
        if "accept_ownership" in writing_functions(contract)
    ]
    assert len(ownable) > len(world.deployed.config.markets)
    for name in ownable:
        assert world.read(name, "owner") == timelock
        assert world.read(name, "pending_owner") == "0x" + "00" * 20
    assert world.read("Timelock", "delay_s") == DELAY_S
    assert world.read("Timelock", "proposer") == address_of("governor")
    assert world.read("Timelock", "canceller") == address_of("guardian")


def test_setter__called_by_proposer_or_deployer__is_refused(world):
    for role in ("governor", "owner"):
        with pytest.raises(CallReverted, match=r"^ownable: caller is not the owner$"):
            world.send(role, "MarketParams", "set_fees", *FEES)
    with pytest.raises(CallReverted, match=r"^timelock: caller is not the proposer$"):
        world.schedule(world.call_of("MarketParams", "set_fees", *FEES), role="owner")


def test_execute__a_second_before_and_at_the_delay__is_refused_and_done(world):
    change = world.call_of("MarketParams", "set_fees", *FEES)
    before = taker_fee(world)
    _, ready_at = world.schedule(change)
    assert ready_at == world.now_s + DELAY_S
    world.wait_until(ready_at - 1, ENTRY)
    with pytest.raises(CallReverted, match=r"^timelock: too early$"):
        world.execute(change)
    assert taker_fee(world) == before
    world.wait_until(ready_at, ENTRY)
    names = [event.name for event in world.execute(change)]
    assert names[0] == "CallsExecuted"
    assert names[-1] == "FeesSet"
    assert taker_fee(world) == 8
    with pytest.raises(CallReverted, match=r"^timelock: not scheduled$"):
        world.execute(change)


@pytest.mark.parametrize(("late_s", "refused"), [(0, False), (1, True)])
def test_execute__at_the_end_of_grace_and_past_it__only_the_former(world, late_s, refused):
    change = world.call_of("MarketParams", "set_guardian", address_of("heir"))
    _, ready_at = world.schedule(change)
    world.next_block(ready_at + GRACE_S + late_s - world.now_s)
    if refused:
        with pytest.raises(CallReverted, match=r"^timelock: expired$"):
            world.execute(change)
    else:
        world.execute(change)
        assert world.read("MarketParams", "guardian") == address_of("heir")


def test_execute__second_call_reverts__undoes_the_first_and_stays_scheduled(world):
    good = world.call_of("MarketParams", "set_guardian", address_of("heir"))
    bad = world.call_of("MarketParams", "set_fees", MARKET, 101, 0, 0)
    id_, ready_at = world.schedule(good, bad)
    world.wait_until(ready_at, ENTRY)
    with pytest.raises(CallReverted, match=r"^params: trading fee above 100 bps$"):
        world.execute(good, bad)
    assert world.read("MarketParams", "guardian") == address_of("guardian")
    assert world.read("Timelock", "ready_at", id_) == ready_at


def test_execute__nobody_at_the_target__is_refused(world):
    nowhere = (address_of("nobody"), b"")
    _, ready_at = world.schedule(nowhere)
    world.wait_until(ready_at, ENTRY)
    with pytest.raises(CallReverted, match=r"^timelock: nobody at the target$"):
        world.execute(nowhere)


def test_schedule__same_calls_again__need_another_salt(world):
    change = world.call_of("MarketParams", "set_fees", *FEES)
    first, _ = world.schedule(change)
    with pytest.raises(CallReverted, match=r"^timelock: already scheduled$"):
        world.schedule(change)
    second, _ = world.schedule(change, salt=b"\x01" * 32)
    assert first != second
    assert first == world.read("Timelock", "id_of", (change,), bytes(32))
    with pytest.raises(CallReverted, match=r"^timelock: no calls$"):
        world.schedule()


def test_schedule__an_index_of_eight_sources__fits(world):
    feeds = [address_of(f"feed {place}") for place in range(8)]
    rules = (0, 100, 500, 1_000, 2_000, 60, 60, 300, 150, wad(100), wad(10**7))
    sources = tuple((feed, 1, 60) for feed in feeds)
    change = world.call_of("OracleAggregator", "set_market", MARKET, rules, sources)
    _, ready_at = world.schedule(change)
    world.wait_until(ready_at, ENTRY)
    world.execute(change)
    assert [one.feed for one in world.read("OracleAggregator", "sources", MARKET)] == feeds


@pytest.mark.parametrize("role", ["guardian", "governor"])
def test_cancel__by_canceller_or_proposer__drops_the_calls(world, role):
    change = world.call_of("MarketParams", "set_fees", *FEES)
    id_, ready_at = world.schedule(change)
    with pytest.raises(CallReverted, match=r"^timelock: caller may not cancel$"):
        world.send("stranger", "Timelock", "cancel", id_)
    (event,) = world.send(role, "Timelock", "cancel", id_)
    assert (event.name, event.values.canceller) == ("CallsCancelled", address_of(role))
    world.wait_until(ready_at, ENTRY)
    with pytest.raises(CallReverted, match=r"^timelock: not scheduled$"):
        world.execute(change)
    with pytest.raises(CallReverted, match=r"^timelock: not scheduled$"):
        world.send(role, "Timelock", "cancel", id_)


def test_pause__by_the_guardian__is_immediate_and_only_the_delay_lets_go_on(world):
    world.send("guardian", "MarketParams", "pause", MARKET, LIQUIDATE)
    assert world.read("MarketParams", "risk", MARKET).paused == 1 << LIQUIDATE
    with pytest.raises(CallReverted, match=r"^ownable: caller is not the owner$"):
        world.send("guardian", "MarketParams", "unpause", MARKET, LIQUIDATE)
    resume = world.call_of("MarketParams", "unpause", MARKET, LIQUIDATE)
    _, ready_at = world.schedule(resume)
    world.wait_until(ready_at, ENTRY)
    world.execute(resume)
    risk = world.read("MarketParams", "risk", MARKET)
    assert (risk.paused, risk.liquidations_from) == (0, world.now_s + 60)


@pytest.mark.parametrize("delay_s", [HOUR_S - 1, 30 * 86_400 + 1])
def test_set_delay__out_of_range__is_refused(world, delay_s):
    change = world.call_of("Timelock", "set_delay", delay_s)
    _, ready_at = world.schedule(change)
    world.wait_until(ready_at, ENTRY)
    with pytest.raises(CallReverted, match=r"^timelock: delay out of range$"):
        world.execute(change)


def test_own_setters__by_scheduled_calls__hold_for_what_comes_later(world):
    earlier = world.call_of("MarketParams", "set_fees", *FEES)
    own = (
        world.call_of("Timelock", "set_delay", HOUR_S),
        world.call_of("Timelock", "set_canceller", address_of("heir")),
        world.call_of("Timelock", "set_proposer", address_of("heir")),
    )
    _, ready_at = world.schedule(*own)
    world.wait_until(ready_at - 1, ENTRY)
    _, late = world.schedule(earlier)
    world.wait_until(ready_at, ENTRY)
    world.execute(*own)
    with pytest.raises(CallReverted, match=r"^timelock: caller is not the proposer$"):
        world.schedule(earlier, salt=b"\x01" * 32)
    _, soon = world.schedule(earlier, salt=b"\x01" * 32, role="heir")
    assert (soon, late) == (ready_at + HOUR_S, ready_at - 1 + DELAY_S)
    for role in ("guardian", "governor"):
        with pytest.raises(CallReverted, match=r"^timelock: caller may not cancel$"):
            world.send(role, "Timelock", "cancel", bytes(32))


def test_set_proposer__to_nobody__is_refused(world):
    change = world.call_of("Timelock", "set_proposer", "0x" + "00" * 20)
    _, ready_at = world.schedule(change)
    world.wait_until(ready_at, ENTRY)
    with pytest.raises(CallReverted, match=r"^timelock: proposer is zero$"):
        world.execute(change)


@pytest.mark.parametrize("method", ["set_delay", "set_proposer", "set_canceller"])
def test_own_setters__by_anybody_else__are_refused(world, method):
    argument = HOUR_S if method == "set_delay" else address_of("heir")
    for role in ("governor", "guardian", "owner", "stranger"):
        with pytest.raises(CallReverted, match=r"^timelock: not by a call of its own$"):
            world.send(role, "Timelock", method, argument)


def test_config__delay_without_an_owner__is_refused(world):
    with pytest.raises(ValueError, match="nobody could propose"):
        replace(world.deployed.config, owner=None)
