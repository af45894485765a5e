"""Scores, claims and costs on small tables made by hand; no chain."""

from __future__ import annotations

from math import isclose

import pytest

from sim.experiments.oracle.claims import judge
from sim.experiments.oracle.designs import METHODS, TAKER_BPS
from sim.experiments.oracle.episode import Episode, Moment
from sim.experiments.oracle.fault_catalogue import FAULTS, fault_line
from sim.experiments.oracle.population import Trader, is_beyond, judged_at, notional, traders
from sim.experiments.oracle.price_path import BLOCK_S, simulated
from sim.experiments.oracle.score import (
    VENUE_RESERVE,
    alarms,
    errors,
    impact_cost,
    liquidations,
    manipulation,
    status_times,
)
from sim.experiments.oracle.testbed import SETUP_SEQ
from sim.reference.margin import Price
from sim.types import Status
from sim.units import wad
from tests.sim.oracle_lab_runs import made_row

HUNDRED = wad(100)


def moment(place: int, truth: int = 100, *, at_fault: bool = False, spread: int = 1) -> Moment:
    return Moment(
        now_s=1_000 + BLOCK_S * place,
        truth_wad=wad(truth),
        honest_low_wad=wad(truth - spread),
        honest_high_wad=wad(truth + spread),
        at_fault=at_fault,
        displaced=at_fault,
        multiples=(1.21,) if at_fault else (),
    )


def price(mark: int, status: Status = Status.OK, **more: int) -> Price:
    return Price(mark_wad=wad(mark), index_wad=wad(mark), status=status, **more)


def episode(moments: tuple[Moment, ...], shown: tuple[Price, ...]) -> Episode:
    return Episode(
        fault="jump",
        corrupted=1,
        path=simulated(3, 12, 1),
        moments=moments,
        shown={"MEAN": shown},
    )


def test_errors__five_blocks__are_measured_in_bp_of_the_truth():
    moments = tuple(moment(place) for place in range(5))
    shown = (price(100), price(101), price(99), price(100), price(150, Status.HALTED))
    row = errors(moments, shown)
    assert row["index_error_bps_median"] == 100
    assert row["index_error_bps_max"] == row["mark_error_bps_max"] == 5_000
    assert row["good_index_error_bps_max"] == 100


def test_status_times__five_blocks__count_each_status():
    shown = (price(1), price(1, Status.THIN), price(1), price(1, Status.HALTED), price(1))
    row = status_times(shown, 12)
    assert (row["ok_s"], row["thin_s"], row["halted_s"], row["dead_s"]) == (36, 12, 12, 0)


def test_alarms__silent_then_halted__counts_what_was_missed_and_what_was_told():
    moments = tuple(moment(place, at_fault=place in (1, 2, 3)) for place in range(20))
    shown = [price(100)] * 20
    shown[0] = price(100, Status.HALTED)  # before the fault
    shown[1] = price(110)  # wrong and silent
    shown[2] = price(110, Status.HALTED)
    shown[19] = price(100, Status.STALE)  # 192 s after it
    row = alarms(episode(moments, tuple(shown)), tuple(shown))
    assert row["fault_s"] == 36
    assert row["missed_alarm_s"] == BLOCK_S
    assert row["alarm_s"] == BLOCK_S
    assert row["false_alarm_s"] == 2 * BLOCK_S
    assert row["outside_honest_bps_max"] == 900


@pytest.mark.parametrize(
    ("status", "later", "size", "expected"),
    [
        (Status.OK, 0, 1, 100),
        (Status.OK, 2_000, 1, None),
        (Status.THIN, 0, -1, 100),
        (Status.DISPUTED, 0, 1, 120),
        (Status.DISPUTED, 0, -1, 90),
        (Status.STALE, 0, 1, 120),
        (Status.HALTED, 0, 1, 100),
        (Status.HALTED, 1_001, 1, None),
        (Status.DEAD, 0, 1, None),
    ],
)
def test_judged_at__each_status__follows_the_table(status, later, size, expected):
    seen = price(100, status, low_wad=wad(90), high_wad=wad(120), liquidations_from=later)
    found = judged_at(seen, 1_000, size)
    assert found == (None if expected is None else wad(expected))


def test_is_beyond__liquidation_price__is_not_beyond_itself():
    assert not is_beyond(HUNDRED, HUNDRED, 1)
    assert not is_beyond(HUNDRED, HUNDRED, -1)
    assert is_beyond(HUNDRED - 1, HUNDRED, 1)
    assert is_beyond(HUNDRED + 1, HUNDRED, -1)


def test_liquidations__mark_dips_the_truth_does_not__is_false():
    group = (Trader(owner="0x1", leverage=50, size_wad=wad(3)),)
    moments = tuple(moment(place) for place in range(4))
    row = liquidations(moments, (price(100), price(90), price(100), price(100)), group, (wad(95),))
    assert row["false_liquidation_notional"] == row["population_notional"] == 300
    assert row["missed_liquidation_notional"] == 0


def test_liquidations__truth_dips_for_long_the_mark_does_not__is_missed():
    group = (Trader(owner="0x1", leverage=50, size_wad=wad(3)),)
    moments = tuple(moment(place, 90) for place in range(8))
    spared = liquidations(moments, (price(100),) * 8, group, (wad(95),))
    assert spared["missed_liquidation_notional"] == notional(wad(3), wad(90))
    assert spared["false_liquidation_notional"] == 0
    short = liquidations(moments[:4], (price(100),) * 4, group, (wad(95),))
    assert short["missed_liquidation_notional"] == 0  # a minute's delay is no miss


def test_liquidations__truth_came_back_a_moment_ago__is_late_and_not_false():
    group = (Trader(owner="0x1", leverage=50, size_wad=wad(3)),)
    moments = (moment(0, 90), moment(1, 100))
    row = liquidations(moments, (price(100), price(90)), group, (wad(95),))
    assert row["liquidatable_notional"] > 0
    assert row["false_liquidation_notional"] == 0


def test_impact_cost__closed_forms__hold():
    assert impact_cost(1) == 0
    assert isclose(impact_cost(4), VENUE_RESERVE * 0.5)
    assert isclose(impact_cost(1.2) / VENUE_RESERVE, 0.00832, rel_tol=1e-2)
    assert isclose(impact_cost(4), impact_cost(0.25))


def test_manipulation__mark_follows_the_push__pays_less_fees_and_a_block_of_cost():
    moments = tuple(moment(place, at_fault=place > 0) for place in range(4))
    base = (price(100),) * 4
    row = manipulation(episode(moments, base), (price(100), price(110), *base[2:]), base)
    assert row["attacker_cost"] == round(impact_cost(1.21), 2)
    assert row["attacker_profit"] == 50_000_000 * (1_000 - 2 * TAKER_BPS) / 10_000


def test_manipulation__displaced_but_halted__brings_nothing():
    moments = tuple(moment(place, at_fault=True) for place in range(3))
    base = (price(100),) * 3
    shown = (price(150, Status.HALTED),) * 3
    row = manipulation(episode(moments, base), shown, base)
    assert row["attacker_profit"] == 0
    assert row["attacker_cost"] > 0


@pytest.mark.parametrize(
    "broken",
    [
        made_row(outside_honest_bps_max=0.1),
        made_row(fault="floor_price", corrupted=5, halted_s=0),
        made_row(fault="floor_price", corrupted=5, halted_s=12, missed_alarm_s=12),
        made_row(fault="outage", corrupted=2, ok_s=88, stale_s=12),
        made_row(method="MEAN", good_index_error_bps_max=900.0),
        made_row(method="SINGLE", good_index_error_bps_max=900.0),
        made_row(table="attacks", push_bps=50, attacker_cost=1.0, attacker_profit=2.0),
        made_row(
            table="marks", mark_method="MEDIAN3", long_liquidatable=True, short_liquidatable=False
        ),
        made_row(
            table="marks",
            mark_method="LAST_TRADE",
            long_liquidatable=True,
            short_liquidatable=False,
        ),
    ],
)
def test_judge__a_row_that_breaks_a_promise__is_found(broken):
    claims = judge([broken])
    assert any(not claim.holds for claim in claims)


def test_judge__rows_that_keep_every_promise__hold():
    rows = [
        made_row(),
        made_row(corrupted=3, outside_honest_bps_max=500.0),  # a majority may
        made_row(fault="floor_price", corrupted=5, halted_s=12),
        made_row(fault="outage", corrupted=2),
        made_row(fault="outage", corrupted=3, ok_s=0, stale_s=100),
        made_row(method="MEAN", good_index_error_bps_max=9_000.0),
    ]
    claims = judge(rows)
    assert len(claims) == 4
    assert all(claim.holds for claim in claims)


def test_traders__one_seed__are_fixed_and_both_ways_at_each_leverage():
    group = traders(7)
    assert group == traders(7)
    assert group != traders(8)
    assert {one.leverage for one in group} == {5, 10, 20, 25, 40, 50, 75, 100}
    assert sum(one.size_wad > 0 for one in group) == len(group) / 2


def test_story__faults_and_warm_up__do_not_touch():
    told = simulated(5, 24, 3)
    line = fault_line(told, 5, "jump", FAULTS["jump"].effect)
    for now_s, pushes in zip(told.times_s[: told.warm], told.pushes, strict=False):
        assert line.send(pushes, now_s) == list(pushes)
    assert told.fault_s[0] > told.times_s[told.warm - 1]
    assert told.blocks == 24
    assert len(set(METHODS)) == 7
    assert SETUP_SEQ > 0
