"""Funding against the reference, which cuts time another way, and against its closed forms."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference import funding as reference
from sim.reference.funding import EIGHT_HOURS_S, Funding, FundingTerms
from sim.units import WAD, wad
from tests.mark_world import START_S, TERMS
from tests.support.contracts import lone

PRICE_WAD = wad("61234.5")
BP_WAD = wad("0.0001")

terms = st.integers(60, 86_400).flatmap(
    lambda interval_s: st.builds(
        FundingTerms,
        interval_s=st.just(interval_s),
        max_gap_s=st.integers(1, interval_s),
        interest_wad=st.integers(0, 10**15),
        damper_wad=st.integers(0, 10**16),
        cap_wad=st.integers(0, 10**17),
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


def policy(of: FundingTerms) -> tuple[int, ...]:
    interest_wad = of.interest_wad * of.interval_s // EIGHT_HOURS_S
    return (of.interval_s, of.max_gap_s, interest_wad, of.damper_wad, of.cap_wad)


@given(of=terms, start=st.integers(10**9, 2 * 10**9), steps=stretches)
def test_advanced__any_stretches__match_reference(harness, of, start, steps):
    now, accrual, funding = start, harness.read("started", start, policy(of)), Funding()
    for gap_s, premium_wad, price_wad, accrues in steps:
        since, now = now, now + gap_s
        accrual = harness.read(
            "advanced", accrual, policy(of), (since, now, premium_wad, accrues, price_wad)
        )
        funding = reference.advance(
            of,
            funding,
            since=since,
            until=now,
            premium_wad=premium_wad,
            price_wad=price_wad,
            accrues=accrues,
        )
        assert tuple(accrual) == (
            funding.index_wad,
            reference.rate_at(of, funding, now),
            reference.ends_at(of, now),
            funding.premium_seconds.get(now // of.interval_s, 0),
        )


@given(cuts=st.lists(st.integers(1, 200_000), max_size=25), bias_s=st.integers(0, 40_000))
def test_advanced__in_k_calls__equals_one_call_within_k_wei(harness, cuts, bias_s):
    end = START_S + bias_s + 200_001
    times = sorted({START_S + bias_s, *(START_S + bias_s + cut for cut in cuts), end})
    first = harness.read("started", times[0], policy(TERMS.funding))

    def walked(stops: list[int]) -> tuple[int, ...]:
        accrual = first
        for since, until in pairwise(stops):
            elapsed = (since, until, 0, True, PRICE_WAD)
            accrual = harness.read("advanced", accrual, policy(TERMS.funding), elapsed)
        return tuple(accrual)

    once, split = walked([times[0], end]), walked(times)
    assert once[1:] == split[1:]
    assert 0 <= once[0] - split[0] <= len(times) - 1


@given(premium_wad=premiums_wad, stops=st.lists(st.integers(0, 59_999), max_size=20))
def test_advanced__one_book_sampled_k_times__sums_the_same(harness, premium_wad, stops):
    # With no gap capped, how often a book that stands still is sampled does not matter.
    of = policy(replace(TERMS.funding, max_gap_s=EIGHT_HOURS_S))
    times = sorted({START_S, START_S + 20_000, *(START_S + stop // 3 for stop in stops)})
    accrual = harness.read("started", START_S, of)
    for since, until in pairwise(times):
        accrual = harness.read("advanced", accrual, of, (since, until, premium_wad, True, 0))
    assert accrual.premium_sum_wad == premium_wad * 20_000


@pytest.mark.parametrize("start_s", [0, 1, 12_345, EIGHT_HOURS_S - 1])
@pytest.mark.parametrize("step_s", [1, 7, 60, 28_800])
def test_advanced__eight_hours_without_premium__is_one_basis_point(harness, start_s, step_s):
    now = START_S + start_s
    accrual = harness.read("started", now, policy(TERMS.funding))
    left_s = EIGHT_HOURS_S
    calls = 0
    while left_s:
        gap_s = min(step_s * (1 if calls < 40 else 1000), left_s)  # fine at first, then coarse
        elapsed = (now, now + gap_s, 0, True, PRICE_WAD)
        accrual = harness.read("advanced", accrual, policy(TERMS.funding), elapsed)
        now, left_s, calls = now + gap_s, left_s - gap_s, calls + 1
    exact_wad = PRICE_WAD * BP_WAD // WAD
    assert exact_wad - calls <= accrual.index_wad <= exact_wad
    if calls == 1:
        assert accrual.index_wad == exact_wad


@pytest.mark.parametrize(
    ("average_bp", "rate_bp"),
    [
        (0, 1),  # within 5 bp of 1 bp
        (6, 1),
        (-4, 1),
        (7, 2),  # 5 bp from the average
        (-6, -1),
        (100, 95),
        (900, 300),  # cap
        (-900, -300),
    ],
)
def test_rate__average_premium__is_pulled_to_interest_and_capped(harness, average_bp, rate_bp):
    # Interest 1 bp, damper 5 bp, cap 3 %.
    premium_sum_wad = average_bp * BP_WAD * EIGHT_HOURS_S
    assert harness.read("rate_wad", premium_sum_wad, policy(TERMS.funding)) == rate_bp * BP_WAD


def test_advanced__premium_sampled_before_the_end__sets_the_next_rate(harness):
    # 10 bp over a quarter of the interval: average 2.5 bp, within the damper, so R = r;
    # 100 bp over a quarter: average 25 bp, R = 20 bp.
    for premium_bp, rate_bp in ((10, 1), (100, 20)):
        accrual = harness.read("started", START_S, policy(TERMS.funding))
        for i in range(24):
            since = START_S + i * 300
            elapsed = (since, since + 300, premium_bp * BP_WAD, True, PRICE_WAD)
            accrual = harness.read("advanced", accrual, policy(TERMS.funding), elapsed)
        end = START_S + EIGHT_HOURS_S
        elapsed = (START_S + 7_200, end + 100, 0, True, PRICE_WAD)
        accrual = harness.read("advanced", accrual, policy(TERMS.funding), elapsed)
        assert accrual.rate_wad == rate_bp * BP_WAD
        assert accrual.ends_at == end + EIGHT_HOURS_S


@given(
    index_wad=st.integers(1, 10**27),
    bid_wad=st.integers(0, 10**27),
    ask_wad=st.integers(0, 10**27),
)
def test_premium__any_quotes__matches_reference(harness, index_wad, bid_wad, ask_wad):
    found = harness.read("premium_wad", index_wad, bid_wad, ask_wad)
    assert found == reference.premium_wad(index_wad, bid_wad, ask_wad)


@pytest.mark.parametrize(
    ("bid", "ask", "premium"),
    [
        ("0", "0", "0"),
        ("99", "101", "0"),
        ("101", "102", "0.01"),
        ("98", "99", "-0.01"),
        ("101", "0", "0.01"),
        ("0", "99", "-0.01"),
        ("1000", "0", "1"),
    ],
)
def test_premium__hundred_index__is_the_distance_outside(harness, bid, ask, premium):
    assert harness.read("premium_wad", wad(100), wad(bid), wad(ask)) == wad(premium)
