"""The clock of one market: who may set it, what it reads, what it returns and logs."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from sim.reference.mark import Book, Method
from sim.types import Status
from sim.units import WAD, wad
from tests.mark_world import (
    IMR,
    KEEPER,
    LOWER,
    MARKET,
    MMR,
    NOBODY,
    OWNER,
    START_S,
    MarkWorld,
)

UNKNOWN = 2
HUNDRED = wad(100)
NARROW = Book(
    best_bid_wad=wad("99.9"),
    best_ask_wad=wad("100.1"),
    last_price_wad=wad("100.05"),
    impact_bid_wad=wad("99.8"),
    impact_ask_wad=wad("100.4"),
)
MARK_TERMS = (Method.MEDIAN3, wad(50_000), wad("0.0024"), NOBODY, 60)
FUNDING_TERMS = (28_800, 300, wad("0.0001"), wad("0.0005"), 6 * WAD, wad("0.03"))


@pytest.fixture
def world():
    world = MarkWorld()
    next_block(world)
    return world


def next_block(world, book=NARROW, index_wad=HUNDRED, status=Status.OK, elapsed_s=10):
    world.open_block(elapsed_s)
    world.set_index(index_wad, status)
    world.set_book(book)
    world.sealed()


def changed(terms, place, value):
    return (*terms[:place], value, *terms[place + 1 :])


def test_poke__narrow_book__takes_the_median_and_logs_it(world):
    seen, event = world.poke()
    # P1 = 100 * (1 + 1 bp * almost 1), P2 = 100 + the impact mid's 0.1, P3 = the last trade.
    assert seen.mark_wad == wad("100.05")
    assert event.name == "MarketPoked"
    assert event.values == (MARKET, wad("100.05"), HUNDRED, 0, wad("0.1"), 0, wad("0.0001"), 0)


def test_poke__second_in_the_block__changes_and_logs_nothing(world):
    first, _ = world.poke()
    world.set_index(wad(200))
    world.set_book(Book())
    world.mark.send("poke", MARKET, sender=OWNER)
    assert world.sealed() == []
    assert world.mark.read("price", MARKET) == first


def test_poke__index_given__is_passed_through_whole(world):
    until = START_S + 999
    index = (HUNDRED, wad("0.2"), wad("99.1"), wad("100.9"), Status.THIN, world.now, until)
    world.aggregator.send("set_index", MARKET, index)
    world.sealed()
    seen, _ = world.poke()
    assert (seen.index_wad, seen.conf_wad) == (HUNDRED, wad("0.2"))
    assert (seen.low_wad, seen.high_wad) == (wad("99.1"), wad("100.9"))
    assert (seen.status, seen.liquidations_from) == (Status.THIN, until)


def test_poke__belief_without_bounds__is_stored_at_the_widest(world):
    index = (HUNDRED, 2**255, 0, 2**256 - 1, Status.STALE, world.now, 0)
    world.aggregator.send("set_index", MARKET, index)
    world.sealed()
    seen, _ = world.poke()
    assert (seen.conf_wad, seen.low_wad, seen.high_wad) == (2**96 - 1, 0, 2**96 - 1)


def test_poke__index_beyond_storage__is_refused(world):
    world.set_index(2**96)
    world.sealed()
    assert world.refused("poke", MARKET) == "mark: index too large"


@pytest.mark.parametrize("market", [0, UNKNOWN, 9])
def test_poke__unknown_market__is_refused(world, market):
    assert world.refused("poke", market) == "mark: unknown market"


@pytest.mark.parametrize("status", [Status.DISPUTED, Status.HALTED, Status.STALE, Status.DEAD])
def test_poke__index_not_good__samples_nothing_and_holds_the_last_good_mark(world, status):
    world.poke()
    pushed = Book(
        best_bid_wad=wad(120),
        best_ask_wad=wad(121),
        last_price_wad=wad(121),
        impact_bid_wad=wad(120),
        impact_ask_wad=wad(121),
    )
    for _ in range(3):
        next_block(world, pushed, status=status, elapsed_s=100)
        seen, event = world.poke()
    assert (event.values.premium_wad, event.values.basis_wad) == (0, wad("0.1"))
    assert seen.mark_wad == wad("100.05")


@pytest.mark.parametrize(
    ("believed", "mark"),
    [
        ((90, 110), "100.05"),
        ((101, 110), "100.7576"),  # 101 less the band of 0.24 %
        ((90, 99), "99.2376"),
        ((100, 100), "100.05"),
    ],
)
def test_poke__disputed__mark_moves_only_where_nobody_believes_the_last(world, believed, mark):
    world.poke()
    world.open_block(2)
    world.set_index(wad(105), Status.DISPUTED, tuple(wad(one) for one in believed))
    world.sealed()
    assert world.poke()[0].mark_wad == wad(mark)


@pytest.mark.parametrize("method", list(Method))
def test_is_unsafe__any_method__only_those_of_the_book_alone(method):
    world = MarkWorld(method=method)
    assert world.mark.read("is_unsafe", MARKET) is (method >= Method.LAST_TRADE)


def test_poke__no_index_ever__gives_zero_and_does_not_stop_the_clock():
    world = MarkWorld()
    world.open_block(5)
    world.set_index(0, Status.DEAD)
    world.sealed()
    seen, _ = world.poke()
    assert (seen.mark_wad, seen.index_wad, seen.status) == (0, 0, Status.DEAD)


def test_poke__index_falls_below_the_old_basis__mark_follows_it_down(world):
    next_block(world, index_wad=wad(10_000), book=priced(wad(9_000)))
    world.poke()
    next_block(world, index_wad=wad(1), book=Book())
    seen, event = world.poke()
    assert event.values.basis_wad == -wad(100)
    # P1 = 1.0001, P2 = max(0, 1 - 100), and the index.
    assert seen.mark_wad == wad(1)


def priced(price_wad):
    return Book(
        best_bid_wad=price_wad,
        best_ask_wad=price_wad + 1,
        impact_bid_wad=price_wad,
        impact_ask_wad=price_wad + 1,
    )


@pytest.mark.parametrize("fault", [1, 2])
def test_poke__external_feed_broken__goes_on_without_it(world, fault):
    world.external.send("set_fault", fault)
    world.sealed()
    seen, _ = world.poke()
    assert seen.mark_wad == wad("100.05")


@pytest.mark.parametrize(
    ("age_s", "mark"),
    [(0, "100.01"), (60, "100.01"), (61, "100.05"), (-5, "100.01"), (-6, "100.05")],
)
def test_poke__external_price__counts_while_fresh(world, age_s, mark):
    world.external.send("set_reading", wad(90), 0, world.now - age_s)
    world.sealed()
    # P1 = 100.01 less a little, P2 = 100.1, P3 = 100.05, P4 = 90, and the index as the fifth.
    seen, _ = world.poke()
    assert wad(mark) - wad("0.00001") <= seen.mark_wad <= wad(mark)


@pytest.mark.parametrize(("wider_wad", "counts"), [(0, True), (2, False)])
def test_poke__spread_of_two_percent__is_the_widest_that_counts(world, wider_wad, counts):
    # 2 % of the mid of 100.05, no depth, so that P1 = 100.01 and P2 = I = 100.
    half_wad = wad("1.0005") + wider_wad
    book = Book(best_bid_wad=wad("100.05") - half_wad, best_ask_wad=wad("100.05") + half_wad)
    next_block(world, book)
    seen, _ = world.poke()
    assert (seen.mark_wad > HUNDRED) is counts


@pytest.mark.parametrize(
    ("bid", "ask", "last", "wanted"),
    [
        ("99.9", "100.1", "100.05", "100.05"),
        ("99.9", "100.1", "300", "100.1"),
        ("99.9", "100.1", "1", "99.9"),
        ("100.0", "100.06", "0", "100.03"),  # before the first trade: the mid
    ],
)
def test_poke__index_at_the_edge_of_two__book_decides(world, bid, ask, last, wanted):
    # The external price is far below and the basis far above: P3 is the median if it is within.
    book = Book(
        best_bid_wad=wad(bid),
        best_ask_wad=wad(ask),
        last_price_wad=wad(last),
        impact_bid_wad=wad("100.5"),
        impact_ask_wad=wad("100.9"),
    )
    next_block(world, book)
    seen, _ = world.poke()
    carried = wad("100.01")
    assert seen.mark_wad == pytest.approx(sorted((carried, wad("100.7"), wad(wanted)))[1], rel=1e-6)


def test_set_method__naive_ones__take_one_word_for_it(world):
    for method, wanted in ((Method.INDEX, 100), (Method.LAST_TRADE, 300), (Method.BOOK_MID, 250)):
        world.mark.send("set_mark_terms", MARKET, changed(MARK_TERMS, 0, method))
        world.sealed()
        wild = Book(best_bid_wad=wad(200), best_ask_wad=wad(300), last_price_wad=wad(300))
        next_block(world, wild)
        seen, _ = world.poke()
        assert seen.mark_wad == wad(wanted)


@pytest.mark.parametrize("method", ["add_market", "set_mark_terms", "set_funding_terms"])
def test_setters__not_the_owner__are_refused(world, method):
    terms = {
        "add_market": (UNKNOWN, MARK_TERMS, FUNDING_TERMS),
        "set_mark_terms": (MARKET, MARK_TERMS),
        "set_funding_terms": (MARKET, FUNDING_TERMS),
    }[method]
    refusal = world.refused(method, *terms, sender=KEEPER)
    assert refusal == "ownable: caller is not the owner"


@pytest.mark.parametrize(
    ("place", "value", "refusal"),
    [
        (0, 4, "mark: unknown method"),
        (1, 0, "mark: impact notional is zero"),
        (1, 2**96, "mark: impact notional too large"),
        (2, 0, "mark: band is zero"),
        (2, wad("0.005"), "mark: band too wide for the margins"),
        (4, 3601, "mark: external age too long"),
    ],
)
def test_set_mark_terms__out_of_bounds__is_refused(world, place, value, refusal):
    assert world.refused("set_mark_terms", MARKET, changed(MARK_TERMS, place, value)) == refusal


@pytest.mark.parametrize(
    ("place", "value", "refusal"),
    [
        (0, 59, "mark: interval too short"),
        (0, 86_401, "mark: interval too long"),
        (1, 0, "mark: gap is zero"),
        (1, 28_801, "mark: gap longer than the interval"),
        (2, 10**15 + 1, "mark: interest too high"),
        (3, 10**16 + 1, "mark: damper too wide"),
        (4, 10 * WAD + 1, "mark: kappa too high"),
        (5, wad("0.32") + 1, "mark: rate cap too high"),
    ],
)
def test_set_funding_terms__out_of_bounds__is_refused(world, place, value, refusal):
    terms = changed(FUNDING_TERMS, place, value)
    assert world.refused("set_funding_terms", MARKET, terms) == refusal


@pytest.mark.parametrize("market", [0, 9])
def test_add_market__number_out_of_range__is_refused(world, market):
    refusal = world.refused("add_market", market, MARK_TERMS, FUNDING_TERMS)
    assert refusal == "mark: market must be 1 to 8"


def test_add_market__twice__is_refused(world):
    refusal = world.refused("add_market", MARKET, MARK_TERMS, FUNDING_TERMS)
    assert refusal == "mark: market exists"


def test_add_market__parameters_missing__is_refused(world):
    refused = world.refused("add_market", UNKNOWN, MARK_TERMS, FUNDING_TERMS)
    assert refused == "mark: market has no book"
    none = (0, 0, 0, 0)
    world.params.send("set_margins", UNKNOWN, world.book.address, none, none, none)
    world.sealed()
    refused = world.refused("add_market", UNKNOWN, MARK_TERMS, FUNDING_TERMS)
    assert refused == "mark: market has no margins"


def test_set_mark_terms__later_in_the_block__leaves_its_mark(world):
    first, _ = world.poke()
    world.mark.send("set_mark_terms", MARKET, changed(MARK_TERMS, 0, Method.INDEX))
    events = world.sealed()
    assert [event.name for event in events] == ["MarkTermsSet", "RiskFollowed"]
    assert world.mark.read("price", MARKET) == first
    next_block(world)
    assert world.poke()[0].mark_wad == HUNDRED


def test_set_mark_terms__before_anyone_poked__judges_the_block_by_the_old_terms(world):
    world.mark.send("set_mark_terms", MARKET, changed(MARK_TERMS, 0, Method.INDEX))
    poked, _, _ = world.sealed()
    assert (poked.name, poked.values.mark_wad) == ("MarketPoked", wad("100.05"))
    assert world.mark.read("price", MARKET).mark_wad == wad("100.05")


def test_follow_risk__margins_tightened__narrows_band_and_cap(world):
    half = tuple((mmr + imr) // 2 for mmr, imr in zip(MMR, IMR, strict=True))
    world.params.send("set_margins", MARKET, world.book.address, LOWER, half, IMR)
    world.mark.send("follow_risk", MARKET, sender=KEEPER)
    poked, followed = world.sealed()
    assert (poked.name, followed.name) == ("MarketPoked", "RiskFollowed")
    # Tier 0 leaves 0.0025/1.0075, tier 1 starts with 0.0025/1.015.
    widest_move_wad = wad("0.0025") * WAD // wad("1.015")
    assert followed.values.band_wad == widest_move_wad * WAD // (2 * WAD + widest_move_wad) - 1
    assert followed.values.cap_wad == 6 * wad("0.0025")
    assert world.mark.read("mark_terms", MARKET).band_wad == wad("0.0024")


def test_transfer_ownership__two_steps__moves_the_right_to_set(world):
    world.mark.send("transfer_ownership", KEEPER)
    world.mark.send("accept_ownership", sender=KEEPER)
    world.sealed()
    refusal = world.refused("set_mark_terms", MARKET, MARK_TERMS)
    assert refusal == "ownable: caller is not the owner"
    world.mark.send("set_mark_terms", MARKET, MARK_TERMS, sender=KEEPER)
    world.sealed()


def test_price__book_changed_by_nobody__equals_the_poke_that_follows(world):
    for elapsed_s in (1, 77, 30_000):
        next_block(world, elapsed_s=elapsed_s)
        before = world.mark.read("price", MARKET)
        world.mark.send("poke", MARKET)
        world.sealed()
        assert astuple_of(world.mark.read("price", MARKET)) == astuple_of(before)


def astuple_of(value):
    return tuple(value) if isinstance(value, tuple) else astuple(value)
