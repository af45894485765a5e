"""Price processes: their moments, their determinism, and what they refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.market.paths import (
    DAY_S,
    YEAR_S,
    Constant,
    Heston,
    JumpDiffusion,
    MeanReverting,
    PriceProcess,
    Regime,
    RegimeSwitching,
)
from sim.rng import stream

STEPS = 40_000
DEVIATIONS = 5  # how many standard errors an estimate may miss by; the seeds are fixed

CALM = Regime(drift_per_year=0.1, vol_per_year=0.3, mean_stay_s=6_000, next_weights=(0, 1))
WILD = Regime(drift_per_year=-2.0, vol_per_year=3.0, mean_stay_s=2_000, next_weights=(1, 0))
PROCESSES: dict[str, PriceProcess] = {
    "constant": Constant(price=100.0),
    "gbm": JumpDiffusion(start_price=100.0, vol_per_year=0.8, drift_per_year=0.1),
    "merton": JumpDiffusion(
        start_price=100.0,
        vol_per_year=0.5,
        jumps_per_day=3_000.0,
        jump_mean_log=-0.002,
        jump_std_log=0.003,
    ),
    "reverting": MeanReverting(
        start_price=80.0, level_price=100.0, half_life_s=600.0, vol_per_year=2.0
    ),
    "heston": Heston(
        start_price=100.0,
        start_variance=0.5,
        level_variance=0.25,
        pull_per_year=3_000.0,
        vol_of_variance=10.0,
        rho=-0.7,
    ),
    "regimes": RegimeSwitching(start_price=100.0, regimes=(CALM, WILD)),
}
each_process = pytest.mark.parametrize("name", PROCESSES)


def grid(steps: int = STEPS, step_s: int = 60) -> np.ndarray:
    return np.arange(steps + 1, dtype=np.int64) * step_s


def log_moves(name: str, step_s: int = 60) -> np.ndarray:
    return np.diff(np.log(PROCESSES[name].sample(grid(step_s=step_s), stream(7, name))))


def test_sample__gbm__moments_are_those_of_the_normal_law():
    moves = log_moves("gbm")
    dt = 60 / YEAR_S
    std = 0.8 * np.sqrt(dt)
    assert abs(moves.mean() - (0.1 - 0.32) * dt) < DEVIATIONS * std / np.sqrt(STEPS)
    assert moves.std() == pytest.approx(std, rel=DEVIATIONS / np.sqrt(2 * STEPS))
    assert abs(np.corrcoef(moves[1:], moves[:-1])[0, 1]) < DEVIATIONS / np.sqrt(STEPS)


def test_sample__merton__variance_is_diffusion_plus_jumps():
    moves = log_moves("merton")
    per_step = 3_000.0 * 60 / DAY_S
    wanted = 0.25 * 60 / YEAR_S + per_step * (0.002**2 + 0.003**2)
    assert moves.var() == pytest.approx(wanted, rel=0.05)
    # Rare big jumps: the tails are far from normal, where the same law without jumps has 3.
    kurtosis = ((moves - moves.mean()) ** 4).mean() / moves.var() ** 2
    assert kurtosis > 3.5


@pytest.mark.parametrize("name", ["gbm", "merton", "heston"])
def test_sample__any_step__mean_growth_is_the_drift_alone(name):
    growth = np.exp(log_moves(name))
    drift = 0.1 if name == "gbm" else 0.0
    error = growth.std() / np.sqrt(STEPS)
    assert abs(growth.mean() - np.exp(drift * 60 / YEAR_S)) < DEVIATIONS * error


def test_sample__reverting__forgets_the_start_and_spreads_as_predicted():
    logs = np.log(PROCESSES["reverting"].sample(grid(), stream(7, "reverting")) / 100)
    pull = np.log(2) * YEAR_S / 600
    settled = logs[1_000:]
    assert settled.std() == pytest.approx(2.0 / np.sqrt(2 * pull), rel=0.1)
    assert abs(settled.mean()) < settled.std() / 10


def test_sample__reverting_without_noise__goes_half_way_in_a_half_life():
    still = MeanReverting(start_price=64.0, level_price=100.0, half_life_s=600.0, vol_per_year=0)
    path = still.sample(np.array([0, 600, 1_800]), stream(1, "any"))
    assert path == pytest.approx([64.0, 80.0, 100 * 0.64**0.125])


def test_sample__heston__realised_variance_is_the_level():
    moves = log_moves("heston")
    yearly = (moves[2_000:] ** 2).mean() * YEAR_S / 60
    assert yearly == pytest.approx(0.25, rel=0.1)


@pytest.mark.parametrize("rho", [-1.0, 1.0])
def test_drive__heston_with_full_correlation__the_first_shock_sets_the_next_variance(rho):
    process = replace(PROCESSES["heston"], rho=rho)
    after = [
        np.diff(np.log(process.drive(grid(2), np.array([shock, 1.0]), stream(7, "own"))))[1]
        for shock in (-3.0, 3.0)
    ]
    assert np.sign(after[1] - after[0]) == rho


def test_drive__heston_with_still_variance__is_brownian_motion():
    still = Heston(
        start_price=100.0,
        start_variance=0.64,
        level_variance=0.64,
        pull_per_year=5.0,
        vol_of_variance=0.0,
        rho=0.5,
        drift_per_year=0.1,
    )
    shocks = stream(3, "shocks").standard_normal(500)
    own = stream(3, "own")
    wanted = PROCESSES["gbm"].drive(grid(500), shocks, own)
    assert still.drive(grid(500), shocks, own) == pytest.approx(wanted, rel=1e-12)


def test_drive__gbm_without_shocks__grows_by_drift_less_half_the_variance():
    path = PROCESSES["gbm"].drive(np.array([0, YEAR_S]), np.zeros(1), stream(1, "any"))
    assert path[1] == pytest.approx(100 * np.exp(0.1 - 0.8**2 / 2))


def test_sample__heston_on_a_coarse_grid__refuses():
    with pytest.raises(ValueError, match="a step of 7200 s; Heston allows 3600 s"):
        PROCESSES["heston"].sample(np.array([0, 7_200]), stream(1, "any"))


def test_sample__regimes__volatility_follows_the_state():
    process = RegimeSwitching(start_price=100.0, regimes=(CALM, WILD))
    shocks = stream(3, "shocks").standard_normal(STEPS)
    states = process.states(grid(), stream(3, "own"))[:-1]
    moves = np.diff(np.log(process.drive(grid(), shocks, stream(3, "own"))))
    for state, vol in enumerate((0.3, 3.0)):
        yearly = moves[states == state].std() * np.sqrt(YEAR_S / 60)
        assert yearly == pytest.approx(vol, rel=0.05)
    assert states.mean() == pytest.approx(0.25, abs=0.05)  # 2,000 s of every 8,000 s


@each_process
def test_sample__same_seed__same_path_and_another_seed_another(name):
    process = PROCESSES[name]
    one, again, other = (process.sample(grid(50), stream(s, name)) for s in (1, 1, 2))
    assert (one == again).all()
    assert (one == other).all() == (name == "constant")


@each_process
@given(seed=st.integers(0, 2**32), short=st.integers(0, 60), more=st.integers(1, 60))
@settings(max_examples=15, deadline=None)
def test_sample__longer_grid__begins_with_the_shorter_path(name, seed, short, more):
    process = PROCESSES[name]
    few = process.sample(grid(short), stream(seed, name))
    many = process.sample(grid(short + more), stream(seed, name))
    assert (many[: short + 1] == few).all()
    assert (many > 0).all()


@pytest.mark.parametrize("times_s", [[], [0, 0], [0, 60, 30]])
def test_sample__grid_that_does_not_increase__refuses(times_s):
    with pytest.raises(ValueError, match="the time grid"):
        PROCESSES["constant"].sample(np.array(times_s), stream(1, "any"))


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: Constant(price=0.0), "price is 0.0"),
        (lambda: JumpDiffusion(start_price=1.0, vol_per_year=-0.1), "vol_per_year is -0.1"),
        (lambda: JumpDiffusion(start_price=np.nan, vol_per_year=0.1), "start_price is nan"),
        (lambda: RegimeSwitching(start_price=1.0, regimes=()), "no regimes"),
        (lambda: RegimeSwitching(start_price=1.0, regimes=(CALM,)), "next_weights"),
        (
            lambda: Heston(
                start_price=1.0,
                start_variance=0.1,
                level_variance=0.1,
                pull_per_year=1.0,
                vol_of_variance=0.1,
                rho=1.5,
            ),
            "rho is 1.5",
        ),
    ],
)
def test_process__impossible_parameter__refuses(build, sentence):
    with pytest.raises(ValueError, match=sentence):
        build()
