"""Whole runs on files: one digest for the same minutes, and the real days beside the repository."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim import Run, load_scenario, replay, simulate, summarise
from sim.prices.archive import members
from sim.prices.reader import read_prices
from sim.prices.tell import manifest_line
from tests.sim.prices.made_bars import FIRST_S
from tests.sim.prices.writers import Made, feather_file, klines_file, named_csv, pandas_parquet

MINUTES = 12


def sound(run: Run) -> dict[str, object]:
    summary = summarise(run)
    assert summary["conservation_error_wad"] == 0
    assert summary["invariant_violations"] == 0
    assert summary["oracle_ok_share"] == 1
    return summary


def bars() -> Made:
    closes = [50_000 + 40 * (n * n % 7) - 15 * n for n in range(MINUTES)]
    rows = tuple((f"{c - 3}.5", f"{c + 9}", f"{c - 11}", f"{c}.25") for c in closes)
    opens_s = tuple(FIRST_S + 60 * n for n in range(MINUTES))
    return Made(bar_s=60, opens_s=opens_s, rows=rows)


def test_simulate__same_minutes_as_klines_csv_parquet_and_feather__one_digest(tmp_path):
    files = {
        "BTCUSDT-1m.csv": klines_file(bars()),
        "named_btcusdt.csv": named_csv(bars()),
        "btcusdt.parquet": pandas_parquet(bars()),
        "BTC_USDT-1m.feather": feather_file(bars()),
        "packed_btcusdt.csv.gz": gzip.compress(named_csv(bars())),
    }
    digests = set()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        run = simulate(load_scenario("history"), prices=[tmp_path / name])
        digests.add(sound(run)["digest"])
        assert len(run.blocks) == MINUTES - 1
    assert len(digests) == 1


def test_replay__named_files_and_options_of_a_run__the_same_again(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(named_csv(bars()))
    out = tmp_path / "run"
    run = simulate(load_scenario("history", ["blocks=6"]), prices=[f"okx={path}"], out=out)
    assert run.manifest["prices"] == [f"okx={path}"]
    assert replay(out).digest == summarise(run)["digest"]


def test_simulate__another_coin__a_market_fitted_to_its_price(tmp_path):
    path = tmp_path / "SOLUSDT-1m.csv"
    cents = [f"{150 + 0.1 * (n % 4):.2f}" for n in range(MINUTES)]
    made = Made(bar_s=60, opens_s=bars().opens_s, rows=tuple((c, c, c, c) for c in cents))
    path.write_bytes(klines_file(made))
    run = simulate(load_scenario("history", market="SOL-USD"), prices=[path])
    sound(run)
    (market,) = run.manifest["markets"]  # type: ignore[misc]
    assert (market["name"], market["tick_wad"], market["lot_wad"]) == (
        "SOL-USD",
        str(10**15),
        str(10**16),
    )


DAYS = {
    "crypto_coinbase_minute_btcusd_20170903_trade.zip": 1_440,
    "crypto_coinbase_minute_btcusd_20171217_trade.zip": 1_440,
    "crypto_coinbase_minute_btcusd_20180405_trade.zip": 1_440,
}


@pytest.mark.parametrize("name", DAYS)
def test_simulate__coinbase_days__run_and_told(shared_data: Path, name):
    run = simulate(load_scenario("history", ["blocks=20"]), prices=[shared_data / "lean" / name])
    sound(run)
    (told,) = run.manifest["price_feeds"]  # type: ignore[misc]
    assert (told["venue"], told["market"], told["bar_s"]) == ("coinbase", "BTC-USD", 60)
    assert 0 <= DAYS[name] - told["rows"] <= told["missing_bars"] + 1
    assert "bars of 60 s stamped at their opening" in manifest_line(told)


def _as_gzip(source: Path, folder: Path) -> Path:
    (member,) = members(source)
    path = folder / f"{source.stem}.csv.gz"
    path.write_bytes(gzip.compress(member.data.to_pybytes()))
    return path


def _as_parquet(source: Path, folder: Path) -> Path:
    series = read_prices(source)
    assert series.highs is not None
    assert series.lows is not None
    opens = (series.times_s - series.bar_s) * 10**9
    columns = {"close": series.closes, "high": series.highs, "low": series.lows}
    table = pa.table({"open_time": pa.array(opens, pa.timestamp("ns", "UTC")), **columns})
    path = folder / f"{source.stem}.parquet"
    pq.write_table(table, path)
    return path


def _run_on(files: Sequence[str | Path]) -> Run:
    run = simulate(load_scenario("history", ["blocks=20"]), prices=files)
    sound(run)
    return run


@pytest.mark.parametrize("pack", [_as_gzip, _as_parquet])
def test_simulate__five_venues_of_one_day__packed_as_plain(
    shared_data: Path, tmp_path: Path, pack: Callable[[Path, Path], Path]
):
    files = sorted((shared_data / "lean").glob("*_btc*_20221213_trade.zip"))
    assert len(files) == 5
    names = [f"venue{place}" for place in range(5)]
    zipped = _run_on([f"{name}={file}" for name, file in zip(names, files, strict=True)])
    packed = [pack(file, tmp_path) for file in files]
    again = _run_on([f"{name}={file}" for name, file in zip(names, packed, strict=True)])
    assert summarise(again)["digest"] == summarise(zipped)["digest"]
    told = zipped.manifest["price_feeds"]
    assert isinstance(told, list)
    assert [one["venue"] for one in told] == names
    assert np.all([one["rows"] > 700 for one in told])
