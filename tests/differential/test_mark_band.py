"""The book alone can never liquidate a fresh position of highest leverage."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.reference.mark import Book
from sim.units import WAD, wad
from tests.mark_world import IMR, LOWER, MARKET, MMR, NOBODY, MarkWorld
from tests.support.contracts import lone, put

THIN_TIERS = (
    (0, wad(100_000), 0, 0),
    (wad("0.05"), wad("0.1"), 0, 0),
    (wad("0.1"), wad("0.2"), 0, 0),
)
MIN_NOTIONAL_WAD = wad(10)
INDEX_WAD = wad("61234.5678")


def required(notional: Fraction, lower: tuple[int, ...], ratio: tuple[int, ...]) -> Fraction:
    """The integral of the tiers' ratios up to a notional, in WAD."""
    total = Fraction(0)
    for k, low in enumerate(lower):
        if ratio[k] == 0:
            break
        last = k + 1 == len(lower) or ratio[k + 1] == 0
        high = notional if last else min(notional, Fraction(lower[k + 1]))
        total += max(Fraction(0), high - low) * Fraction(ratio[k], WAD)
    return total


def survives(
    size_wad: int,
    opened_wad: int,
    mark_wad: int,
    tiers: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]],
) -> bool:
    """Whether a position opened at a mark with just its initial margin has E >= MM at another."""
    lower, mmr, imr = tiers
    entry = Fraction(abs(size_wad) * opened_wad, WAD)
    cash_wad = ceil(required(entry, lower, imr))  # requirements round up
    equity_wad = floor(cash_wad + Fraction(size_wad * (mark_wad - opened_wad), WAD))
    notional = Fraction(abs(size_wad) * mark_wad, WAD)
    return equity_wad >= ceil(required(notional, lower, mmr))


def edges(band_wad: int) -> tuple[int, int]:
    return (
        ceil(Fraction(INDEX_WAD * (WAD - band_wad), WAD)),
        floor(Fraction(INDEX_WAD * (WAD + band_wad), WAD)),
    )


@pytest.fixture(scope="module")
def rules():
    return lone("MarkHarness")


@pytest.fixture(scope="module")
def world():
    world = MarkWorld()
    widest_wad = put(world.driver, "MarkHarness").read("widest_band_wad", LOWER, MMR, IMR)
    world.open_block(1)
    world.set_index(INDEX_WAD)
    world.mark.send("set_mark_terms", MARKET, (0, wad(50_000), widest_wad, NOBODY, 0))
    world.sealed()
    return world


@pytest.mark.parametrize("tiers", [(LOWER, MMR, IMR), THIN_TIERS], ids=["100x", "10x"])
@given(notional_wad=st.integers(MIN_NOTIONAL_WAD, wad(50_000_000)))
@example(notional_wad=MIN_NOTIONAL_WAD)
@example(notional_wad=wad(100_000))
@example(notional_wad=wad(1_000_000))
def test_widest_band__any_fresh_position__survives_from_edge_to_edge(rules, tiers, notional_wad):
    size_wad = -(-notional_wad * WAD // INDEX_WAD)
    low_wad, high_wad = edges(rules.read("widest_band_wad", *tiers))
    assert survives(size_wad, high_wad, low_wad, tiers)
    assert survives(-size_wad, low_wad, high_wad, tiers)


@pytest.mark.parametrize("tiers", [(LOWER, MMR, IMR), THIN_TIERS], ids=["100x", "10x"])
def test_widest_band__a_millionth_wider__liquidates_a_short_somewhere(rules, tiers):
    wider_wad = rules.read("widest_band_wad", *tiers) + wad("0.000001")
    low_wad, high_wad = edges(wider_wad)
    bounds = [MIN_NOTIONAL_WAD, *(low for low in tiers[0] if low)]
    assert not all(survives(-(low * WAD // low_wad), low_wad, high_wad, tiers) for low in bounds)


def test_widest_band__half_a_percent_at_100x__is_too_wide(rules):
    # (imr - mmr)/(1 - mmr) is the bound of a long opened at the index. A short's notional grows
    # with the mark, and a position opened at one edge of the band can be moved to the other.
    tiers = (LOWER, MMR, IMR)
    low_wad, high_wad = edges(wad("0.005"))
    assert survives(wad(1), INDEX_WAD, low_wad, tiers)
    assert not survives(-wad(1), INDEX_WAD, high_wad, tiers)
    assert not survives(wad(1), high_wad, low_wad, tiers)
    assert wad("0.0024") < rules.read("widest_band_wad", *tiers) < wad("0.0025")


@given(
    quotes=st.lists(
        st.tuples(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200)),
        min_size=1,
        max_size=8,
    ),
    elapsed_s=st.integers(1, 4000),
)
@example(quotes=[(120, 121, 121)] * 8, elapsed_s=600)
@example(quotes=[(70, 71, 70)] * 8, elapsed_s=600)
def test_poke__any_book_over_a_still_index__never_liquidates_a_fresh_position(
    world, quotes, elapsed_s
):
    for near, far, last in quotes:
        bid_wad, ask_wad = sorted((near * INDEX_WAD // 100, far * INDEX_WAD // 100))
        world.open_block(elapsed_s)
        world.set_index(INDEX_WAD)
        world.set_book(
            Book(
                best_bid_wad=bid_wad,
                best_ask_wad=ask_wad,
                last_price_wad=last * INDEX_WAD // 100,
                impact_bid_wad=bid_wad,
                impact_ask_wad=ask_wad,
            )
        )
        world.sealed()
        seen, _ = world.poke()
        for size_wad in (wad("0.001"), wad(1), wad(16), wad(100)):
            assert survives(size_wad, INDEX_WAD, seen.mark_wad, (LOWER, MMR, IMR))
            assert survives(-size_wad, INDEX_WAD, seen.mark_wad, (LOWER, MMR, IMR))


def test_poke__book_held_far_above__pushes_the_mark_to_the_edge_and_no_further(world):
    # The attack is real: without the band the mark would stand where the book is.
    high_wad = INDEX_WAD * 102 // 100
    world.set_book(
        Book(
            best_bid_wad=high_wad,
            best_ask_wad=high_wad + wad("0.1"),
            last_price_wad=high_wad,
            impact_bid_wad=high_wad,
            impact_ask_wad=high_wad + wad("0.1"),
        )
    )
    for _ in range(3):
        world.open_block(600)
        world.set_index(INDEX_WAD)
        world.sealed()
        seen, _ = world.poke()
    band_wad = world.mark.read("mark_terms", MARKET).band_wad
    assert seen.mark_wad == edges(band_wad)[1]


words = st.integers(0, 2**96 - 1)
times = st.integers(0, 2**40 - 1)


@given(
    prices=st.tuples(words, words, words, words, words),
    clock=st.tuples(times, times, times),
    told=st.booleans(),
    status=st.integers(0, 5),
    index_wad=st.integers(-(2**127), 2**127 - 1),
    rate_wad=st.integers(-(2**63), 2**63 - 1),
    ends_at=times,
    premium_sum_wad=st.integers(-(2**79), 2**79 - 1),
    basis=st.tuples(st.integers(-(2**127), 2**127 - 1), st.integers(0, 2**128 - 1)),
)
def test_packed__any_state__unpacks_to_itself(
    rules, prices, clock, told, status, index_wad, rate_wad, ends_at, premium_sum_wad, basis
):
    mark_wad, seen_wad, low_wad, high_wad, conf_wad = prices
    if told and seen_wad + conf_wad < 2**96:
        low_wad, high_wad = max(seen_wad - conf_wad, min(seen_wad, 1)), seen_wad + conf_wad
    liquidations_from, poked_block, poked_at = clock
    state = (
        mark_wad,
        seen_wad,
        status,
        liquidations_from,
        low_wad,
        high_wad,
        conf_wad,
        poked_block,
        poked_at,
        (index_wad, rate_wad, ends_at, premium_sum_wad),
        basis,
    )
    assert flat(rules.read("repacked", state)) == flat(state)


@given(
    addresses=st.tuples(st.integers(0, 2**160 - 1), st.integers(0, 2**160 - 1)),
    impact_wad=st.integers(0, 2**90 - 1),
    age_s=st.integers(0, 3_600),
    method=st.integers(0, 3),
    band_wad=st.integers(0, WAD),
    # The bounds that market_terms sets, each reached.
    policy=st.tuples(
        st.integers(0, 86_400),
        st.integers(0, 86_400),
        st.integers(0, 3 * 10**15),
        st.integers(0, 10**16),
        st.integers(0, 24 * 4 * 10**16),
    ),
    drift=st.one_of(st.just((0, 0)), st.tuples(st.integers(10**14, WAD), st.integers(1, WAD))),
)
def test_settings_packed__any_settings__unpack_to_themselves(
    rules, addresses, impact_wad, age_s, method, band_wad, policy, drift
):
    book, feed = (f"0x{each:040x}" for each in addresses)
    given_settings = (book, impact_wad, feed, age_s, method, band_wad, policy, drift)
    assert flat(rules.read("settings_repacked", given_settings)) == flat(given_settings)


def flat(value):
    """Nested tuples as one list, addresses in lower case."""
    if isinstance(value, tuple):
        return [each for part in value for each in flat(part)]
    return [value.lower() if isinstance(value, str) else value]


@given(
    index_wad=st.integers(1, 2**90),
    shifts=st.tuples(st.integers(-(2**90), 2**90), st.integers(-(2**90), 2**90)),
    book_wad=st.one_of(st.just(0), st.integers(1, 2**91)),
    external_wad=st.one_of(st.just(0), st.integers(1, 2**91)),
)
def test_median_of_candidates__any_prices__is_the_middle_of_the_sorted(
    rules, index_wad, shifts, book_wad, external_wad
):
    found_wad = rules.read("median_of_candidates_wad", index_wad, *shifts, book_wad, external_wad)
    candidates = [max(0, index_wad + shift) for shift in shifts]
    candidates += [each for each in (book_wad, external_wad) if each]
    candidates += [index_wad] * (len(candidates) % 2 == 0)
    below = sum(each < found_wad for each in candidates)
    above = sum(each > found_wad for each in candidates)
    assert found_wad in candidates
    assert below <= len(candidates) // 2
    assert above <= len(candidates) // 2
