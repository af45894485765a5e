"""Marks and funding made of orders that nobody can hit, or kept from those that anybody can.

Source: audit of 6be1e45, M3. A bid that expired after a second made the premium for sixteen hours,
3.75 % per 8 h; and 32 levels of dust in front of the real quotes hid them from the impact walk, so
that a side without an impact price paid no premium. Impact prices count firm orders alone, in
levels that matter, and find these behind any dust.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.types import OrderKind, account_id
from sim.units import WAD, wad
from tests.adl_world import gap_config, untouched
from tests.attack_world import THIN, AttackWorld
from tests.liquidation_world import RAW, LiquidationWorld
from tests.support.contracts import address_of
from tests.support.examples import HEAVY

IMPACT_WAD = wad(500)
TICK_WAD = wad("0.0001")


class ThinWorld(AttackWorld):
    """The thin market alone, at two, with funding."""

    def __init__(self) -> None:
        self.transactions = []
        LiquidationWorld.__init__(self, gap_config(funding=True), THIN)

    def index(self, price: int | str, *, conf: int | str = 0, seconds: int = 2) -> None:
        super().index("2" if price == 60_000 else price, conf=conf, seconds=seconds)


@pytest.fixture(scope="module")
def deployed() -> ThinWorld:
    world = ThinWorld()
    world.deposit("maker", 10_000_000 * RAW)
    world.everybody = {account_id(address_of(role)) for role in ("maker", "keeper")}
    for role in ("attacker", "honest", "decoy"):
        world.fund(role, 20_000)
    world.order("attacker", "-20000", "2")
    world.order("honest", "20000", "2", kind=OrderKind.IOC)
    world.order("maker", "-20000", "2.08")
    world.order("maker", "20000", "1.96")
    return world


@pytest.fixture
def world(deployed: ThinWorld) -> Iterator[ThinWorld]:
    with untouched(deployed):
        yield deployed


def seen(world: ThinWorld) -> tuple[int, int, int, int]:
    """Best and impact prices, as the mark is made of them."""
    top = world.read(f"OrderBook.{world.name}", "top", IMPACT_WAD)
    return top.best_bid_wad, top.best_ask_wad, top.impact_bid_wad, top.impact_ask_wad


def place(world: ThinWorld, orders: Sequence[tuple[bool, int, int, int]]) -> None:
    """Resting orders of the decoy: side, size, price in ticks, seconds to live (0: for ever)."""
    words = [
        (is_buy, size * WAD, ticks * TICK_WAD, 0, False, world.now_s + life if life else 0)
        for is_buy, size, ticks, life in orders
    ]
    account = account_id(address_of("decoy"))
    for start in range(0, len(words), 16):
        many = words[start : start + 16]
        world.send("decoy", f"OrderBook.{world.name}", "place_many", account, many)


def test_premium__bid_that_expired__earns_nothing(world):
    crew = ("attacker", "decoy")
    before_wad, honest_wad = world.purse_wad(*crew), world.purse_wad("honest")
    place(world, [(True, 300, 20_799, 1)])
    for _ in range(96):  # sixteen hours
        world.index("2", seconds=600)
    # Interest alone moves: a basis point in 8 hours of 40,000, whoever is long pays it.
    assert world.purse_wad(*crew) - before_wad <= wad(8)
    assert honest_wad - world.purse_wad("honest") <= wad(8)


@pytest.mark.parametrize("levels", [32, 64])
def test_top__levels_of_dust_before_real_quotes__shows_the_quotes(world, levels):
    before = seen(world)
    assert 0 not in before
    half = levels // 2
    place(world, [(True, 10, 19_700 + step, 0) for step in range(half)])
    place(world, [(False, 10, 20_700 - step, 0) for step in range(half)])
    assert seen(world) == before


dust = st.tuples(
    st.booleans(),
    st.integers(min_value=6, max_value=15),  # 10 quote at least; 31.25 count
    st.integers(min_value=0, max_value=900),
    st.sampled_from([0, 0, 1, 30]),
)
soft = st.tuples(
    st.booleans(),
    st.integers(min_value=6, max_value=3_000),
    st.integers(min_value=0, max_value=900),
    st.sampled_from([1, 30, 1_000_000]),
)


@HEAVY
@given(orders=st.lists(st.one_of(dust, soft), max_size=64))
def test_top__any_orders_too_small_or_with_an_end__change_nothing_the_mark_is_made_of(
    deployed, orders
):
    with untouched(deployed):
        before = seen(deployed)
        taken: set[tuple[bool, int]] = set()
        standing = []
        for is_buy, size, step, life in orders:
            ticks = min(19_601 + step, 20_100) if is_buy else max(20_799 - step, 20_101)
            if (is_buy, ticks) not in taken or life:  # dust at one price adds up
                standing.append((is_buy, size, ticks, life))
                taken.add((is_buy, ticks))
        place(deployed, standing)
        deployed.next_block(2)
        assert seen(deployed) == before
