"""The functions of floats that are the same everywhere: right to the last places."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim import portable
from sim.rng import stream

PLACES = 2.0**-51  # two units in the last place of a number just above a power of two


def wide(low: float, high: float, name: str) -> np.ndarray:  # type: ignore[type-arg]
    return stream(1, f"test/{name}").uniform(low, high, 20_000)


@pytest.mark.parametrize(("low", "high"), [(-0.05, 0.05), (-3.0, 3.0), (-700.0, 700.0)])
def test_exp__numbers_of_any_size__are_the_c_librarys_but_for_the_last_places(
    low: float, high: float
) -> None:
    asked = wide(low, high, "exp")
    known = np.array([math.exp(one) for one in asked.tolist()])
    assert np.abs(portable.exp(asked) / known - 1).max() < PLACES


def test_exp_of__numbers_of_any_size__is_exp_bit_by_bit() -> None:
    asked = [*wide(-3, 3, "exp"), *wide(-745, 709, "exp"), 0.0, 1e9, -1e9]
    assert [portable.exp_of(one) for one in asked] == portable.exp(asked).tolist()


@pytest.mark.parametrize(("low", "high"), [(0.5, 2.0), (1e-300, 1e-290), (1e5, 1e300)])
def test_log__numbers_of_any_size__are_the_c_librarys_but_for_the_last_places(
    low: float, high: float
) -> None:
    asked = wide(low, high, "log")
    known = np.array([math.log(one) for one in asked.tolist()])
    assert (np.abs(portable.log(asked) - known) <= 2 * np.spacing(np.abs(known))).all()


def test_exp_and_log__at_the_ends__are_what_ieee_says() -> None:
    ends = [0.0, -np.inf, np.inf, 1e9, -1e9, math.nan]
    assert portable.exp(ends).tolist()[:5] == [1.0, 0.0, math.inf, math.inf, 0.0]
    assert math.isnan(portable.exp(ends)[5])
    assert portable.log([1.0, 0.0, math.inf]).tolist() == [0.0, -math.inf, math.inf]
    assert np.isnan(portable.log([-1.0, math.nan])).all()


def test_power__half_to_the_half_lives__halves_each_time() -> None:
    halved = portable.power(0.5, np.arange(12))
    assert halved == pytest.approx([1 / 2**n for n in range(12)], rel=1e-14)


def test_normal_share__from_one_tail_to_the_other__is_the_error_functions() -> None:
    for place in range(-90, 91):
        sigmas = place / 10
        known = 0.5 * math.erfc(-sigmas / math.sqrt(2))
        assert portable.normal_share(sigmas) == pytest.approx(known, abs=1e-14)


def test_total__what_a_sum_in_order_loses__is_there_in_any_order() -> None:
    values = [1e16, 1.0, -1e16, 1.0]
    assert [portable.total(values), portable.total(sorted(values))] == [2.0, 2.0]


def test_mean_and_deviation__a_sample__are_numpys_to_the_last_places() -> None:
    values = wide(0, 1, "mean")
    assert portable.mean(values) == pytest.approx(values.mean(), rel=1e-13)
    for taken in (0, 1):
        known = values.std(ddof=taken)
        assert portable.deviation(values, taken=taken) == pytest.approx(known, rel=1e-13)


def test_mean__no_values__is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"no values was asked; at least one is needed"):
        portable.mean([])


def test_quantiles__any_share__are_numpys() -> None:
    values, shares = wide(0, 1, "quantiles"), [0.0, 0.01, 0.5, 0.99, 1.0]
    assert portable.quantiles(values, shares) == pytest.approx(np.quantile(values, shares))
    assert math.isnan(portable.quantiles([], [0.5])[0])


def test_interpolated__inside_and_beyond__is_numpys() -> None:
    at, places, values = wide(-1, 6, "interp"), [0.0, 1.0, 4.0, 5.0], [3.0, -1.0, 2.0, 2.0]
    assert portable.interpolated(at, places, values) == pytest.approx(
        np.interp(at, places, values), abs=1e-14
    )
    assert portable.interpolated([0, 1, 2], [1], [7]).tolist() == [7, 7, 7]


def test_correlations__three_rows__are_numpys() -> None:
    rows = stream(1, "test/rows").standard_normal((3, 500))
    assert np.array(portable.correlations(rows)) == pytest.approx(np.corrcoef(rows), abs=1e-13)
