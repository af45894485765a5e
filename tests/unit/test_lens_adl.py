"""The lens's deleveraging queue and quintiles, as the reference ranks the same accounts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.reference.adl import Policy, quintiles
from sim.types import account_id
from sim.units import wad
from tests.adl_world import AdlWorld, untouched
from tests.support.contracts import address_of

SIDES = pytest.mark.parametrize("side", [1, -1], ids=["longs", "shorts"])


@pytest.fixture(scope="module")
def deployed() -> AdlWorld:
    """Eleven a side, of different sizes, leverages and entries."""
    world = AdlWorld()
    for place in range(10):
        for side, sign in (("bull", ""), ("bear", "-")):
            size = f"{sign}0.{place % 3 + 1}"
            price = 59_900 + 20 * ((7 * place) % 10)
            world.enter(f"{side} {place}", size, 700 + 900 * (place % 4), price=price)
    world.enter("bull", "1", 9_000)
    world.index("60100")
    return world


@SIDES
@pytest.mark.parametrize("policy", list(Policy))
def test_adl_queue__either_side__is_the_references(deployed, policy, side):
    with untouched(deployed) as world:
        world.set_policy(policy)
        holders = world.holders(side)
        others = [world.counterparty(one) for one in holders]
        # A round against somebody of the other side who does not owe, whatever its size.
        terms = replace(world.at_mark(world.holders(-side)[0], policy, 1), mark_wad=wad(60_100))
        asked = [*world.holders(-side), *reversed(holders), account_id(address_of("stranger"))]
        found = world.read("Lens", "adl_queue", world.market, side > 0, asked)
        assert [one.account for one in found] == world.queue(terms, -side)
        assert {one.account: one.quintile for one in found} == quintiles(others, terms)
        for one in (found[0], found[-1]):
            rank = world.read("Lens", "adl_rank", one.account, world.market, asked)
            assert rank == one.quintile
        assert (found[0].quintile, found[-1].quintile) == (5, 1 if len(found) > 4 else 5)


def test_adl_rank__no_position_or_not_among_them__is_none(deployed):
    stranger = account_id(address_of("stranger"))
    holders = deployed.holders(1)
    assert deployed.read("Lens", "adl_rank", stranger, 1, [*holders, stranger]) == 0
    assert deployed.read("Lens", "adl_rank", holders[0], 1, holders[1:]) == 0
    assert deployed.read("Lens", "adl_queue", 1, True, []) == ()
