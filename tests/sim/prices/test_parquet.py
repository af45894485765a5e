"""Parquet files of prices read as csv files do, or are refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.prices.errors import PriceFileError
from sim.prices.reader import read_prices


def parquet_file(folder: Path, columns: dict[str, list[object]]) -> Path:
    # Imported here so that a broken pyarrow fails these tests and does not stop the collection.
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / "prices.dat"
    pq.write_table(pa.table(columns), path)
    return path


def test_read_prices__parquet__same_as_csv(tmp_path):
    plain = tmp_path / "plain.csv"
    plain.write_text("time,price\n1621382400,42000\n1621382460,42001.5\n", encoding="utf-8")
    wanted = read_prices(plain)
    numbers = read_prices(
        parquet_file(tmp_path, {"time": [1621382400, 1621382460], "close": [42000.0, 42001.5]})
    )
    stamps = read_prices(
        parquet_file(
            tmp_path,
            {
                "timestamp": np.array([1621382400000, 1621382460000], dtype="datetime64[ms]"),
                "price": [42000.0, 42001.5],
            },
        )
    )
    for series in (numbers, stamps):
        assert series.times_s.tolist() == wanted.times_s.tolist()
        assert series.closes.tolist() == wanted.closes.tolist()


def test_read_prices__truncated_parquet__says_corrupt(tmp_path):
    path = parquet_file(tmp_path, {"time": [1, 2], "price": [1.0, 2.0]})
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(PriceFileError, match="the parquet file is corrupt"):
        read_prices(path)


def test_read_prices__parquet_without_price__names_its_columns(tmp_path):
    with pytest.raises(
        PriceFileError, match="nearest is prices with a header, which needs close or price"
    ):
        read_prices(parquet_file(tmp_path, {"time": [1, 2], "volume": [1.0, 2.0]}))


def test_read_prices__parquet_with_a_null_price__leaves_the_row_out_and_counts_it(tmp_path):
    columns = {"time": [1621382400, 1621382460, 1621382520], "price": [42000.0, None, 42001.0]}
    series = read_prices(parquet_file(tmp_path, columns))
    assert (series.closes.tolist(), series.counts.empty) == ([42000.0, 42001.0], 1)
