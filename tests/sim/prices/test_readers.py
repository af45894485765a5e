"""Readers of price files: each format to the number."""

from __future__ import annotations

import time

import pytest

from sim.prices.reader import read_prices
from tests.sim.prices.price_files import (
    DAY_S,
    DOWNLOAD,
    KLINE_HEADER,
    KLINES_MS,
    KLINES_US,
    LEAN_NAME,
    PLAIN,
    QUOTES,
    TRADES,
    lean_zip,
    text_file,
)


def test_read_prices__lean_trades__closes_at_the_end_of_their_bars(tmp_path):
    series = read_prices(lean_zip(tmp_path, TRADES))
    assert (series.venue, series.symbol, series.bar_s) == ("coinbase", "BTCUSD", 60)
    assert series.times_s.tolist() == [DAY_S + 60, DAY_S + 120, DAY_S + 240]
    assert series.closes.tolist() == [4626.05, 4621.5, 4600.0]
    assert series.highs.tolist() == [4627.0, 4630.0, 5.0]
    assert series.lows.tolist() == [4625.0, 4620.0, 3.0]
    assert series.source == f"{LEAN_NAME} (LEAN trade bars, 3 rows)"


def test_read_prices__lean_quotes__middle_of_the_closes(tmp_path):
    name = "cryptofuture_bybit_minute_btcusdt_20221213_quote.zip"
    series = read_prices(lean_zip(tmp_path, QUOTES, name, "20221213_btcusdt_minute_quote_perp.csv"))
    assert (series.venue, series.symbol) == ("bybit-perp-quote", "BTCUSDT")
    assert series.closes == pytest.approx([4626.05, 4620.5])
    assert series.highs is None


def test_read_prices__lean_folders__venue_and_symbol_from_the_path(tmp_path):
    name = "crypto/binance/minute/ethbusd/20170904_trade.zip"
    series = read_prices(lean_zip(tmp_path, TRADES, name, "20170904_ethbusd_minute_trade.csv"))
    assert (series.venue, series.symbol) == ("binance", "ETHBUSD")


def test_read_prices__lean_in_a_zip_of_any_name__told_by_its_content(tmp_path):
    series = read_prices(lean_zip(tmp_path, TRADES, "mine.dat"))
    assert (series.venue, series.symbol, len(series.closes)) == ("mine", "BTCUSD", 3)


@pytest.mark.parametrize("header", ["", KLINE_HEADER])
@pytest.mark.parametrize(("text", "first_s"), [(KLINES_MS, 1621382400), (KLINES_US, 1735689600)])
def test_read_prices__klines__ms_and_us_with_or_without_header(tmp_path, header, text, first_s):
    series = read_prices(text_file(tmp_path, header + text, "BTCUSDT-1m-2021-05-19.csv"))
    assert (series.venue, series.symbol, series.bar_s) == ("binance", "BTC-USDT", 60)
    assert series.times_s.tolist() == [first_s + 60, first_s + 120]
    assert series.closes.tolist() == [11.0, 12.5]
    assert (series.highs.tolist(), series.lows.tolist()) == ([12.0, 13.0], [9.0, 10.0])


def test_read_prices__klines_in_a_zip__same_as_outside(tmp_path):
    path = lean_zip(tmp_path, KLINES_MS, "any.zip", "ETHUSDT-1m-2021-05-19.csv")
    series = read_prices(path)
    assert (series.symbol, series.closes.tolist()) == ("ETH-USDT", [11.0, 12.5])


def test_read_prices__download_newest_first__reversed(tmp_path):
    series = read_prices(text_file(tmp_path, DOWNLOAD, "Gemini_BTCUSD_minute.csv"))
    assert (series.venue, series.symbol, series.bar_s) == ("gemini", "BTC/USD", 60)
    assert series.newest_first
    assert series.times_s.tolist() == [1621382520, 1621382580, 1621382640]
    assert series.closes.tolist() == [42700.0, 42600.0, 42500.5]
    assert series.highs.tolist() == [43200.0, 43100.0, 43000.0]


@pytest.mark.parametrize("time", ["time", "TIMESTAMP", "Unix", "date", "datetime"])
@pytest.mark.parametrize("price", ["Price", "close"])
def test_read_prices__named_columns__each_accepted_name(tmp_path, time, price):
    text = f"note,{price},{time}\nx,42000,2021-05-19 00:00:00\nx,42001.5,2021-05-19T00:01:00Z\n"
    series = read_prices(text_file(tmp_path, text, "kraken.txt"))
    assert series.times_s.tolist() == [1621382400, 1621382460]
    assert series.closes.tolist() == [42000.0, 42001.5]
    assert (series.venue, series.symbol) == ("kraken", None)


def test_read_prices__date_without_zone__is_utc_wherever_the_machine_is(tmp_path, monkeypatch):
    path = text_file(tmp_path, "date,price\n2021-05-19 00:00:00,1\n2021-05-19 00:01:00,2\n")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert read_prices(path).times_s[0] == 1621382400
    finally:
        monkeypatch.undo()
        time.tzset()


def test_read_prices__one_time_twice_with_one_price__counts_once_and_is_told(tmp_path):
    text = "time,price\n1621382400,3\n1621382400,3\n1621382400,3\n1621382460,4\n"
    series = read_prices(text_file(tmp_path, text))
    assert (series.closes.tolist(), series.duplicates) == ([3.0, 4.0], 2)


def test_read_prices__caller_names__override_the_file(tmp_path):
    series = read_prices(text_file(tmp_path, PLAIN), venue="okx", symbol="ETHUSD", bar_s=5)
    assert (series.venue, series.symbol, series.bar_s) == ("okx", "ETHUSD", 5)
