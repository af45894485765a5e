"""Joining files: the grid, the carrying forward, what is counted, and the real crash of 2017."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.market.venue import replayed_board
from sim.prices.errors import PriceFileError
from sim.prices.join import JoinedPrices, join
from sim.prices.reader import read_prices
from sim.prices.series import PriceSeries
from sim.units import wad

BTC, ETH = "BTC-USD", "ETH-USD"
START_S = 1_500_000_000
LEAN = Path(__file__).resolve().parents[4] / "shared" / "data" / "lean"
needs_data = pytest.mark.skipif(not LEAN.is_dir(), reason="../shared/data/lean is not here")


def series(
    venue: str, minutes: list[int], closes: list[float] | None = None, symbol: str | None = "BTCUSD"
) -> PriceSeries:
    return PriceSeries(
        venue=venue,
        symbol=symbol,
        times_s=START_S + 60 * np.array(minutes, dtype=np.int64),
        closes=np.array(closes or [100.0 + minute for minute in minutes]),
        highs=None,
        lows=None,
        bar_s=60,
        source=f"{venue}.csv",
    )


def shown(joined: JoinedPrices, venue: str, market: str = BTC) -> list[float]:
    return joined.markets[market][venue].prices.tolist()


def test_join__overlap__runs_while_every_venue_has_data():
    joined = join([series("a", [0, 1, 2, 3, 4]), series("b", [2, 3, 4, 5])], [BTC])
    assert ((joined.times_s - START_S) // 60).tolist() == [2, 3, 4]
    assert shown(joined, "a") == [102, 103, 104] == shown(joined, "b")
    assert [feed.venue for feed in joined.quality] == ["a", "b"]


def test_join__union__late_start_is_absent_and_silent():
    joined = join([series("a", [0, 1, 2, 3]), series("b", [2, 3])], [BTC], span="union")
    assert shown(joined, "b")[2:] == [102, 103]
    assert np.isnan(shown(joined, "b")[:2]).all()
    assert joined.markets[BTC]["b"].silent.tolist() == [True, True, False, False]
    assert joined.quality[1].absent_steps == 2


def test_join__union_of_two_markets__begins_when_both_have_a_price():
    joined = join(
        [series("a", [0, 1, 2, 3]), series("b", [2, 3, 4], symbol="ETHUSD")],
        [BTC, ETH],
        span="union",
    )
    assert ((joined.times_s - START_S) // 60).tolist() == [2, 3, 4]


def test_join__gap__carried_silent_then_absent_and_counted():
    joined = join([series("a", list(range(11))), series("b", [0, 1, 9, 10])], [BTC], max_age_s=180)
    tape, quality = joined.markets[BTC]["b"], joined.quality[1]
    carried = [100, 101, 101, 101, 101, None, None, None, None, 109, 110]
    assert [None if np.isnan(price) else price for price in tape.prices.tolist()] == carried
    # One bar old is still current: only what comes after it is silent.
    assert tape.silent.tolist() == [False] * 3 + [True] * 6 + [False] * 2
    assert (quality.gaps, quality.missing_bars, quality.longest_gap_s) == (1, 7, 480)
    assert (quality.carried_steps, quality.absent_steps) == (2, 4)


def test_join__step_of_a_block__price_moves_only_at_the_bars():
    joined = join([series("a", [0, 1, 2])], [BTC], step_s=20)
    assert shown(joined, "a") == [100, 100, 100, 101, 101, 101, 102]
    assert not joined.markets[BTC]["a"].silent.any()


def test_join__symbols__decide_the_market_and_unknown_goes_to_the_first():
    joined = join(
        [
            series("a", [0, 1]),
            series("a", [0, 1], symbol="ETHUSD"),
            series("x", [0, 1], None, None),
        ],
        [BTC, ETH],
    )
    assert {market: sorted(tapes) for market, tapes in joined.markets.items()} == {
        BTC: ["a", "x"],
        ETH: ["a"],
    }
    assert [feed.market_by_default for feed in joined.quality] == [False, False, True]


def test_join__one_venue_two_symbols_of_a_coin__two_feeds():
    joined = join([series("a", [0, 1]), series("a", [0, 1], symbol="BTCUSDT")], [BTC])
    assert sorted(joined.markets[BTC]) == ["a:BTCUSD", "a:BTCUSDT"]


def test_join__files_of_one_venue_in_a_row__one_feed():
    joined = join([series("a", [2, 3]), series("a", [0, 1])], [BTC])
    assert shown(joined, "a") == [100, 101, 102, 103]
    assert joined.quality[0].sources == ("a.csv", "a.csv")


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([], "0 price files for 2 markets"),
        (
            [series("a", [0, 1]), series("b", [2, 3])],
            r"b\.csv begins at 1500000120 and a\.csv ends at 1500000060 \(unix seconds\), "
            "files must overlap by at least one step of 60 s",
        ),
        ([series("a", [0, 1]), series("b", [1, 2])], "files must overlap by at least one step"),
        ([series("a", [0, 1, 2]), series("a", [1, 2])], "are both venue a and overlap in time"),
        (
            [series("a", [0, 1]), series("a", [1, 2], [7, 8])],
            "are both venue a and overlap in time",
        ),
        (
            [series("a", [0, 1]), series("b", [0, 1], symbol="ADAUSDT")],
            r"b\.csv prices ADAUSDT, the coin of none of the markets BTC-USD, ETH-USD",
        ),
    ],
)
def test_join__files_that_do_not_fit__refuses(files, sentence):
    with pytest.raises(PriceFileError, match=sentence):
        join(files, [BTC, ETH])


minutes = st.lists(st.integers(0, 40), min_size=2, max_size=20, unique=True).map(sorted)


@given(first=minutes, second=minutes, step_s=st.integers(1, 130), max_age_s=st.integers(60, 600))
@settings(max_examples=60, deadline=None)
def test_join__any_two_files__each_price_is_the_last_one_known(first, second, step_s, max_age_s):
    # Shorter than one step is refused, which is another test's business.
    assume(60 * (max(first[-1], second[-1]) - min(first[0], second[0])) >= step_s)
    files = [series("a", first), series("b", second)]
    joined = join(files, [BTC], step_s=step_s, span="union", max_age_s=max_age_s)
    for file, quality in zip(files, joined.quality, strict=True):
        tape = joined.markets[BTC][file.venue]
        for now_s, price, silent in zip(joined.times_s, tape.prices, tape.silent, strict=True):
            known = [t for t in file.times_s.tolist() if t <= now_s]
            age_s = now_s - known[-1] if known else 10**9
            assert silent == (age_s > max(60, step_s))
            if age_s > max(max_age_s, 60, step_s):
                assert np.isnan(price)
            else:
                assert price == 100 + (known[-1] - START_S) // 60
        assert quality.carried_steps + quality.absent_steps == tape.silent.sum()


def test_replayed_board__venues_disagree__true_price_is_their_median_then_carried():
    files = [
        series("a", [0, 1, 9], [100, 101, 109]),
        series("b", [0, 1, 9], [90, 91, 99]),
        series("c", [0, 9], [80, 89]),
    ]
    joined = join(files, [BTC], span="union", max_age_s=60)
    board = replayed_board(joined)
    true = [board.true_price_wad(BTC, int(now_s)) for now_s in joined.times_s]
    assert true == [wad(price) for price in [90, 91, 96] + [96] * 6 + [99]]
    assert board.venue_price_wad(BTC, "c", 1) == wad(80)
    assert board.venue_price_wad(BTC, "c", 2) is None


@needs_data
def test_read_prices__china_ban_crash__closes_and_extremes_of_the_day():
    crash = {
        "btcusd": (4627.85, 4240.77, 4628.05, 4234.16, 1440),
        "ethusd": (353.14, 285.01, 353.15, 285.0, 1440),
    }
    for symbol, wanted in crash.items():
        day = read_prices(LEAN / f"crypto_coinbase_minute_{symbol}_20170904_trade.zip")
        extremes = (day.closes.max(), day.closes.min(), day.highs.max(), day.lows.min())
        assert (*extremes, len(day.closes)) == wanted
        assert day.times_s[0] == 1_504_483_260
        assert day.times_s[-1] == 1_504_569_600


@needs_data
def test_join__two_days_of_two_markets__one_board():
    files = [
        read_prices(LEAN / f"crypto_coinbase_minute_{symbol}_2017090{day}_trade.zip")
        for symbol in ("btcusd", "ethusd")
        for day in (3, 4)
    ]
    joined = join(files, [BTC, ETH])
    board = replayed_board(joined)
    assert len(joined.times_s) == 2_880
    last_s = int(joined.times_s[-1])
    assert board.true_price_wad(BTC, last_s) == wad("4498.25")
    assert board.true_price_wad(ETH, last_s) == wad("316.86")


@needs_data
def test_join__five_venues_of_one_day__within_a_percent_and_quality_told():
    names = (
        "crypto_binance_minute_btcbusd",
        "crypto_bybit_minute_btcusdt",
        "cryptofuture_bybit_minute_btcusdt",
        "cryptofuture_bybit_minute_btcusd",
        "cryptofuture_binance_minute_btcusd",
    )
    joined = join([read_prices(LEAN / f"{name}_20221213_trade.zip") for name in names], [BTC])
    assert sorted(joined.markets[BTC]) == [
        "binance",
        "binance-perp",
        "bybit",
        "bybit-perp:BTCUSD",
        "bybit-perp:BTCUSDT",
    ]
    prices = np.array([tape.prices for tape in joined.markets[BTC].values()])
    assert len(joined.times_s) == 721  # two of the files stop at noon
    assert (np.ptp(prices, axis=0) / prices.min(axis=0)).max() < 0.02
    missing = {feed.venue: feed.missing_bars for feed in joined.quality}
    assert missing == {
        "binance": 0,
        "bybit": 0,
        "bybit-perp:BTCUSDT": 0,
        "bybit-perp:BTCUSD": 0,
        "binance-perp": 1,
    }
