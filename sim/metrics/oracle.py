"""How far the index and the mark stray from the price nobody on chain can see."""

from __future__ import annotations

import pandas as pd

from sim.metrics.frames import prices
from sim.portable import quantiles
from sim.units import BPS


def error_bps(price_wad: pd.Series, true_wad: pd.Series) -> pd.Series:
    """Signed error of a price in bp of the true price; NaN where either is missing."""
    true = prices(true_wad)
    return (prices(price_wad) - true) / true * BPS


def error_summary(errors_bps: pd.Series) -> dict[str, float | None]:
    """Median, 99th percentile and maximum of the errors' size in bp; None without a row."""
    size = errors_bps.abs().dropna()
    if size.empty:
        return {"median": None, "p99": None, "max": None}
    return {
        "median": float(size.median()),
        "p99": quantiles(size, [0.99])[0],
        "max": float(size.max()),
    }


def basis_bps(mark_wad: pd.Series, index_wad: pd.Series) -> pd.Series:
    """Mark minus index in bp of the index."""
    return error_bps(mark_wad, index_wad)


def status_share(status: pd.Series, names: dict[int, str]) -> dict[str, float]:
    """Share of rows in each oracle status that occurs, by name."""
    share = status.value_counts(normalize=True)
    return {name: float(share[code]) for code, name in names.items() if code in share}


def price_move(true_wad: pd.Series) -> dict[str, float] | None:
    """First, last and furthest price of a path, moves from the first in percent; None without one.

    The furthest is the price that lies most percent from the first, on either side.
    """
    path = prices(true_wad).dropna().to_numpy(dtype=float)
    if not len(path):
        return None
    moved = (path / path[0] - 1) * 100
    far = int(abs(moved).argmax())
    return {
        "first": float(path[0]),
        "last": float(path[-1]),
        "furthest": float(path[far]),
        "moved_pct": float(moved[-1]),
        "furthest_pct": float(moved[far]),
    }
