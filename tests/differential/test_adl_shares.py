"""Ranking and sharing alone, on random populations, against the reference; and their properties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.reference.adl import Counterparty, Policy, Terms, able, key, ranked, shares
from sim.units import WAD, wad
from tests.support.contracts import lone

LAST = -(2**255)
LOTS = (wad("0.0001"), wad("0.001"), WAD, 25 * WAD, wad("0.3"))


class Harness:
    """Asks the contracts' arithmetic."""

    def __init__(self) -> None:
        self._harness = lone("AdlHarness")

    def ask(self, method: str, *arguments: Any) -> Any:
        return self._harness.read(method, *arguments)

    def candidates(self, others: Sequence[Counterparty], terms: Terms) -> dict[int, Any]:
        words = [
            (one.account, one.size_wad, one.quote_wad, one.profit_wad, one.equity_wad)
            for one in others
        ]
        found = self.ask(
            "rank", terms.policy, terms.mark_wad, terms.adverse_wad, terms.lot_wad, words
        )
        return {one.account: one for one in found}

    def shares(self, others: Sequence[Counterparty], terms: Terms) -> dict[int, int]:
        """Each one's share, sorted by the contract's own keys."""
        found = sorted(
            self.candidates(others, terms).values(), key=lambda one: (-one.key_wad, one.account)
        )
        given_wad = self.ask("share_out", terms.policy, terms.budget_wad, terms.lot_wad, found)
        return {one.account: share for one, share in zip(found, given_wad, strict=True)}


@pytest.fixture(scope="module")
def harness() -> Harness:
    return Harness()


policies = st.sampled_from(list(Policy))
money = st.one_of(st.integers(-(10**24), 10**24), st.integers(-(10**7), 10**7))


@st.composite
def rounds(draw: st.DrawFn) -> tuple[list[Counterparty], Terms]:
    """Some counterparties and what is to be closed against them."""
    lot_wad = draw(st.sampled_from(LOTS))
    count = draw(st.integers(1, 12))
    others = [
        Counterparty(
            account=account,
            size_wad=lot_wad * draw(st.integers(1, 10**6)),
            quote_wad=draw(money),
            profit_wad=draw(money),
            equity_wad=draw(money),
        )
        for account in draw(st.lists(st.integers(1, 2**200), min_size=count, max_size=count))
    ]
    others = list({one.account: one for one in others}.values())
    terms = Terms(
        policy=draw(policies),
        budget_wad=lot_wad * draw(st.integers(1, 2 * 10**6)),
        mark_wad=draw(st.integers(10**10, 10**24)),
        adverse_wad=draw(st.one_of(st.just(0), st.integers(1, 10**22))),
        lot_wad=lot_wad,
    )
    return others, terms


@given(rounds())
def test_keys__any_population__are_the_references(harness, made):
    others, terms = made
    for account, found in harness.candidates(others, terms).items():
        (one,) = [each for each in others if each.account == account]
        expected = key(one, terms)
        assert found.key_wad == (LAST if expected is None else expected)
        assert found.able_wad == able(one, terms)


@given(rounds())
def test_shares__any_population__are_the_references_to_the_wei(harness, made):
    others, terms = made
    assert harness.shares(others, terms) == shares(others, terms)


@given(rounds())
def test_shares__any_population__sum_to_the_budget_and_respect_limits(harness, made):
    others, terms = made
    found = harness.shares(others, terms)
    limits = {one.account: able(one, terms) for one in others}
    assert sum(found.values()) == min(terms.budget_wad, sum(limits.values()))
    assert all(0 <= found[account] <= limits[account] for account in found)
    assert all(share % terms.lot_wad == 0 for share in found.values())


@given(rounds(), st.randoms(use_true_random=False))
def test_shares__listed_in_another_order__are_the_same(harness, made, chance):
    others, terms = made
    mixed = list(others)
    chance.shuffle(mixed)
    assert harness.shares(mixed, terms) == harness.shares(others, terms)


@given(rounds())
def test_shares__queue__nobody_gives_before_a_better_ranked_has_given_all(harness, made):
    others, terms = made
    terms = replace(terms, policy=Policy.QUEUE)
    found = harness.shares(others, terms)
    given_less = False
    for one in ranked(others, terms):
        assert not (given_less and found[one.account])
        given_less = given_less or found[one.account] < able(one, terms)


def solvent(others: Sequence[Counterparty]) -> list[Counterparty]:
    """The same with something left."""
    return [replace(one, equity_wad=abs(one.equity_wad) + 10**6) for one in others]


@given(rounds())
def test_shares__water_fill__nobody_is_more_leveraged_than_who_gave(harness, made):
    others, terms = solvent(made[0]), replace(made[1], policy=Policy.WATER_FILL, adverse_wad=0)
    found = harness.shares(others, terms)
    assume(any(found.values()))

    def leverage(one: Counterparty, rounding_wad: int) -> Fraction:
        return Fraction(one.size_wad - found[one.account] + rounding_wad, one.equity_wad)

    least = min(leverage(one, terms.lot_wad) for one in others if found[one.account])
    assert max(leverage(one, -terms.lot_wad) for one in others) <= least


@given(rounds(), st.integers(2, 5))
def test_shares__water_fill_and_an_account_split__give_the_same_together(harness, made, parts):
    others, terms = solvent(made[0]), replace(made[1], policy=Policy.WATER_FILL, adverse_wad=0)
    piece = others[0]
    whole = replace(piece, size_wad=piece.size_wad * parts, equity_wad=piece.equity_wad * parts)
    pieces = [replace(piece, account=2**201 + place) for place in range(parts)]
    one = harness.shares([whole, *others[1:]], terms)[whole.account]
    split = harness.shares([*pieces, *others[1:]], terms)
    together = sum(split[each.account] for each in pieces)
    assert abs(together - one) <= 2 * terms.lot_wad
