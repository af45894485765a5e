"""Whole pokes against the reference: any order of indices, statuses, books and gaps."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reference import funding as fund
from sim.reference.mark import Book, Mark, Method, poke
from sim.types import Status
from sim.units import WAD, wad
from tests.mark_world import MARKET, START_S, TERMS, MarkWorld
from tests.support.examples import HEAVY

BELIEVED = [Status.OK, Status.OK, Status.OK, Status.THIN]
indices = st.integers(wad(95), wad(105))
quotes = st.one_of(
    st.just(0),
    st.integers(wad("99.3"), wad("100.7")),
    st.integers(wad(90), wad(110)),
    st.integers(1, wad(10**6)),
)
gaps_s = st.one_of(st.integers(1, 60), st.integers(1, 20_000), st.integers(1, 150_000))
statuses = st.one_of(st.sampled_from(BELIEVED), st.sampled_from(list(Status)))


@st.composite
def books(draw: st.DrawFn) -> Book:
    bid, ask = sorted((draw(quotes), draw(quotes)))
    return Book(
        best_bid_wad=bid,
        best_ask_wad=ask,
        last_price_wad=draw(quotes),
        impact_bid_wad=draw(st.one_of(st.just(0), st.just(bid), st.integers(0, bid))),
        impact_ask_wad=draw(st.one_of(st.just(0), st.just(ask), st.integers(ask, wad(10**6)))),
    )


# How far below and above the index something is still believed, in wei
doubts = st.tuples(st.integers(0, wad(9)), st.integers(0, wad(9)))
# (gap, index, doubts, status, book, external price, its age) of a block
blocks = st.tuples(gaps_s, indices, doubts, statuses, books(), quotes, st.integers(0, 120))


@HEAVY
@given(steps=st.lists(blocks, min_size=1, max_size=12))
def test_poke__any_history__matches_reference(steps):
    world = MarkWorld()
    state = Mark(poked_at=START_S)
    for gap_s, index_wad, (below_wad, above_wad), status, book, external_wad, age_s in steps:
        world.open_block(gap_s)
        low_wad, high_wad = index_wad - below_wad, index_wad + above_wad
        world.set_index(index_wad, status, (low_wad, high_wad))
        world.set_book(book)
        world.external.send("set_reading", external_wad, 0, world.now - age_s)
        world.sealed()
        seen, event = world.poke()
        state = poke(
            TERMS,
            state,
            now=world.now,
            index_wad=index_wad,
            status=status,
            book=book,
            external_wad=external_wad if external_wad and age_s <= 60 else None,
            low_wad=low_wad,
            high_wad=high_wad,
        )
        rate_wad = fund.rate_at(TERMS.funding, state.funding, world.now)
        assert event.values == (
            MARKET,
            state.mark_wad,
            index_wad,
            status,
            state.basis.value_wad,
            state.premium_wad,
            rate_wad,
            state.funding.index_wad,
        )
        assert (seen.mark_wad, seen.index_wad, seen.status) == (state.mark_wad, index_wad, status)
        assert seen.funding_index_wad == state.funding.index_wad
        assert seen.funding_rate_wad == rate_wad
        # INV-6, on exact ratios.
        band = Fraction(TERMS.band_wad, WAD)
        if status in (Status.OK, Status.THIN):
            assert abs(Fraction(seen.mark_wad, index_wad) - 1) <= band
        else:
            assert low_wad * (1 - band) <= seen.mark_wad <= high_wad * (1 + band)


@pytest.mark.parametrize("method", [Method.INDEX, Method.LAST_TRADE, Method.BOOK_MID])
@given(index_wad=indices, book=books())
def test_poke__other_method__matches_reference(worlds, method, index_wad, book):
    world = worlds[method]
    world.open_block(1)
    world.set_index(index_wad)
    world.set_book(book)
    world.sealed()
    seen, _ = world.poke()
    terms = world.terms
    fresh = Mark(poked_at=START_S)
    wanted = poke(terms, fresh, now=START_S + 1, index_wad=index_wad, status=Status.OK, book=book)
    assert seen.mark_wad == wanted.mark_wad


@pytest.fixture(scope="module")
def worlds():
    return {method: MarkWorld(method=method) for method in Method}


@HEAVY
@given(book=books(), later=books())
def test_poke__book_moves_in_the_same_block__mark_stands(book, later):
    world = MarkWorld()
    world.open_block(12)
    world.set_index(wad(100))
    world.set_book(book)
    world.sealed()
    first, _ = world.poke()
    world.set_book(later)
    world.set_index(wad(101))
    world.mark.send("poke", MARKET)
    assert world.sealed() == []  # no second poke
    assert world.mark.read("price", MARKET) == first
