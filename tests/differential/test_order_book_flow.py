"""The order book against sorted lists: long random flows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from sim.reference.orders import FOK, IOC, LIMIT, POST_ONLY, NewOrder
from sim.rng import stream
from sim.units import WAD
from tests.book_world import BookWorld
from tests.differential.book_twins import ACCOUNTS, Twins


def random_order(rng: np.random.Generator, now_s: int, *, spread: int) -> NewOrder:
    """An order near the mark, now and then of an odd kind or for the book to refuse."""
    kind = int(rng.choice([LIMIT, IOC, FOK, POST_ONLY], p=[0.6, 0.2, 0.05, 0.15]))
    is_buy = bool(rng.random() < 0.5)
    takes = kind in (IOC, FOK) or rng.random() < 0.1
    toward = 1 if is_buy == takes else -1
    price = 1_000 + toward * int(rng.integers(-spread // 4, spread + 1))
    return NewOrder(
        is_buy=is_buy,
        size_wad=int(rng.integers(2, 60 if takes else 12)) * WAD + int(rng.random() < 0.01),
        price_wad=price * WAD + int(rng.random() < 0.01),
        kind=kind if rng.random() > 0.01 else 4,
        reduce_only=bool(rng.random() < 0.2),
        expires_at=0 if rng.random() < 0.8 else now_s + int(rng.integers(0, 30)),
    )


def random_call(twins: Twins, rng: np.random.Generator, *, spread: int) -> None:
    """One call of the book by anyone."""
    who = int(rng.integers(len(ACCOUNTS)))
    role, _ = ACCOUNTS[who]
    new = random_order(rng, twins.world.now_s, spread=spread)
    standing = [order.number for order in twins.book.resting.orders]
    known = (standing or list(twins.ids)[-5:]) if rng.random() < 0.9 else list(twins.ids)[-50:]
    what = rng.choice(7, p=[0.66, 0.08, 0.08, 0.03, 0.07, 0.07, 0.01])
    if what == 0 or not known:
        twins.place(who, new, int(rng.choice([32, 3, 1, 0, 33], p=[0.8, 0.1, 0.05, 0.04, 0.01])))
    elif what == 1:
        count = int(rng.integers(4))
        more = [random_order(rng, twins.world.now_s, spread=spread) for _ in range(count)]
        twins.place_many(who, [*more, new])
    elif what == 2:
        twins.cancel(int(rng.choice(known)))
    elif what == 3:
        twins.cancel_many([each for each in known if twins.owner(each) == role][:3], role)
    elif what == 4:
        twins.replace(int(rng.choice(known)), new)
    elif what == 5:
        limit_wad = new.price_wad + int(rng.integers(3))
        twins.take_for(who, new.is_buy, int(rng.integers(1, 90)), limit_wad, 32)
    else:
        twins.cancel_all_of(who, int(rng.integers(0, 5)))


def random_change(twins: Twins, rng: np.random.Generator) -> None:
    """One change of what surrounds the book."""
    who = int(rng.integers(len(ACCOUNTS)))
    what = rng.integers(5)
    if what == 0:
        twins.set_refused(who, bool(rng.random() < 0.2))
    elif what == 1:
        twins.set_size(who, int(rng.integers(-40, 41)))
    elif what == 2:
        twins.world.next_block(int(rng.integers(1, 20)))
    elif what == 3:
        twins.admit_up_to(who, int(rng.choice([0, 0, 30, 80])))
    else:
        reach = 100 if rng.random() < 0.1 else 10
        twins.set_mark(1_000 + int(rng.integers(-reach, reach + 1)))


@pytest.fixture(scope="module")
def deployed() -> BookWorld:
    return BookWorld()


@pytest.fixture
def twins(deployed: BookWorld) -> Iterator[Twins]:
    before = deployed.snapshot()
    yield Twins(deployed)
    deployed.revert(before)


@pytest.mark.parametrize(("seed", "spread"), [(1, 6), (2, 40), (3, 200), (4, 2)])
def test_book__long_random_flow__equals_the_sorted_lists(twins, seed, spread):
    rng = stream(seed, "tests.order_book_flow")
    for _ in range(300):
        if rng.random() < 0.1:
            random_change(twins, rng)
        else:
            random_call(twins, rng, spread=spread)
        twins.check()
    assert len(twins.ids) > 80
