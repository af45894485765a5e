"""What daily rebalancing costs a leveraged token: its exact books over many paths at once.

Avellaneda and Zhang (2010): L_T/L_0 = (S_T/S_0)^L * exp(-(L^2-L)/2 * sigma^2 * T), before costs.
The books are integers in object arrays, so that every path is the reference's to the wei.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.portable import deviation, exp, log, mean
from sim.rng import stream
from sim.types import FloatArray
from sim.units import BPS, WAD

YEAR_DAYS = 365
SIGMAS_99 = 2.576
PRICE_STEP_WAD = 10**10  # eight decimals: what a float holds of a price
Integers = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drag:
    """One leverage over all paths: the log of what it lost against (S_T/S_0)^L."""

    leverage: int
    measured: float
    half_width: float  # of the 99 % confidence interval
    formula: float

    @property
    def holds(self) -> bool:
        """Whether the formula lies in the interval."""
        return abs(self.measured - self.formula) <= self.half_width


def gbm_paths(
    *, paths: int, days: int, volatility: float, seed: int, start: int = 60_000
) -> Integers:
    """Daily prices (WAD) of driftless geometric Brownian motions, one a row."""
    rng = stream(seed, "token_lab/drag")
    sigma = volatility / math.sqrt(YEAR_DAYS)
    shocks = sigma * rng.standard_normal((paths, days)) - sigma * sigma / 2
    logs = np.concatenate([np.zeros((paths, 1)), np.cumsum(shocks, axis=1)], axis=1)
    steps = np.round(start * exp(logs) * (WAD / PRICE_STEP_WAD)).astype(np.int64)
    prices: Integers = steps.astype(object) * PRICE_STEP_WAD
    return prices


def formula(leverage: int, volatility: float, days: int) -> float:
    """Log of the expected drag."""
    return -(leverage * leverage - leverage) / 2 * volatility * volatility * days / YEAR_DAYS


def nav_after(
    prices_wad: Integers, leverage: int, *, fee_bps: int, lot_wad: int, nav_wad: int
) -> tuple[Integers, Integers]:
    """NAV of every path at its end, and at its beginning after opening, all at mark."""
    money, size = _rebalanced(
        np.full(len(prices_wad), nav_wad, dtype=object),
        np.zeros(len(prices_wad), dtype=object),
        *(prices_wad[:, 0], leverage, fee_bps, lot_wad),
    )
    opened = money + size * prices_wad[:, 0] // WAD
    for day in range(1, prices_wad.shape[1] - 1):
        money, size = _rebalanced(money, size, prices_wad[:, day], leverage, fee_bps, lot_wad)
    return money + size * prices_wad[:, -1] // WAD, opened


def _rebalanced(
    money: Integers, size: Integers, price: Integers, leverage: int, fee_bps: int, lot_wad: int
) -> tuple[Integers, Integers]:
    """Money and size after trading to L times what is left; dead tokens stay as they are."""
    nav = money + size * price // WAD
    gap = leverage * nav * WAD - size * price
    side: Any = np.sign(gap)
    per_base = price * (BPS + leverage * fee_bps * side)
    traded = side * (abs(gap) * BPS // per_base // lot_wad * lot_wad) * (nav > 0)
    worth = abs(traded) * price // WAD
    fee = -(-worth * fee_bps // BPS)
    return money - np.sign(traded) * worth - fee, size + traded


def measure(prices_wad: Integers, leverage: int, volatility: float, *, fee_bps: int = 0) -> Drag:
    """The drag of one leverage, with its confidence interval."""
    ends, opened = nav_after(
        prices_wad, leverage, fee_bps=fee_bps, lot_wad=WAD // 10_000, nav_wad=10**7 * WAD
    )
    grown: FloatArray = log((ends / opened).astype(np.float64))
    moved: FloatArray = log((prices_wad[:, -1] / prices_wad[:, 0]).astype(np.float64))
    lost = grown - leverage * moved
    return Drag(
        leverage=leverage,
        measured=mean(lost),
        half_width=SIGMAS_99 * deviation(lost, taken=1) / math.sqrt(len(lost)),
        formula=formula(leverage, volatility, prices_wad.shape[1] - 1),
    )
