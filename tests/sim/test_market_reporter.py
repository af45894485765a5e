"""Reporters: late, noisy, on heartbeat or deviation, silent with their venue, in order always."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.market.reporter import Push, Reporter, ReporterSpec
from sim.market.venue import MarketTape, VenueBoard
from sim.prices.join import VenueTape
from sim.units import wad

BTC = "BTC-USD"
CALM = {
    "feed": "one",
    "market": BTC,
    "venue": "binance",
    "delay_s": 0,
    "noise_bps": 0.0,
    "heartbeat_s": 1_000,
    "deviation_bps": 50,
    "conf_bps": 10,
}


def board(prices: list[float], silent: Iterable[int] = (), step_s: int = 2) -> VenueBoard:
    mask = np.isin(np.arange(len(prices)), list(silent))
    tape = VenueTape(prices=np.array(prices), silent=mask)
    return VenueBoard(
        times_s=tuple(range(0, len(prices) * step_s, step_s)),
        markets={BTC: MarketTape(true_prices=np.array(prices), venues={"binance": tape})},
    )


def pushes(shown: VenueBoard, seed: int = 1, blocks: int | None = None, **changes) -> list[Push]:
    reporter = Reporter(ReporterSpec(**CALM | changes), shown, seed)
    made = (reporter.report(now_s) for now_s in range(0, 2 * (blocks or len(shown.times_s)), 2))
    return [push for push in made if push is not None]


def test_report__first_block__price_confidence_time_and_seq():
    assert pushes(board([100.0])) == [
        Push(
            feed="one",
            market=BTC,
            price_wad=wad(100),
            conf_wad=wad("0.1"),
            observed_at=0,
            seq=1,
        )
    ]


def test_report__price_within_deviation__waits_for_the_heartbeat():
    made = pushes(board([100.0, 100.4, 100.4, 100.4, 100.4]), heartbeat_s=6)
    assert [(push.observed_at, push.price_wad) for push in made] == [
        (0, wad(100)),
        (6, wad("100.4")),
    ]


@pytest.mark.parametrize("moved", ["100.5", "99.5"])
def test_report__price_at_deviation__pushes_at_once(moved):
    made = pushes(board([100.0, 100.2, np.float64(moved)]))
    assert [(push.observed_at, push.price_wad) for push in made] == [(0, wad(100)), (4, wad(moved))]


def test_report__delay__sees_the_past_and_says_so():
    made = pushes(board([100.0, 110.0, 120.0, 130.0]), delay_s=4)
    assert [(push.observed_at, push.price_wad) for push in made] == [(0, wad(100)), (2, wad(110))]


def test_report__venue_silent__pushes_nothing_even_past_the_heartbeat():
    made = pushes(board([100.0] * 6, silent=[1, 2, 3]), heartbeat_s=2)
    assert [push.observed_at for push in made] == [0, 8, 10]


def test_report__board_ended__pushes_no_old_news():
    assert [
        push.observed_at for push in pushes(board([100.0, 100.0]), blocks=9, heartbeat_s=2)
    ] == [
        0,
        2,
    ]


def test_report__noise__has_its_size_and_its_own_stream():
    shown = board([100.0] * 5_000)
    every = {"deviation_bps": 0, "noise_bps": 20.0}
    made = pushes(shown, **every)
    away = np.array([push.price_wad / wad(100) - 1 for push in made])
    assert len(made) == 5_000
    assert away.std() == pytest.approx(20e-4, rel=0.05)
    assert abs(away.mean()) < 5 * 20e-4 / np.sqrt(5_000)
    assert made == pushes(shown, **every)
    for other in (pushes(shown, seed=2, **every), pushes(shown, feed="two", **every)):
        assert [push.price_wad for push in other] != [push.price_wad for push in made]


def test_report__slower_heartbeat__same_noise_at_the_same_time():
    shown = board([100.0] * 200)
    every = {p.observed_at: p.price_wad for p in pushes(shown, deviation_bps=0, noise_bps=20.0)}
    some = pushes(shown, deviation_bps=10_000, heartbeat_s=14, noise_bps=20.0)
    assert len(some) < len(every)
    assert all(every[push.observed_at] == push.price_wad for push in some)


@given(
    prices=st.lists(st.floats(50, 150), min_size=1, max_size=30),
    delay_s=st.integers(0, 9),
    heartbeat_s=st.integers(0, 30),
    deviation_bps=st.integers(0, 5_000),
    noise_bps=st.floats(0, 500),
)
@settings(max_examples=60, deadline=None)
def test_report__anything__times_and_seqs_rise_and_due_pushes_are_made(prices, **changes):
    shown = board(prices)
    made = pushes(shown, **changes)
    assert [push.seq for push in made] == list(range(1, len(made) + 1))
    assert all(a.observed_at < b.observed_at for a, b in pairwise(made))
    # 10 bps of the price, rounded up to the next wei: never surer than stated.
    assert all(0 <= push.conf_wad * 10_000 - push.price_wad * 10 < 10_000 for push in made)
    # Without delay nothing is pushed that was neither due by time nor by price.
    for last, push in pairwise(made):
        late = push.observed_at - last.observed_at >= changes["heartbeat_s"]
        moved = abs(push.price_wad - last.price_wad) * 10_000
        assert late or moved >= changes["deviation_bps"] * last.price_wad


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"delay_s": -1}, "delay_s is -1"),
        ({"noise_bps": np.nan}, "noise_bps is nan"),
        ({"conf_bps": 10_001}, "conf_bps is 10001; 0 to 10000 is allowed"),
    ],
)
def test_reporter_spec__impossible_value__refuses(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        ReporterSpec(**CALM | change)
