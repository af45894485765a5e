"""Rounds over many calls: what has to come before what, and what meddling in between can do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sim.chain.port import CallReverted
from sim.reference.adl import Policy, shares
from sim.types import OrderKind, account_id
from sim.units import WAD, wad
from tests.adl_world import AdlWorld, named, untouched
from tests.support.contracts import address_of

POLICIES = list(Policy)
SHORTS = {"one": 700, "two": 900, "three": 1_200, "four": 2_000, "five": 4_000, "six": 9_000}


@pytest.fixture(scope="module")
def deployed() -> AdlWorld:
    """Six shorts of half a bitcoin, a long of three that a fall of 4 % bankrupts."""
    world = AdlWorld()
    for role, margin in SHORTS.items():
        world.enter(role, "-0.5", margin)
    world.enter("taker", "3", 4_000)
    world.index("58000")
    return world


@pytest.fixture
def world(deployed: AdlWorld) -> Iterator[AdlWorld]:
    with untouched(deployed):
        yield deployed


def of(role: str) -> int:
    return account_id(address_of(role))


def call(world: AdlWorld, method: str, *arguments: Any, role: str = "keeper") -> list[Any]:
    return world.send(role, "Deleverager", method, of("taker"), world.market, *arguments)


def prepared(world: AdlWorld) -> list[Any]:
    """A round opened, everybody enlisted and ranked in chunks of four."""
    call(world, "open_round", False)
    return world.rank_in_chunks(of("taker"), world.holders(-1), chunk=4)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("chunk", [1, 2, 3, 6])
def test_round__any_chunks__gives_what_one_call_gives(world, policy, chunk):
    world.set_policy(policy)
    failing = of("taker")
    terms, _ = world.terms(failing, policy)
    expected = shares([world.counterparty(one) for one in world.holders(-1)], terms)
    queue = world.sorted_candidates(failing)
    taken = named(world.round(failing, queue, chunk=chunk), "CounterpartyDeleveraged")
    assert {one.counterparty: one.size_wad for one in taken} == {
        key: share for key, share in expected.items() if share
    }
    assert world.size(failing) == 0
    world.check_books()


def test_take__before_all_are_ranked__is_refused(world):
    call(world, "open_round", False)
    found = world.enlist(of("taker"), world.holders(-1), chunk=6)
    call(world, "rank", found[:4])
    with pytest.raises(CallReverted, match="deleverager: not all who were enlisted are ranked"):
        call(world, "take", found[:4])


def test_take__not_everybody_is_enlisted__is_refused(world):
    call(world, "open_round", False)
    (chunk,) = world.rank_in_chunks(of("taker"), world.holders(-1)[:-1], chunk=6)
    with pytest.raises(CallReverted, match="not all counterparties are named"):
        call(world, "take", chunk)


def test_enlist__twice_or_not_lowest_first__is_refused(world):
    others = world.holders(-1)
    call(world, "open_round", False)
    call(world, "enlist", others[1:3])
    for wrong in (others[1:2], others[:1], others[2:], others[:2:-1]):
        with pytest.raises(CallReverted, match="deleverager: not lowest account first"):
            call(world, "enlist", wrong)


def test_take__a_position_changed_hands_between_two_calls__hides_nobody(world):
    """Enlisted with its old holder and again with its new one, it would hide somebody."""
    first, *others = world.holders(-1)
    buyer = next(name for name in "abcdefgh" if of(name) > first)
    world.deposit(buyer, 100_000 * 10**6)
    call(world, "open_round", False)
    found = world.enlist(of("taker"), [first], chunk=1)
    world.order(buyer, "-0.5", "58000")
    seller = next(role for role in SHORTS if of(role) == first)
    world.order(seller, "0.5", "58000", kind=OrderKind.IOC)
    assert (world.size(first), world.size(of(buyer))) == (0, -WAD // 2)
    found += world.enlist(of("taker"), [*others[1:], of(buyer)], chunk=6)
    found.sort(key=lambda one: (-one.key_wad, one.account))
    assert sum(one.able_wad for one in found) == 3 * WAD  # all of the interest, one hidden
    call(world, "rank", found)
    with pytest.raises(CallReverted, match="not all counterparties are named"):
        call(world, "take", found)


def test_rank__out_of_order_or_twice__is_refused(world):
    call(world, "open_round", False)
    found = world.enlist(of("taker"), world.holders(-1), chunk=6)
    call(world, "rank", found[:3])
    for wrong in (found[:3], found[2:], [found[4], found[3]], [found[3], found[3]]):
        with pytest.raises(CallReverted, match="deleverager: out of order or twice"):
            call(world, "rank", wrong)


def test_rank__not_as_enlisted_or_of_an_earlier_round__is_refused(world):
    call(world, "open_round", False)
    found = world.enlist(of("taker"), world.holders(-1), chunk=6)
    altered = (found[0].account, found[0].able_wad - 1, *tuple(found[0])[2:])
    with pytest.raises(CallReverted, match="deleverager: not as enlisted"):
        call(world, "rank", [altered])
    call(world, "open_round", False)
    with pytest.raises(CallReverted, match="deleverager: not as enlisted"):
        call(world, "rank", found)


def test_enlist__after_ranking_began__and_rank__after_taking_began__are_refused(world):
    chunks = prepared(world)
    with pytest.raises(CallReverted, match="deleverager: ranking has begun"):
        call(world, "enlist", [2**200])
    call(world, "take", chunks[0])
    with pytest.raises(CallReverted, match="deleverager: taking has begun"):
        call(world, "rank", chunks[0])


def test_take__another_chunk_or_altered__is_refused(world):
    chunks = prepared(world)
    altered = [tuple(chunks[0][0]), *map(tuple, chunks[0][1:])]
    altered[0] = (*altered[0][:1], altered[0][1] + 1, *altered[0][2:])
    for wrong in (chunks[1], altered, chunks[0][:-1]):
        with pytest.raises(CallReverted, match="deleverager: not the chunk ranked"):
            call(world, "take", wrong)


def test_take__after_the_last__is_refused(world):
    chunks = prepared(world)
    for chunk in chunks:
        call(world, "take", chunk)
    with pytest.raises(CallReverted, match="deleverager: round is over"):
        call(world, "take", chunks[1])


def test_round__ten_minutes_later__is_gone(world):
    chunks = prepared(world)
    for _ in range(10):
        world.index("58000", seconds=60)
    for method, words in (("take", chunks[0]), ("rank", chunks[0]), ("enlist", [1])):
        with pytest.raises(CallReverted, match="deleverager: no round of the caller's"):
            call(world, method, words)


def test_round__each_call_in_a_block_of_its_own__takes_the_references_shares(world):
    """The mark falls on between the calls: a long's bankruptcy price does not."""
    failing = of("taker")
    terms, price_wad = world.terms(failing, Policy.QUEUE)
    others = [world.counterparty(one) for one in world.holders(-1)]
    call(world, "open_round", False)
    found = world.enlist(failing, world.holders(-1), chunk=6)
    world.index("57950")
    call(world, "rank", found[:2])
    world.index("57900")
    call(world, "rank", found[2:])
    taken = []
    for price, chunk in (("57850", found[:2]), ("57800", found[2:])):
        world.index(price)
        taken += named(call(world, "take", chunk), "CounterpartyDeleveraged")
    assert {one.counterparty: one.size_wad for one in taken} == shares(others, terms)
    assert {one.price_wad for one in taken} == {price_wad}
    assert (world.size(failing), world.cash(failing) >= 0) == (0, True)
    world.check_books()


@pytest.mark.parametrize("policy", POLICIES)
def test_take__a_counterparty_left_in_between__gives_nothing_and_stops_nobody(world, policy):
    world.set_policy(policy)
    failing = of("taker")
    terms, _ = world.terms(failing, policy)
    expected = shares([world.counterparty(one) for one in world.holders(-1)], terms)
    chunks = prepared(world)
    gone = chunks[0][0].account
    role = next(role for role in SHORTS if of(role) == gone)
    world.order("maker", "-0.5", "58000")
    world.order(role, "0.5", "58000", kind=OrderKind.IOC)
    taken: dict[int, int] = {}
    for chunk in chunks:
        for one in named(call(world, "take", chunk), "CounterpartyDeleveraged"):
            taken[one.counterparty] = one.size_wad
    assert taken == {one: share for one, share in expected.items() if share and one != gone}
    assert world.size(failing) == expected[gone]
    world.check_books()


def test_take__the_account_was_topped_up_in_between__takes_no_more(world):
    chunks = prepared(world)
    call(world, "take", chunks[0])
    left_wad = world.size(of("taker"))
    world.deposit("taker", 100_000 * 10**6)
    call(world, "take", chunks[1])
    assert world.size(of("taker")) == left_wad


def test_round__of_another_caller__is_its_own(world):
    chunks = prepared(world)
    call(world, "open_round", False, role="stranger")
    with pytest.raises(CallReverted, match="deleverager: not all counterparties are named"):
        call(world, "take", chunks[0], role="stranger")
    world.deleverage(of("taker"), role="stranger")
    assert world.size(of("taker")) == 0
    for chunk in chunks:
        assert not named(call(world, "take", chunk), "CounterpartyDeleveraged")
    world.check_books()


def test_enlist__nobody__is_refused(world):
    call(world, "open_round", False)
    with pytest.raises(CallReverted, match="deleverager: nobody named"):
        call(world, "enlist", [])


def test_deleverage__more_counterparties_than_one_call_takes__need_a_round():
    """Forty shorts: ranked in two calls, closed in two."""
    world = AdlWorld()
    for place in range(40):
        world.enter(f"short {place}", "-0.05", 80 + 10 * place)
    failing = world.enter("taker", "2", 2_700)
    world.index("58000")
    queue = world.sorted_candidates(failing)
    assert len(queue) == 40
    world.round(failing, queue, chunk=32)
    assert world.size(failing) == 0
    world.check_books()
    assert world.read("Clearinghouse", "market_totals", world.market)[0] == wad("0")
