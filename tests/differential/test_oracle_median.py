"""Rules 3 to 5 on any readings: against the reference, and the properties of INV-18."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.reference.index_rules import Reading, Rules, judge, quantile
from sim.rng import stream
from sim.types import Status
from sim.units import WAD, wad
from tests.support.contracts import START_S, lone

OUTLIER_BPS = 500
RULES = Rules(outlier_bps=OUTLIER_BPS)
HALF = Fraction(1, 2)

Row = tuple[int, int, int]  # price, confidence, weight

# Distances of 0, a few and many percent, around prices of a few wei and of many millions.
bases = st.sampled_from([1_000, WAD, wad(30_000), wad(10**9)])
ratios_bps = st.one_of(
    st.integers(9_990, 10_010), st.integers(9_300, 10_700), st.integers(1_000, 40_000)
)
shares_bps = st.one_of(st.just(0), st.integers(0, 10), st.integers(0, 100))
weights = st.one_of(st.just(10), st.integers(1, 65_535))


@st.composite
def rows(draw: st.DrawFn, least: int = 3) -> list[Row]:
    base = draw(bases)
    prices = [
        base * ratio // 10_000 for ratio in draw(st.lists(ratios_bps, min_size=least, max_size=8))
    ]
    return [(p, p * draw(shares_bps) // 10_000, draw(weights)) for p in prices]


@pytest.fixture(scope="module")
def harness():
    return lone("MedianHarness")


def judged(harness, readings: list[Row]):
    """(price, conf, status, places dropped) by the contract."""
    verdict = harness.read("judge", *map(list, zip(*readings, strict=True)), OUTLIER_BPS)
    dropped = frozenset(place for place in range(8) if verdict.dropped >> place & 1)
    return verdict.price_wad, verdict.conf_wad, Status(verdict.status), dropped


def wanted(readings: list[Row]):
    """The same by the reference."""
    live = {
        place: Reading(price_wad=p, conf_wad=c, observed_at=START_S, weight=w, stale_s=60)
        for place, (p, c, w) in enumerate(readings)
    }
    verdict = judge(live, RULES, START_S)
    return verdict.price_wad, verdict.conf_wad, verdict.status, verdict.dropped


@given(readings=rows(least=1))
def test_judge__any_readings__matches_reference(harness, readings):
    assert judged(harness, readings) == wanted(readings)


def random_rows(rng: np.random.Generator) -> list[Row]:
    """Readings of one truth: sources apart by 0.01 % to 10 %, some of them far off."""
    count = int(rng.integers(3, 9))
    truth = int(10 ** rng.uniform(0, 26))
    apart_bps = rng.choice([1, 30, 400, 1_000])
    found = []
    for _ in range(count):
        off_bps = rng.normal(0, apart_bps) + rng.choice([0, 0, 0, 3_000])
        price = max(1, truth + truth * int(max(off_bps, -9_999) * 1_000) // 10_000_000)
        conf = price * int(rng.integers(0, 101)) // 10_000
        found.append((price, conf, int(rng.choice([10, rng.integers(1, 100)]))))
    return found


def test_judge__many_random_feed_sets__every_one_matches_reference(harness):
    # 10,000 sets in the deep profile, 500 in that of CI.
    rng = stream(18, "feed sets")
    met = set()
    for _ in range(5 * settings.default.max_examples):
        readings = random_rows(rng)
        found = judged(harness, readings)
        assert found == wanted(readings), readings
        met.add(found[2])
    assert met == {Status.OK, Status.THIN, Status.DISPUTED}


@given(readings=rows())
def test_judge__any_readings__index_inside_them(harness, readings):
    prices = [price for price, _, _ in readings]
    assert min(prices) <= judged(harness, readings)[0] <= max(prices)


@given(readings=rows(), order=st.randoms(use_true_random=False))
def test_judge__sources_listed_in_another_order__same_index(harness, readings, order):
    shuffled = order.sample(readings, len(readings))
    assert judged(harness, shuffled)[:3] == judged(harness, readings)[:3]


@given(readings=rows(), factor=st.integers(2, 1_000))
def test_judge__all_prices_scaled__index_scales_exactly(harness, readings, factor):
    price_wad, conf_wad, status, dropped = judged(harness, readings)
    scaled = [(factor * p, factor * c, w) for p, c, w in readings]
    assert judged(harness, scaled) == (factor * price_wad, factor * conf_wad, status, dropped)


@given(readings=rows(), place=st.integers(0, 7), rise_bps=st.integers(1, 20_000))
def test_quartiles__one_price_raised__none_falls(harness, readings, place, rise_bps):
    place %= len(readings)
    price, conf, weight = readings[place]
    raised = [*readings]
    raised[place] = (price + price * rise_bps // 10_000, conf, weight)
    before = harness.read("quartiles", *map(list, zip(*readings, strict=True)))
    after = harness.read("quartiles", *map(list, zip(*raised, strict=True)))
    assert all(b >= a for a, b in zip(before, after, strict=True))


@given(readings=rows(), place=st.integers(0, 7), rise_bps=st.integers(1, 500))
def test_judge__one_price_raised_and_the_same_survive__index_does_not_fall(
    harness, readings, place, rise_bps
):
    place %= len(readings)
    price, conf, weight = readings[place]
    raised = [*readings]
    raised[place] = (price + price * rise_bps // 10_000, conf, weight)
    before, after = judged(harness, readings), judged(harness, raised)
    assume(before[2:] == after[2:])
    assert after[0] >= before[0]


def test_judge__a_survivor_raised_out_of_reach__index_falls(harness):
    # Why monotonicity needs the same survivors: 104 leaves, and 101 becomes the lower median.
    near = [(wad(p), 0, 10) for p in (100, 101, 102, 103, 104)]
    far = [*near[:4], (wad(120), 0, 10)]
    assert judged(harness, near)[0] == wad(102)
    assert judged(harness, far) == (wad(101), WAD, Status.OK, frozenset({4}))


@given(values=st.lists(st.integers(0, 2**96), min_size=1, max_size=8), data=st.data())
def test_lower_median__any_entries__matches_reference(harness, values, data):
    held = [data.draw(weights) for _ in values]
    found = harness.read("lower_median", values, held)
    assert found == quantile(zip(values, held, strict=True), HALF)


@pytest.mark.parametrize(
    ("values", "held", "median"),
    [
        ([5], [1], 5),
        ([1, 2], [1, 1], 1),  # an even count: the lower
        ([1, 2, 3, 4], [1, 1, 1, 1], 2),
        ([1, 2, 3], [1, 1, 2], 2),  # exactly half is reached at 2
        ([1, 2, 3], [1, 1, 3], 3),
        ([3, 1, 1], [1, 1, 1], 1),
    ],
)
def test_lower_median__ties_and_even_counts__the_lower(harness, values, held, median):
    assert harness.read("lower_median", values, held) == median


@st.composite
def attacked(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """Honest readings within 2 %, and an adversary with less than half of the weight."""
    base = draw(bases)
    honest = [
        (base * draw(st.integers(9_900, 10_100)) // 10_000, 0, draw(st.integers(1, 1_000)))
        for _ in range(draw(st.integers(3, 5)))
    ]
    lies = [
        (max(1, base * draw(st.integers(0, 10**6)) // 10_000), 0, draw(st.integers(1, 1_000)))
        for _ in range(draw(st.integers(1, 3)))
    ]
    assume(2 * sum(w for *_, w in lies) < sum(w for *_, w in honest + lies))
    return honest, lies


@given(sides=attacked())
def test_judge__adversary_below_half__index_inside_honest_quantiles(harness, sides):
    # The closed form, for votes without confidence and honest sources that keep together: none
    # of them is dropped, and an adversary who is has even less weight.
    honest, lies = sides
    weight = sum(w for *_, w in honest + lies)
    a = Fraction(sum(w for *_, w in lies), weight)
    votes = [(p, w) for p, _, w in honest]
    low_wad = quantile(votes, (HALF - a) / (1 - a))
    high_wad = quantile(votes, HALF / (1 - a))
    assert low_wad <= judged(harness, honest + lies)[0] <= high_wad
