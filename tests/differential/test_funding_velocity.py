"""Funding by velocity against the reference, which measures the line between its bends."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference import funding as reference
from sim.reference.funding import DAY_S, EIGHT_HOURS_S, Drifting, VelocityTerms
from sim.units import WAD, wad
from tests.mark_world import START_S
from tests.support.contracts import lone

PRICE_WAD = wad("61234.5")
BY_VELOCITY = VelocityTerms(
    interval_s=EIGHT_HOURS_S,
    max_gap_s=EIGHT_HOURS_S,
    cap_wad=wad("0.03"),
    scale_wad=wad("0.002"),
    velocity_wad=wad("0.003"),
)
velocities = st.integers(60, 86_400).flatmap(
    lambda interval_s: st.builds(
        VelocityTerms,
        interval_s=st.just(interval_s),
        max_gap_s=st.integers(1, interval_s),
        cap_wad=st.one_of(st.integers(0, 10**14), st.integers(0, 10**18)),
        scale_wad=st.integers(10**14, WAD),
        velocity_wad=st.one_of(st.integers(1, 10**6), st.integers(1, WAD)),
    )
)
premiums_wad = st.one_of(st.integers(-(10**15), 10**15), st.integers(-WAD, WAD))
# Gaps in seconds, many of them around and beyond an interval's length.
gaps_s = st.one_of(st.integers(0, 90), st.integers(0, 90_000), st.integers(0, 10**6))
prices_wad = st.integers(1, 10**27)
stretches = st.lists(
    st.tuples(gaps_s, premiums_wad, prices_wad, st.booleans()), min_size=1, max_size=15
)


@pytest.fixture(scope="module")
def harness():
    return lone("FundingHarness")


def drifted(harness, of: VelocityTerms, accrual, elapsed) -> tuple[int, ...]:
    """The accrual after a stretch, by velocity."""
    shared = (of.interval_s, of.max_gap_s, 0, 0, of.cap_wad)
    return harness.read("drifted", accrual, shared, (of.scale_wad, of.velocity_wad), elapsed)


def fine_rate(accrual) -> Fraction:
    """The rate with what it has below its last place."""
    return accrual[1] + Fraction(accrual[3], DAY_S)


@given(of=velocities, start=st.integers(10**9, 2 * 10**9), rate_wad=premiums_wad, steps=stretches)
def test_drifted__any_stretches__match_reference(harness, of, start, rate_wad, steps):
    # The first rate may lie beyond the cap: margins may have changed.
    now, accrual, funding = start, (0, rate_wad, start + 1, 0), Drifting(rate=Fraction(rate_wad))
    for gap_s, premium_wad, price_wad, accrues in steps:
        since, now = now, now + gap_s
        accrual = drifted(harness, of, accrual, (since, now, premium_wad, accrues, price_wad))
        funding = reference.drift(
            of,
            funding,
            since=since,
            until=now,
            premium_wad=premium_wad,
            price_wad=price_wad,
            accrues=accrues,
        )
        assert (accrual[0], fine_rate(accrual)) == (funding.index_wad, funding.rate)
        assert 0 <= accrual[3] < DAY_S
        assert accrual[2] == (now // of.interval_s + 1) * of.interval_s
        assert not accrues or abs(accrual[1]) <= of.cap_wad


@given(premium_wad=premiums_wad, cuts=st.lists(st.integers(1, 28_799), max_size=25))
def test_drifted__in_k_calls__equals_one_call_within_k_wei(harness, premium_wad, cuts):
    times = [START_S + cut for cut in sorted({0, *cuts, 28_800})]
    first = (0, -12_345_678, START_S + EIGHT_HOURS_S, 86_399)

    def walked(stops: list[int]) -> tuple[int, ...]:
        accrual = first
        for since, until in pairwise(stops):
            accrual = drifted(
                harness, BY_VELOCITY, accrual, (since, until, premium_wad, True, PRICE_WAD)
            )
        return tuple(accrual)

    once, split = walked([times[0], times[-1]]), walked(times)
    assert abs(once[1]) < BY_VELOCITY.cap_wad  # no clamp bound
    assert once[1:] == split[1:]
    assert 0 <= once[0] - split[0] <= len(times) - 1


@given(premium_wad=premiums_wad, rate_wad=st.integers(-(10**16), 10**16), gap_s=gaps_s)
def test_drifted__premium__moves_the_rate_its_own_way(harness, premium_wad, rate_wad, gap_s):
    before = (0, rate_wad, START_S + 1, 0)
    elapsed = (START_S, START_S + gap_s, premium_wad, True, PRICE_WAD)
    moved = fine_rate(drifted(harness, BY_VELOCITY, before, elapsed)) - rate_wad
    # Rounded down: the least of premiums may be too small to raise it, but not to lower it.
    felt = premium_wad * BY_VELOCITY.velocity_wad >= BY_VELOCITY.scale_wad
    assert (moved > 0) == (felt and gap_s > 0)
    assert (moved < 0) == (premium_wad < 0 and gap_s > 0)
    # No faster than v, and for no longer than the gap cap.
    pushed_s = min(gap_s, BY_VELOCITY.max_gap_s)
    assert abs(moved) <= Fraction(BY_VELOCITY.velocity_wad * pushed_s, DAY_S)
    if abs(premium_wad) >= BY_VELOCITY.scale_wad:
        assert abs(moved) == Fraction(BY_VELOCITY.velocity_wad * pushed_s, DAY_S)


@pytest.mark.parametrize("sign", [1, -1])
def test_drifted__cap_met_on_the_way__is_flat_from_there(harness, sign):
    # Velocity 0.003 a day from 0 meets a cap of 0.0005 after 4 h: half of it over those, on
    # average, and all of it over the other 4.
    of = replace(BY_VELOCITY, cap_wad=wad("0.0005"))
    elapsed = (START_S, START_S + EIGHT_HOURS_S, sign * WAD, True, wad(100))
    accrual = drifted(harness, of, (0, 0, START_S + 1, 0), elapsed)
    assert accrual[:2] == (sign * wad("0.0375"), sign * wad("0.0005"))
