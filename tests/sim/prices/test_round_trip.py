"""Random bars and ticks in every format, written and read back to the number and the second."""

from __future__ import annotations

import gzip
import tempfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.prices.archive import members
from sim.prices.ask import Ask
from sim.prices.delimited import delimited_table
from sim.prices.reader import read_series
from sim.prices.recognise import FORMATS, recognise
from sim.prices.series import PriceSeries
from tests.sim.prices.made_bars import FIRST_S, made, price
from tests.sim.prices.writers import (
    BARS_OF,
    MOMENTS_IN_SECONDS,
    WRITERS,
    Made,
    Written,
    feather_file,
    klines_file,
    named_csv,
    pandas_parquet,
)


def read_back(written: Written, ask: Ask | None = None) -> PriceSeries:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / written.name
        path.write_bytes(written.data)
        found = read_series(path, ask or Ask(coins=("BTC",)))
    assert len(found) == 1
    return found[0]


def by_the_second(moments_ms: list[int], prices: list[str]) -> tuple[list[int], list[float]]:
    """The last price of each second, at the first second at which it was known."""
    last = {-(-one // 1_000): float(price) for one, price in zip(moments_ms, prices, strict=True)}
    return list(last), list(last.values())


def test_formats__each_row__has_a_writer_and_a_name_of_its_own():
    names = [one.name for one in FORMATS]
    assert len(set(names)) == len(names)
    assert set(names) == WRITERS.keys()


@pytest.mark.parametrize("name", WRITERS)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_read_series__any_bars_in_any_format__the_same_closes_at_the_seconds_they_were_known(
    name, data
):
    bars = data.draw(made(BARS_OF.get(name, (60, 300, 3_600))))
    written = WRITERS[name](bars)
    series = read_back(written)
    assert name in series.format.split(" or ")  # flat bars fit several formats alike
    if written.is_bars:
        assert series.times_s.tolist() == bars.known_s
        assert series.closes.tolist() == [float(one) for one in bars.closes]
        assert series.bar_s == bars.bar_s
    else:
        whole = name in MOMENTS_IN_SECONDS
        moments = [one * 1_000 for one in bars.opens_s] if whole else bars.moments_ms
        assert (series.times_s.tolist(), series.closes.tolist()) == by_the_second(
            moments, bars.closes
        )


@given(bars=made())
@settings(max_examples=12, deadline=None)
def test_read_series__same_bars_as_klines_csv_parquet_and_feather__one_series(bars):
    files = [
        Written(name="BTCUSDT.csv", data=klines_file(bars)),
        Written(name="BTCUSDT.csv", data=named_csv(bars)),
        Written(name="BTCUSDT.parquet", data=pandas_parquet(bars)),
        Written(name="BTC_USDT.feather", data=feather_file(bars)),
    ]
    read = [read_back(one) for one in files]
    first = read[0]
    for other in read[1:]:
        assert other.times_s.tolist() == first.times_s.tolist()
        assert other.closes.tolist() == first.closes.tolist()
        assert (other.bar_s, other.symbol) == (first.bar_s, first.symbol)


def _zstd(data: bytes) -> bytes:
    return pa.Codec("zstd").compress(data, asbytes=True)


def _zipped(data: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("__MACOSX/._x", b"junk")
            archive.writestr("inner.csv", data)
        return path.read_bytes()


@pytest.mark.parametrize(
    ("ending", "pack"), [("gz", gzip.compress), ("zst", _zstd), ("zip", _zipped)]
)
@pytest.mark.parametrize(
    "name", ["Binance klines", "Tardis trades", "OKX candles", "nautilus bars"]
)
@given(bars=made())
@settings(max_examples=5, deadline=None)
def test_read_series__packed__same_as_plain(name, ending, pack, bars):
    plain = WRITERS[name](bars)
    inner = read_back(plain)
    outer = read_back(Written(name=f"{plain.name}.{ending}", data=pack(plain.data)))
    assert outer.times_s.tolist() == inner.times_s.tolist()
    assert outer.closes.tolist() == inner.closes.tolist()
    assert (outer.format, outer.bar_s) == (inner.format, inner.bar_s)


@pytest.mark.parametrize("name", WRITERS)
def test_recognise__a_file_of_each_format__that_row_of_the_table_and_no_other(name, tmp_path):
    bar_s = BARS_OF.get(name, (60,))[0]
    rows = tuple((price(5 * n), price(9 * n), price(2 * n), price(7 * n)) for n in (3, 5, 4, 6))
    opens = tuple(FIRST_S + bar_s * n for n in range(4))
    written = WRITERS[name](Made(bar_s=bar_s, opens_s=opens, rows=rows))
    path = tmp_path / written.name
    path.write_bytes(written.data)
    (member,) = members(path)
    if written.name.endswith((".csv", ".txt")):
        assert recognise(delimited_table(member), Ask()).format.name == name
    assert read_series(path, Ask(coins=("BTC",)))[0].format == name
