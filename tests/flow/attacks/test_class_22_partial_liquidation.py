"""Class 22, partial liquidations that make it worse: the ratio falls, more is closed than is held,
or cutting one liquidation into many earns more.

Sources: Tigris H-09 mirrored, SYMM M-18 and M-19.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.types import account_id
from sim.units import WAD
from tests.adl_world import named, untouched
from tests.attack_world import AttackWorld
from tests.liquidation_world import RAW
from tests.support.contracts import address_of
from tests.support.examples import HEAVY

LEAST_FILLS = 8


@pytest.fixture(scope="module")
def deployed() -> AttackWorld:
    """A keeper that also rests orders, so that it decides how much each call can fill."""
    world = AttackWorld()
    world.stake("whale", 1_000_000 * RAW)
    world.fund("keeper", 10_000_000)
    return world


@pytest.fixture
def world(deployed: AttackWorld) -> Iterator[AttackWorld]:
    with untouched(deployed):
        yield deployed


def sick(world: AttackWorld, side: int, size: str, away: int) -> int:
    """A position whose index moved against it."""
    margin = int(float(size) * 1_030) + 2
    account = world.enter("victim", size if side > 0 else f"-{size}", margin)
    world.index(60_000 - side * away)
    return account


def paid(world: AttackWorld, account: int, side: int, away: int, crumbs: str | None) -> int:
    """What keepers earn until the account is healthy or gone; with crumbs in front of the book."""
    price = 60_000 - side * away
    sign = "" if side > 0 else "-"
    total = 0
    for _ in range(40):
        if not world.is_liquidatable(account) or not world.size(account):
            break
        if crumbs:
            for _ in range(LEAST_FILLS):
                world.order("keeper", sign + crumbs, price)
        else:
            world.order("maker", sign + "20", price)
        events = world.send("keeper", "Liquidator", "liquidate", account, world.market, LEAST_FILLS)
        (done,) = named(events, "AccountLiquidated")
        check(done)
        total += done.reward_wad
    return total


def check(done: object) -> None:
    """E/MM is higher, by the numbers of the event itself."""
    before = done.equity_before_wad, done.maintenance_before_wad
    if done.maintenance_after_wad:
        assert done.equity_after_wad * before[1] > before[0] * done.maintenance_after_wad


aways = st.integers(710, 1_020)


@given(side=st.sampled_from([1, -1]), away=aways, size=st.sampled_from(["0.05", "0.4", "1", "1.5"]))
def test_liquidate__partial__raises_the_ratio_and_takes_no_more_than_there_is(
    deployed, side, away, size
):
    with untouched(deployed) as world:
        account = sick(world, side, size, away)
        if world.is_liquidatable(account):
            held_wad = world.size(account)
            paid(world, account, side, away, None)
            assert 0 <= world.size(account) * side <= held_wad * side
            assert not world.size(account) or not world.is_liquidatable(account)
            world.check_books()


@HEAVY
@given(
    side=st.sampled_from([1, -1]), away=aways, crumbs=st.sampled_from(["0.0002", "0.001", "0.01"])
)
def test_liquidate__in_crumbs_of_the_keepers_own__earns_no_more_than_at_once(
    deployed, side, away, crumbs
):
    with untouched(deployed) as world:
        account = sick(world, side, "1", away)
        with untouched(world):
            whole = paid(world, account, side, away, None)
        cut = paid(world, account, side, away, crumbs)
        # 26 bps of a crumb may be the bound of one of them; together they are one liquidation.
        assert cut <= max(whole, world_reward(world, account))


def world_reward(world: AttackWorld, account: int) -> int:
    """The clamp of all that was liquidated of an account."""
    events = [one for each in world.transactions for one in named(each, "AccountLiquidated")]
    notional_wad = sum(one.notional_wad for one in events if one.account == account)
    return min(max(WAD // 2 + notional_wad // 5_000, WAD // 2), 500 * WAD)


def test_liquidate__again_after_the_cooldown__is_a_liquidation_of_its_own(world):
    account = sick(world, 1, "1", 720)
    first = paid(world, account, 1, 720, None)
    world.next_block(40)
    world.index(60_000 - 800)
    assert world.is_liquidatable(account_id(address_of("victim")))
    assert paid(world, account, 1, 800, None) > WAD // 2
    assert first > WAD // 2
