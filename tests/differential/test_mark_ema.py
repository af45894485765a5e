"""The basis average against exact decays, its recursion and its closed form."""

from __future__ import annotations

from math import ceil, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference.mark import LONGEST_SAMPLE_S, TAU_S, Basis, decay_wad, sampled
from sim.units import WAD, wad
from tests.support.contracts import lone

CLAMP_WAD = wad(1_000)  # 1 % of an index of 100,000
STEP_S = 2


@pytest.fixture(scope="module")
def harness():
    return lone("EmaHarness")


def test_decays__every_whole_second__equal_the_exact_value(harness):
    for first_s in range(0, LONGEST_SAMPLE_S, 1000):
        found = harness.read("decays", first_s, 1000)
        assert list(found) == [decay_wad(first_s + i) for i in range(1000)]


@given(
    kept=st.builds(
        Basis,
        sum_wad=st.integers(-(10**36), 10**36),
        weight_wad=st.integers(0, 10**22),
    ),
    sample_wad=st.integers(-(10**27), 10**27),
    elapsed_s=st.one_of(st.integers(0, 400), st.integers(0, 10**6)),
)
def test_added__any_sample__matches_reference(harness, kept, sample_wad, elapsed_s):
    added, value_wad = harness.read("added", (kept.sum_wad, kept.weight_wad), sample_wad, elapsed_s)
    wanted = sampled(kept, sample_wad, elapsed_s)
    assert tuple(added) == (wanted.sum_wad, wanted.weight_wad)
    assert value_wad == wanted.value_wad


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_average__clamped_step_held__reaches_x_when_the_closed_form_says(harness, share, sign):
    # -tau * ln(1 - x/c), in whole samples; half a clamp takes 104 seconds.
    steps = ceil(-TAU_S * log(1 - share) / STEP_S)
    reached_wad = int(CLAMP_WAD * share)
    assert sign * harness.read("average", sign * CLAMP_WAD, STEP_S, steps - 1) < reached_wad
    assert sign * harness.read("average", sign * CLAMP_WAD, STEP_S, steps) >= reached_wad


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("steps", [1, 100, 1_000, 7_000])
def test_average__clamped_step_held_for_ever__never_exceeds_the_clamp(harness, steps, sign):
    held_wad = sign * harness.read("average", sign * (CLAMP_WAD + 1), STEP_S, steps)
    assert 0 < held_wad <= CLAMP_WAD + 1


def test_added__no_time_passed__changes_nothing(harness):
    kept = (wad(7), 3 * WAD)
    added, _ = harness.read("added", kept, wad(10**6), 0)
    assert tuple(added) == kept
