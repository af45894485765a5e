"""Several price processes whose shocks are correlated, each still drawing from its own stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.market.paths import PriceProcess, Times, step_years
from sim.rng import stream
from sim.types import FloatArray

PIVOT_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelatedPaths:
    """Named processes and the correlation matrix of their shocks.

    The matrix is factored from the top: a process added at the end changes no earlier one.
    """

    names: tuple[str, ...]
    processes: tuple[PriceProcess, ...]
    correlation: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        if not self.names or len(set(self.names)) != len(self.names):
            raise ValueError(f"names {self.names}; at least one is needed and no name twice")
        if len(self.processes) != len(self.names):
            raise ValueError(f"{len(self.processes)} processes for {len(self.names)} names")
        lower_factor(self.correlation, size=len(self.names))

    def sample(self, times_s: Times, seed: int) -> dict[str, FloatArray]:
        """One path per name; a path depends on the seed, its name, and the names before it."""
        factor = lower_factor(self.correlation, size=len(self.names))
        steps = len(step_years(times_s))
        raw = np.empty((len(self.names), steps))
        private = []
        for i, name in enumerate(self.names):
            shock_rng, private_rng = stream(seed, f"path/{name}").spawn(2)
            raw[i] = shock_rng.standard_normal(steps)
            private.append(private_rng)
        paths = {}
        for i, (name, process) in enumerate(zip(self.names, self.processes, strict=True)):
            # Summed over the first i + 1 rows only: a later row could not change a bit here.
            shocks = sum(factor[i, j] * raw[j] for j in range(i + 1))
            paths[name] = process.drive(times_s, np.asarray(shocks), private[i])
        return paths


def lower_factor(correlation: Sequence[Sequence[float]], *, size: int) -> FloatArray:
    """Lower triangular L with L L' = correlation; perfect correlation is allowed."""
    matrix = np.asarray(correlation, dtype=np.float64)
    if matrix.shape != (size, size):
        raise ValueError(f"a correlation matrix of shape {matrix.shape}; {size} x {size} is needed")
    if not (np.allclose(matrix, matrix.T) and np.allclose(np.diag(matrix), 1)):
        raise ValueError("the correlation matrix is not symmetric with ones on its diagonal")
    factor = np.zeros_like(matrix)
    for j in range(size):
        rest = matrix[j:, j] - _dot(factor[j:, :j], factor[j, :j])
        if rest[0] > PIVOT_TOLERANCE:
            factor[j:, j] = rest / np.sqrt(rest[0])
    again = np.array([_dot(factor, row) for row in factor])
    if not np.allclose(again, matrix, atol=1e-9):
        raise ValueError("the correlation matrix is not positive semi-definite")
    return factor


def _dot(rows: FloatArray, by: FloatArray) -> FloatArray:
    """Each row times a vector, summed from the left: a BLAS has an order for each processor."""
    found = np.zeros(len(rows))
    for j in range(len(by)):
        found = found + rows[:, j] * by[j]
    return found
