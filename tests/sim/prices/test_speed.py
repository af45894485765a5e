"""Reading by columns against reading row by row: the same numbers, and in a fraction of both."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.experiments.price_speed import COLUMNS, JOIN, ROWS, main, measure, write_year
from sim.prices.plain_klines import read_klines
from sim.prices.reader import read_prices
from tests.sim.prices.made_bars import made
from tests.sim.prices.writers import klines_file


def test_read_prices__klines__what_reading_row_by_row_comes_to(tmp_path):
    write_year(tmp_path / "BTCUSDT.csv", 0, rows=3_000)
    rows = read_klines((tmp_path / "BTCUSDT.csv").read_bytes())
    series = read_prices(tmp_path / "BTCUSDT.csv")
    assert series.times_s.tolist() == rows.known_s
    assert series.closes.tolist() == rows.closes
    assert series.highs is not None
    assert series.lows is not None
    assert (series.highs.tolist(), series.lows.tolist()) == (rows.highs, rows.lows)


@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_read_prices__any_klines__what_reading_row_by_row_comes_to(tmp_path_factory, data):
    bars = data.draw(made())
    path = tmp_path_factory.mktemp("klines") / "BTCUSDT.csv"
    path.write_bytes(klines_file(bars))
    rows = read_klines(path.read_bytes())
    series = read_prices(path)
    assert series.times_s.tolist() == rows.known_s
    assert series.closes.tolist() == rows.closes


def test_measure__each_way__seconds_and_peak_of_a_process_of_its_own(tmp_path):
    files = [tmp_path / f"{place}.csv" for place in range(2)]
    for place, file in enumerate(files):
        write_year(file, place, rows=2_000)
    for what in (COLUMNS, ROWS):
        found = measure(what, files[:1])
        assert found.seconds > 0
        assert found.peak_mib > 20
    times_reading = float(main(JOIN, *map(str, files)).split()[0])
    assert times_reading >= 1
