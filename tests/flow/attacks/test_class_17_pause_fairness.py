"""Class 17, pauses that trap: who may not reduce or top up while the keeper may strike.

Sources: Hubble M-11, SYMM M-24, GMX M-11 and M-25.
"""

from __future__ import annotations

import pytest

from sim.chain.port import CallReverted
from sim.types import OrderKind, account_id
from sim.types.codes import Act
from sim.units import WAD
from tests.liquidation_world import ENTRY, RAW
from tests.support.contracts import address_of

PAUSABLE = (Act.OPEN, Act.WITHDRAW, Act.TRIGGER, Act.LIQUIDATE, Act.ADL)
GRACE_S = 60


def stop_everything(world):
    for act in PAUSABLE:
        world.send("guardian", "MarketParams", "pause", world.market, act)


def test_class_17__everything_paused__reduces_and_top_ups_stay_open(world):
    account = world.enter("edge", "1", 700)
    stop_everything(world)
    world.index(ENTRY - 200)
    world.deposit("edge", 10 * RAW)
    world.order("maker", "0.4", ENTRY - 200, reduce_only=True)
    world.order("edge", "-0.4", ENTRY - 200, kind=OrderKind.IOC, reduce_only=True)
    assert world.size(account) == 6 * WAD // 10
    with pytest.raises(CallReverted, match="stopped"):
        world.order("edge", "0.1", ENTRY - 400)


def test_class_17__everything_paused__nobody_is_liquidated(world):
    account = world.enter("edge", "1", 640)
    stop_everything(world)
    world.index(ENTRY - 500)
    world.order("maker", "1", ENTRY - 500, reduce_only=True)
    assert "liquidator: " in str(world.try_liquidate(account))
    assert world.size(account) == WAD


def test_class_17__cleared_by_the_owner__a_grace_comes_before_the_keeper(world):
    # The keeper is the attacker's: it may not be first with a transaction in the same block.
    account = world.enter("edge", "1", 640)
    stop_everything(world)
    world.index(ENTRY - 450)
    world.order("maker", "1", ENTRY - 450, reduce_only=True)
    for act in PAUSABLE:
        world.send("owner", "MarketParams", "unpause", world.market, act)
    assert "liquidator: " in str(world.try_liquidate(account))
    # Time enough to bring margin.
    world.deposit("edge", 200 * RAW)
    world.index(ENTRY - 450, seconds=GRACE_S + 1)
    assert world.try_liquidate(account) == "liquidator: account is healthy"
    assert world.earned_wad() <= 0


def test_class_17__the_guardian__clears_nothing(world):
    stop_everything(world)
    for act in PAUSABLE:
        with pytest.raises(CallReverted):
            world.send("guardian", "MarketParams", "unpause", world.market, act)


def test_class_17__withdrawals_paused__own_accounts_stay_apart(world):
    # Moving between one's accounts is withdrawing from one of them.
    world.enter("edge", "1", 2_000)
    stop_everything(world)
    cross, isolated = (account_id(address_of("edge"), bucket) for bucket in (0, 1))
    with pytest.raises(CallReverted):
        world.send("edge", "MarginVault", "move", cross, isolated, WAD)
