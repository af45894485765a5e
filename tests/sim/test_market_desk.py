from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.desk import Depth, Shape, VenueBroker, VenueTrade
from sim.market.venue import MarketTape, VenueBoard
from sim.prices.join import VenueTape
from sim.types import TradeVenue
from sim.units import WAD, wad

BLOCK_S, BLOCKS = 10, 60
ACCOUNT = 7 << 96
MARKET, VENUE = "THIN-USD", "thin"
DEPTH = wad(1_000)
SHAPES = (Shape.LINEAR, Shape.SQRT)


def depth(shape: Shape = Shape.LINEAR, half_life_s: float = 100.0, fee_bps: int = 0) -> Depth:
    return Depth(quote_wad=DEPTH, half_life_s=half_life_s, shape=shape, fee_bps=fee_bps)


def desk(depth: Depth, cash: int = 1_000_000) -> VenueBroker:
    prices = np.full(BLOCKS, 2.0)
    tape = VenueTape(prices=prices, silent=np.zeros(BLOCKS, dtype=np.bool_))
    board = VenueBoard(
        times_s=tuple(range(0, BLOCKS * BLOCK_S, BLOCK_S)),
        markets={MARKET: MarketTape(true_prices=prices, venues={VENUE: tape})},
    )
    made = VenueBroker(board, {(VENUE, MARKET): depth})
    made.fund(ACCOUNT, wad(cash))
    return made


def trade(at: VenueBroker, size_wad: int, block: int, venue: str = VENUE) -> VenueTrade:
    at.ask("whale", TradeVenue(account=ACCOUNT, venue=venue, market=MARKET, size_wad=size_wad))
    (done,) = at.advance(block * BLOCK_S)
    return done


@pytest.mark.parametrize("shape", SHAPES)
def test_trade__as_large_as_the_depth__moves_the_price_by_one_percent(shape: Shape) -> None:
    done = trade(desk(depth(shape)), wad(500), 1)
    assert (done.before_wad, done.after_wad) == (wad(2), wad("2.02"))
    assert done.refusal == ""


@pytest.mark.parametrize(("shape", "work"), [(Shape.LINEAR, "5"), (Shape.SQRT, "6.666666")])
def test_trade__along_its_way__costs_the_area_under_the_curve(shape: Shape, work: str) -> None:
    # Half of 1 % of 1,000 on a line, two thirds of it on a root.
    done = trade(desk(depth(shape)), wad(500), 1)
    assert abs(-done.cash_wad - wad(1_000) - wad(work)) < wad("0.000001")


@given(shape=st.sampled_from(SHAPES), parts=st.lists(st.integers(1, 200), min_size=1, max_size=6))
def test_trade__split__saves_nothing_and_a_round_trip_never_profits(
    shape: Shape, parts: list[int]
) -> None:
    whole, split = desk(depth(shape)), desk(depth(shape))
    once = trade(whole, wad(sum(parts)), 1).cash_wad
    for part in parts:
        split.ask(
            "whale", TradeVenue(account=ACCOUNT, venue=VENUE, market=MARKET, size_wad=wad(part))
        )
    paid = sum(one.cash_wad for one in split.advance(BLOCK_S))
    assert 0 <= once - paid <= 2 * len(parts)
    back = trade(whole, -wad(sum(parts)), 1).cash_wad
    assert -4 <= once + back <= 0


@pytest.mark.parametrize("shape", SHAPES)
def test_venue__left_alone__recovers_and_the_pusher_has_lost_the_push(shape: Shape) -> None:
    at = desk(depth(shape))
    bought = trade(at, wad(5_000), 1)
    shown = at.pressed_wad[VENUE, MARKET]
    assert shown[1] == bought.after_wad // 2
    at.advance(11 * BLOCK_S)  # a half-life later
    factor = (shown[11] - WAD) / (shown[1] - WAD)
    assert factor == pytest.approx(0.5 if shape is Shape.LINEAR else 0.5**0.5)
    at.advance(59 * BLOCK_S)
    sold = trade(at, -wad(5_000), 59)
    assert sold.cash_wad < wad(10_000) < -bought.cash_wad
    assert at.holding(ACCOUNT, MARKET).base_wad == 0
    assert at.holding(ACCOUNT, MARKET).cash_wad == wad(1_000_000) + bought.cash_wad + sold.cash_wad


@pytest.mark.parametrize(
    ("size", "venue", "cash", "why"),
    [
        (wad(5_000), "other", 1_000_000, "venue: does not trade"),
        (wad(6_000_000), VENUE, 10**12, "venue: no depth"),
        (-wad(60_000), VENUE, 10**12, "venue: no depth"),
        (wad(500), VENUE, 1_004, "venue: cash too low"),
        (-wad(500), VENUE, 1_000, "venue: cash too low"),
    ],
)
def test_trade__beyond_cash_or_depth__is_refused_and_moves_nothing(
    size: int, venue: str, cash: int, why: str
) -> None:
    at = desk(depth(), cash)
    done = trade(at, size, 1, venue)
    assert (done.refusal, done.cash_wad, done.size_wad) == (why, 0, 0)
    assert not at.pressed_wad[VENUE, MARKET]
    assert at.holding(ACCOUNT, MARKET).cash_wad == wad(cash)


def test_trade__fee__is_of_the_notional() -> None:
    assert trade(desk(depth(fee_bps=10)), wad(500), 1).fee_wad == wad(1)


def test_board__pressed__shows_the_trade_from_its_block_on() -> None:
    at = desk(depth())
    trade(at, wad(500), 3)
    tape = VenueTape(prices=np.full(BLOCKS, 2.0), silent=np.zeros(BLOCKS, dtype=np.bool_))
    board = VenueBoard(
        times_s=tuple(range(0, BLOCKS * BLOCK_S, BLOCK_S)),
        markets={MARKET: MarketTape(true_prices=tape.prices, venues={VENUE: tape})},
        pressed_wad=at.pressed_wad,
    )
    assert board.venue_price_wad(MARKET, VENUE, 2) == wad(2)
    assert board.venue_price_wad(MARKET, VENUE, 3) == wad("2.02")
    assert board.true_price_wad(MARKET, 30) == wad(2)
