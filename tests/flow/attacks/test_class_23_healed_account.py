"""Class 23, liquidation of a healed account, or by a price that is gone.

Sources: flatmoney H-5, SYMM H-1 and H-3, GMX M-4. Every rung judges the account as it is, at this
block's mark; what was found about it in another block counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.chain.port import CallReverted
from sim.types import account_id
from tests.adl_world import NO_RUNG_ACTED, untouched
from tests.attack_world import AttackWorld
from tests.liquidation_world import RAW
from tests.support.contracts import address_of

KEEPER = account_id(address_of("keeper"))
HEALTHY = "liquidator: account is healthy"


@pytest.fixture(scope="module")
def deployed() -> AttackWorld:
    """A long that a fall to 59 100 leaves with a third of its maintenance; shorts to face it."""
    world = AttackWorld()
    world.enter("bear", "-0.4", 4_000)
    world.enter("victim", "1", 1_030)
    return world


@pytest.fixture
def world(deployed: AttackWorld) -> Iterator[AttackWorld]:
    with untouched(deployed):
        yield deployed


def victim(world: AttackWorld) -> int:
    return max(world.everybody, key=world.size)


def test_liquidate__topped_up_in_the_same_block__is_refused_by_every_rung(world):
    world.index("59100")
    account = victim(world)
    assert world.is_liquidatable(account)
    queue = world.sorted_candidates(account)
    world.deposit("victim", 500 * RAW)
    world.order("maker", "1", "59100")
    assert world.try_liquidate(account) == HEALTHY
    with pytest.raises(CallReverted, match=HEALTHY):
        world.send("keeper", "Liquidator", "take_over", account, 1, 2**200, KEEPER)
    with pytest.raises(CallReverted, match=HEALTHY):
        world.send("keeper", "Deleverager", "deleverage", account, 1, queue, False)


def test_liquidate__price_came_back__is_refused(world):
    world.index("59100")
    account = victim(world)
    assert world.is_liquidatable(account)
    world.index("59900")
    assert world.try_liquidate(account) == HEALTHY


def test_deleverage__all_had_failed_in_an_earlier_block__asks_again(world):
    world.index("59100")
    account = victim(world)
    assert world.try_liquidate(account) == NO_RUNG_ACTED
    queue = world.sorted_candidates(account)
    world.index("59900")
    with pytest.raises(CallReverted, match=HEALTHY):
        world.send("keeper", "Deleverager", "deleverage", account, 1, queue, False)
    world.index("59100")
    world.order("maker", "1", "59100")  # now the book can
    with pytest.raises(CallReverted, match="deleverager: an earlier rung can act"):
        world.send("keeper", "Deleverager", "deleverage", account, 1, queue, False)


def test_deleverage__round_of_an_earlier_block__asks_again_before_it_takes(world):
    world.index("59100")
    account = victim(world)
    world.send("keeper", "Deleverager", "open_round", account, 1, False)
    (chunk,) = world.rank_in_chunks(account, world.holders(-1), chunk=32)
    size_wad = world.size(account)
    with untouched(world):
        world.index("59900")
        with pytest.raises(CallReverted, match=HEALTHY):
            world.send("keeper", "Deleverager", "take", account, 1, chunk)
    with untouched(world):
        world.next_block()
        world.order("maker", "1", "59100")  # now the book can
        with pytest.raises(CallReverted, match="deleverager: an earlier rung can act"):
            world.send("keeper", "Deleverager", "take", account, 1, chunk)
    assert world.size(account) == size_wad


def test_liquidate__paused_and_allowed_again__waits_for_the_grace_to_top_up(world):
    world.send("guardian", "MarketParams", "pause", 1, 4)
    world.index("59100")
    account = victim(world)
    world.send("owner", "MarketParams", "unpause", 1, 4)
    assert world.try_liquidate(account) == "liquidator: liquidation not allowed now"
    world.deposit("victim", 500 * RAW)
    world.index("59100", seconds=61)
    assert world.try_liquidate(account) == HEALTHY
