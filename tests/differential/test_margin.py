"""Margins by brackets against margins by deductions; and the figures of the specification."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.reference.margin import (
    TABLE,
    Risk,
    Tier,
    by_brackets,
    initial,
    initial_unrounded,
    maintenance,
)
from sim.types import Status
from sim.types.codes import Act
from sim.units import WAD, wad
from tests.clearing_world import MAJOR, THIN
from tests.risk_world import RiskWorld

MODES = ("no", "yes", "edge", "kind", "later")
notionals = st.one_of(
    st.integers(0, wad(10**9)), st.integers(0, 10**6), st.integers(0, wad(10**14))
)


@pytest.fixture(scope="module")
def world() -> RiskWorld:
    return RiskWorld()


@st.composite
def risks(draw: st.DrawFn) -> Risk:
    """Any terms the parameters would accept."""
    count = draw(st.integers(1, 4))
    tops = {"min_size": count, "max_size": count, "unique": True}
    bounds = sorted(draw(st.lists(st.integers(1, wad(10**8)), **tops)))
    ratios = sorted(draw(st.lists(st.integers(1, WAD), min_size=8, max_size=8, unique=True)))
    mmrs, imrs = ratios[:count], ratios[4 : 4 + count]
    lo_wad = draw(st.integers(0, wad(10**9)))
    return replace(
        MAJOR,
        tiers=tuple(
            Tier(lower_wad=lower, mmr_wad=mmr, imr_wad=imr)
            for lower, mmr, imr in zip([0, *bounds[1:]], mmrs, imrs, strict=True)
        ),
        oi_lo_wad=lo_wad,
        oi_hi_wad=lo_wad + draw(st.integers(1, wad(10**9))),
    )


@given(risk=st.one_of(st.sampled_from([MAJOR, THIN]), risks()), notional_wad=notionals)
def test_maintenance__any_tiers__is_the_sum_of_brackets(world, risk, notional_wad):
    assert world.ask("maintenance", notional_wad, risk) == maintenance(notional_wad, risk)


@given(
    risk=st.one_of(st.sampled_from([MAJOR, THIN]), risks()),
    notional_wad=notionals,
    interest_wad=st.integers(0, wad(10**7)),
    index_wad=st.integers(1, wad(10**5)),
)
@example(risk=MAJOR, notional_wad=0, interest_wad=0, index_wad=WAD)
def test_initial__any_tiers_and_interest__matches_and_is_at_most_the_notional(
    world, risk, notional_wad, interest_wad, index_wad
):
    found = world.ask("initial", notional_wad, risk, interest_wad, index_wad)
    assert found == initial(notional_wad, risk, interest_wad, index_wad)
    # Against SPEC 2 as it is written: never below, and two roundings away at most.
    exact = initial_unrounded(notional_wad, risk, interest_wad, index_wad)
    assert ceil(exact) <= found <= ceil(exact) + 2
    assert world.ask("maintenance", notional_wad, risk) <= found <= notional_wad


@pytest.mark.parametrize("risk", [MAJOR, THIN], ids=["major", "thin"])
def test_margins__at_a_tiers_bound__do_not_jump(world, risk):
    for tier in risk.tiers[1:]:
        for ratio, method in (("mmr_wad", "maintenance"), ("imr_wad", "initial")):
            more = (0, WAD) if method == "initial" else ()
            below, at, above = (
                world.ask(method, tier.lower_wad + step, risk, *more) for step in (-WAD, 0, WAD)
            )
            place = risk.tiers.index(tier)
            assert at - below == getattr(risk.tiers[place - 1], ratio)
            assert above - at == getattr(tier, ratio)


def test_deductions__reference_tiers__are_the_specifications():
    # D_k = D_{k-1} + lower_k * (mmr_k - mmr_{k-1}), as literal quote amounts.
    for risk, deductions in ((MAJOR, (0, 5_000, 80_000, 580_000)), (THIN, (0, 5_000))):
        rows = [(one.lower_wad, one.mmr_wad) for one in risk.tiers]
        for (lower_wad, rate_wad), deduction in zip(rows, deductions, strict=True):
            notional_wad = lower_wad + wad(1)
            flat = Fraction(notional_wad * rate_wad, WAD)
            assert flat - by_brackets(notional_wad, rows) == wad(deduction)


@pytest.mark.parametrize(
    ("risk", "quote", "mm", "im"),
    [
        (MAJOR, 1_000, "5", "10"),  # 100x on the majors
        (MAJOR, 1_000_000, "5000", "10000"),
        (MAJOR, 2_000_000, "15000", "30000"),
        (MAJOR, 10_000_000, "170000", "340000"),
        (MAJOR, 50_000_000, "1920000", "3840000"),
        (THIN, 1_000, "50", "100"),  # 10x on the thin market
        (THIN, 200_000, "15000", "30000"),
    ],
)
def test_margins__figures_of_the_specification__are_exact(world, risk, quote, mm, im):
    assert world.ask("maintenance", wad(quote), risk) == wad(mm)
    assert world.ask("initial", wad(quote), risk, 0, WAD) == wad(im)


@pytest.mark.parametrize(
    ("interest", "im"),
    [(30_000_000, "10"), (60_000_000, "505"), (90_000_000, "1000"), (900_000_000, "1000")],
)
def test_initial__open_interest_grows__reaches_the_whole_notional(world, interest, im):
    assert world.ask("initial", wad(1_000), MAJOR, wad(interest), WAD) == wad(im)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("act", list(Act))
def test_mode__every_cell__is_the_tables(world, status, act):
    assert MODES[world.ask("mode", status, act)] == TABLE[status, act]


@pytest.mark.parametrize("act", list(Act))
def test_mode__unknown_status__allows_nothing(world, act):
    assert world.ask("mode", 6, act) == 0
