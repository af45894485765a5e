"""Funding of a market as its clock runs: what accrues, when it is frozen, how terms change."""

from __future__ import annotations

import pytest

from sim.reference.mark import Book
from sim.types import Status
from sim.units import WAD, wad
from tests.mark_world import EIGHT_HOURS_S, MARKET, START_S, MarkWorld

INDEX_WAD = wad(50_000)
BP_WAD = wad("0.0001")
DAILY_TERMS = (86_400, 300, wad("0.0001"), wad("0.0005"), 6 * WAD, wad("0.03"))


@pytest.fixture
def world():
    """A market poked once, at a good index, as an interval begins."""
    world = MarkWorld()
    world.open_block(EIGHT_HOURS_S)
    poke(world)
    return world


def poke(world, status=Status.OK, index_wad=INDEX_WAD, book=None):
    world.set_index(index_wad, status)
    world.set_book(book or Book())
    world.sealed()
    return world.poke()[0]


def after(world, elapsed_s, **how):
    world.open_block(elapsed_s)
    return poke(world, **how)


def rich(over_bp):
    """A book whose impact bid is that far above the index."""
    bid_wad = INDEX_WAD + INDEX_WAD * over_bp // 10_000
    return Book(impact_bid_wad=bid_wad, impact_ask_wad=bid_wad + 1)


def test_poke__before_the_first_good_index__accrues_nothing(world):
    assert world.mark.read("price", MARKET).funding_index_wad == 0


@pytest.mark.parametrize("step_s", [EIGHT_HOURS_S, 3_600, 100])
def test_poke__eight_hours_without_premium__owes_one_basis_point(world, step_s):
    for _ in range(EIGHT_HOURS_S // step_s):
        seen = after(world, step_s)
    owed_wad = INDEX_WAD * BP_WAD // WAD
    assert owed_wad - EIGHT_HOURS_S // step_s <= seen.funding_index_wad <= owed_wad


def test_poke__index_moved_since__accrues_on_the_one_known_before(world):
    seen = after(world, EIGHT_HOURS_S, index_wad=2 * INDEX_WAD)
    assert seen.funding_index_wad == INDEX_WAD * BP_WAD // WAD


@pytest.mark.parametrize(
    "status", [Status.THIN, Status.DISPUTED, Status.HALTED, Status.STALE, Status.DEAD]
)
def test_poke__index_not_ok__freezes_the_stretches_on_both_sides(world, status):
    before = after(world, 3_600).funding_index_wad
    assert after(world, 3_600, status=status).funding_index_wad == before
    assert after(world, 3_600).funding_index_wad == before
    assert after(world, 3_600).funding_index_wad == before + INDEX_WAD * BP_WAD // WAD // 8


def test_poke__rich_book_through_an_interval__raises_the_next_rate(world):
    for _ in range(EIGHT_HOURS_S // 300):
        seen = after(world, 300, book=rich(20))
    assert seen.funding_rate_wad == 15 * BP_WAD  # 20 bp less the damper's 5
    # Six hours on, longs owe six eighths of it.
    accrued_wad = after(world, 6 * 3_600).funding_index_wad - seen.funding_index_wad
    assert accrued_wad == INDEX_WAD * 15 * BP_WAD // WAD * 6 // 8


def test_poke__book_rich_for_one_sample_after_a_gap__weighs_no_more_than_the_gap_cap(world):
    after(world, EIGHT_HOURS_S - 1, book=rich(5_000))
    seen = after(world, 1)
    # 50 % for 300 of 28,800 s is 52 bp, less the damper's 5.
    average_wad = wad("0.5") * 300 // EIGHT_HOURS_S
    assert seen.funding_rate_wad == average_wad - 5 * BP_WAD


def test_poke__book_absurdly_rich__is_capped(world):
    for _ in range(EIGHT_HOURS_S // 300):
        seen = after(world, 300, book=rich(100_000))
    assert seen.funding_rate_wad == wad("0.03")


def test_poke__three_days_unattended__accrues_each_interval_at_its_own_rate(world):
    for _ in range(EIGHT_HOURS_S // 300 - 1):
        after(world, 300, book=rich(20))
    started = after(world, 299, book=rich(20))
    seen = after(world, 1 + 3 * 86_400)
    # One second at 1 bp, one interval at the rate sampled (20 bp over all but its last second,
    # less 5), eight at 1 bp.
    average_wad = 20 * BP_WAD * (EIGHT_HOURS_S - 1) // EIGHT_HOURS_S
    rate_seconds = BP_WAD + (average_wad - 5 * BP_WAD) * EIGHT_HOURS_S + 8 * BP_WAD * EIGHT_HOURS_S
    accrued_wad = seen.funding_index_wad - started.funding_index_wad
    assert accrued_wad == rate_seconds * INDEX_WAD // (EIGHT_HOURS_S * WAD)


def test_set_funding_terms__new_rates__settle_at_the_old_first(world):
    # Without a damper the rate of an interval after no premium is 0 instead of 1 bp.
    terms = (EIGHT_HOURS_S, 300, 10 * BP_WAD, 0, 6 * WAD, wad("0.03"))
    world.open_block(EIGHT_HOURS_S + 3_600)
    world.mark.send("set_funding_terms", MARKET, terms)
    poked, _, _ = world.sealed()
    assert poked.name == "MarketPoked"
    seen = world.mark.read("price", MARKET)
    assert seen.funding_index_wad == INDEX_WAD * BP_WAD // WAD * 9 // 8
    assert seen.funding_rate_wad == BP_WAD  # until the interval ends
    assert after(world, 7 * 3_600).funding_rate_wad == 0


def test_set_funding_terms__longer_intervals__start_anew_and_keep_what_is_owed(world):
    world.open_block(3_600)
    world.mark.send("set_funding_terms", MARKET, DAILY_TERMS)
    world.sealed()
    seen = world.mark.read("price", MARKET)
    assert seen.funding_index_wad == INDEX_WAD * BP_WAD // WAD // 8
    assert seen.funding_rate_wad == 3 * BP_WAD  # 1 bp per 8 h
    end = (START_S // 86_400 + 1) * 86_400
    later = after(world, end + 86_400 - world.now)
    owed_wad = INDEX_WAD * 3 * BP_WAD * (world.now - START_S - EIGHT_HOURS_S - 3_600) // 86_400
    assert later.funding_index_wad == seen.funding_index_wad + owed_wad // WAD
