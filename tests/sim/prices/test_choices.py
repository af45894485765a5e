"""What the caller says of files: names, windows, columns, stamps, rates, and what chains."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from sim.prices.ask import Ask, Said, ask_for, named_file
from sim.prices.errors import PriceFileError
from sim.prices.feeds import chained, feeds_of
from sim.prices.join import join
from sim.prices.reader import read_prices, read_series
from sim.prices.request import price_request, read_request, request_from
from sim.prices.series import Stamp
from tests.sim.prices.made_bars import FIRST_S
from tests.sim.prices.price_files import text_file

BTC = "BTC-USD"
TABLE = "time,mark,index,open,high,low,close\n" + "".join(
    f"{FIRST_S + 60 * n},{100 + n},{200 + n},{300 + n},{301 + n},{299 + n},{300 + n}\n"
    for n in range(4)
)


def plain(begins: int, count: int, price: float = 100.0) -> str:
    rows = (f"{FIRST_S + 60 * n},{price + n}\n" for n in range(begins, begins + count))
    return "time,price\n" + "".join(rows)


def test_named_file__name_and_path__parted_unless_the_file_is_called_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(named_file("okx=a/b.csv")) == "okx=a/b.csv"
    assert named_file("okx=a=b.csv").path == Path("a=b.csv")
    text_file(tmp_path, "x", "k=v.csv")
    assert named_file("k=v.csv").name is None


@pytest.mark.parametrize(
    ("said", "name", "wanted"),
    [
        (Said(bar=("60",)), None, Ask(bar_s=60)),
        (Said(bar=("60", "okx=300")), "okx", Ask(name="okx", bar_s=300)),
        (Said(bar=("okx=300",)), "gate", Ask(name="gate")),
        (Said(stamp=("okx=close",)), "okx", Ask(name="okx", stamp=Stamp.CLOSE)),
        (Said(column=("mark",)), None, Ask(columns={"price": "mark"})),
        (Said(column=("okx:time=ts",)), "okx", Ask(name="okx", columns={"time": "ts"})),
        (Said(column=("okx:time=ts",)), "gate", Ask(name="gate")),
        (Said(only=("pair=BTC/USDT:USDT",)), None, Ask(only={"pair": "BTC/USDT:USDT"})),
        (Said(only=("okx:pair=X",)), "okx", Ask(name="okx", only={"pair": "X"})),
    ],
)
def test_ask_for__options__those_of_all_files_and_of_the_name(said, name, wanted):
    assert ask_for(name, said) == wanted


def test_said__through_a_manifest__the_same(tmp_path):
    path = text_file(tmp_path, plain(0, 4))
    request = price_request([f"a={path}"], Said(bar=("60",), start_s=FIRST_S + 60))
    assert request_from(request.manifest()) == request


def test_read_series__columns_named__the_price_and_its_stamp_are_the_callers(tmp_path):
    path = text_file(tmp_path, TABLE)
    assert read_series(path, Ask(columns={"price": "mark"}))[0].closes.tolist() == [
        100, 101, 102, 103,
    ]  # fmt: skip
    closing = read_series(path, Ask(stamp=Stamp.CLOSE))[0]
    assert closing.times_s.tolist() == [FIRST_S + 60 * n for n in range(4)]
    moment = read_series(path, Ask(stamp=Stamp.INSTANT))[0]
    assert (moment.stamp, moment.times_s[0]) == (Stamp.INSTANT, FIRST_S)


def test_read_series__a_price_column_of_any_name__named_by_the_caller(tmp_path):
    path = text_file(tmp_path, "when,fair\n" + plain(0, 3).partition("\n")[2])
    with pytest.raises(PriceFileError, match="no column of times"):
        read_series(path, Ask(columns={"price": "fair"}))
    series = read_series(path, Ask(columns={"price": "fair", "time": "when"}))[0]
    assert series.closes.tolist() == [100, 101, 102]


def test_chained__overlap_that_agrees__counts_once(tmp_path):
    parts = [
        read_prices(text_file(tmp_path, plain(begins, 4), f"{begins}.csv"), venue="v")
        for begins in (2, 0)
    ]
    series = chained(parts)
    assert series.closes.tolist() == [100, 101, 102, 103, 104, 105]
    assert series.duplicates == 2


def test_chained__bars_of_two_lengths__refused(tmp_path):
    hours = "time,price\n" + "".join(f"{FIRST_S + 3_600 * n},7\n" for n in range(1, 4))
    parts = [
        read_prices(text_file(tmp_path, text, f"{n}.csv"), venue="v")
        for n, text in enumerate((plain(0, 4), hours))
    ]
    with pytest.raises(PriceFileError, match="venue v has bars of several lengths"):
        chained(parts)


def test_feeds_of__symbol_that_is_no_pair__refused(tmp_path):
    series = read_prices(text_file(tmp_path, plain(0, 3)), symbol="AAPL")
    with pytest.raises(PriceFileError, match="prices AAPL, in which no coin and dollar"):
        feeds_of([series], [BTC])


def _zip(folder: Path, files: dict[str, str]) -> Path:
    path = folder / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_read_request__zip_of_days__one_venue_in_order_of_time(tmp_path):
    path = _zip(tmp_path, {"b.csv": plain(4, 4), "a.csv": plain(0, 4), "README.md": "what it is"})
    joined = join(read_request(price_request([path]), [BTC]), [BTC])
    assert joined.markets[BTC]["all"].prices.tolist() == [100.0 + n for n in range(8)]


def test_read_request__zip_of_coins__those_of_the_markets_or_the_file_asked_for(tmp_path):
    path = _zip(tmp_path, {"BTCUSD.csv": plain(0, 4), "ETHUSD.csv": plain(0, 4, 7.0)})
    joined = join(read_request(price_request([path]), [BTC]), [BTC])
    assert joined.markets[BTC]["all"].prices.tolist() == [100, 101, 102, 103]
    said = Said(only=("file=ETHUSD.csv",), symbol=(BTC,))
    chosen = join(read_request(price_request([path], said), [BTC]), [BTC])
    assert chosen.markets[BTC]["all"].prices.tolist() == [7, 8, 9, 10]
    with pytest.raises(PriceFileError, match=r"holds BTC-USD, ETH-USD, none of SOL"):
        read_request(price_request([path]), ["SOL-USD"])


def test_read_request__rate_of_another_quote__refused(tmp_path):
    path = text_file(tmp_path, plain(0, 4), "btceur.csv")
    pounds = text_file(tmp_path, plain(0, 4, 1.3), "gbpusd.csv")
    with pytest.raises(PriceFileError, match="it prices GBP-USD; dollars for one EUR"):
        read_request(price_request([path], Said(rate=(f"EUR={pounds}",))), [BTC])
    old = text_file(tmp_path, plain(-10_000, 4, 10_001.1), "eurusd.csv")
    with pytest.raises(PriceFileError, match="s old would be needed"):
        read_request(price_request([path], Said(rate=(f"EUR={old}",))), [BTC])


def test_read_series__wide_table_of_tickers__the_one_that_is_chosen(tmp_path):
    text = (
        "Price,Close,Close,Open,Open\nTicker,BTC-USD,ETH-USD,BTC-USD,ETH-USD\nDate,,,,\n"
        + "".join(f"2025-01-0{n},{n}000,{n}00,{n}001,{n}01\n" for n in range(1, 5))
    )
    path = text_file(tmp_path, text)
    with pytest.raises(PriceFileError, match="tickers BTC-USD, ETH-USD; one is allowed"):
        read_series(path)
    series = read_series(path, Ask(only={"ticker": "ETH-USD"}))[0]
    assert (series.symbol, series.closes.tolist()) == ("ETH-USD", [100, 200, 300, 400])
    assert series.times_s[0] == FIRST_S + 86_400


def test_read_series__bars_a_venue_calls_unfinished__left_out_and_counted(tmp_path):
    rows = "".join(f"{FIRST_S + 60 * n},1,2,1,2,{int(n < 3)}\n" for n in range(4))
    series = read_prices(text_file(tmp_path, "open_time,open,high,low,close,confirm\n" + rows))
    assert (len(series.closes), series.counts.unfinished) == (3, 1)


@pytest.mark.parametrize("folder", ["premiumIndexKlines", "plain"])
def test_read_series__premium_index_klines__no_prices(tmp_path, folder):
    rows = "".join(
        f"{(FIRST_S + 60 * n) * 1_000},0.0004,0.0005,0.0001,0.0003,0,"
        f"{(FIRST_S + 60 * n) * 1_000 + 59_999},0,12,0,0,0\n"
        for n in range(3)
    )
    (tmp_path / folder).mkdir()
    path = text_file(tmp_path / folder, rows, "BTCUSDT-1m-2025-01.csv")
    with pytest.raises(PriceFileError, match="klines of a premium index are premiums"):
        read_series(path)


@pytest.mark.parametrize(
    "name",
    [
        "equity/usa/minute/btcusd/20250102_trade.csv",
        "20250102_spy_minute_trade.csv",
        "x_20250102.csv",
    ],
)
def test_read_series__lean_that_is_no_crypto__refused(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text_file(path.parent, "34200000,1,2,1,1,9\n34260000,1,2,1,1,9\n", path.name)
    with pytest.raises(PriceFileError, match="only crypto is allowed"):
        read_series(path)
