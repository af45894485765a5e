"""A batch of orders on the deployed exchange: accepted where one after the other would be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sim.reference.exchange import Refusals
from sim.reference.orders import FOK, IOC, LIMIT, POST_ONLY, NewOrder
from tests.stateful.exchange_life import HOLDERS, MARKETS, holder
from tests.stateful.exchange_ruling import Whole
from tests.stateful.exchange_scene import BEAR, BULL_BTC, SCALPER, morning
from tests.stateful.exchange_trading import words
from tests.support.examples import heavy_examples

# Side, distance from mark, leverage in tenths, kind, reduce-only, seconds to live.
terms = st.tuples(
    st.booleans(),
    st.one_of(st.integers(5, 80), st.integers(5, 80), st.integers(-60, 5)),
    st.one_of(st.integers(1, 40), st.integers(1, 400)),
    st.sampled_from([LIMIT, LIMIT, LIMIT, POST_ONLY, IOC, IOC, FOK]),
    st.sampled_from([False] * 7 + [True]),
    st.sampled_from([0, 0, 30]),
)


@pytest.fixture(scope="module")
def life() -> Whole:
    return morning()


@pytest.fixture
def untouched(life: Whole) -> Iterator[Whole]:
    before = life.snapshot()
    yield life
    life.revert(before)


def new_order(life: Whole, who: int, market: int, wanted: Sequence[int]) -> NewOrder:
    is_buy, offset_bps, tenths, kind, reduce_only, lives_s = wanted
    return NewOrder(
        is_buy=bool(is_buy),
        size_wad=life.size_for(holder(who)[1], market, tenths),
        price_wad=life.price_at(market, -offset_bps if is_buy else offset_bps),
        kind=kind,
        reduce_only=bool(reduce_only),
        expires_at=life.world.now_s + lives_s if lives_s else 0,
    )


def send(life: Whole, who: int, market: int, many: Sequence[NewOrder]) -> bool:
    """The batch on both sides, in the same words if it is refused; whether it was accepted."""
    role, account = holder(who)
    events = life.call(
        *(role, f"OrderBook.{MARKETS[market]}", "place_many", account, tuple(map(words, many))),
        expected=lambda x, _: x.books[market].place_many(account, many),
    )
    return events is not None


def would_pass_alone(life: Whole, who: int, market: int, many: Sequence[NewOrder]) -> bool:
    """Whether the reference accepts the orders each in a call of its own."""
    life.judge()
    trial, (_, account) = life.twin.copy(), holder(who)
    try:
        for one in many:
            trial.books[market].place(account, one)
    except Refusals:
        return False
    return True


@settings(max_examples=10 * heavy_examples())
@given(
    who=st.integers(0, len(HOLDERS) - 1),
    market=st.sampled_from(sorted(MARKETS)),
    wanted=st.lists(terms, min_size=1, max_size=7),
)
def test_place_many__any_batch__is_accepted_iff_one_after_the_other_is(life, who, market, wanted):
    before = life.snapshot()
    many = [new_order(life, who, market, one) for one in wanted]
    expected = would_pass_alone(life, who, market, many)
    assert send(life, who, market, many) == expected
    event(f"accepted: {expected}")
    life.revert(before)


@pytest.mark.parametrize("who", [BULL_BTC, BEAR, SCALPER])
@pytest.mark.parametrize("is_buy", [True, False])
def test_place_many__margin_for_all_but_a_lot__the_whole_is_refused(untouched, who, is_buy):
    life, market = untouched, 1
    lot_wad = life.twin.books[market].grid.lot_wad
    price_wad = life.price_at(market, -300 if is_buy else 300)

    def ladder(last_wad: int) -> list[NewOrder]:
        step_wad = life.size_for(holder(who)[1], market, 20)
        sizes = (*[step_wad] * 5, last_wad)
        return [NewOrder(is_buy=is_buy, size_wad=size, price_wad=price_wad) for size in sizes]

    # The most lots that the last of six may have.
    few, many = 1, 10**6
    while many - few > 1:
        middle = (few + many) // 2
        passes = would_pass_alone(life, who, market, ladder(middle * lot_wad))
        few, many = (middle, many) if passes else (few, middle)
    assert would_pass_alone(life, who, market, ladder(many * lot_wad)[:-1])
    assert not send(life, who, market, ladder(many * lot_wad))
    assert life.counts["clearinghouse: margin not met"] == 1
    assert send(life, who, market, ladder(few * lot_wad))
    assert len(life.twin.books[market].resting.of(holder(who)[1])) >= 6
