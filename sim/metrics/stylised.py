"""Stylised facts of returns, books and cascades, measured of a run or of a price file."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.metrics.depth import depth, resting
from sim.metrics.frames import prices
from sim.metrics.run_tables import run_tables
from sim.portable import correlations, deviation, log, mean, quantiles
from sim.records.folder import Run
from sim.types import FloatArray
from sim.units import BPS

FEWEST_RETURNS = 3
LAGS = (1, 5)
BANDS_BPS = (10, 50)
MINUTE_S, CASCADE_S = 60, 2_400  # of 10 October 2025 is told what its peak minute and 40 took

Facts = dict[str, float | None]


def sampled(times_s: FloatArray, values: FloatArray, step_s: int) -> FloatArray:
    """The last value known at each whole step, from the first one that has any; no NaN."""
    known = ~np.isnan(values)
    times, kept = times_s[known], values[known]
    if not len(times):
        return kept
    first, last = -(-int(times[0]) // step_s), int(times[-1]) // step_s
    grid = np.arange(first, last + 1) * step_s
    sampled_values: FloatArray = kept[np.searchsorted(times, grid, side="right") - 1]
    return sampled_values


def return_facts(path: FloatArray) -> Facts:
    """Of a path's log returns, one a step: size, memory, tails, memory of their size.

    Autocorrelations are Pearson's with the series `lag` steps later, kurtosis is in excess of a
    normal's; None where there are too few returns or none moves.
    """
    returns = np.diff(log(path))
    facts: Facts = {"returns": len(returns)}
    if len(returns) < FEWEST_RETURNS + max(LAGS) or not np.ptp(returns) > 0:
        names = [f"{name}_{lag}" for name in ("autocorrelation", "clustering") for lag in LAGS]
        return facts | dict.fromkeys(("deviation_bps", "kurtosis", *names))
    spread = deviation(returns)
    away = (returns - mean(returns)) / spread
    facts |= {"deviation_bps": spread * BPS, "kurtosis": mean(away * away * away * away) - 3}
    for name, series in (("autocorrelation", returns), ("clustering", np.abs(returns))):
        facts |= {f"{name}_{lag}": _memory(series, lag) for lag in LAGS}
    return facts


def book_facts(run: Run, market: str) -> Facts:
    """Of a market's book: median spread in bp of the middle, median quote within bands of mark."""
    path = run.markets[run.markets["market"] == market]
    bid, ask = prices(path["best_bid_wad"]), prices(path["best_ask_wad"])
    wide = ((ask - bid) / (ask + bid) * 2 * BPS).dropna()
    found = depth(resting(run.events, market), path, BANDS_BPS)
    facts: Facts = {"spread_bps": _median(wide)}
    for band in BANDS_BPS:
        both = (found[f"bid_{band}"] + found[f"ask_{band}"]).dropna()
        facts[f"depth_{band}"] = _median(both)
    return facts


def liquidation_facts(run: Run, market: str) -> Facts:
    """Share of a market's liquidated notional in its heaviest minute and its heaviest 40."""
    struck = run_tables(run).liquidations
    struck = struck[struck["market"] == market]
    return {
        "peak_minute_share": _heaviest(struck, MINUTE_S),
        "peak_40_minutes_share": _heaviest(struck, CASCADE_S),
    }


def _heaviest(struck: pd.DataFrame, span_s: int) -> float | None:
    """The largest part of the notional within any span that begins with a liquidation."""
    if struck.empty:
        return None
    times = struck["time_s"].to_numpy(dtype=np.int64)
    running = np.concatenate([[0.0], np.cumsum(struck["notional"].to_numpy(dtype=np.float64))])
    ends = np.searchsorted(times, times + span_s, side="left")
    share: float = ((running[ends] - running[: len(times)]) / running[-1]).max().item()
    return share


def _memory(series: FloatArray, lag: int) -> float | None:
    early, late = series[:-lag], series[lag:]
    if not (np.ptp(early) > 0 and np.ptp(late) > 0):
        return None
    return correlations(np.stack([early, late]))[0][1]


def _median(values: pd.Series) -> float | None:
    return None if values.empty else quantiles(values, [0.5])[0]
