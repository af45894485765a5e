"""How sure a mean over seeds is: bootstrap intervals by seed, and a test of a difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import bootstrap, permutation_test

from sim.portable import mean
from sim.rng import stream

CONFIDENCE = 0.95
RESAMPLES = 2_000


class Interval(NamedTuple):
    """A mean, and between what it lies."""

    mean: float
    low: float
    high: float


class Difference(NamedTuple):
    """A mean difference of pairs, between what it lies, and how often chance makes as much."""

    mean: float
    low: float
    high: float
    p: float
    pairs: int


def interval(values: Sequence[float]) -> Interval:
    """The mean of values and its bootstrap interval (percentiles); of one value: that value.

    Values of the same seeds in the same order are resampled alike, so that two intervals differ
    by what was measured and not by the draw.
    """
    middle = mean(values)
    if len(set(values)) < 2:  # nothing to resample
        return Interval(middle, middle, middle)
    found = bootstrap(
        (np.asarray(values, dtype=np.float64),),
        mean,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        vectorized=False,
        rng=stream(0, "bootstrap"),
    ).confidence_interval
    return Interval(middle, found.low.item(), found.high.item())


def difference(left: Sequence[float], right: Sequence[float]) -> Difference:
    """How much more the left values are, paired in order; signs of pairs are permuted for p."""
    one, other = (np.asarray(side, dtype=np.float64) for side in (left, right))
    apart = interval(list(one - other))
    if not (one != other).any():
        return Difference(*apart, p=1.0, pairs=len(one))
    tested = permutation_test(
        (one, other),
        lambda a, b: mean(a - b),
        permutation_type="samples",
        n_resamples=RESAMPLES,
        vectorized=False,
        rng=stream(0, "permutation"),
    )
    return Difference(*apart, p=tested.pvalue.item(), pairs=len(one))
