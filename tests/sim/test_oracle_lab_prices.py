"""Real venue files as feeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.experiments.oracle.grid import Request, run_on
from sim.experiments.oracle.venues import read
from sim.prices.errors import PriceFileError
from tests.sim.prices.price_files import text_file

SEED = 1
START_S = 1_621_382_400


def venue_file(folder: Path, name: str, prices: list[float]) -> Path:
    rows = "".join(f"{START_S + 60 * place},{price}\n" for place, price in enumerate(prices))
    return text_file(folder, f"time,price\n{rows}", f"{name}_btcusd.csv")


def venue_files(folder: Path, *series: list[float]) -> list[Path]:
    return [venue_file(folder, f"venue{place}", one) for place, one in enumerate(series)]


def test_venue_rows__one_venue_off_by_a_tenth__is_dropped_and_the_index_stays(tmp_path: Path):
    still = [40_000.0 + 10 * place for place in range(8)]
    off = [price * 1.1 for price in still]
    prices = read(venue_files(tmp_path, still, still, off, still), None, SEED)
    rows = run_on(prices, Request(methods=("WEIGHTED_MEDIAN", "MEAN")), lambda _: None)
    assert len(rows) == 8
    default = [row for row in rows if row["method"] == "WEIGHTED_MEDIAN"]
    assert [row["dropped_s"] for row in default] == [0, 0, default[0]["ok_s"], 0]
    assert default[0]["ok_s"] == 60 * prices.path.blocks
    assert default[0]["index_error_bps_max"] < 6  # half-width of the reports
    assert default[2]["index_error_bps_median"] > 900
    mean = [row for row in rows if row["method"] == "MEAN"]
    assert mean[0]["index_error_bps_max"] > 200
    assert mean[2]["dropped_s"] == 0


def test_fault_rows__one_of_three_venues_out__takes_the_quorum(tmp_path: Path):
    still = [100.0] * 15
    prices = read(venue_files(tmp_path, still, still, still), None, SEED)
    request = Request(methods=("WEIGHTED_MEDIAN",), faults=("outage",))
    rows = [row for row in run_on(prices, request, lambda _: None) if row["table"] == "faults"]
    assert [row["corrupted"] for row in rows] == [0, 1, 2, 3]
    assert rows[0]["ok_s"] == 60 * 14
    assert rows[1]["stale_s"] > 0


@pytest.mark.parametrize("count", [1, 2, 9])
def test_read__too_few_or_too_many_venues__is_refused_in_a_sentence(tmp_path: Path, count: int):
    files = venue_files(tmp_path, *([[100.0, 101.0, 102.0]] * count))
    with pytest.raises(PriceFileError, match=f"found {count} venues"):
        read(files, None, SEED)


def test_venue_rows__five_real_venues__stay_ok_and_close_to_each(shared_data: Path):
    files = sorted((shared_data / "lean").glob("*_btc*_20221213_trade.zip"))
    assert len(files) == 5
    prices = read(files, 240, SEED)
    rows = run_on(prices, Request(methods=("WEIGHTED_MEDIAN",)), lambda _: None)
    assert len(rows) == 5
    for row in rows:
        assert row["ok_s"] == 60 * 240
        assert row["dropped_s"] == row["silent_s"] == 0
        assert row["index_error_bps_max"] < 30


def test_fault_rows__two_real_venues_a_thousandfold__index_stays_inside_the_rest(shared_data: Path):
    files = sorted((shared_data / "lean").glob("*_btc*_20221213_trade.zip"))
    prices = read(files, 120, SEED)
    request = Request(methods=("WEIGHTED_MEDIAN", "SINGLE"), faults=("jump",))
    rows = [row for row in run_on(prices, request, lambda _: None) if row["table"] == "faults"]
    few = [row for row in rows if row["corrupted"] in (1, 2)]
    assert all(row["outside_honest_bps_max"] == 0 for row in few if row["method"] != "SINGLE")
    assert all(row["outside_honest_bps_max"] > 10_000 for row in few if row["method"] == "SINGLE")
