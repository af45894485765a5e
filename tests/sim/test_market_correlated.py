"""Correlated processes: the correlation asked for, and independence of who else is there."""

from __future__ import annotations

import numpy as np
import pytest

from sim.market.correlated import CorrelatedPaths
from sim.market.paths import Heston, JumpDiffusion

STEPS = 40_000
GBM = JumpDiffusion(start_price=100.0, vol_per_year=0.8, drift_per_year=0.1)
MERTON = JumpDiffusion(start_price=9.0, vol_per_year=0.5, jumps_per_day=300.0, jump_std_log=0.01)
HESTON = Heston(
    start_price=100.0,
    start_variance=0.5,
    level_variance=0.25,
    pull_per_year=3_000.0,
    vol_of_variance=10.0,
    rho=-0.7,
)


def grid(steps: int = STEPS) -> np.ndarray:
    return np.arange(steps + 1, dtype=np.int64) * 60


def test_sample__correlated__log_moves_have_the_correlation():
    matrix = ((1.0, 0.8, -0.3), (0.8, 1.0, 0.0), (-0.3, 0.0, 1.0))
    paths = CorrelatedPaths(
        names=("btc", "eth", "thin"), processes=(GBM, HESTON, GBM), correlation=matrix
    ).sample(grid(), seed=5)
    moves = np.diff(np.log(list(paths.values())))
    scaled = moves / np.abs(moves).mean(axis=1, keepdims=True)
    assert np.corrcoef(scaled) == pytest.approx(np.array(matrix), abs=0.03)


def test_sample__process_added_at_the_end__earlier_paths_do_not_change():
    two = CorrelatedPaths(
        names=("btc", "eth"), processes=(GBM, GBM), correlation=((1.0, 0.8), (0.8, 1.0))
    ).sample(grid(500), seed=5)
    three = CorrelatedPaths(
        names=("btc", "eth", "thin"),
        processes=(GBM, GBM, MERTON),
        correlation=((1.0, 0.8, 0.5), (0.8, 1.0, 0.5), (0.5, 0.5, 1.0)),
    ).sample(grid(500), seed=5)
    assert all((two[name] == three[name]).all() for name in two)


def test_sample__perfect_correlation__one_path_twice():
    paths = CorrelatedPaths(
        names=("btc", "copy"), processes=(GBM, GBM), correlation=((1.0, 1.0), (1.0, 1.0))
    ).sample(grid(500), seed=5)
    assert (paths["btc"] == paths["copy"]).all()


@pytest.mark.parametrize(
    ("matrix", "sentence"),
    [
        (((1.0,),), "shape"),
        (((1.0, 0.5), (0.4, 1.0)), "not symmetric"),
        (((1.0, 1.5), (1.5, 1.0)), "not positive semi-definite"),
    ],
)
def test_correlated__matrix_that_is_no_correlation__refuses(matrix, sentence):
    with pytest.raises(ValueError, match=sentence):
        CorrelatedPaths(names=("btc", "eth"), processes=(GBM, GBM), correlation=matrix)
