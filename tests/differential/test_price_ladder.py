"""The bitmap of prices against a sorted list of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.contracts import bare_driver, put

LAST_TICK = 2**24 - 1
FIRST_BID = 2**24
NO_RUNG = 2**25
# Both sides of each border between words, on each of the four levels.
BORDERS = (1, 127, 128, 129, 16_383, 16_384, 16_385, 2**21, 2**23, LAST_TICK - 128, LAST_TICK)


class Ladder:
    """The harness by the names of its functions."""

    def __init__(self) -> None:
        self.driver = bare_driver()
        self._harness = put(self.driver, "LadderHarness")

    def read(self, method: str, *arguments: Any) -> Any:
        """What a view returns."""
        return self._harness.read(method, *arguments)

    def write(self, method: str, rung: int) -> None:
        """Set or clear a rung."""
        self._harness.send(method, rung)
        assert self.driver.execute(())[-1].ok


@pytest.fixture(scope="module")
def deployed() -> Ladder:
    return Ladder()


@pytest.fixture
def ladder(deployed: Ladder) -> Iterator[Ladder]:
    before = deployed.driver.snapshot()
    yield deployed
    deployed.driver.rewind(before)


def first_from(rungs: set[int], start: int) -> int:
    """The next rung on the same side, by sorting."""
    same_side = [rung for rung in rungs if (rung >= FIRST_BID) == (start >= FIRST_BID)]
    return next((rung for rung in sorted(same_side) if rung >= start), NO_RUNG)


# A few clusters, so that neighbours share words on every level as well as not.
ticks = st.one_of(
    st.integers(1, LAST_TICK),
    st.builds(
        lambda border, step: min(max(border + step, 1), LAST_TICK),
        st.sampled_from(BORDERS),
        st.integers(-2, 2),
    ),
)
rungs = st.builds(lambda tick, is_bid: tick + FIRST_BID * is_bid, ticks, st.booleans())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(rungs, max_size=40), asked=st.lists(rungs, max_size=10))
def test_first_from__any_rungs_set_and_cleared__finds_the_next_by_sorting(ladder, flips, asked):
    before = ladder.driver.snapshot()
    standing: set[int] = set()
    for rung in flips:
        ladder.write("clear_rung" if rung in standing else "set_rung", rung)
        standing ^= {rung}
    for start in [0, FIRST_BID, *flips, *(rung + 1 for rung in flips), *asked]:
        assert ladder.read("first_from", start) == first_from(standing, start)
    ladder.driver.rewind(before)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(rungs, st.booleans()), max_size=40),
    asked=st.lists(rungs, max_size=10),
)
def test_first_from__any_rungs_solid_or_not__finds_the_next_solid_one_by_sorting(
    ladder, steps, asked
):
    before = ladder.driver.snapshot()
    standing: set[int] = set()
    solid: set[int] = set()
    for rung, turns in steps:
        if rung not in standing:
            ladder.write("set_solid" if turns else "set_rung", rung)
            standing.add(rung)
            solid |= {rung} if turns else set()
        elif turns:
            ladder.write("lower_solid" if rung in solid else "raise_solid", rung)
            solid ^= {rung}
        else:
            ladder.write("clear_rung", rung)
            standing.remove(rung)
            solid.discard(rung)
    touched = [rung for rung, _ in steps]
    for start in [0, FIRST_BID, *touched, *(rung + 1 for rung in touched), *asked]:
        assert ladder.read("first_from", start) == first_from(standing, start)
        assert ladder.read("first_solid_from", start) == first_from(solid, start)
    ladder.driver.rewind(before)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(rungs.filter(lambda rung: rung != NO_RUNG - 1), max_size=40))
def test_best__after_any_rung_is_set_or_cleared__is_the_least_of_its_side(ladder, flips):
    before = ladder.driver.snapshot()
    standing: set[int] = set()
    for rung in flips:
        ladder.write("clear_rung" if rung in standing else "set_rung", rung)
        standing ^= {rung}
        for is_buy in (False, True):
            assert ladder.read("best", is_buy) == first_from(standing, FIRST_BID * is_buy)
    ladder.driver.rewind(before)


@pytest.mark.parametrize("side", [0, FIRST_BID], ids=["asks", "bids"])
@pytest.mark.parametrize("tick", BORDERS)
def test_first_from__one_rung_at_a_word_border__is_found_from_each_side_of_it(ladder, tick, side):
    ladder.write("set_rung", side + tick)
    assert ladder.read("first_from", side) == side + tick
    assert ladder.read("first_from", side + tick) == side + tick
    assert ladder.read("first_from", side + tick - 1) == side + tick
    past = ladder.read("first_from", side + tick + 1) if tick < LAST_TICK else NO_RUNG
    assert past == NO_RUNG
    ladder.write("clear_rung", side + tick)
    assert ladder.read("first_from", side) == NO_RUNG


def test_first_from__only_bids_stand__finds_no_ask(ladder):
    ladder.write("set_rung", FIRST_BID)
    for start in (0, LAST_TICK):
        assert ladder.read("first_from", start) == NO_RUNG


def test_after__worst_ask_and_a_bid_stand__does_not_run_into_the_bids(ladder):
    ladder.write("set_rung", LAST_TICK)
    ladder.write("set_rung", FIRST_BID)
    assert ladder.read("after", LAST_TICK) == NO_RUNG
    assert ladder.read("after", LAST_TICK - 1) == LAST_TICK


@pytest.mark.parametrize("index", range(256))
def test_lowest_bit__higher_bits_set_or_not__is_the_lowest(deployed, index):
    assert deployed.read("lowest_bit", 1 << index) == index
    assert deployed.read("lowest_bit", (2**256 - 1) >> index << index) == index


@given(low=ticks, high=ticks)
def test_rung_of__better_price__is_the_smaller_rung(deployed, low, high):
    low, high = sorted((low, high))
    asks = [deployed.read("rung_of", False, tick) for tick in (low, high)]
    bids = [deployed.read("rung_of", True, tick) for tick in (high, low)]
    assert asks == sorted(asks)
    assert bids == sorted(bids)
    assert asks[-1] < FIRST_BID <= bids[0]
    assert [deployed.read("tick_of", rung) for rung in (*asks, *bids)] == [low, high, high, low]
