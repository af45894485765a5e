"""The closed form of the liquidation price against a walk over the kinks, and against health."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.reference.clearing import MakerFill
from sim.reference.liquidation import bankruptcy_price, liquidation_price
from sim.reference.margin import Tier, maintenance, notional
from sim.units import WAD, wad
from tests.clearing_world import MAJOR, THIN, ClearingWorld, account_of
from tests.differential.test_margin import risks
from tests.risk_world import RiskWorld
from tests.support.examples import HEAVY

MAKER, TAKER = account_of("maker"), account_of("taker")
sizes = st.one_of(st.integers(1, wad(10**6)), st.integers(10**12, wad(10)))
sides = st.sampled_from([-1, 1])


# A tier that begins at two wei: what random tiers once found.
TWO_WEI = replace(
    MAJOR,
    tiers=(Tier(lower_wad=0, mmr_wad=1, imr_wad=7), Tier(lower_wad=2, mmr_wad=4, imr_wad=8)),
)


@pytest.fixture(scope="module")
def world() -> RiskWorld:
    return RiskWorld()


@pytest.fixture(scope="module")
def house() -> ClearingWorld:
    world = ClearingWorld()
    for account in (MAKER, account_of("whale")):
        world.deposit(account, wad(10**9))
    return world


@example(risk=TWO_WEI, size_wad=1, side=-1, rest_wad=1)
@given(
    risk=st.one_of(st.sampled_from([MAJOR, THIN]), risks()),
    size_wad=sizes,
    side=sides,
    rest_wad=st.integers(-wad(10**8), wad(10**8)),
)
def test_liquidation_price__any_tiers__is_the_root_of_the_health(
    world, risk, size_wad, side, rest_wad
):
    size_wad *= side
    found = world.ask("price_of_liquidation", size_wad, rest_wad, risk)
    exact = liquidation_price(size_wad, rest_wad, risk)
    if found != exact:
        # The contract asks a rounded notional for its tier: at a tier's bound it may be the next.
        worth = Fraction(abs(size_wad) * found, WAD)
        assert any(abs(worth - one.lower_wad) <= 1 for one in risk.tiers[1:])
        assert abs(found - exact) <= 2 + WAD // abs(size_wad)


@HEAVY
@given(
    side=sides,
    leverage=st.integers(2, 95),
    notional_wad=st.integers(wad(100), wad(8_000_000)),
    cross=st.booleans(),
    funding_wad=st.integers(-WAD // 100, WAD // 100),
)
def test_liquidation_price__mark_moved_there__is_where_health_turns(
    house, world, side, leverage, notional_wad, cross, funding_wad
):
    before = house.snapshot()
    try:
        account = TAKER if cross else account_of("taker", 1)
        _open(house, account, side, notional_wad, leverage, cross=cross)
        house.set_price(1, funding_index_wad=funding_wad)
        size_wad = house.books.held(account, 1).size_wad
        price_wad = world.ask("price_of_liquidation", size_wad, _rest(house, account), MAJOR)
        # Bisection on the contract's own health: the last mark at which it is not liquidatable.
        edge_wad = _bisect(house, account, side)
        assert abs(price_wad - edge_wad) <= 16  # wei; a tick is 1e17 of them
    finally:
        house.revert(before)


@given(
    size_wad=sizes,
    side=sides,
    mark_wad=st.integers(wad("0.01"), wad(10**5)),
    equity_wad=st.integers(-wad(10**7), wad(10**7)),
    others_wad=st.one_of(st.just(0), st.integers(0, wad(10**6))),
)
def test_bankruptcy_price__any_account__is_exact_and_on_the_safe_side(
    world, size_wad, side, mark_wad, equity_wad, others_wad
):
    size_wad *= side
    leg_wad = maintenance(notional(size_wad, mark_wad), MAJOR)
    total_wad = leg_wad + others_wad
    found = world.ask("price_of_bankruptcy", size_wad, mark_wad, equity_wad, leg_wad, total_wad)
    exact = bankruptcy_price(size_wad, mark_wad, equity_wad, leg_wad, total_wad)
    if exact < 0:
        assert found == 0
        return
    assert 0 <= (found - exact) * side < 1
    # Closing there gives up no more than the position's share of the equity.
    share = Fraction(equity_wad * leg_wad, total_wad)
    assert Fraction((found - mark_wad) * size_wad, WAD) + share >= 0


@pytest.mark.parametrize("leverage", [2, 5, 10, 20, 50, 100])
@pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
def test_bankruptcy_price__fresh_position_without_fees__is_one_over_leverage_away(
    world, leverage, side
):
    entry_wad, size_wad = wad(60_000), side * wad(3)
    equity_wad = 3 * entry_wad // leverage
    leg_wad = maintenance(notional(size_wad, entry_wad), MAJOR)
    found = world.ask("price_of_bankruptcy", size_wad, entry_wad, equity_wad, leg_wad, leg_wad)
    assert (entry_wad - found) * side == entry_wad // leverage


def _open(
    house: ClearingWorld, account: int, side: int, notional_wad: int, leverage: int, *, cross: bool
) -> None:
    house.set_price(1, mark_wad=100 * WAD)
    house.set_price(2, mark_wad=100 * WAD)
    size_wad = notional_wad // 100
    # A tier's initial ratio may be above 1 / leverage; the account then gets what it needs.
    needed_wad = max(notional_wad // leverage, house_initial(notional_wad)) + notional_wad // 900
    house.deposit(account, needed_wad + (wad(5_000) if cross else 0))
    fill = MakerFill(account=MAKER, size_wad=size_wad, price_wad=100 * WAD)
    house.fill(1, account, side > 0, [fill])
    if cross:
        other = MakerFill(account=MAKER, size_wad=wad(150), price_wad=100 * WAD)
        house.fill(2, account, True, [other])
        house.set_price(2, mark_wad=97 * WAD)


def house_initial(notional_wad: int) -> int:
    """Twice maintenance, as in both reference markets."""
    return 2 * maintenance(notional_wad, MAJOR)


def _rest(house: ClearingWorld, account: int) -> int:
    """What of an account does not move with market 1, less what market 2 must keep."""
    books = house.books
    other = books.health(account).maintenance_wad - maintenance(
        notional(books.held(account, 1).size_wad, books.prices[1].mark_wad), MAJOR
    )
    one = books.held(account, 1)
    worth_wad = one.size_wad * books.prices[1].mark_wad // WAD
    return books.health(account).equity_wad - worth_wad - other


def _bisect(house: ClearingWorld, account: int, side: int) -> int:
    def failing(mark_wad: int) -> bool:
        house.set_price(1, mark_wad=mark_wad)
        _, health = house.ask("house", "liquidation_health", account, 1)
        return bool(health.equity_wad < health.maintenance_wad)

    safe_wad, lost_wad = (10**26, 0) if side > 0 else (0, 10**26)
    if not failing(lost_wad):
        return lost_wad
    while abs(safe_wad - lost_wad) > 1:
        middle_wad = (safe_wad + lost_wad) // 2
        if failing(middle_wad):
            lost_wad = middle_wad
        else:
            safe_wad = middle_wad
    return safe_wad
