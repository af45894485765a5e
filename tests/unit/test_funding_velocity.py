"""Funding by velocity: the premium pushes the rate, and what accrues is the area under it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from sim.reference.funding import Drifting, VelocityTerms, drift, premium_wad
from sim.reference.mark import Book
from sim.types import Status
from sim.units import WAD, wad
from tests.mark_world import EIGHT_HOURS_S, IMR, KEEPER, LOWER, MARKET, MMR, MarkWorld

INDEX_WAD = wad(50_000)
BP_WAD = wad("0.0001")
PREMIUM, VELOCITY = 0, 1
VELOCITY_WAD = wad("0.0288")  # a basis point every five minutes
BY_PREMIUM = (PREMIUM, 20 * BP_WAD, VELOCITY_WAD)
BY_VELOCITY = (VELOCITY, 20 * BP_WAD, VELOCITY_WAD)


@pytest.fixture
def world():
    """A market by premium, poked once, at a good index, as an interval begins."""
    world = MarkWorld()
    world.open_block(EIGHT_HOURS_S)
    poke(world)
    return world


@pytest.fixture
def drifting(world):
    """The same market, its rate of 1 bp handed over to velocity at once."""
    set_policy(world, BY_VELOCITY)
    return world


def set_policy(world, policy):
    world.mark.send("set_rate_policy", MARKET, policy)
    return world.sealed()


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


def poor(under_bp):
    """A book whose impact ask is that far below the index."""
    ask_wad = INDEX_WAD - INDEX_WAD * under_bp // 10_000
    return Book(impact_bid_wad=ask_wad - 1, impact_ask_wad=ask_wad)


def test_rate_policy__never_set__is_premium(world):
    assert world.mark.read("rate_policy", MARKET)[0] == PREMIUM


def test_set_rate_policy__not_the_owner__is_refused(world):
    refusal = world.refused("set_rate_policy", MARKET, BY_VELOCITY, sender=KEEPER)
    assert refusal == "ownable: caller is not the owner"


@pytest.mark.parametrize(
    ("policy", "refusal"),
    [
        ((2, BP_WAD, 1), "mark: unknown rate policy"),
        ((VELOCITY, BP_WAD - 1, 1), "mark: scale too small"),
        ((VELOCITY, WAD + 1, 1), "mark: scale too large"),
        ((VELOCITY, BP_WAD, 0), "mark: velocity is zero"),
        ((VELOCITY, BP_WAD, WAD + 1), "mark: velocity too high"),
    ],
)
def test_set_rate_policy__out_of_bounds__is_refused(world, policy, refusal):
    assert world.refused("set_rate_policy", MARKET, policy) == refusal


def test_set_rate_policy__velocity__settles_by_premium_first_and_starts_from_its_rate(world):
    world.open_block(3_600)
    poked, told = set_policy(world, BY_VELOCITY)
    assert (poked.name, told.name, told.values) == (
        "MarketPoked",
        "RatePolicySet",
        (MARKET, *BY_VELOCITY),
    )
    seen = world.mark.read("price", MARKET)
    assert seen.funding_index_wad == INDEX_WAD * BP_WAD // WAD // 8
    assert seen.funding_rate_wad == BP_WAD
    assert world.mark.read("rate_policy", MARKET) == BY_VELOCITY


@pytest.mark.parametrize(
    ("over_bp", "step_bp"), [(20, 1), (1_000, 1), (10, Fraction(1, 2)), (-20, -1), (0, 0)]
)
def test_poke__by_velocity__premium_moves_the_rate_at_once(drifting, over_bp, step_bp):
    book = rich(over_bp) if over_bp >= 0 else poor(-over_bp)
    step_wad = int(step_bp * BP_WAD)
    rate_wad, owed = BP_WAD, 0
    for _ in range(3):
        seen = after(drifting, 300, book=book)
        owed += (2 * rate_wad + step_wad) * 150  # average of before and after
        rate_wad += step_wad
        assert seen.funding_rate_wad == rate_wad
    exact_wad = owed * INDEX_WAD // (EIGHT_HOURS_S * WAD)
    assert exact_wad - 2 <= seen.funding_index_wad <= exact_wad


def test_poke__by_velocity_past_the_interval__has_no_steps_in_its_rate(drifting):
    for _ in range(100):  # the interval ends after 96 of them
        seen = after(drifting, 300, book=rich(20))
    assert seen.funding_rate_wad == 101 * BP_WAD
    assert after(drifting, 300, book=Book()).funding_rate_wad == 101 * BP_WAD


def test_poke__by_velocity_after_a_gap__moves_for_its_last_part_only(drifting):
    seen = after(drifting, 3 * 86_400, book=rich(20))
    assert seen.funding_rate_wad == 2 * BP_WAD
    owed = BP_WAD * (3 * 86_400 - 300) + 3 * BP_WAD * 150
    assert seen.funding_index_wad == owed * INDEX_WAD // (EIGHT_HOURS_S * WAD)


@pytest.mark.parametrize(
    "status", [Status.THIN, Status.DISPUTED, Status.HALTED, Status.STALE, Status.DEAD]
)
def test_poke__by_velocity_index_not_ok__freezes_rate_and_funding(drifting, status):
    before = after(drifting, 300, book=rich(20))
    for how in (status, Status.OK):  # the stretches on both sides
        seen = after(drifting, 300, status=how, book=rich(20))
        assert seen.funding_rate_wad == before.funding_rate_wad
        assert seen.funding_index_wad == before.funding_index_wad
    assert after(drifting, 300, book=rich(20)).funding_rate_wad == 3 * BP_WAD


def test_poke__by_velocity_book_absurdly_poor__stops_at_the_cap(drifting):
    set_policy(drifting, (VELOCITY, BP_WAD, WAD))
    for _ in range(12):
        seen = after(drifting, 300, book=poor(5_000))
    assert seen.funding_rate_wad == -wad("0.03")


def test_follow_risk__by_velocity_margins_narrower__holds_the_rate_within_the_new_cap(drifting):
    set_policy(drifting, (VELOCITY, BP_WAD, WAD))
    for _ in range(12):
        after(drifting, 300, book=rich(5_000))
    imr = (MMR[0] + BP_WAD, *IMR[1:])  # kappa 6: a cap of 6 bp
    drifting.params.send("set_margins", MARKET, drifting.book.address, LOWER, MMR, imr)
    drifting.mark.send("follow_risk", MARKET)
    drifting.sealed()
    settled_wad = drifting.mark.read("price", MARKET).funding_index_wad
    seen = after(drifting, 300)
    assert seen.funding_rate_wad == 6 * BP_WAD
    owed_wad = 6 * BP_WAD * 300 * INDEX_WAD // (EIGHT_HOURS_S * WAD)
    assert seen.funding_index_wad - settled_wad == owed_wad


def test_set_rate_policy__back_to_premium__keeps_the_rate_and_samples_the_rest(drifting):
    after(drifting, 299, book=rich(3))  # leaves a rate with something below its last place
    started = drifting.mark.read("price", MARKET)
    set_policy(drifting, BY_PREMIUM)
    seen = after(drifting, EIGHT_HOURS_S - 300)
    assert seen.funding_rate_wad == started.funding_rate_wad
    owed_wad = started.funding_rate_wad * (EIGHT_HOURS_S - 300) * INDEX_WAD
    accrued_wad = seen.funding_index_wad - started.funding_index_wad
    assert accrued_wad == owed_wad // (EIGHT_HOURS_S * WAD)
    assert after(drifting, 1).funding_rate_wad == BP_WAD  # no premium since


def test_set_rate_policy__same_kind__keeps_what_was_sampled(world):
    for _ in range(EIGHT_HOURS_S // 600):
        after(world, 300, book=rich(20))
    set_policy(world, BY_PREMIUM)
    for _ in range(EIGHT_HOURS_S // 600):
        seen = after(world, 300, book=rich(20))
    assert seen.funding_rate_wad == 15 * BP_WAD


def test_poke__by_velocity_through_a_day__matches_reference(drifting):
    terms = VelocityTerms(
        interval_s=EIGHT_HOURS_S,
        max_gap_s=300,
        cap_wad=wad("0.03"),
        scale_wad=BY_VELOCITY[1],
        velocity_wad=VELOCITY_WAD,
    )
    funding, index_wad, was_ok = Drifting(rate=Fraction(BP_WAD)), INDEX_WAD, True
    for i in range(120):
        since, price_wad = drifting.now, index_wad
        index_wad = INDEX_WAD + (i * 7 % 13 - 6) * wad("1.7")
        book = rich(i * 11 % 31) if i % 3 else poor(i * 5 % 41)
        ok = i % 10 != 9
        seen = after(
            drifting,
            1 + i * i % 701,
            status=Status.OK if ok else Status.THIN,
            index_wad=index_wad,
            book=book,
        )
        funding = drift(
            terms,
            funding,
            since=since,
            until=drifting.now,
            premium_wad=premium_wad(index_wad, book.impact_bid_wad, book.impact_ask_wad),
            price_wad=price_wad,
            accrues=ok and was_ok,
        )
        was_ok = ok
        assert seen.funding_index_wad == funding.index_wad
        assert seen.funding_rate_wad == funding.rate // 1
    assert funding.rate.denominator > 1  # the remainder was carried
