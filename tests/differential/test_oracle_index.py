"""Whole histories of an index against the reference: breaker, ladder, methods, view and state."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference import naive_index, oracle
from sim.reference.index_rules import Method, Rules, is_live
from sim.reference.oracle import State
from sim.rng import stream
from sim.types import Status
from sim.units import wad
from tests.oracle_world import OracleWorld, Said
from tests.support.examples import HEAVY

START_WAD = wad(1_000)
RULES = Rules(min_wad=wad(300), max_wad=wad(3_000))

# What the market does in a block, in 1e-4: mostly little, now and then a jump.
moves_bps = st.one_of(
    st.integers(-100, 100),
    st.integers(-900, 900),
    st.sampled_from([-1_001, -1_000, 1_000, 1_001, -5_000, -2_100, 2_100, 9_000]),
)
# Blocks of seconds; then a cool-down, windows, an outage, a day.
gaps_s = st.one_of(
    st.integers(1, 30), st.integers(1, 30), st.integers(30, 400), st.sampled_from([3_600, 86_400])
)
ages_s = st.one_of(st.integers(-5, 20), st.sampled_from([-6, 59, 60, 61, 300, 301]))
offs_bps = st.one_of(
    st.integers(-20, 20), st.integers(-20, 20), st.sampled_from([-600, 500, 501, 3_000])
)
conf_bps = st.one_of(st.integers(0, 50), st.integers(0, 50), st.sampled_from([0, 100, 101]))
weight_lists = st.sampled_from(
    [(10,) * 5, (10,) * 3, (33, 33, 33, 1), (33, 14, 13, 20, 20), (1, 2, 3, 4, 5, 6, 7, 8)]
)


@st.composite
def blocks(draw: st.DrawFn):
    """(seconds, move, what is off about each of 8 sources) of a block."""
    sound = st.tuples(st.integers(-20, 20), st.integers(0, 50), st.integers(-1, 5))
    each = draw(st.lists(sound, min_size=8, max_size=8))
    places = st.integers(0, draw(st.sampled_from([0, 2, 2, 7])))
    faulty = st.tuples(offs_bps, conf_bps, ages_s)
    for place, fault in draw(st.dictionaries(places, faulty, max_size=5)).items():
        each[place] = fault
    return draw(gaps_s), draw(moves_bps), each


def speak(world: OracleWorld, truth_wad: int, each) -> None:
    said = []
    for off_bps, doubt_bps, age_s in each[: len(world.sources)]:
        price_wad = truth_wad * (10_000 + off_bps) // 10_000
        said.append(Said(price_wad, price_wad * doubt_bps // 10_000, age_s))
    world.say(*said)


def assert_same(world: OracleWorld, state: State) -> tuple[State, Status]:
    """Refresh in the open block here and in the reference; the reference's next state."""
    state, wanted, dropped = oracle.refresh(state, RULES, world.readings, world.now_s)
    index, logged = world.refresh()
    assert index == wanted
    live = [r for r in world.readings if is_live(r, RULES, world.now_s)]
    assert logged.values == (
        1,
        wanted.price_wad,
        wanted.conf_wad,
        wanted.status,
        sum(reading.weight for reading in live),
        sum(1 << place for place in dropped),
        wanted.observed_at,
    )
    assert index.low_wad <= index.price_wad <= index.high_wad
    assert_believable(state, index)
    if index.status in (Status.OK, Status.THIN, Status.DISPUTED):
        prices = [reading.price_wad for reading in live]
        assert min(prices) <= index.price_wad <= max(prices)  # INV-18
    return state, index.status


def assert_believable(state: State, index) -> None:
    """INV-24: where the index is not good, nothing beyond a step from the last good one."""
    if index.status in (Status.OK, Status.THIN) or not state.history:
        return
    good_wad, step = state.history[-1].price_wad, Fraction(RULES.step_bps, 10_000)
    assert good_wad * (1 - step) <= index.low_wad <= index.high_wad <= good_wad * (1 + step)
    assert RULES.min_wad <= index.low_wad <= index.high_wad <= RULES.max_wad


pool_lists = st.sampled_from([(), (), (1,)])


@HEAVY
@given(weights=weight_lists, pools=pool_lists, steps=st.lists(blocks(), min_size=1, max_size=16))
def test_refresh__any_history__matches_reference(weights, pools, steps):
    world = OracleWorld(RULES, weights, pools=pools)
    state, truth_wad = State(), START_WAD
    for gap_s, move_bps, each in steps:
        world.next_block(gap_s)
        truth_wad = max(wad(1), truth_wad * (10_000 + move_bps) // 10_000)
        speak(world, truth_wad, each)
        state, _ = assert_same(world, state)


@pytest.mark.parametrize("weights", [(10,) * 5, (10,) * 4, (10,) * 3])
def test_refresh__long_random_history__every_status_met_and_all_match_reference(weights):
    rng = stream(len(weights), "index history")
    world = OracleWorld(RULES, weights)
    state, truth_wad, met = State(), START_WAD, set()
    for _ in range(300):
        world.next_block(int(rng.choice([2, 2, 2, 15, 15, 70, 200, 4_000])))
        move_bps = int(rng.normal(0, 50)) + int(rng.choice([0] * 20 + [-1_500, 700, 1_500]))
        truth_wad = truth_wad * (10_000 + move_bps) // 10_000
        if not wad(290) < truth_wad < wad(3_100):
            truth_wad = START_WAD
        each = [(int(rng.integers(-20, 21)), int(rng.integers(0, 51)), 0) for _ in weights]
        for place in rng.choice(len(weights), rng.choice([0, 0, 1, 2, 3]), replace=False):
            off_bps, age_s = (rng.choice([-600, 501, 3_000]), 0) if rng.random() < 0.6 else (0, 99)
            each[place] = (int(off_bps), 10, age_s)
        speak(world, truth_wad, each)
        state, status = assert_same(world, state)
        met.add(status)
    assert met == set(Status)


@pytest.mark.parametrize("method", [m for m in Method if m != Method.WEIGHTED_MEDIAN])
@HEAVY
@given(weights=weight_lists, steps=st.lists(blocks(), min_size=1, max_size=6))
def test_refresh__naive_method__matches_reference(method, weights, steps):
    rules = replace(RULES, method=method)
    world = OracleWorld(rules, weights)
    state, truth_wad = State(), START_WAD
    for gap_s, move_bps, each in steps:
        world.next_block(gap_s)
        truth_wad = max(wad(1), truth_wad * (10_000 + move_bps) // 10_000)
        speak(world, truth_wad, each)
        state, wanted = naive_index.refresh(state, rules, world.readings, world.now_s)
        index, _ = world.refresh()
        # The contract's exponential has 18 decimals, and an average carries its error on.
        slack = wanted.price_wad // 10**16 if method == Method.EMA else 0
        assert abs(index.price_wad - wanted.price_wad) <= slack
        if slack == 0:
            assert index == wanted
        assert (index.status, index.observed_at) == (wanted.status, wanted.observed_at)


@HEAVY
@given(steps=st.lists(blocks(), min_size=1, max_size=6))
def test_index__not_stored_between__view_alone_follows_reference(steps):
    # A refresh nobody made leaves no trace: the view starts from what was stored.
    world = OracleWorld(RULES)
    world.next_block()
    speak(world, START_WAD, [(0, 0, 0)] * 5)
    state, stored, _ = oracle.refresh(State(), RULES, world.readings, world.now_s)
    assert world.refresh()[0] == stored
    for gap_s, move_bps, each in steps:
        world.next_block(gap_s)
        speak(world, START_WAD * (10_000 + move_bps) // 10_000, each)
        assert world.index() == oracle.refresh(state, RULES, world.readings, world.now_s)[1]
