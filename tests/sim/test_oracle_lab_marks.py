"""Pushes by size, breaker steps, and marks under a swept book, on the real contracts."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from sim.experiments.oracle.alarms import STEPS_BPS, alarm_rows
from sim.experiments.oracle.attacks import PUSHES_BPS, STILL, attack_rows
from sim.experiments.oracle.marks import mark_rows
from sim.experiments.oracle.price_path import simulated
from tests.sim.oracle_lab_runs import NAMES, SEED, path, shared_testbed


@cache
def marks() -> dict[str, Any]:
    return {row["mark_method"]: row for row in mark_rows(simulated(3, 24, SEED, STILL), SEED)}


@pytest.mark.parametrize("method", ["MEDIAN3", "INDEX"])
def test_mark__book_swept__leaves_a_fresh_100x_position_alone(method: str):
    row = marks()[method]
    assert row["long_liquidatable"] is False
    assert row["short_liquidatable"] is False
    assert row["false_liquidation_notional"] == 0


@pytest.mark.parametrize("method", ["LAST_TRADE", "BOOK_MID"])
def test_mark__book_swept__naive_mark_makes_it_liquidatable(method: str):
    row = marks()[method]
    assert row["long_liquidatable"] is True
    assert row["short_liquidatable"] is True
    assert row["mark_error_bps_max"] > 200


def test_mark__book_swept__default_is_pushed_to_its_band_and_no_further():
    row = marks()["MEDIAN3"]
    assert 20 < row["mark_error_bps_max"] < 24 + row["index_error_bps_max"] + 1
    assert marks()["MEDIAN3"]["attacker_spent"] > 0


def test_attacks__fewer_than_half__pay_nothing_against_the_default_and_all_against_single():
    rows = attack_rows(shared_testbed(), simulated(5, 12, SEED, STILL))
    assert len(rows) == len(NAMES) * len(PUSHES_BPS) * 5
    few = [row for row in rows if row["corrupted"] in (1, 2)]
    for row in few:
        if row["method"] == "WEIGHTED_MEDIAN":
            assert row["attacker_profit"] == 0
            assert row["attacker_cost"] > 0
        elif row["method"] == "SINGLE":
            assert row["attacker_profit"] > row["attacker_cost"]
    best = [row for row in rows if row["method"] == "WEIGHTED_MEDIAN" and row["corrupted"] == 3]
    assert max(row["attacker_profit"] for row in best) > 0


def test_alarms__tighter_step__rings_more_and_misses_no_more():
    rows: list[Any] = alarm_rows(path(feeds=3, blocks=24), path(crashes=True, feeds=3, blocks=24))
    assert [row["step_bps"] for row in rows] == [*STEPS_BPS]
    tight, loose = rows[0], rows[-1]
    assert tight["false_alarm_s"] > loose["false_alarm_s"]
    assert tight["alarmed_windows"] > loose["alarmed_windows"] > 0
    assert all(row["alarmed_windows"] <= row["harmful_windows"] for row in rows)
    assert len({row["sound_s"] for row in rows}) == 1
