"""Class 24, whom a keeper may deleverage: opposite, still sized, best ranked, nobody skipped.

Sources: GMX M-23, H-4 and H-5. A keeper with favourites, or with a position of its own to save,
can name nobody but the queue.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.reference.adl import Policy, shares
from tests.adl_world import NO_RUNG_ACTED, named, untouched
from tests.attack_world import AttackWorld

WRONG = "deleverager: (out of order or twice|not all counterparties are named|nobody named)"


@pytest.fixture(scope="module")
def deployed() -> AttackWorld:
    """Five shorts of all sorts against a long that fell, with neither book nor pool."""
    world = AttackWorld()
    for place, (size, margin) in enumerate(
        (("-0.4", 5_000), ("-0.1", 200), ("-0.3", 9_000), ("-0.2", 420))
    ):
        world.enter(f"bear {place}", size, margin)
    world.enter("attacker", "-0.5", 900)  # highest leverage, would like to be forgotten
    world.enter("friend", "0.2", 20_000)
    world.enter("victim", "1", 1_030)
    world.index("59050")
    return world


@pytest.fixture
def world(deployed: AttackWorld) -> Iterator[AttackWorld]:
    with untouched(deployed):
        yield deployed


def victim(world: AttackWorld) -> int:
    return max(world.holders(1), key=world.size)


@given(policy=st.sampled_from(list(Policy)), data=st.data())
def test_deleverage__any_other_list_than_everybody__is_refused(deployed, policy, data):
    with untouched(deployed) as world:
        world.set_policy(policy)
        account = victim(world)
        assert world.try_liquidate(account) == NO_RUNG_ACTED
        queue = world.sorted_candidates(account)
        sizes = {one: world.size(one) for one in queue}
        mixed = data.draw(st.permutations([*queue, *world.holders(1)]))
        listed = mixed[: data.draw(st.integers(0, len(mixed)))]
        if set(queue) <= set(listed):
            return  # everybody, in whatever order; who is on the wrong side gives nothing
        with pytest.raises(CallReverted, match=WRONG):
            world.send("keeper", "Deleverager", "deleverage", account, 1, listed, False)
        assert {one: world.size(one) for one in queue} == sizes


@pytest.mark.parametrize("policy", list(Policy))
def test_deleverage__the_queue__takes_the_references_shares_of_opposite_positions(world, policy):
    world.set_policy(policy)
    account = victim(world)
    assert world.try_liquidate(account) == NO_RUNG_ACTED
    terms, _ = world.terms(account, policy)
    others = [world.counterparty(one) for one in world.holders(-1)]
    before = {one.account: one for one in others}
    wanted = {one: share for one, share in shares(others, terms).items() if share}
    taken = named(world.deleverage(account), "CounterpartyDeleveraged")
    assert {one.counterparty: one.size_wad for one in taken} == wanted
    for one in taken:
        assert one.size_wad <= before[one.counterparty].size_wad
        assert world.health(one.counterparty).equity_wad >= 0
    assert sum(one.size_wad for one in taken) == terms.budget_wad
    world.check_books()


def test_deleverage__named_twice_to_hide_another__is_refused(world):
    account = victim(world)
    assert world.try_liquidate(account) == NO_RUNG_ACTED
    queue = world.sorted_candidates(account)
    with pytest.raises(CallReverted, match=WRONG):
        world.send(
            "keeper", "Deleverager", "deleverage", account, 1, [queue[0], *queue[:-1]], False
        )


def test_deleverage__keeper_sold_its_position_within_the_block__somebody_else_is_in_the_queue(
    world,
):
    account = victim(world)
    assert world.try_liquidate(account) == NO_RUNG_ACTED
    queue = world.sorted_candidates(account)
    world.flatten("attacker", "59050")
    with pytest.raises(CallReverted, match=WRONG):
        world.send("keeper", "Deleverager", "deleverage", account, 1, queue[:-1], False)
    world.deleverage(account)
    assert world.size(account) == 0
