"""Scenarios on two trees of contracts: the same tree is the same, a changed one is noticed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from sim.audit.patched import Play
from sim.metrics.harm import Harm
from sim.places import CONTRACTS, ROOT
from tests.sim.test_cli_commands import assert_refused, run

FEE = "fixed_point._bps_up(notional_wad, c.risk.taker_fee_bps)"


def test_patch__fee_doubled__changes_honest_traffic_and_is_named_by_block(tmp_path: Path):
    shutil.copytree(CONTRACTS, tmp_path / "new" / "contracts")
    house = tmp_path / "new" / "contracts" / "core" / "Clearinghouse.vy"
    text = house.read_text()
    assert text.count(FEE) == 1
    house.write_text(text.replace(FEE, FEE.replace("c.risk", "2 * c.risk")))
    table = tmp_path / "rows.json"
    status, _, _ = run(
        *("audit", "patch", ROOT, tmp_path / "new", "--scenario", "calm", "--blocks", 8),
        *("--json", table),
    )
    (row,) = json.loads(table.read_text())
    assert status == 0
    assert row["verdict"].startswith("honest traffic changes from block ")
    assert row["others_new"] > row["others_old"] > 0


def harm_of(attacker_pnl: float) -> Harm:
    return Harm(
        attacker_pnl=attacker_pnl,
        others_deposited=0.0,
        others_loss=0.0,
        pool_loss=0.0,
        bad_debt=0.0,
        liquidated=0.0,
        false_liquidations=0.0,
    )


@pytest.mark.parametrize(
    ("old", "new", "parted_at", "violations", "verdict"),
    [
        (5.0, -1.0, 3, (0, 0), "STOPPED: no longer pays"),
        (-1.0, 5.0, 3, (0, 0), "OPENED: now pays"),
        (5.0, 4.0, 3, (0, 0), "still pays"),
        (-5.0, -4.0, 3, (0, 0), "still does not pay"),
        (5.0, 5.0, None, (0, 0), "the same, event for event"),
        (5.0, -1.0, 3, (0, 2), "BREAKS INVARIANTS"),
    ],
)
def test_verdict__attack__is_by_what_it_earns(
    old: float, new: float, parted_at: Any, violations: tuple[int, int], verdict: str
):
    play = Play(
        scenario="an attack",
        is_attack=True,
        old=harm_of(old),
        new=harm_of(new),
        parted_at=parted_at,
        reverts=(0, 0),
        violations=violations,
    )
    assert play.verdict == verdict


def test_patch__tree_without_contracts__is_one_sentence(tmp_path: Path):
    assert_refused(run("audit", "patch", ROOT, tmp_path), "holds no contracts/ with Vyper sources")
