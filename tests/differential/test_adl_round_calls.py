"""Rounds with anything in between their calls, against the reference: to the wei, or refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.reference.adl import Counterparty, Policy, Terms, is_complete, shares
from sim.reference.adl import given as given_of
from sim.types import OrderKind, account_id
from sim.units import WAD, wad
from tests.adl_world import AdlWorld, named, untouched
from tests.liquidation_world import RAW
from tests.support.contracts import address_of

PRICE = "58000"
SHORTS = {"one": 700, "two": 900, "three": 1_200, "four": 2_000, "five": 4_000, "six": 9_000}
NEW = ("dust", "newcomer")
INCOMPLETE = "not all counterparties are named"
Meddling = tuple[str, str, str]


@pytest.fixture(scope="module")
def deployed() -> AdlWorld:
    """Six shorts of half a bitcoin, one of a hundredth, and a long that has failed."""
    world = AdlWorld()
    for role, margin in SHORTS.items():
        world.enter(role, "-0.5", margin)
    world.enter("small", "-0.02", 100)
    world.enter("taker", "3.02", 4_000)
    for role in (*NEW, "keeper"):
        world.deposit(role, 1_000_000 * RAW)
        world.everybody.add(account_id(address_of(role)))
    world.index(PRICE)
    return world


@pytest.fixture
def world(deployed: AdlWorld) -> Iterator[AdlWorld]:
    with untouched(deployed):
        yield deployed


FAILING = account_id(address_of("taker"))
meddlings = st.one_of(
    st.tuples(
        st.just("trade"),
        st.sampled_from([*SHORTS, *NEW]),
        st.sampled_from(["-0.5", "-0.0004", "0.0004", "0.3", "0.5"]),
    ),
    st.tuples(st.just("deposit"), st.sampled_from(list(SHORTS)), st.sampled_from(["1", "5000"])),
    st.tuples(st.just("round"), st.just("stranger"), st.just("")),
    st.tuples(st.just("block"), st.just(""), st.just("")),
)
in_between = st.lists(meddlings, max_size=2)


def meddle(world: AdlWorld, done: Sequence[Meddling], counts: list[dict[int, int]]) -> None:
    """What others do between two calls; what they may not do is not done. Rounds count sizes."""
    for what, role, amount in done:
        if what == "block":
            world.next_block()
        elif what == "deposit":
            world.deposit(role, int(amount) * RAW)
        elif what == "round":
            with suppress(CallReverted):
                world.send(role, "Deleverager", "open_round", FAILING, world.market, False)
                counts.append(short_sizes(world))
        else:
            against = amount[1:] if amount.startswith("-") else f"-{amount}"
            world.order("maker", against, PRICE)
            with suppress(CallReverted):
                world.order(role, amount, PRICE, kind=OrderKind.IOC)
            world.send("maker", "OrderBook.BTC-USD", "cancel_many", _all_of(world))


def _all_of(world: AdlWorld) -> list[int]:
    maker = account_id(address_of("maker"))
    return [one.order_id for one in world.read("OrderBook.BTC-USD", "orders_of", maker)]


def short_sizes(world: AdlWorld) -> dict[int, int]:
    return {one: -world.size(one) for one in world.holders(-1)}


def call(world: AdlWorld, method: str, *words: Any) -> list[Any]:
    return world.send("keeper", "Deleverager", method, FAILING, world.market, *words)


@given(policy=st.sampled_from(list(Policy)), data=st.data(), chunk=st.integers(1, 9))
def test_round__anything_in_between__takes_the_references_shares(deployed, policy, data, chunk):
    with untouched(deployed) as world:
        world.set_policy(policy)
        counts: list[dict[int, int]] = []
        meddle(world, data.draw(in_between), counts)
        call(world, "open_round", False)
        terms, price_wad = world.terms(FAILING, policy)
        block = world.number
        counted = [*counts, short_sizes(world)][0]  # as when the first of the rounds began
        everybody = sorted({*counted, *short_sizes(world)})
        left_out = data.draw(st.lists(st.sampled_from(everybody), max_size=1))
        enlisted = [one for one in everybody if one not in left_out]
        seen: list[Counterparty] = []
        found: list[Any] = []
        for start in range(0, len(enlisted), chunk):
            meddle(world, data.draw(in_between), counts)
            part = enlisted[start : start + chunk]
            seen += [counterparty(world, one) for one in part]
            found += world.enlist(FAILING, part, chunk=chunk)
        found.sort(key=lambda one: (-one.key_wad, one.account))
        chunks = [found[start : start + chunk] for start in range(0, len(found), chunk)]
        for each in chunks:
            meddle(world, data.draw(in_between), counts)
            call(world, "rank", each)
        if not is_complete(enlisted, counted):
            with pytest.raises(CallReverted, match=INCOMPLETE):
                call(world, "take", chunks[0])
            return
        wanted = shares(seen, terms)
        for each in chunks:
            meddle(world, data.draw(in_between), counts)
            if world.number != block:
                if not world.size(FAILING):
                    break
                block = world.number
                terms, price_wad = world.terms(FAILING, policy)  # of what is left
            check_take(world, each, wanted, terms, price_wad)
        world.check_books()


def counterparty(world: AdlWorld, account: int) -> Counterparty:
    """An account as the reference wants it; on the wrong side by now, it can give nothing."""
    found = world.counterparty(account)
    if world.size(account) >= 0:
        return Counterparty(account=account, size_wad=0, quote_wad=0, profit_wad=0, equity_wad=0)
    return found


def check_take(
    world: AdlWorld, chunk: Sequence[Any], wanted: dict[int, int], terms: Terms, price_wad: int
) -> None:
    """A call closes what the shares say, of what its holders can give by now."""
    expected = {}
    left_wad = world.size(FAILING)
    for one in chunk:
        now = counterparty(world, one.account)
        expected[one.account] = given_of(wanted[one.account], now, left_wad, terms)
        left_wad -= expected[one.account]
    taken = named(call(world, "take", chunk), "CounterpartyDeleveraged")
    assert {one.counterparty: one.size_wad for one in taken} == {
        account: size_wad for account, size_wad in expected.items() if size_wad
    }
    assert {one.price_wad for one in taken} <= {price_wad}


@given(policy=st.sampled_from(list(Policy)), data=st.data())
def test_deleverage__anybody_left_out__is_done_just_if_it_cannot_matter(deployed, policy, data):
    with untouched(deployed) as world:
        world.set_policy(policy)
        for role in data.draw(st.lists(st.sampled_from(NEW), unique=True)):
            meddle(world, [("trade", role, data.draw(st.sampled_from(["-0.0004", "-0.02"])))], [])
        sizes = short_sizes(world)
        listed = data.draw(st.permutations(sorted(sizes)))
        listed = listed[: data.draw(st.sampled_from([len(listed), len(listed) - 1, 3]))]
        terms, _ = world.terms(FAILING, policy)
        wanted = shares([world.counterparty(one) for one in listed], terms)
        words = ("keeper", "Deleverager", "deleverage", FAILING, world.market, listed, False)
        if not is_complete(listed, sizes):
            with pytest.raises(CallReverted, match=INCOMPLETE):
                world.send(*words)
            return
        taken = named(world.send(*words), "CounterpartyDeleveraged")
        assert {one.counterparty: one.size_wad for one in taken} == {
            one: share for one, share in wanted.items() if share
        }
        assert world.size(FAILING) == 3 * WAD + wad("0.02") - sum(wanted.values())
        world.check_books()
