"""Every product and quotient against exact fractions, over the whole range and both signs."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.reference import fixed_point as exact
from sim.units import WAD
from tests.support.contracts import lone

TOP = 2**127 - 1
unsigned = st.one_of(st.integers(0, TOP), st.integers(0, 10**20), st.sampled_from([0, 1, WAD, TOP]))
positive = unsigned.filter(bool)
signed = st.one_of(st.integers(-TOP - 1, TOP), st.integers(-(10**20), 10**20))
nonzero = signed.filter(bool)


@pytest.fixture(scope="module")
def harness():
    return lone("FixedPointHarness").read


@given(a=unsigned, b=unsigned, c=positive)
@example(a=TOP, b=TOP, c=1)
@example(a=10, b=10, c=100)
def test_mul_div__any_unsigned__is_floor_and_ceiling(harness, a, b, c):
    expected = (exact.mul_div_down(a, b, c), exact.mul_div_up(a, b, c))
    assert harness("unsigned", a, b, c) == expected


@given(a=unsigned, b=unsigned)
@example(a=1, b=1)
@example(a=TOP, b=TOP)
def test_mul_wad__any_unsigned__is_floor_and_ceiling(harness, a, b):
    assert harness("products", a, b) == (exact.mul_wad_down(a, b), exact.mul_wad_up(a, b))


@given(a=unsigned, b=positive)
@example(a=TOP, b=1)
def test_div_wad__any_unsigned__is_floor_and_ceiling(harness, a, b):
    assert harness("quotients", a, b) == (exact.div_wad_down(a, b), exact.div_wad_up(a, b))


@given(a=unsigned, bps=st.integers(0, 65_535))
def test_bps_up__any_amount__is_ceiling(harness, a, bps):
    assert harness("bps_up", a, bps) == exact.bps_up(a, bps)


@given(a=signed, b=nonzero)
@example(a=-7, b=2)
@example(a=7, b=-2)
@example(a=-7, b=-2)
@example(a=-8, b=2)
@example(a=-TOP - 1, b=1)
def test_signed_div__any_signs__is_floor_and_ceiling(harness, a, b):
    assert harness("signed_quotients", a, b) == (
        exact.mul_div_down(a, 1, b),
        exact.mul_div_up(a, 1, b),
    )


@given(a=signed, b=signed)
@example(a=-1, b=1)
@example(a=-TOP - 1, b=-TOP - 1)
def test_signed_mul_wad__any_signs__is_floor_and_ceiling(harness, a, b):
    assert harness("signed_products", a, b) == (exact.mul_wad_down(a, b), exact.mul_wad_up(a, b))


@pytest.mark.parametrize("method", ["quotients", "signed_quotients"])
def test_division__by_zero__reverts(harness, method):
    with pytest.raises(CallReverted):
        harness(method, 1, 0)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("products", (2**200, 2**60)), ("signed_products", (-(2**200), 2**60))],
)
def test_product__beyond_the_word__reverts_instead_of_wrapping(harness, method, arguments):
    with pytest.raises(CallReverted):
        harness(method, *arguments)
