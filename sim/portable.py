"""Functions of floats that give the same bits on every processor, C library and numpy.

Built from what IEEE 754 rounds exactly (+, -, *, /, sqrt, rounding to whole, powers of two) and
from numpy's loops over these alone: numpy's own exp, log, power and sums differ in their last bits
between vector sets and releases, the C library's between processors with and without FMA.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LN2 = 0.6931471805599453
# exp and log as in fdlibm (Sun Microsystems 1993), within two units in the last place.
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_EXP = (
    *(4.13813679705723846039e-08, -1.65339022054652515390e-06, 6.61375632143793436117e-05),
    *(-2.77777777770155933842e-03, 1.66666666666666019037e-01),
)
_LOG_EVEN = (1.531383769920937332e-01, 2.222219843214978396e-01, 3.999999999940941908e-01)
_LOG_ODD = (
    *(1.479819860511658591e-01, 1.818357216161805012e-01),
    *(2.857142874366239149e-01, 6.666666666666735130e-01),
)
_LEAST_EXP, _MOST_EXP = -746.0, 710.0  # beyond these exp is 0 and infinite
_ROOT_HALF = 0.7071067811865476
_ROOT_TWO_PI = 2.5066282746310002
_FAR_SIGMAS = 8.3  # beyond, a share of the normal distribution is 0 or 1 in a float


def exp(values: ArrayLike) -> Floats:
    """E to each value; 0 and infinity where that is beyond a float."""
    x: Floats = np.clip(np.asarray(values, dtype=np.float64), _LEAST_EXP, _MOST_EXP)
    twos: Floats = np.rint(x / LN2)
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.ldexp(_grown(x, twos), np.nan_to_num(twos).astype(np.int64)))


def exp_of(value: float) -> float:
    """The same of one number, not infinite, in a twentieth of the time."""
    if not _LEAST_EXP < value < _MOST_EXP:
        return exp(value).item()
    twos = round(value / LN2)
    return math.ldexp(_grown(value, twos), twos)


@overload
def _grown(x: float, twos: float) -> float: ...
@overload
def _grown(x: Floats, twos: Floats) -> Floats: ...
def _grown(x: Any, twos: Any) -> Any:
    """E to x over 2 to `twos`: about one."""
    high, low = x - twos * _LN2_HIGH, twos * _LN2_LOW
    rest = high - low
    square = rest * rest
    bent = rest - square * _horner(square, _EXP)
    return 1 - ((low - rest * bent / (2 - bent)) - high)


def log(values: ArrayLike) -> Floats:
    """Natural logarithm of each value; minus infinity of 0, not a number below."""
    x = np.asarray(values, dtype=np.float64)
    ordinary = (x > 0) & (x < np.inf)
    mantissa, exponent = np.frexp(np.where(ordinary, x, 1.0))
    low_half: NDArray[np.bool_] = mantissa < _ROOT_HALF
    part: Floats = mantissa * np.where(low_half, 2.0, 1.0) - 1
    twos: Floats = (exponent - low_half).astype(np.float64)
    slope: Floats = part / (2 + part)
    square: Floats = slope * slope
    fourth: Floats = square * square
    even, odd = fourth * _horner(fourth, _LOG_EVEN), square * _horner(fourth, _LOG_ODD)
    half = 0.5 * part * part
    found = twos * _LN2_HIGH - ((half - (slope * (half + (even + odd)) + twos * _LN2_LOW)) - part)
    beyond = np.where(x == 0, -np.inf, np.where(x == np.inf, np.inf, np.nan))
    return np.asarray(np.where(ordinary, found, beyond))


def power(base: float, exponents: ArrayLike) -> Floats:
    """A positive base to each exponent; its error grows with the size of the result's log."""
    return exp(np.asarray(exponents, dtype=np.float64) * log(base))


def normal_share(sigmas: float) -> float:
    """Part of a normal distribution below so many sigmas, within 1e-14 (Marsaglia 2004)."""
    if abs(sigmas) > _FAR_SIGMAS:
        return 1.0 if sigmas > 0 else 0.0
    term = total = sigmas
    before, place = 0.0, 1
    while total != before:
        place += 2
        before, term = total, term * sigmas * sigmas / place
        total += term
    return 0.5 + total * exp_of(-0.5 * sigmas * sigmas) / _ROOT_TWO_PI


def total(values: Iterable[float]) -> float:
    """The exact sum, rounded once: no order of the values changes it."""
    return math.fsum(values)


def mean(values: Sequence[float] | Floats) -> float:
    """The exact sum over the count; refuses no values."""
    if not len(values):
        raise ValueError("the mean of no values was asked; at least one is needed")
    return math.fsum(values) / len(values)


def deviation(values: Floats, *, taken: int = 0) -> float:
    """Standard deviation; `taken` degrees of freedom (1 of a sample) leave the count."""
    away = values - mean(values)
    return math.sqrt(math.fsum(away * away) / (len(values) - taken))


def quantiles(values: Iterable[float], shares: Iterable[float]) -> list[float]:
    """Values below which these shares lie, linear between neighbours; nan of no values."""
    ordered = sorted(values)
    if not ordered:
        return [math.nan for _ in shares]
    return [_between(ordered, share * (len(ordered) - 1)) for share in shares]


def interpolated(at: ArrayLike, places: ArrayLike, values: ArrayLike) -> Floats:
    """Linear between increasing places; beyond them the first and the last value."""
    x, known = np.asarray(at, dtype=np.float64), np.asarray(places, dtype=np.float64)
    shown = np.asarray(values, dtype=np.float64)
    if len(known) == 1:
        return np.full(x.shape, shown[0])
    left = np.clip(np.searchsorted(known, x, side="right") - 1, 0, len(known) - 2)
    width = known[left + 1] - known[left]
    share = np.clip((x - known[left]) / np.where(width > 0, width, 1.0), 0.0, 1.0)
    return np.asarray(shown[left] + share * (shown[left + 1] - shown[left]))


def correlations(rows: Floats) -> list[list[float]]:
    """Of each row with each (Pearson), in [-1, 1]."""
    away = [row - mean(row) for row in rows]
    sizes = [math.sqrt(math.fsum(one * one)) for one in away]
    return [
        [
            max(-1.0, min(1.0, math.fsum(a * b) / (size * other)))
            for b, other in zip(away, sizes, strict=True)
        ]
        for a, size in zip(away, sizes, strict=True)
    ]


def _horner(x: Any, factors: Sequence[float]) -> Any:
    """A polynomial, the factor of the highest power first."""
    found = factors[0]
    for factor in factors[1:]:
        found = found * x + factor
    return found


def _between(ordered: Sequence[float], place: float) -> float:
    """What stands at a place between two values."""
    low = min(math.floor(place), len(ordered) - 1)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
