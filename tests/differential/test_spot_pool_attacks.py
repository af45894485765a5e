"""What it costs to move a pool and its averages, against the closed forms."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, isqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference.spot_pool import (
    Method,
    arithmetic_multiple,
    geometric_multiple,
    push_cost,
)
from sim.units import WAD, wad
from tests.spot_world import FUNDS_RAW, PoolWorld
from tests.support.examples import HEAVY

BASE_WAD, QUOTE_WAD = wad(1_000), wad(100_000)  # at 100
PRICE = QUOTE_WAD // BASE_WAD
BLOCK_S = 2


def pool_world(fee_bps: int = 0) -> PoolWorld:
    world = PoolWorld(quote_decimals=18, fee_bps=fee_bps)
    world.add(BASE_WAD, QUOTE_WAD)
    return world


def pushed(world: PoolWorld, factor: Fraction) -> tuple[int, int]:
    """Buy until the price is `factor` times as high, without a fee: quote paid and base got."""
    paid_wad = isqrt(ceil(factor * QUOTE_WAD**2)) - QUOTE_WAD
    return paid_wad, world.swap(paid_wad, is_buy=True)


def moved(world: PoolWorld) -> Decimal:
    """How many times as high the price is, exactly."""
    base_wad, quote_wad = world.reserves()
    return Decimal(quote_wad) * BASE_WAD / (Decimal(base_wad) * QUOTE_WAD)


@HEAVY
@given(factor=st.fractions(Fraction(1_001, 1_000), 10**6))
def test_swap__price_pushed_and_arbitraged_back__costs_the_closed_form(factor: Fraction) -> None:
    world = pool_world()
    paid_wad, got_wad = pushed(world, factor)
    with localcontext(prec=60):
        exact = Decimal(factor.numerator) / factor.denominator
        # What was bought is worth the old price again once it is arbitraged back.
        lost_wad = paid_wad - PRICE * got_wad
        assert abs(lost_wad - push_cost(Decimal(QUOTE_WAD), exact)) <= PRICE + 2

        earned_wad = world.swap(got_wad, role="whale", is_buy=False) - PRICE * got_wad
        # The pool keeps what the purchase was rounded by, at the price it was pushed to.
        assert 0 <= lost_wad - earned_wad <= PRICE * exact.sqrt() + 1
    assert world.reserves()[0] == BASE_WAD


@given(
    factor=st.fractions(Fraction(1_001, 1_000), 10**6),
    fee_bps=st.sampled_from([1, 5, 30, 100, 1_000]),
    is_buy=st.booleans(),
)
def test_swap__price_pushed_against_a_fee__costs_at_least_the_closed_form(
    factor: Fraction, fee_bps: int, is_buy: bool
) -> None:
    world = pool_world(fee_bps)
    reserve_wad = QUOTE_WAD if is_buy else BASE_WAD
    paid_wad = isqrt(ceil(factor * reserve_wad**2)) - reserve_wad
    got_wad = world.swap(paid_wad, is_buy=is_buy)
    lost_wad = paid_wad - PRICE * got_wad if is_buy else PRICE * paid_wad - got_wad
    with localcontext(prec=60):
        assert lost_wad >= push_cost(Decimal(QUOTE_WAD), moved(world))
        # And at least the fee itself more, of what was paid in.
        fee_wad = paid_wad * Decimal(fee_bps) / 10_000 * (1 if is_buy else PRICE)
        kept_wad = paid_wad * (1 - Decimal(fee_bps) / 10_000)
        unpaid_factor = (1 + kept_wad / reserve_wad) ** 2
        assert lost_wad - fee_wad - push_cost(Decimal(QUOTE_WAD), unpaid_factor) >= -1


def test_swap__twenty_percent_push__needs_the_capital_and_costs_what_the_literature_says() -> None:
    world = pool_world()
    paid_wad, got_wad = pushed(world, Fraction(6, 5))
    assert paid_wad == pytest.approx(QUOTE_WAD * 0.0954, rel=1e-3)
    assert paid_wad - PRICE * got_wad == pytest.approx(QUOTE_WAD * 0.00832, rel=1e-3)


def held_for(method: Method, factor: Decimal, window: int, held: int) -> Decimal:
    """How many times as high a mean over `window` blocks reads, the price being held for `held`."""
    world = pool_world()
    feed = world.feed(method, window * BLOCK_S)
    world.wait(window * BLOCK_S)
    start_wad = feed.read("latest").price_wad
    is_up = factor > 1
    reserve_wad = QUOTE_WAD if is_up else BASE_WAD
    with localcontext(prec=60):
        root = factor.sqrt() if is_up else 1 / factor.sqrt()
        paid_wad = int(reserve_wad * (root - 1))
    got_wad = world.swap(paid_wad, is_buy=is_up)
    world.wait(held * BLOCK_S)
    world.swap(got_wad, is_buy=not is_up)
    world.wait(BLOCK_S)
    return Decimal(feed.read("latest").price_wad) / start_wad


moves = st.decimals(Decimal("0.01"), Decimal("0.5"), places=4)


@given(move=moves, held=st.integers(1, 39), sign=st.sampled_from([1, -1]))
def test_latest__geometric_mean_pushed__needs_the_closed_form_s_multiple(
    move: Decimal, held: int, sign: int
) -> None:
    window = 40
    multiple = geometric_multiple(sign * move, window, held)
    if not Decimal("1e-12") < multiple < Decimal("1e12"):
        return
    reached = held_for(Method.GEOMETRIC, multiple, window, held)
    assert float(reached) == pytest.approx(float(1 + sign * move), rel=1e-7)


@given(move=moves, held=st.integers(1, 39))
def test_latest__arithmetic_mean_pushed__needs_only_a_linear_multiple(
    move: Decimal, held: int
) -> None:
    window = 40
    reached = held_for(Method.ARITHMETIC, arithmetic_multiple(move, window, held), window, held)
    assert float(reached) == pytest.approx(float(1 + move), rel=1e-9)


@pytest.mark.parametrize("factor", ["0.5", "0.01", "1e-9"])
def test_latest__arithmetic_mean_pushed_down__falls_by_no_more_than_the_time_held(
    factor: str,
) -> None:
    reached = held_for(Method.ARITHMETIC, Decimal(factor), 100, 5)
    assert Decimal("0.95") <= reached < 1
    assert float(reached) == pytest.approx(0.95 + 0.05 * float(factor), rel=1e-9)


def test_latest__half_hour_mean_moved_by_a_fifth_in_two_blocks__costs_what_it_should() -> None:
    # 150 blocks, 2 of them the attacker's: 870,000 times the price or 16 times.
    multiple = geometric_multiple(Decimal("0.2"), 150, 2)
    assert float(multiple) == pytest.approx(8.7e5, rel=1e-2)
    assert float(held_for(Method.GEOMETRIC, multiple, 150, 2)) == pytest.approx(1.2, rel=1e-7)
    linear = arithmetic_multiple(Decimal("0.2"), 150, 2)
    assert linear == 16
    assert float(held_for(Method.ARITHMETIC, linear, 150, 2)) == pytest.approx(1.2, rel=1e-9)
    assert float(held_for(Method.GEOMETRIC, linear, 150, 2)) == pytest.approx(16 ** (2 / 150))


@pytest.mark.parametrize("method", [Method.ARITHMETIC, Method.GEOMETRIC])
def test_latest__thousandfold_push_undone_in_its_block__leaves_no_trace(method: Method) -> None:
    pushed_world, quiet = pool_world(), pool_world()
    readings = []
    for world in (pushed_world, quiet):
        feed = world.feed(method, 600)
        world.wait(600)
        if world is pushed_world:
            _, got_wad = pushed(world, Fraction(1_000))
            world.swap(got_wad, is_buy=False)
            assert world.balances("taker")[0] == FUNDS_RAW
        world.wait(BLOCK_S)
        readings.append(feed.read("latest"))
    assert abs(readings[0].price_wad - readings[1].price_wad) <= 1
    assert WAD * PRICE - 1_000 <= readings[0].price_wad <= WAD * PRICE
