"""Price processes: what the true price of a market would do if nobody published it.

All are sampled on any increasing grid of block times in seconds, and all are prefix stable: a
longer run with the same stream starts with the same path.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.portable import LN2, exp, exp_of, log, power
from sim.types import FloatArray

Times = NDArray[np.int64] | NDArray[np.float64]

YEAR_S = 365 * 86_400
DAY_S = 86_400
MAX_HESTON_STEP_S = 3_600


class PriceProcess(Protocol):
    """A price path made of standard normal shocks, one per step, and of private draws."""

    def drive(self, times_s: Times, shocks: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Prices at `times_s` under the given shocks; `rng` serves jumps and hidden states."""
        ...

    def sample(self, times_s: Times, rng: np.random.Generator) -> FloatArray:
        """Prices at `times_s`, a pure function of the state of `rng`."""
        shock_rng, private_rng = rng.spawn(2)
        return self.drive(times_s, shock_rng.standard_normal(len(step_years(times_s))), private_rng)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(PriceProcess):
    """The price stands still."""

    price: float

    def __post_init__(self) -> None:
        need_positive(price=self.price)

    def drive(self, times_s: Times, shocks: FloatArray, rng: np.random.Generator) -> FloatArray:
        """The same price at every time."""
        return np.full(len(step_years(times_s)) + 1, self.price)


@dataclass(frozen=True, slots=True, kw_only=True)
class JumpDiffusion(PriceProcess):
    """Geometric Brownian motion with Merton jumps; E[S_t] = start * exp(drift * t) always."""

    start_price: float
    vol_per_year: float
    drift_per_year: float = 0.0
    jumps_per_day: float = 0.0
    jump_mean_log: float = 0.0
    jump_std_log: float = 0.0

    def __post_init__(self) -> None:
        need_positive(start_price=self.start_price)
        need_not_negative(
            vol_per_year=self.vol_per_year,
            jumps_per_day=self.jumps_per_day,
            jump_std_log=self.jump_std_log,
        )

    def drive(self, times_s: Times, shocks: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Exact in distribution on any grid: no discretisation error."""
        dt = step_years(times_s)
        per_year = self.jumps_per_day * YEAR_S / DAY_S
        growth = exp_of(self.jump_mean_log + _square(self.jump_std_log) / 2) - 1
        drift = self.drift_per_year - _square(self.vol_per_year) / 2 - per_year * growth
        moves = drift * dt + self.vol_per_year * np.sqrt(dt) * shocks
        # Counts and sizes come from two streams, so that a longer grid keeps both prefixes.
        count_rng, size_rng = rng.spawn(2)
        counts = count_rng.poisson(per_year * dt)
        sizes = size_rng.standard_normal(len(dt))
        moves += counts * self.jump_mean_log + np.sqrt(counts) * self.jump_std_log * sizes
        return prices_from_moves(self.start_price, moves)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanReverting(PriceProcess):
    """The log price is pulled to that of `level_price`: half the way in each half-life."""

    start_price: float
    level_price: float
    half_life_s: float
    vol_per_year: float

    def __post_init__(self) -> None:
        need_positive(
            start_price=self.start_price,
            level_price=self.level_price,
            half_life_s=self.half_life_s,
        )
        need_not_negative(vol_per_year=self.vol_per_year)

    def drive(self, times_s: Times, shocks: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Exact in distribution on any grid: the Gaussian transition of the log price."""
        pull_per_year = LN2 * YEAR_S / self.half_life_s
        std = self.vol_per_year / np.sqrt(2 * pull_per_year)
        away = log(self.start_price / self.level_price).item()
        steps_s = step_years(times_s) * YEAR_S
        return np.asarray(
            self.level_price * exp(reverting(away, std, self.half_life_s, steps_s, shocks))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Heston(PriceProcess):
    """Stochastic variance that reverts to `level_variance`, correlated with the price by `rho`."""

    start_price: float
    start_variance: float
    level_variance: float
    pull_per_year: float
    vol_of_variance: float
    rho: float
    drift_per_year: float = 0.0

    def __post_init__(self) -> None:
        need_positive(start_price=self.start_price, pull_per_year=self.pull_per_year)
        need_not_negative(
            start_variance=self.start_variance,
            level_variance=self.level_variance,
            vol_of_variance=self.vol_of_variance,
        )
        if not -1 <= self.rho <= 1:
            raise ValueError(f"rho is {self.rho}; a correlation in [-1, 1] is needed")

    def drive(self, times_s: Times, shocks: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Full-truncation Euler, a martingale at zero drift; refuses steps above an hour."""
        dt = step_years(times_s)
        if len(dt) and dt.max() * YEAR_S > MAX_HESTON_STEP_S * (1 + 1e-9):
            longest = dt.max() * YEAR_S
            raise ValueError(f"a step of {longest:.0f} s; Heston allows {MAX_HESTON_STEP_S} s")
        own = np.sqrt(1 - _square(self.rho)) * rng.standard_normal(len(dt))
        pushes = self.vol_of_variance * np.sqrt(dt) * (self.rho * shocks + own)
        variances = np.empty(len(dt))
        hidden = self.start_variance
        for i, (step, push) in enumerate(zip(dt.tolist(), pushes.tolist(), strict=True)):
            shown = max(hidden, 0.0)
            variances[i] = shown
            hidden += (
                self.pull_per_year * (self.level_variance - shown) * step + math.sqrt(shown) * push
            )
        moves = (self.drift_per_year - variances / 2) * dt + np.sqrt(variances * dt) * shocks
        return prices_from_moves(self.start_price, moves)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """One state of the market: its drift, its volatility, how long it lasts, what follows it."""

    drift_per_year: float
    vol_per_year: float
    mean_stay_s: float
    next_weights: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeSwitching(PriceProcess):
    """Brownian motion whose regime is a Markov chain in continuous time; starts in the first."""

    start_price: float
    regimes: tuple[Regime, ...]

    def __post_init__(self) -> None:
        need_positive(start_price=self.start_price)
        if not self.regimes:
            raise ValueError("no regimes; at least one is needed")
        for regime in self.regimes:
            need_positive(mean_stay_s=regime.mean_stay_s)
            need_not_negative(vol_per_year=regime.vol_per_year)
            weights = regime.next_weights
            if len(weights) != len(self.regimes) or min(weights) < 0 or sum(weights) <= 0:
                raise ValueError(
                    f"next_weights {weights}; one weight >= 0 for each of the "
                    f"{len(self.regimes)} regimes is needed, and not all zero"
                )

    def drive(self, times_s: Times, shocks: FloatArray, rng: np.random.Generator) -> FloatArray:
        """A step moves under the regime in force at its beginning."""
        dt = step_years(times_s)
        states = self.states(times_s, rng)[:-1]
        vol = np.array([regime.vol_per_year for regime in self.regimes])[states]
        drift = np.array([regime.drift_per_year for regime in self.regimes])[states]
        return prices_from_moves(
            self.start_price, (drift - vol * vol / 2) * dt + vol * np.sqrt(dt) * shocks
        )

    def states(self, times_s: Times, rng: np.random.Generator) -> NDArray[np.int64]:
        """The number of the regime in force at each time."""
        starts, states = [times_s[0]], [0]
        while starts[-1] <= times_s[-1]:
            regime = self.regimes[states[-1]]
            starts.append(starts[-1] + rng.exponential(regime.mean_stay_s))
            bounds = np.cumsum(regime.next_weights)
            states.append(int(np.searchsorted(bounds, rng.random() * bounds[-1], side="right")))
        places = np.searchsorted(starts, times_s, side="right") - 1
        return np.asarray(np.array(states)[places])


def step_years(times_s: Times) -> FloatArray:
    """Lengths of the steps of a grid in years; refuses an empty or not increasing grid."""
    if len(times_s) == 0:
        raise ValueError("the time grid is empty; at least one time is needed")
    steps = np.diff(np.asarray(times_s, dtype=np.float64)) / YEAR_S
    if not (steps > 0).all():
        raise ValueError("the time grid does not increase at every step")
    return np.asarray(steps)


def reverting(
    start: float, std: float, half_life_s: float, steps_s: FloatArray, shocks: FloatArray
) -> FloatArray:
    """A Gaussian process pulled to 0, of stationary deviation `std`, starting at `start`."""
    keep = power(0.5, steps_s / half_life_s)
    kicks = std * np.sqrt(1 - keep * keep) * shocks
    path = [start]
    for share, kick in zip(keep.tolist(), kicks.tolist(), strict=True):
        path.append(path[-1] * share + kick)
    return np.array(path)


def prices_from_moves(start_price: float, log_moves: FloatArray) -> FloatArray:
    """Prices from a start and the log move of each step."""
    return np.asarray(start_price * exp(from_zero(log_moves)))


def from_zero(moves: FloatArray) -> FloatArray:
    """The running sum of the moves, starting at 0."""
    return np.append(np.zeros(1), np.cumsum(moves))


def _square(value: float) -> float:
    return value * value


def need_positive(**values: float) -> None:
    """Refuses a value that is not a finite number above zero."""
    for name, value in values.items():
        if not 0 < value < np.inf:
            raise ValueError(f"{name} is {value}; a finite number above 0 is needed")


def need_not_negative(**values: float) -> None:
    """Refuses a value that is not a finite number from zero up."""
    for name, value in values.items():
        if not 0 <= value < np.inf:
            raise ValueError(f"{name} is {value}; a finite number from 0 up is needed")
