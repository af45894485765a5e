"""Designs under faults on the real contracts: what the default promises, what the others lose."""

from __future__ import annotations

import pytest

from sim.experiments.oracle.claims import judge
from sim.experiments.oracle.episode import honest, play
from sim.experiments.oracle.fault_catalogue import FAULTS, FLOOR
from tests.sim.oracle_lab_runs import BLOCKS, NAMES, faulty, path, pick, shared_testbed

HARD = ("jump", "wrong_decimals", "collusion")
TOTAL_S = 12 * BLOCKS
STATUSES = ("ok_s", "thin_s", "disputed_s", "halted_s", "stale_s", "dead_s")


@pytest.mark.parametrize("fault", HARD)
@pytest.mark.parametrize("corrupted", [1, 2])
def test_default__fewer_than_half_without_limit__stays_inside_the_honest(fault, corrupted):
    row = pick(fault, "WEIGHTED_MEDIAN", corrupted)
    assert row["outside_honest_bps_max"] == 0
    assert row["good_index_error_bps_max"] < 25
    assert row["attacker_profit"] == 0
    assert row["false_liquidation_notional"] == 0


@pytest.mark.parametrize("method", ["SINGLE", "MEAN"])
def test_naive__one_feed_times_a_thousand__is_lost(method):
    row = pick("jump", method, 1)
    assert row["good_index_error_bps_max"] > 10_000
    assert row["ok_s"] == TOTAL_S
    assert row["false_liquidation_notional"] > 0
    assert row["attacker_profit"] > row["attacker_cost"]


def test_default__majority_times_a_thousand__halts_and_is_not_served():
    row = pick("jump", "WEIGHTED_MEDIAN", 3)
    assert row["halted_s"] > 0
    assert row["missed_alarm_s"] == 0
    assert row["good_index_error_bps_max"] < 25


def test_default__majority_agrees_on_four_percent__is_lost_and_the_table_says_so():
    row = pick("collusion", "WEIGHTED_MEDIAN", 3)
    assert row["good_index_error_bps_max"] > 350
    assert row["missed_alarm_s"] > 0
    assert row["attacker_profit"] > row["attacker_cost"] > 0


@pytest.mark.parametrize("corrupted", range(1, 6))
def test_default__feeds_stuck_at_a_floor__halts_instead_of_serving_it(corrupted):
    row = pick(FLOOR, "WEIGHTED_MEDIAN", corrupted)
    assert row["halted_s"] > 0
    assert row["missed_alarm_s"] == 0
    assert pick(FLOOR, "SINGLE", corrupted)["missed_alarm_s"] > 0


def test_default__two_outages_of_five__stays_ok_inside_the_rest():
    row = pick("outage", "WEIGHTED_MEDIAN", 2)
    assert row["ok_s"] == TOTAL_S
    assert row["outside_honest_bps_max"] == 0


def test_default__three_outages_of_five__goes_stale_and_comes_back():
    row = pick("outage", "WEIGHTED_MEDIAN", 3)
    assert 0 < row["stale_s"] < TOTAL_S - row["ok_s"] + 1
    assert row["missed_liquidation_notional"] > 0
    assert row["false_liquidation_notional"] == 0


def test_twap__pool_pushed_a_thousandfold__is_carried_along():
    assert pick("jump", "TWAP", 1)["good_index_error_bps_max"] > 10_000
    assert pick("jump", "TWAP", 0)["good_index_error_bps_max"] < 300


@pytest.mark.parametrize("fault", [*HARD, FLOOR, "outage"])
def test_fault_rows__any__times_fill_the_episode_and_faults_come_from_none_to_all(fault):
    rows = faulty(fault)
    assert {(row["method"], row["corrupted"]) for row in rows} == {
        (name, corrupted) for name in NAMES for corrupted in range(6)
    }
    for row in rows:
        assert sum(row[key] for key in STATUSES) == TOTAL_S


def test_fault_rows__no_feed_corrupted__is_the_same_under_every_fault():
    jump, collusion = (pick(fault, "MEAN", 0) for fault in ("jump", "collusion"))
    assert {**jump, "fault": ""} == {**collusion, "fault": ""}
    assert jump["attacker_cost"] == jump["alarm_s"] == jump["missed_alarm_s"] == 0


@pytest.mark.parametrize("feeds", [3, 4, 8])
def test_claims__other_numbers_of_feeds__hold(feeds):
    assert all(claim.holds for claim in judge(faulty("jump", feeds=feeds)))


def test_play__twice_from_one_bench__is_the_same_and_leaves_no_trace():
    calm = path()
    first = honest(shared_testbed(), calm)
    bad = play(shared_testbed(), calm, "jump", 2, FAULTS["jump"].effect)
    again = honest(shared_testbed(), calm)
    assert first == again
    assert bad.shown != first.shown
    assert bad.moments[0].now_s == first.moments[0].now_s
