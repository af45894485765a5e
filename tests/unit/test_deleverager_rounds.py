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


def rank(world: AdlWorld, part: list[int], *, role: str = "keeper") -> Any:
    return named(call(world, "rank", part, role=role), "CandidatesRanked")[0].candidates


def places(queue: list[int]) -> list[int]:
    return sorted(range(len(queue)), key=lambda place: queue[place])


def prepared(world: AdlWorld, *, role: str = "keeper") -> tuple[list[int], list[Any]]:
    """A round opened, ranked in two chunks and proven."""
    queue = world.sorted_candidates(of("taker"))
    call(world, "open_round", False, role=role)
    chunks = [rank(world, queue[:4], role=role), rank(world, queue[4:], role=role)]
    call(world, "prove", queue, places(queue), role=role)
    return queue, chunks


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


def test_take__before_the_proof__is_refused(world):
    queue = world.sorted_candidates(of("taker"))
    call(world, "open_round", False)
    candidates = rank(world, queue)
    with pytest.raises(CallReverted, match="not proven that everybody is ranked"):
        call(world, "take", candidates)


def test_prove__not_everybody__is_refused(world):
    queue = world.sorted_candidates(of("taker"))[:-1]
    call(world, "open_round", False)
    rank(world, queue)
    with pytest.raises(CallReverted, match="not all counterparties are named"):
        call(world, "prove", queue, places(queue))


def test_prove__other_accounts_than_ranked__is_refused(world):
    queue = world.sorted_candidates(of("taker"))
    call(world, "open_round", False)
    rank(world, queue[:-1])
    with pytest.raises(CallReverted, match="not the accounts ranked"):
        call(world, "prove", queue, places(queue))


def test_prove__an_account_named_in_two_calls__is_refused(world):
    """Between the calls its key fell; counted twice, it would hide somebody of its size."""
    world.set_policy(Policy.WATER_FILL)
    queue = world.sorted_candidates(of("taker"))
    call(world, "open_round", False)
    rank(world, queue[:2])
    world.deposit("one", 1_000_000 * 10**6)
    assert queue[0] == of("one")
    listed = [*queue[:2], *queue[2:-1], of("one")]
    rank(world, listed[2:])
    for order in (places(listed), list(range(len(listed)))):
        with pytest.raises(CallReverted, match="deleverager: named twice"):
            call(world, "prove", listed, order)


def test_prove__a_position_changed_hands_between_two_calls__counts_once(world):
    """Ranked with its old holder and again with its new one, it would hide somebody."""
    queue = world.sorted_candidates(of("taker"))
    call(world, "open_round", False)
    rank(world, queue[:3])
    world.deposit("accomplice", 100_000 * 10**6)
    seller = of("accomplice")
    world.order("accomplice", "-0.5", "58000")
    role = next(role for role in SHORTS if of(role) == queue[0])
    world.order(role, "0.5", "58000", kind=OrderKind.IOC)
    assert world.size(seller) == -WAD // 2
    listed = [*queue[:3], *sorted([*queue[3:-1], seller], key=lambda one: world_key(world, one))]
    rank(world, listed[3:])
    with pytest.raises(CallReverted, match="not all counterparties are named"):
        call(world, "prove", listed, places(listed))


def world_key(world: AdlWorld, account: int) -> tuple[int, int]:
    (found,) = world.read("Deleverager", "candidates", of("taker"), world.market, [account], False)
    return -found.key_wad, account


def test_rank__chunks_out_of_order__is_refused(world):
    queue = world.sorted_candidates(of("taker"))
    call(world, "open_round", False)
    rank(world, queue[3:])
    with pytest.raises(CallReverted, match="deleverager: out of order"):
        rank(world, queue[:3])


def test_rank__after_the_proof__is_refused(world):
    queue, _ = prepared(world)
    with pytest.raises(CallReverted, match="deleverager: everybody is ranked"):
        rank(world, queue)


def test_take__another_chunk_or_altered__is_refused(world):
    _, chunks = prepared(world)
    altered = [tuple(chunks[0][0]), *map(tuple, chunks[0][1:])]
    altered[0] = (*altered[0][:1], altered[0][1] + 1, *altered[0][2:])
    for wrong in (chunks[1], altered, chunks[0][:-1]):
        with pytest.raises(CallReverted, match="deleverager: not the chunk ranked"):
            call(world, "take", wrong)


def test_take__after_the_last__is_refused(world):
    _, chunks = prepared(world)
    for chunk in chunks:
        call(world, "take", chunk)
    with pytest.raises(CallReverted, match="deleverager: round is over"):
        call(world, "take", chunks[1])


def test_round__next_block__is_gone(world):
    queue, chunks = prepared(world)
    world.next_block()
    for method, arguments in (
        ("take", (chunks[0],)),
        ("rank", (queue,)),
        ("prove", (queue, places(queue))),
    ):
        with pytest.raises(CallReverted, match="deleverager: no round in this block"):
            call(world, method, *arguments)


@pytest.mark.parametrize("policy", POLICIES)
def test_take__a_counterparty_left_in_between__gives_nothing_and_stops_nobody(world, policy):
    world.set_policy(policy)
    failing = of("taker")
    terms, _ = world.terms(failing, policy)
    expected = shares([world.counterparty(one) for one in world.holders(-1)], terms)
    queue, chunks = prepared(world)
    gone = queue[0]
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
    _, chunks = prepared(world)
    call(world, "take", chunks[0])
    left_wad = world.size(of("taker"))
    world.deposit("taker", 100_000 * 10**6)
    call(world, "take", chunks[1])
    assert world.size(of("taker")) == left_wad


def test_round__of_another_caller__is_its_own(world):
    _, chunks = prepared(world)
    call(world, "open_round", False, role="stranger")
    with pytest.raises(CallReverted, match="not proven that everybody is ranked"):
        call(world, "take", chunks[0], role="stranger")
    world.deleverage(of("taker"), role="stranger")
    assert world.size(of("taker")) == 0
    for chunk in chunks:
        assert not named(call(world, "take", chunk), "CounterpartyDeleveraged")
    world.check_books()


def test_rank__nobody__is_refused(world):
    call(world, "open_round", False)
    with pytest.raises(CallReverted, match="deleverager: nobody named"):
        rank(world, [])


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
