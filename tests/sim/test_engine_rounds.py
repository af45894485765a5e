"""A wish to deleverage becomes the calls of a whole round, whoever is on the other side."""

from __future__ import annotations

import pytest

from sim.chain.port import Receipt
from sim.engine.adl_rounds import CHUNK, Rounds
from sim.engine.transactions import Translator
from sim.types import Deleverage
from tests.adl_world import AdlWorld
from tests.sim.test_engine_mirror_waterfall import NAME, mirror_of
from tests.support.contracts import address_of


def crashed(shorts: int) -> tuple[AdlWorld, int]:
    """A long that a fall bankrupts, against so many shorts of its size together."""
    world = AdlWorld()
    for number in range(shorts):
        world.enter(f"bear_{number}", "-0.1", 600 + 40 * (number * 7 % 11))
    long = world.enter("taker", f"{shorts // 10}", 1_300 * (shorts // 10))
    world.index("57000")
    return world, long


def deleverage(world: AdlWorld, account: int, *, at_mark: bool = False) -> list[Receipt]:
    """What a keeper's wish comes to."""
    translate = Translator(world.deployed)
    rounds = Rounds(world.chain, world.deployed, translate, mirror_of(world))
    action = Deleverage(account=account, market=NAME, at_mark=at_mark)
    world.chain.submit(rounds.calls(address_of("keeper"), action))
    return world.chain.seal()


@pytest.mark.parametrize(("shorts", "calls"), [(20, 1), (CHUNK + 8, 7)])
def test_calls__few_and_many_counterparties__close_the_whole_position(
    shorts: int, calls: int
) -> None:
    world, long = crashed(shorts)
    receipts = deleverage(world, long)
    assert [one.error for one in receipts] == [""] * calls
    assert world.size(long) == 0
    assert deleverage(world, long) == []  # nothing is left to close


def test_calls__nothing_left_over__asks_for_no_round_at_mark() -> None:
    world, long = crashed(20)
    assert deleverage(world, long, at_mark=True) == []
    deleverage(world, long)
    assert deleverage(world, long, at_mark=True) == []


def test_calls__counterparties_cannot_pay__close_the_rest_at_mark() -> None:
    world = AdlWorld()
    long = world.enter("taker", "1", 1_300)
    world.enter("patient", "0.5", 40_000)
    world.index("50000")
    world.enter("poor", "-1.5", 1_500, price="50000")
    (first,), (second,) = deleverage(world, long), deleverage(world, long, at_mark=True)
    assert (first.error, second.error, world.size(long)) == ("", "", 0)


def test_calls__healthy_account__is_refused_with_the_reason() -> None:
    world, _ = crashed(20)
    healthy = world.holders(-1)[0]
    (receipt,) = deleverage(world, healthy)
    assert not receipt.ok
    assert receipt.error.startswith("liquidator:")
