"""Numbers of a simulated market fitted to real prices: volatility, jumps, venues, depth, rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from sim.market.paths import YEAR_S
from sim.portable import LN2, correlations, deviation, log, mean, quantiles, total
from sim.types import FloatArray
from sim.units import BPS

DAY_S = 86_400
JUMP_SIGMAS = 5.0  # a step this many times the diffusive one is a jump
LEAST_STEPS = 20
LONGEST_HALF_LIFE_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFit:
    """A jump diffusion: rates by the year, jumps by the day."""

    start_price: float
    vol_per_year: float
    jumps_per_day: float
    jump_mean_log: float
    jump_std_log: float
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueFit:
    """How far a venue strays from the middle of all, and for how long."""

    spread_bps: float
    half_life_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RateFit:
    """Funding rates of a venue, each a fraction per interval."""

    interval_s: int
    typical: float
    largest: float
    count: int


def fit_price(prices: FloatArray, step_s: int) -> PriceFit:
    """Volatility by bipower variation, which jumps hardly touch; jumps are what exceeds it.

    (Barndorff-Nielsen and Shephard 2004; threshold as Mancini 2009.) Refuses too few prices.
    """
    returns = np.diff(log(prices[~np.isnan(prices)]))
    if len(returns) < LEAST_STEPS:
        raise ValueError(f"found {len(returns)} steps between prices; {LEAST_STEPS} are needed")
    size = np.abs(returns)
    bipower = math.pi / 2 * total(size[1:] * size[:-1]) / (len(returns) - 1)
    is_jump = size > JUMP_SIGMAS * np.sqrt(bipower) if bipower > 0 else np.zeros_like(size, bool)
    diffusive, jumps = returns[~is_jump], returns[is_jump]
    return PriceFit(
        start_price=float(prices[~np.isnan(prices)][0]),
        vol_per_year=math.sqrt(mean(diffusive * diffusive) * YEAR_S / step_s),
        jumps_per_day=len(jumps) * DAY_S / (len(returns) * step_s),
        jump_mean_log=mean(jumps) if len(jumps) else 0.0,
        jump_std_log=deviation(jumps) if len(jumps) else 0.0,
        steps=len(returns),
    )


def fit_venues(venues: Sequence[FloatArray], step_s: int) -> list[VenueFit]:
    """Each venue's spread about the median of all; of one venue nothing can be told.

    How long it lasts is told by the distance from the mean of the others: the median is now and
    then the venue itself, which would break its memory.
    """
    shown = log(np.array(venues))
    count = len(shown)
    if count < 2:
        return []
    whole = ~np.isnan(shown).any(axis=0)
    kept = shown[:, whole]
    middle, summed = np.median(kept, axis=0), reduce(np.add, kept)
    return [
        VenueFit(
            spread_bps=deviation(one - middle) * BPS if whole.any() else 0.0,
            half_life_s=_half_life_s(one - (summed - one) / (count - 1), step_s),
        )
        for one in kept
    ]


def _half_life_s(away: FloatArray, step_s: int) -> float:
    """Of what decays by one share each step; a step where nothing is left after it."""
    if len(away) < LEAST_STEPS or not deviation(away) > 0:
        return float(step_s)
    level = away - mean(away)
    share = total(level[1:] * level[:-1]) / total(level[:-1] * level[:-1])
    if share <= 0:
        return float(step_s)
    half_life_s = step_s * LN2 / -log(min(share, 1 - 1e-9)).item()
    return float(min(LONGEST_HALF_LIFE_S, max(1.0, half_life_s)))


def fit_depth(prices: FloatArray, volumes: FloatArray) -> float | None:
    """Quote that goes with a move of 1 % within a bar: Amihud's ratio (2002), the median inverted.

    What is traded in a bar goes both ways, so that this is the most a venue's depth can be.
    """
    moved = np.abs(np.diff(log(prices)))
    traded = volumes[1:] * prices[1:]
    known = (moved > 0) & (traded > 0) & np.isfinite(traded)
    if np.count_nonzero(known) < LEAST_STEPS:
        return None
    return float(np.median(traded[known] * 0.01 / moved[known]))


def fit_rates(times_s: FloatArray, rates: FloatArray) -> RateFit:
    """The usual interval and rate, and the largest rate on either side."""
    steps, counts = np.unique(np.diff(times_s), return_counts=True)
    return RateFit(
        interval_s=int(steps[np.argmax(counts)]),
        typical=float(np.median(rates)),
        largest=float(np.abs(rates).max()),
        count=len(rates),
    )


def fit_leverage(values: FloatArray, choices: int = 7) -> list[float]:
    """Leverages that stand for a distribution: the middles of so many equal shares of it."""
    shares = (np.arange(choices) + 0.5) / choices
    return quantiles(values, shares)


def correlation(paths: Sequence[FloatArray]) -> list[list[float]]:
    """Of the log returns of several markets on one grid."""
    returns = np.diff(log(np.array(paths)), axis=1)
    known = ~np.isnan(returns).any(axis=0)
    return correlations(returns[:, known])
