"""Anchored paths: published prices are hit exactly, and what lies between is a bridge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.market.anchored import Anchor, AnchoredPath
from sim.market.paths import YEAR_S
from sim.rng import stream

# 10 October 2025 in UTC, BTC on Binance; the moment of the low is set in the test, not published.
START_S = 1_760_129_400  # 20:50
LOW_S = START_S + 1_800
END_S = 1_760_134_560  # 22:16
CRASH = (
    Anchor(time_s=START_S, price=122_000.0, source="published high"),
    Anchor(time_s=LOW_S, price=102_000.0, source="published low on Binance"),
    Anchor(time_s=END_S, price=113_000.0, source="chosen for the test"),
)


@given(
    seed=st.integers(0, 2**32),
    vol=st.floats(0, 5),
    step_s=st.integers(1, 700),
    early_s=st.integers(0, 900),
)
@settings(max_examples=40, deadline=None)
def test_sample__any_grid_and_seed__hits_each_anchor_exactly(seed, vol, step_s, early_s):
    times_s = np.arange(START_S - early_s, END_S + step_s + 1, step_s)
    path = AnchoredPath(anchors=CRASH, vol_per_year=vol).sample(times_s, stream(seed, "btc"))
    for anchor in CRASH:
        # The first block at or after the anchor is the one that shows it.
        assert path[times_s >= anchor.time_s][0] == anchor.price


def test_sample__zero_volatility__straight_lines_in_the_log():
    path = AnchoredPath(anchors=CRASH[:2], vol_per_year=0.0).sample(
        np.array([START_S, START_S + 900, LOW_S, LOW_S + 600]), stream(1, "btc")
    )
    assert path == pytest.approx([122_000, np.sqrt(122_000 * 102_000), 102_000, 102_000])


def test_sample__many_seeds__middle_spreads_as_a_bridge():
    times_s = np.array([START_S, START_S + 900, LOW_S])
    path = AnchoredPath(anchors=CRASH[:2], vol_per_year=2.0)
    middles = np.log([path.sample(times_s, stream(s, "btc"))[1] for s in range(2_000)])
    wanted = 2.0 * np.sqrt(900 * 900 / 1_800 / YEAR_S)
    assert middles.std() == pytest.approx(wanted, rel=0.08)
    assert middles.mean() == pytest.approx(np.log(122_000 * 102_000) / 2, abs=5 * wanted / 44)


def test_anchor__no_source__refuses():
    with pytest.raises(ValueError, match="names no source"):
        Anchor(time_s=START_S, price=1.0, source=" ")


def test_anchor__price_of_zero__refuses():
    with pytest.raises(ValueError, match="price is 0"):
        Anchor(time_s=START_S, price=0.0, source="published")


@pytest.mark.parametrize("anchors", [(), CRASH[::-1], (CRASH[0], CRASH[0])])
def test_anchored_path__anchors_not_in_order__refuses(anchors):
    with pytest.raises(ValueError, match="anchor times"):
        AnchoredPath(anchors=anchors, vol_per_year=1.0)


def test_sample__grid_short_of_an_anchor__refuses():
    with pytest.raises(ValueError, match="the time grid covers only"):
        AnchoredPath(anchors=CRASH, vol_per_year=1.0).sample(
            np.array([START_S, LOW_S]), stream(1, "btc")
        )


def test_sample__two_anchors_in_one_step__refuses():
    with pytest.raises(ValueError, match="two anchors fall into one step"):
        AnchoredPath(anchors=CRASH, vol_per_year=1.0).sample(
            np.array([START_S - 1, END_S]), stream(1, "btc")
        )
