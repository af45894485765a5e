"""What a token loses to volatility: paths against the formula, and one path on the contracts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.experiments.leveraged_token_drag import formula, gbm_paths, measure, nav_after
from sim.reference.leveraged_token import rebalance
from sim.reference.token_books import Market, Token, target_delta, trade
from sim.units import WAD, wad
from tests.token_world import DAY_S, FILL_BAND_WAD, LEAST_WAD, LEVERAGES, LOT_WAD, TERMS, TokenWorld

VOLATILITY, DAYS = 0.4, 90


@pytest.fixture(scope="module")
def paths():
    return gbm_paths(paths=800, days=DAYS, volatility=VOLATILITY, seed=5)


@pytest.mark.parametrize("leverage", LEVERAGES.values())
def test_drag__many_paths__has_the_formula_in_its_confidence_interval(paths, leverage):
    found = measure(paths, leverage, VOLATILITY)
    assert found.holds
    assert found.half_width < 0.05 * abs(found.formula)
    assert formula(leverage, VOLATILITY, DAYS) < 0


@pytest.mark.parametrize("leverage", LEVERAGES.values())
def test_drag__fees__only_make_it_worse(paths, leverage):
    free = measure(paths[:100], leverage, VOLATILITY)
    costly = measure(paths[:100], leverage, VOLATILITY, fee_bps=5)
    assert costly.measured < free.measured


@pytest.mark.parametrize("fee_bps", [0, 5])
@pytest.mark.parametrize("leverage", LEVERAGES.values())
def test_nav_after__any_path__is_the_reference_to_the_wei(paths, leverage, fee_bps):
    few, nav_wad = paths[:3], 10**6 * WAD
    ends, _ = nav_after(few, leverage, fee_bps=fee_bps, lot_wad=LOT_WAD, nav_wad=nav_wad)
    for prices_wad, end_wad in zip(few, ends, strict=True):
        token = Token(leverage=leverage, terms=None, cash_wad=nav_wad)
        for mark_wad in prices_wad[:-1]:
            market = at_mark(mark_wad, fee_bps)
            delta_wad = target_delta(token, market)
            token, _ = trade(token, market, delta_wad, WAD // 100, whole=True)
        assert token.nav_wad(prices_wad[-1]) == end_wad


def at_mark(mark_wad, fee_bps):
    deep = [(mark_wad, 10**40)]
    return Market(
        mark_wad=mark_wad,
        lot_wad=LOT_WAD,
        least_notional_wad=LEAST_WAD,
        fill_band_wad=FILL_BAND_WAD,
        fee_bps=fee_bps,
        bids=deep,
        asks=deep,
    )


@pytest.mark.parametrize("name", LEVERAGES)
def test_token__a_path_of_days_on_the_contracts__is_the_reference_to_the_wei(name):
    terms = replace(TERMS, chunk_wad=wad(250_000))
    world = TokenWorld(name, terms=terms)
    world.quote(spread_bps=0)
    world.mint(20_000)
    (prices_wad,) = gbm_paths(paths=1, days=20, volatility=0.8, seed=9)
    for price_wad in prices_wad[1:]:
        world.price_wad(int(price_wad) // 10**17 * 10**17, DAY_S)
        world.quote(spread_bps=0)
        twin, traded_wad, _ = rebalance(world.twin(), world.market(), world.now_s)
        assert world.rebalance().size_wad == traded_wad
        assert twin == world.twin()
        assert twin.nav_wad(world.mark_wad()) == world.nav_wad()
