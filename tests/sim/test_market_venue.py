"""The venue board: spreads from named streams, scripted dislocations, exact integers out."""

from __future__ import annotations

import numpy as np
import pytest

from sim.market.venue import Dislocation, Venue, VenueBoard, simulated_board
from sim.units import WAD, wad

BTC = "BTC-USD"
TIMES_S = np.arange(0, 6_000, 2, dtype=np.int64)
BINANCE = Venue(name="binance", spread_bps=4.0, half_life_s=30.0)
COINBASE = Venue(name="coinbase", spread_bps=0.0, half_life_s=30.0)
FLAT = {BTC: np.full(len(TIMES_S), 100.0)}
CRASH = Dislocation(
    market=BTC,
    venue="coinbase",
    from_s=100,
    until_s=200,
    multiplier=0.5,
    ramp_in_s=20,
    ramp_out_s=40,
)


def prices(board: VenueBoard, venue: str, market: str = BTC) -> np.ndarray:
    return board.markets[market].venues[venue].prices


def test_simulated_board__spread__has_its_size_and_its_memory():
    times_s = np.arange(0, 200_000, 2, dtype=np.int64)
    board = simulated_board(times_s, {BTC: np.full(len(times_s), 100.0)}, [BINANCE], seed=1)
    away = prices(board, "binance") / 100 - 1
    assert away.std() == pytest.approx(4e-4, rel=0.05)
    lag = 15  # half a minute: half of a distance is left
    assert np.corrcoef(away[lag:], away[:-lag])[0, 1] == pytest.approx(0.5, abs=0.05)


def test_simulated_board__first_time__already_spread_as_later():
    starts = [
        prices(simulated_board(TIMES_S[:2], {BTC: np.full(2, 100.0)}, [BINANCE], seed=s), "binance")
        for s in range(500)
    ]
    assert np.std([path[0] / 100 - 1 for path in starts]) == pytest.approx(4e-4, rel=0.15)


def test_simulated_board__no_spread__shows_the_true_price():
    board = simulated_board(TIMES_S, FLAT, [COINBASE], seed=1)
    assert board.venue_price_wad(BTC, "coinbase", 17) == wad(100) == board.true_price_wad(BTC, 35)


def test_simulated_board__venue_or_market_added__others_do_not_change():
    alone = simulated_board(TIMES_S, FLAT, [BINANCE], seed=1)
    more = simulated_board(TIMES_S, FLAT | {"ETH-USD": FLAT[BTC]}, [COINBASE, BINANCE], seed=1)
    other = simulated_board(TIMES_S, FLAT, [BINANCE], seed=2)
    assert (prices(alone, "binance") == prices(more, "binance")).all()
    assert (prices(alone, "binance") != prices(other, "binance")).any()
    assert (prices(more, "binance") != prices(more, "binance", "ETH-USD")).any()


@pytest.mark.parametrize(
    ("at_s", "price"),
    [(78, 100), (80, 100), (90, 75), (100, 50), (150, 50), (200, 50), (220, 75), (240, 100)],
)
def test_simulated_board__dislocation__one_venue_ramps_and_the_truth_does_not(at_s, price):
    board = simulated_board(TIMES_S, FLAT, [COINBASE, BINANCE], seed=1, dislocations=[CRASH])
    calm = simulated_board(TIMES_S, FLAT, [COINBASE, BINANCE], seed=1)
    assert board.venue_price_wad(BTC, "coinbase", at_s // 2) == wad(price)
    assert board.true_price_wad(BTC, at_s) == wad(100)
    assert (prices(board, "binance") == prices(calm, "binance")).all()


def test_factors__no_ramps__a_step_in_and_a_step_out():
    step = Dislocation(market=BTC, venue="coinbase", from_s=4, until_s=6, multiplier=2.0)
    assert step.factors(np.arange(2, 9)).tolist() == [1, 1, 2, 2, 2, 1, 1]


def test_simulated_board__dislocation_of_unknown_venue__refuses():
    with pytest.raises(ValueError, match="a dislocation of coinbase in BTC-USD; no such venue"):
        simulated_board(TIMES_S, FLAT, [BINANCE], seed=1, dislocations=[CRASH])


@pytest.mark.parametrize("price", ["17212.12", "0.3067", "122000.1", "4626.0500000001"])
def test_true_price_wad__printed_decimal__crosses_unchanged(price):
    path = {BTC: np.full(len(TIMES_S), np.float64(price))}
    assert simulated_board(TIMES_S, path, [COINBASE], seed=1).true_price_wad(BTC, 0) == wad(price)


def test_true_price_wad__between_two_times__the_earlier_one():
    path = {BTC: 100.0 + np.arange(len(TIMES_S))}
    board = simulated_board(TIMES_S, path, [COINBASE], seed=1)
    assert board.true_price_wad(BTC, 5) == 102 * WAD
    assert board.true_price_wad(BTC, 10**9) == (99 + len(TIMES_S)) * WAD


def test_true_price_wad__before_the_first_time__refuses():
    board = simulated_board(TIMES_S, FLAT, [COINBASE], seed=1)
    with pytest.raises(ValueError, match="no price at -1 s; the board begins at 0 s"):
        board.true_price_wad(BTC, -1)


def test_true_price_wad__price_too_small_for_a_feed__refuses():
    path = {BTC: np.full(len(TIMES_S), 1e-12)}
    board = simulated_board(TIMES_S, path, [COINBASE], seed=1)
    with pytest.raises(ValueError, match="at least 1e-10 is needed"):
        board.true_price_wad(BTC, 0)
