"""Classes 3, 4 and 5, funding: paid but not received, truncated to nothing, or settled too late.

Sources: Velar H-1, M-2, M-7 and M-10, Perp v3 M-3, GMX M-10 and H-2, Unstoppable H-6.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.types import account_id
from sim.units import WAD, wad
from tests.adl_world import untouched
from tests.attack_world import AttackWorld
from tests.liquidation_world import ENTRY
from tests.support.contracts import address_of

HOUR_S = 3_600
FROZEN = (28_800, 600, 0, 0, wad("0.75"), 0)  # the reference's terms, with no rate at all


@pytest.fixture(scope="module")
def funded() -> AttackWorld:
    """A market in which longs pay: the crew holds both sides, and a bid far above the index."""
    world = AttackWorld(funding=True)
    for role in ("attacker", "second"):
        world.fund(role, 1_000_000)
    world.order("second", "-2", ENTRY)
    world.order("attacker", "2", ENTRY, kind=1)
    for _ in range(9):
        world.index(ENTRY, seconds=HOUR_S)
    assert world.price().funding_rate_wad != 0
    return world


def accounts() -> tuple[int, int]:
    return account_id(address_of("attacker")), account_id(address_of("second"))


@given(waits=st.lists(st.integers(1, 600), min_size=1, max_size=8))
def test_class_03__both_sides_held_by_one_owner__funding_never_creates_a_wei(funded, waits):
    with untouched(funded) as world:
        before = world.purse_wad("attacker", "second")
        for seconds in waits:
            world.index(ENTRY, seconds=seconds)
            # Settles one side, in turn, at a different moment than the other.
            world.deposit(("attacker", "second")[seconds % 2], 0 + 1)
            before += WAD // 10**6
        assert world.purse_wad("attacker", "second") <= before
        assert world.conservation_error() == 0


@given(calls=st.integers(2, 40))
def test_class_04__the_smallest_position_poked_all_the_time__owes_what_it_owes(funded, calls):
    # A payer that has itself settled every other second must not shave the truncation off.
    owed = []
    for steps in (1, calls):
        with untouched(funded) as world:
            account = world.enter("third", "0.0002", 5)
            start_wad = world.cash(account)
            for _ in range(steps):
                world.index(ENTRY, seconds=2 * calls // steps)
                world.deposit("third", 1)
            paid = start_wad + steps * WAD // 10**6 - world.cash(account)
            left = world.read("Clearinghouse", "funding_owed", account, world.market)
            owed.append((paid + left, 2 * calls // steps * steps))
    (once, once_s), (split, split_s) = owed
    assert once > 0
    # As much a second either way, up to a wei a settlement, and in the house's favour.
    assert (
        once * split_s - once_s - split_s
        <= split * once_s
        <= once * split_s + (calls + 1) * once_s * split_s
    )


def test_class_05__a_rate_changed_in_between__is_settled_at_the_old_one_first(funded):
    payer, receiver = accounts()
    if funded.price().funding_rate_wad < 0:
        payer, receiver = receiver, payer
    with untouched(funded) as world:
        world.index(ENTRY, seconds=600)
        owed_wad = world.read("Clearinghouse", "funding_owed", payer, world.market)
        assert owed_wad > 0
        world.send("owner", "MarkPrice", "set_funding_terms", world.market, FROZEN)
        assert world.read("Clearinghouse", "funding_owed", payer, world.market) == owed_wad
        received = -world.read("Clearinghouse", "funding_owed", receiver, world.market)
        assert 0 <= owed_wad - received <= 2


@given(seconds=st.integers(1, 4 * HOUR_S), margin=st.integers(640, 700))
def test_class_05__health_by_the_view__is_what_a_liquidation_judges(funded, seconds, margin):
    # A stale view would let an account be struck that reads healthy, or live that does not.
    with untouched(funded) as world:
        account = world.enter("edge", "1", margin)
        world.index(ENTRY, seconds=seconds)
        world.index(ENTRY - 290 + seconds % 7, seconds=2)
        seen = world.health(account)
        struck = world.try_liquidate(account)
        assert (struck == "liquidator: account is healthy") == (
            seen.equity_wad >= seen.maintenance_wad
        )
