"""The adapter: what a good answer becomes, and that anything else is not live."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.units import BPS, WAD, wad
from tests.spot_world import Ground
from tests.support.contracts import Contract, address_of

NOT_LIVE = (0, 0, 0)
NO_BOUND = 2**255 - 1
LARGEST_WAD = 2**96 - 1
ANSWER = 50_000 * 10**8
ROUND = 7


class Adapted:
    """An adapter over a scripted aggregator."""

    def __init__(
        self,
        *,
        decimals: int = 8,
        conf_bps: int = 0,
        min_answer: int = 0,
        max_answer: int = NO_BOUND,
    ) -> None:
        self.ground = Ground()
        self.aggregator = self.ground.put("ScriptedAggregatorV3", decimals)
        address = self.aggregator.address
        self.adapter: Contract = self.ground.put(
            "ChainlinkAdapter", address, conf_bps, min_answer, max_answer
        )

    def script(self, method: str, *arguments: object) -> None:
        self.ground.send("reporter", self.aggregator, method, *arguments)

    def answer(
        self,
        answer: int = ANSWER,
        *,
        age_s: int = 0,
        round_id: int = ROUND,
        answered_in_round: int = ROUND,
    ) -> tuple[int, int, int]:
        """What the adapter makes of a round."""
        at = self.ground.now_s - age_s
        self.script("set_round", round_id, answer, at, at, answered_in_round)
        return self.latest()

    def latest(self) -> tuple[int, int, int]:
        price_wad, conf_wad, observed_at = self.adapter.read("latest")
        return price_wad, conf_wad, observed_at


@pytest.fixture(scope="module")
def by_decimals() -> dict[int, Adapted]:
    return {decimals: Adapted(decimals=decimals, conf_bps=50) for decimals in range(37)}


@given(
    decimals=st.integers(0, 36),
    answer=st.integers(1, 2**100) | st.integers(1, 2**255 - 2),
    age_s=st.integers(0, 10**6),
)
def test_latest__any_answer_and_decimals__is_scaled_exactly_down(
    by_decimals: dict[int, Adapted], decimals: int, answer: int, age_s: int
) -> None:
    adapted = by_decimals[decimals]
    price_wad = floor(Fraction(answer * WAD, 10**decimals))
    conf_wad = ceil(Fraction(price_wad * 50, BPS))
    wanted = (price_wad, conf_wad, adapted.ground.now_s - age_s)
    is_believable = 0 < price_wad <= LARGEST_WAD
    assert adapted.answer(answer, age_s=age_s) == (wanted if is_believable else NOT_LIVE)


@given(decimals=st.integers(0, 36), price_wad=st.integers(1, LARGEST_WAD))
def test_latest__believable_price__is_served_in_any_decimals(
    by_decimals: dict[int, Adapted], decimals: int, price_wad: int
) -> None:
    answer = price_wad * 10**decimals // WAD
    served_wad = answer * WAD // 10**decimals
    found_wad = by_decimals[decimals].answer(answer)[0]
    assert found_wad == served_wad
    assert price_wad - 10 ** max(0, 18 - decimals) < found_wad <= price_wad


@pytest.mark.parametrize("answer", [0, -1, -(2**255)])
def test_latest__answer_not_positive__is_not_live(answer: int) -> None:
    assert Adapted().answer(answer) == NOT_LIVE


@pytest.mark.parametrize("decimals", [0, 8, 17, 18, 19, 36])
def test_latest__answer_beyond_any_index__is_not_live(decimals: int) -> None:
    adapted = Adapted(decimals=decimals)
    largest = (LARGEST_WAD + 1) * 10**decimals // WAD - 1
    assert adapted.answer(largest) != NOT_LIVE
    for answer in (largest + 2, 2**200, NO_BOUND - 1):
        assert adapted.answer(answer) == NOT_LIVE


def test_latest__answer_too_small_for_a_wei__is_not_live() -> None:
    adapted = Adapted(decimals=20)
    assert adapted.answer(99) == NOT_LIVE
    assert adapted.answer(100)[0] == 1


def test_latest__stuck_at_the_floor__is_not_live() -> None:
    # LUNA in May 2022: the aggregator served its floor of 0.107 while the market paid 0.01.
    floor_answer = 10_700_000
    adapted = Adapted(min_answer=floor_answer)
    assert adapted.answer(floor_answer + 1)[0] == wad("0.10700001")
    assert adapted.answer(floor_answer) == NOT_LIVE
    assert adapted.answer(floor_answer - 1) == NOT_LIVE


def test_latest__stuck_at_the_ceiling__is_not_live() -> None:
    adapted = Adapted(max_answer=2 * ANSWER)
    assert adapted.answer(2 * ANSWER - 1) != NOT_LIVE
    assert adapted.answer(2 * ANSWER) == NOT_LIVE
    assert adapted.answer(2 * ANSWER + 1) == NOT_LIVE


def test_latest__round_not_complete__is_not_live() -> None:
    adapted = Adapted()
    adapted.script("set_round", ROUND, ANSWER, adapted.ground.now_s, 0, ROUND)
    assert adapted.latest() == NOT_LIVE


def test_latest__answered_in_an_earlier_round__is_not_live() -> None:
    adapted = Adapted()
    assert adapted.answer(answered_in_round=ROUND - 1) == NOT_LIVE
    assert adapted.answer(answered_in_round=ROUND) != NOT_LIVE


@pytest.mark.parametrize(("ahead_s", "is_live"), [(5, True), (6, False), (10**9, False)])
def test_latest__from_the_future__is_not_live(ahead_s: int, is_live: bool) -> None:
    assert (Adapted().answer(age_s=-ahead_s) != NOT_LIVE) is is_live


def test_latest__time_of_a_whole_word__is_not_live() -> None:
    adapted = Adapted()
    adapted.script("set_round", ROUND, ANSWER, 0, 2**256 - 1, ROUND)
    assert adapted.latest() == NOT_LIVE


def test_latest__old_answer__is_served_with_its_age() -> None:
    adapted = Adapted()
    assert adapted.answer(age_s=86_400)[2] == adapted.ground.now_s - 86_400


@pytest.mark.parametrize("extra", [2**80, 2**255])
def test_latest__round_id_no_aggregator_has__is_not_live(extra: int) -> None:
    adapted = Adapted()
    assert adapted.answer(round_id=extra, answered_in_round=extra) == NOT_LIVE
    assert adapted.answer(round_id=2**80 - 1, answered_in_round=2**80 - 1) != NOT_LIVE


@pytest.mark.parametrize("fault", [1, 2])
def test_latest__aggregator_reverts_or_burns_its_gas__is_not_live(fault: int) -> None:
    adapted = Adapted()
    assert adapted.answer() != NOT_LIVE
    adapted.script("set_fault", fault)
    assert adapted.latest() == NOT_LIVE
    adapted.script("set_fault", 0)
    assert adapted.latest() != NOT_LIVE


def words(*values: int) -> bytes:
    """Values as the ABI lays them out."""
    return b"".join(value.to_bytes(32, "big") for value in values)


def test_latest__returned_bytes_cut_short__is_not_live() -> None:
    adapted = Adapted()
    now_s = adapted.ground.now_s
    full, decimals = words(ROUND, ANSWER, now_s, now_s, ROUND), words(8)
    for length in (0, 1, 32, 128, 159):
        adapted.script("set_returned", full[:length], decimals)
        assert adapted.latest() == NOT_LIVE
    for length in (0, 31):
        adapted.script("set_returned", full, decimals[:length])
        assert adapted.latest() == NOT_LIVE
    adapted.script("set_returned", full + words(1), decimals + words(1))
    assert adapted.latest() == (wad(50_000), 0, now_s)


@pytest.mark.parametrize("decimals", [7, 9, 18, 2**255])
def test_latest__decimals_have_changed__is_not_live(decimals: int) -> None:
    adapted = Adapted()
    now_s = adapted.ground.now_s
    adapted.script("set_returned", words(ROUND, ANSWER, now_s, now_s, ROUND), words(decimals))
    assert adapted.latest() == NOT_LIVE


def test_latest__our_own_feed_behind_it__agrees_with_the_feed() -> None:
    ground = Ground()
    feed = ground.put("PriceFeed", address_of("reporter"), "BTC-USD")
    adapter = ground.put("ChainlinkAdapter", feed.address, 0, 0, NO_BOUND)
    assert adapter.read("latest") == NOT_LIVE  # it reverts before its first price
    ground.send("reporter", feed, "push", wad("50000.123456789"), 0, ground.now_s, 1)
    assert adapter.read("latest") == feed.read("latest") != NOT_LIVE


@pytest.mark.parametrize(
    ("conf_bps", "min_answer", "max_answer", "reason"),
    [
        (10_001, 0, 1, "feed: conf out of range"),
        (0, -1, 1, "feed: min answer below zero"),
        (0, 5, 5, "feed: max answer not above min"),
    ],
)
def test_deploy__terms_out_of_range__is_refused(
    conf_bps: int, min_answer: int, max_answer: int, reason: str
) -> None:
    with pytest.raises(CallReverted, match=reason):
        Adapted(conf_bps=conf_bps, min_answer=min_answer, max_answer=max_answer)


def test_deploy__decimals_too_many_or_none__is_refused() -> None:
    with pytest.raises(CallReverted, match="feed: too many decimals"):
        Adapted(decimals=37)
    for no_aggregator in ("0x" + "77" * 20, Adapted().adapter.address):
        with pytest.raises(CallReverted, match="feed: not an aggregator"):
            Ground().put("ChainlinkAdapter", no_aggregator, 0, 0, NO_BOUND)
