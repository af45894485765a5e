"""What stops a round of deleveraging: dust in front of it, a crowd of dust, a stranger's round.

Whoever would be taken first buys himself a block with each call that fails, and leaves with the
profit that the others then pay for.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.types import OrderKind, account_id
from sim.units import WAD
from tests.adl_world import named, untouched
from tests.attack_world import AttackWorld
from tests.support.contracts import address_of


@pytest.fixture(scope="module")
def deployed() -> AttackWorld:
    """An attacker of high leverage and an honest short against a long that fell."""
    world = AttackWorld()
    world.fund("attacker", 2_000)
    world.fund("honest", 20_000)
    world.fund("victim", 700)
    world.fund("accomplice", 50_000)
    world.order("attacker", "-0.5", "60000")
    world.order("honest", "-0.5", "60000")
    world.order("victim", "1", "60000", kind=OrderKind.IOC)
    world.index("58500")
    return world


def of(role: str) -> int:
    return account_id(address_of(role))


def dust(world: AttackWorld, role: str, size: str = "0.0002") -> None:
    """A position of a new account."""
    world.fund(role, 300)
    world.order("maker", size, "58500")
    world.order(role, f"-{size}", "58500", kind=OrderKind.IOC)


def test_deleverage__dust_trades_in_front_of_it__takes_the_same(deployed):
    """Audit p18: one trade of 12 quote made the list add up to less than the open interest."""
    gains = []
    for count in (0, 1, 5):
        with untouched(deployed) as world:
            queue = world.sorted_candidates(of("victim"))  # what the keeper saw
            before_wad = {role: world.purse_wad(role) for role in ("attacker", "honest")}
            for number in range(count):
                dust(world, f"dust {number}")
            words = ("keeper", "Deleverager", "deleverage", of("victim"), world.market)
            taken = named(world.send(*words, queue, False), "CounterpartyDeleveraged")
            assert [one.counterparty for one in taken] == [of("attacker"), of("honest")]
            assert world.size(of("victim")) == 0
            gains.append([world.purse_wad(role) - held for role, held in before_wad.items()])
            world.check_books()
    assert gains[0] == gains[1] == gains[2]


@given(
    changes=st.lists(
        st.tuples(
            st.sampled_from(["deposit", "dust", "shrink", "grow"]),
            st.sampled_from(["attacker", "honest"]),
            st.integers(1, 9_000),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_deleverage__ranks_changed_in_front_of_it__is_done(deployed, changes):
    """A list in the order the keeper saw: who puts margin in swaps places with his neighbour."""
    with untouched(deployed) as world:
        queue = world.sorted_candidates(of("victim"))
        for place, (what, role, amount) in enumerate(changes):
            if what == "deposit":
                world.fund(role, amount)
            elif what == "dust":
                dust(world, f"dust {place}")
            else:
                sign = "-" if what == "grow" else ""
                world.order("maker", f"{'' if sign else '-'}0.0005", "58500")
                world.order(role, f"{sign}0.0005", "58500", kind=OrderKind.IOC)
        words = ("keeper", "Deleverager", "deleverage", of("victim"), world.market)
        closed = named(world.send(*words, queue, False), "RoundClosed")[0]
        # Lots that somebody bought back, or sold to the maker, are somebody else's by now.
        assert WAD - closed.taken_wad <= WAD // 100
        world.check_books()


def test_round__a_crowd_and_large_trades_between_its_calls__ends_as_without(deployed):
    """Nothing that anybody does after a round began can change whom it has to name."""
    gains = []
    for meddling in (False, True):
        with untouched(deployed) as world:
            at = (of("victim"), world.market)
            world.send("keeper", "Deleverager", "open_round", *at, False)
            others = world.holders(-1)
            chunks = []
            for step in ("enlist", "rank", "take"):
                if meddling:
                    dust(world, f"crowd {step}", "0.3")  # a third of the open interest
                    world.send("stranger", "Deleverager", "open_round", *at, False)
                    world.next_block()
                if step == "enlist":
                    found = world.enlist(of("victim"), others, chunk=1)
                    chunks = [[one] for one in found]
                    continue
                for chunk in chunks:
                    world.send("keeper", "Deleverager", step, *at, chunk)
            assert world.size(of("victim")) == 0
            gains.append([world.purse_wad(role) for role in ("attacker", "honest")])
            world.check_books()
    assert gains[0] == gains[1]


def short_of_payers() -> AttackWorld:
    """A bankrupt long whose counterparties cannot pay for all of it; the first round is over."""
    world = AttackWorld()
    for role, quote in (("victim", 1_300), ("bear", 300), ("other", 3_000)):
        world.fund(role, quote)
    world.order("victim", "1", "60000")
    world.order("bear", "-0.4", "60000", kind=OrderKind.IOC)
    world.order("maker", "-0.6", "60000", kind=OrderKind.IOC)
    world.index("50000")
    world.order("other", "-0.6", "50000")
    world.order("maker", "0.6", "50000", kind=OrderKind.IOC)
    (first,) = named(world.deleverage(of("victim")), "RoundClosed")
    assert first.short_wad == world.size(of("victim")) > 0
    return world


def test_open_round__a_stranger_s_at_mark__leaves_the_keeper_s_its_size():
    """Audit p28: opening a round at mark used up the size that the first round left for it."""
    world = short_of_payers()
    at = (of("victim"), world.market)
    queue = world.sorted_candidates(of("victim"), at_mark=True)
    for _ in range(3):
        world.send("stranger", "Deleverager", "open_round", *at, True)
    left_wad = world.size(of("victim"))
    (second,) = named(
        world.send("keeper", "Deleverager", "deleverage", *at, queue, True), "RoundClosed"
    )
    assert (second.taken_wad, world.size(of("victim"))) == (left_wad, 0)
    world.check_books()


def test_open_round__two_at_mark_at_a_time__close_the_size_once():
    """Both have the whole size as their budget; what one takes the other finds gone."""
    world = short_of_payers()
    at = (of("victim"), world.market)
    world.send("keeper", "Deleverager", "open_round", *at, True)
    others = {one for one in world.everybody if world.read("Clearinghouse", "round_start", one, 1)}
    chunks = world.rank_in_chunks(of("victim"), sorted(others), chunk=32)
    world.deleverage(of("victim"), at_mark=True, role="stranger")
    assert world.read("Deleverager", "shortfalls", *at).size_wad == 0
    for chunk in chunks:
        events = world.send("keeper", "Deleverager", "take", *at, chunk)
        assert not named(events, "CounterpartyDeleveraged")
    world.check_books()
