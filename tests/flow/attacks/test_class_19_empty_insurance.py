"""Class 19, liquidation reverts when the insurance is short: it has to fall to the next rung.

Sources: Perp Curie's CH_IIC, dYdX's insurance gate.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.types import account_id
from tests.adl_world import NO_RUNG_ACTED, AdlWorld, named, untouched
from tests.attack_world import AttackWorld
from tests.liquidation_world import RAW
from tests.support.contracts import address_of

KEEPER = account_id(address_of("keeper"))


@pytest.fixture(scope="module")
def deployed() -> AttackWorld:
    return AttackWorld()


@given(
    stake=st.sampled_from([0, 1, 50, 700, 5_000]),
    away=st.integers(820, 8_000),
    side=st.sampled_from([1, -1]),
    bid=st.booleans(),
)
def test_liquidate__pool_empty_or_poor__never_reverts_and_the_ladder_ends(
    deployed, stake, away, side, bid
):
    with untouched(deployed) as world:
        if stake:
            world.stake("whale", stake * RAW)
        account = world.enter("victim", "1" if side > 0 else "-1", 1_030)
        price = 60_000 - side * away
        world.index(price)
        if bid:
            world.order("maker", "0.3" if side > 0 else "-0.3", price)
        for _ in range(6):
            if not world.size(account) or not world.is_liquidatable(account):
                break
            rung = world.try_liquidate(account)
            assert rung in (0, 2, NO_RUNG_ACTED), rung
            if rung == NO_RUNG_ACTED:
                close_against_winners(world, account)
        assert world.size(account) == 0
        assert world.cash(account) >= 0
        assert world.cash(world.pool_account()) >= 0
        world.check_books()


def close_against_winners(world: AdlWorld, account: int) -> None:
    world.deleverage(account)
    if world.size(account):
        world.deleverage(account, at_mark=True)


def test_liquidate__pool_cannot_pay_the_keeper__liquidates_for_what_there_is(deployed):
    with untouched(deployed) as world:
        account = world.enter("victim", "1", 1_030)
        world.index(58_990)
        world.order("maker", "1", 59_001)
        events = world.send("keeper", "Liquidator", "liquidate", account, world.market, 32)
        (done,) = named(events, "AccountLiquidated")
        assert (done.rung, done.reward_wad) == (0, done.penalty_wad)
        assert world.cash(KEEPER) == done.reward_wad > 0
