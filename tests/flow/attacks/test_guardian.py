"""The guardian against those who would replace it.

Source: audit of 6be1e45, M7. The guardian stops actions at once, and may veto what is scheduled;
it vetoed its own removal and every unpause with it, so that what it had stopped stayed stopped.
What does nothing but replace it or undo its pauses is beyond its veto; everything else is not, and
nothing gets past the veto in the company of such calls.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.reference.margin import Act
from tests.liquidation_world import ENTRY, MARKET
from tests.timelock_world import TimelockWorld
from tests.world import address_of

PAUSABLE = (Act.OPEN, Act.WITHDRAW, Act.TRIGGER, Act.LIQUIDATE, Act.ADL)
MARKETS = (1, 2, 3)
HEIR = address_of("heir")
BEYOND = r"^timelock: beyond veto$"


@pytest.fixture(scope="module")
def deployed() -> TimelockWorld:
    world = TimelockWorld()
    for market in MARKETS:
        for act in PAUSABLE:
            world.send("guardian", "MarketParams", "pause", market, act)
    return world


@pytest.fixture
def world(deployed: TimelockWorld) -> Iterator[TimelockWorld]:
    before = deployed.snapshot()
    yield deployed
    deployed.revert(before)


def replacing(world: TimelockWorld) -> list[tuple[str, bytes]]:
    return [
        world.call_of("Timelock", "set_canceller", HEIR),
        world.call_of("MarketParams", "set_guardian", HEIR),
    ]


def resuming(world: TimelockWorld) -> list[tuple[str, bytes]]:
    return [
        world.call_of("MarketParams", "unpause", market, act)
        for market in MARKETS
        for act in PAUSABLE
    ]


def others(world: TimelockWorld) -> list[tuple[str, bytes]]:
    return [
        world.call_of("MarketParams", "set_fees", MARKET, 100, 100, 500),
        world.call_of("MarketParams", "transfer_ownership", HEIR),
        world.call_of("Timelock", "set_proposer", HEIR),
        world.call_of("Timelock", "set_delay", 3_600),
        (world.deployed.address("MarketParams"), b""),
        (world.deployed.address("MarketParams"), b"\x00\x00\x00"),
        # The name of a harmless call, where it means something else.
        (
            world.deployed.address("MarketParams"),
            world.call_of("Timelock", "set_canceller", HEIR)[1],
        ),
    ]


def test_cancel__by_the_guardian_of_its_own_removal__is_refused_and_all_goes_on(world):
    calls = [*replacing(world), *resuming(world)]
    id_, ready_at = world.schedule(*calls)
    for now_s in (world.now_s, ready_at - 1, ready_at):
        if now_s > world.now_s:
            world.wait_until(now_s, ENTRY)
        with pytest.raises(CallReverted, match=BEYOND):
            world.send("guardian", "Timelock", "cancel", id_)
    world.execute(*calls)
    assert world.read("MarketParams", "guardian") == HEIR
    assert world.read("Timelock", "canceller") == HEIR
    assert [world.read("MarketParams", "risk", market).paused for market in MARKETS] == [0, 0, 0]
    with pytest.raises(CallReverted, match="caller is not the guardian"):
        world.send("guardian", "MarketParams", "pause", MARKET, Act.OPEN)
    with pytest.raises(CallReverted, match="caller may not cancel"):
        world.send("guardian", "Timelock", "cancel", id_)


@pytest.mark.parametrize("place", range(2 + len(MARKETS) * len(PAUSABLE)))
def test_cancel__by_the_guardian_of_each_such_call_alone__is_refused(world, place):
    call = [*replacing(world), *resuming(world)][place]
    id_, ready_at = world.schedule(call)
    with pytest.raises(CallReverted, match=BEYOND):
        world.send("guardian", "Timelock", "cancel", id_)
    world.wait_until(ready_at, ENTRY)
    world.execute(call)


def test_cancel__by_the_proposer__drops_those_calls_too(world):
    id_, _ = world.schedule(*replacing(world))
    (event,) = world.send("governor", "Timelock", "cancel", id_)
    assert event.name == "CallsCancelled"


@given(picked=st.lists(st.integers(0, 30), min_size=1, max_size=8))
def test_cancel__any_company__is_refused_only_where_nothing_else_is_done(deployed, picked):
    before = deployed.snapshot()
    harmless, harmful = [*replacing(deployed), *resuming(deployed)], others(deployed)
    every = [*harmless, *harmful]
    calls = [every[one % len(every)] for one in picked]
    id_, _ = deployed.schedule(*calls)
    expected = all(one in harmless for one in calls)
    assert deployed.read("Timelock", "is_beyond_veto", id_) is expected
    if expected:
        with pytest.raises(CallReverted, match=BEYOND):
            deployed.send("guardian", "Timelock", "cancel", id_)
    else:
        deployed.send("guardian", "Timelock", "cancel", id_)
        assert deployed.read("Timelock", "ready_at", id_) == 0
    deployed.revert(before)
