"""The waterfall's laboratory on a few cases: its rows against known answers, and its claims."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from sim.experiments.waterfall.case import Case, play
from sim.experiments.waterfall.claims import RUNGS, judge
from sim.experiments.waterfall.grid import Request, populated, run
from sim.experiments.waterfall.population import ENTRY_WAD, Trader, traders
from sim.experiments.waterfall.score import PAYERS, Row, row
from sim.experiments.waterfall.testbed import WaterfallTestbed
from sim.types.codes import AdlPolicy
from sim.units import WAD, to_float

LOT_WAD = WAD // 10_000
# Enough for each rung, and for a round of more counterparties than fit in one call.
GRID = Request(gaps_bps=(100, 2_000), losers=25)


@cache
def rows() -> tuple[Row, ...]:
    return tuple(run(GRID, lambda _: None))


def pick(**wanted: Any) -> Row:
    """The one row that has these words."""
    (found,) = [one for one in rows() if all(one[key] == value for key, value in wanted.items())]
    return found


@pytest.fixture
def testbed() -> Iterator[tuple[WaterfallTestbed, tuple[Trader, ...]]]:
    return populated(Request(losers=6, seed=3))


def test_run__every_book_pool_and_policy__every_claim_holds():
    claims = judge(rows())
    assert len(rows()) == 2 * 2 * 3 * 3
    assert [one for one in claims if not one.holds] == []
    assert any("every rung" in one.sentence for one in claims)
    assert all(sum(one[rung] for one in rows()) for rung in RUNGS)


def test_run__twice__gives_the_same_rows():
    request = Request(gaps_bps=(1_500,), losers=5, books=("thin",), pools=("none",))
    assert run(request, lambda _: None) == run(request, lambda _: None)


def test_run__another_seed_or_direction__another_story_and_every_claim_holds():
    small = {"gaps_bps": (2_500,), "losers": 8, "books": ("thin",), "pools": ("none", "small")}
    found = [
        run(Request(seed=seed, is_up=is_up, **small), lambda _: None)
        for seed, is_up in ((2, False), (3, False), (2, True))
    ]
    assert found[0] != found[1]
    assert {one["gap_percent"] for one in found[2]} == {25}
    assert all(claim.holds for each in found for claim in judge(each))


@pytest.mark.parametrize("policy", list(AdlPolicy))
def test_row__ample_pool__pays_exactly_what_margins_lack(policy: AdlPolicy):
    found = pick(gap_percent=-20, book="thin", pool="ample", policy=policy.name)
    assert found["counterparties"] == found["socialised"] == found["left"] == 0
    assert found["winners"] == pytest.approx(
        -(found["margin"] + found["insurance"] + found["keeper"] + found["makers"])
    )


@pytest.mark.parametrize("policy", list(AdlPolicy))
def test_row__no_pool__margin_is_the_same_and_others_pay_the_rest(policy: AdlPolicy):
    poor = pick(gap_percent=-20, book="thin", pool="none", policy=policy.name)
    rich = pick(gap_percent=-20, book="thin", pool="ample", policy=policy.name)
    assert poor["insurance"] == 0
    assert poor["counterparties"] < 0
    assert poor["socialised"] < 0
    # Who is liquidated loses all it has, whoever stands behind it; pay of keepers apart.
    assert poor["margin"] == pytest.approx(rich["margin"], rel=0.1)


def test_row__thick_book__takes_what_a_thin_one_leaves_to_keepers():
    thick = pick(gap_percent=-1, book="thick", pool="ample", policy="QUEUE")
    thin = pick(gap_percent=-1, book="thin", pool="ample", policy="QUEUE")
    assert thick["on_book"] > thin["on_book"]
    assert thin["taken_over"] > 0 == thick["taken_over"]


def test_row__written_out_by_hand__is_the_change_of_balances(testbed):
    made, group = testbed
    case = Case(gap_bps=-3_000, book="thin", pool="none", policy=AdlPolicy.QUEUE)
    episode = play(made, case, group)
    found = row(made, episode)
    for trader in group:
        moved_wad = episode.gapped_wad[trader.account] - episode.before_wad[trader.account]
        assert moved_wad == trader.size_wad * -ENTRY_WAD * 3 // 10 // WAD
    assert sum(found[party] for party in PAYERS) == pytest.approx(0, abs=1e-9)
    assert sum(episode.gapped_wad.values()) == sum(episode.before_wad.values())
    # The first four parties lost what the winners gained; the debt left is all that is below zero.
    below = -sum(min(0, one) for one in episode.after_wad.values())
    assert found["left"] == pytest.approx(-to_float(below))


def test_rewind__after_a_cell__everything_is_as_before(testbed):
    made, group = testbed
    before = made.equities(), made.ask("Clearinghouse", "pots"), made.block
    point = made.snapshot()
    play(made, Case(gap_bps=-5_000, book="thin", pool="small", policy=AdlPolicy.PRO_RATA), group)
    assert made.equities() != before[0]
    made.rewind(point)
    assert (made.equities(), made.ask("Clearinghouse", "pots"), made.block) == before


def test_traders__any_seed__are_four_winners_for_three_losers_and_margined():
    group = traders(9, 30, LOT_WAD, 1)
    assert sum(one.size_wad > 0 for one in group) == 30
    assert sum(one.size_wad < 0 for one in group) == 40
    assert group == traders(9, 30, LOT_WAD, 1) != traders(8, 30, LOT_WAD, 1)
    for one in group:
        notional = abs(one.size_wad) * 60_000 // WAD
        assert one.margin_raw(ENTRY_WAD) >= notional * 10**6 // one.leverage


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"error_wei": "1"}, "zero to the wei"),
        ({"errors_each_wei": "1"}, "zero to the wei"),
        ({"unexplained_wei": "1"}, "events alone"),
        ({"violations": ["INV-1: sizes"]}, "named invariant"),
        ({"kept_wei": str(10**12)}, "margin goes first"),
        ({"hasty": 1}, "gave all they could"),
        ({"unpaid": ["account 0x1"], "left": 0.0}, "withdrawable"),
        ({"pool": "ample", "rounds": 1}, "ample pool"),
    ],
)
def test_judge__one_row_wrong__breaks_the_claim_it_is_about(changes: dict[str, Any], sentence: str):
    sound = pick(gap_percent=-1, book="thin", pool="ample", policy="QUEUE")
    broken = [one for one in judge([sound, {**sound, **changes}]) if not one.holds]
    assert [sentence in one.sentence for one in broken] == [True]
    assert "-1 %, thin, pool ample, QUEUE" in broken[0].against[0]


def test_judge__grid_that_reaches_no_rung__says_so():
    idle = [{**one, "at_mark": 0} for one in rows()]
    (broken,) = [one for one in judge(idle) if not one.holds]
    assert broken.against == ("at_mark: never",)
