"""Calibration: what made a path is found again in it, and the scenario it writes runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim import load_scenario, simulate, summarise
from sim.experiments.calibrate import calibrated
from sim.market.calibration import (
    fit_depth,
    fit_leverage,
    fit_price,
    fit_rates,
    fit_venues,
)
from sim.market.paths import JumpDiffusion
from sim.market.venue import Venue, simulated_board
from sim.prices.columns import read_funding, read_leverage
from sim.prices.errors import PriceFileError
from sim.prices.request import price_request
from sim.rng import stream

STEP_S, DAY = 60, 1_440
TIMES_S = 1_735_689_600 + STEP_S * np.arange(14 * DAY, dtype=np.int64)


def path(vol: float, jumps: float = 0.0, size: float = 0.0) -> np.ndarray:
    process = JumpDiffusion(
        start_price=50_000.0,
        vol_per_year=vol,
        drift_per_year=0.0,
        jumps_per_day=jumps,
        jump_mean_log=size,
        jump_std_log=0.0,
    )
    return process.sample(TIMES_S, stream(7, "calibrate"))


@pytest.mark.parametrize("vol", [0.3, 0.9])
def test_fit_price__diffusion_with_jumps__both_are_found(vol):
    fit = fit_price(path(vol, jumps=4.0, size=-0.03), STEP_S)
    assert fit.vol_per_year == pytest.approx(vol, rel=0.03)
    assert fit.jumps_per_day == pytest.approx(4, abs=1.2)
    assert fit.jump_mean_log == pytest.approx(-0.03, rel=0.05)
    assert fit.start_price == 50_000


def test_fit_price__no_jumps__none_to_speak_of():
    fit = fit_price(path(0.6), STEP_S)
    assert fit.jumps_per_day < 0.2
    assert fit.vol_per_year == pytest.approx(0.6, rel=0.02)


def test_fit_price__too_few__says_how_many():
    with pytest.raises(ValueError, match="found 2 steps between prices; 20 are needed"):
        fit_price(np.array([1.0, 2.0, 3.0]), STEP_S)


def test_fit_venues__spread_and_half_life__found_again():
    made = [Venue(name=name, spread_bps=8.0, half_life_s=600.0) for name in "abcdefg"]
    board = simulated_board(TIMES_S, {"m": path(0.5)}, made, seed=3)
    fits = fit_venues([tape.prices for tape in board.markets["m"].venues.values()], STEP_S)
    # The middle of seven is itself not still, which takes a little from each.
    assert np.mean([fit.spread_bps for fit in fits]) == pytest.approx(8, rel=0.2)
    assert np.mean([fit.half_life_s for fit in fits]) == pytest.approx(600, rel=0.25)
    assert fit_venues([path(0.5)], STEP_S) == []


def test_fit_depth__volume_in_proportion_to_the_move__its_quote_per_percent():
    prices = path(0.5)
    moved = np.abs(np.diff(np.log(prices)))
    volumes = np.append(0.0, moved / 0.01 * 3_000_000 / prices[1:])
    assert fit_depth(prices, volumes) == pytest.approx(3_000_000)
    assert fit_depth(prices, np.zeros(len(prices))) is None


def test_fit_rates__eight_hours__interval_usual_and_largest():
    times = 28_800.0 * np.arange(6)
    fit = fit_rates(times, np.array([1e-4, 1e-4, 3e-4, -5e-4, 1e-4, 1e-4]))
    assert (fit.interval_s, fit.typical, fit.largest) == (28_800, 1e-4, 5e-4)


def test_fit_leverage__many_values__middles_of_equal_shares():
    assert fit_leverage(np.arange(1.0, 101.0), 4) == pytest.approx([13.375, 38.125, 62.875, 87.625])


def klines(folder: Path, name: str, prices: np.ndarray) -> Path:
    file = folder / name
    rows = [
        f"{t * 1_000},{p:.2f},{p:.2f},{p:.2f},{p:.2f},3,{t * 1_000 + 59_999},1,1,1,1,0"
        for t, p in zip(TIMES_S.tolist(), prices.tolist(), strict=True)
    ]
    file.write_text("\n".join(rows) + "\n")
    return file


def test_calibrated__files_funding_and_leverage__a_scenario_that_runs(tmp_path):
    prices = path(0.5)
    funding = tmp_path / "funding.csv"
    funding.write_text(
        "Symbol,Date,Funding Rate\n"
        + "".join(f"BTC,2025-01-{day:02} {hour:02}:00:00,0.0002\n"
                  for day in range(1, 9) for hour in (0, 8, 16))
    )  # fmt: skip
    leverage = tmp_path / "lev.csv"
    leverage.write_text("account,leverage\n" + "".join(f"{n},{n}\n" for n in range(1, 41)))
    request = price_request(
        [f"{v}={klines(tmp_path, f'{v}_BTCUSDT.csv', prices * k)}"
         for v, k in (("one", 1.0), ("two", 1.0002), ("three", 0.9998))]
    )  # fmt: skip
    made = calibrated(request, "fitted", funding, leverage)
    assert {row["number"] for row in made.rows} >= {"vol_per_year", "interest", "quote", "leverage"}
    assert all(str(row["source"]) for row in made.rows)
    target = tmp_path / "fitted.yaml"
    target.write_text(made.text)
    scenario = load_scenario(str(target), ["blocks=8"])
    assert scenario.markets["BTC-USD"].funding.interval_s == 28_800
    assert scenario.venues[0].depth is not None
    summary = summarise(simulate(scenario))
    assert (summary["blocks"], summary["invariant_violations"]) == (8, 0)


def test_read_funding__lean_without_names__times_and_rates(tmp_path):
    file = tmp_path / "btcusd.csv"
    file.write_text("20221213 00:00:00,-0.00004062\n20221213 08:00:00,0.0001\n")
    found = read_funding(file)
    assert found.rates.tolist() == [-0.00004062, 0.0001]
    assert np.diff(found.times_s).tolist() == [28_800]


@pytest.mark.parametrize(
    ("read", "text", "sentence"),
    [
        (read_funding, "a,b\nx,y\n", "no column of a time"),
        (read_funding, "date,b\nx,y\n", "no column of a funding rate"),
        (read_leverage, "account\n1\n", "no column of a leverage"),
        (read_leverage, "leverage\n-1\n", "leverages above 0 are allowed"),
    ],
)
def test_read__files_of_other_numbers__refused_in_a_sentence(tmp_path, read, text, sentence):
    file = tmp_path / "x.csv"
    file.write_text(text)
    with pytest.raises(PriceFileError, match=sentence):
        read(file)
