"""The shipped cascade: every rung of the ladder, in a run of agents, with nothing broken."""

from __future__ import annotations

import numpy as np
import pytest

from sim.engine import RunResult, Simulation
from sim.scenario import load_scenario
from sim.units import to_float
from tests.sim.engine_runs import Kept, run, simulation_of

RUNGS = {0: "book", 1: "takeover", 2: "backstop"}


@pytest.fixture(scope="module")
def cascade() -> tuple[Kept, RunResult]:
    scenario = load_scenario("cascade")
    return run(scenario, scenario.seed)


def first_blocks(kept: Kept) -> dict[str, int]:
    """The first block of every rung."""
    found: dict[str, int] = {}
    for one in kept.logs:
        rung = one.event
        if one.event == "AccountLiquidated":
            rung = RUNGS[one.values.rung]
            if one.values.rung == 0:
                rung += ", a part" if one.values.maintenance_after_wad else ", whole"
        elif one.event == "RoundOpened":
            rung = "at mark" if one.values.at_mark else "deleveraging"
        found.setdefault(rung, one.block)
    return found


def test_cascade__goes_down_every_rung_in_order(cascade: tuple[Kept, RunResult]) -> None:
    kept, _ = cascade
    seen = first_blocks(kept)
    ladder = ["book, a part", "backstop", "deleveraging", "at mark", "LossSocialised"]
    blocks = [seen[rung] for rung in ladder]
    assert blocks == sorted(blocks)
    # Keepers take over what is not failing yet, the pool what is: of other accounts, in one crash.
    assert seen["book, whole"] < seen["takeover"] < seen["deleveraging"]
    assert seen["backstop"] <= seen["LadderExhausted"] < seen["deleveraging"]
    assert seen["backstop"] < seen["WithdrawRequested"]  # stakers run after the first loss


def test_cascade__breaks_nothing_and_leaves_nobody_owing(
    cascade: tuple[Kept, RunResult],
) -> None:
    kept, result = cascade
    assert result.violations == ()
    assert {one.conservation_error_wad for one in kept.blocks} == {0}
    # What nobody could pay waits in the pool's account for it until the pool has income.
    written_off_wad = sum(one.values.debt_wad for one in kept.logs if one.event == "DebtLeft")
    last = [row for row in kept.held if row.block == len(kept.blocks)]
    owing = [row for row in last if row.equity_wad < 0]
    assert {row.kind for row in owing} <= {"deficit"}
    assert -sum(row.equity_wad for row in owing) <= written_off_wad


def test_cascade__keepers_and_the_last_keeper__did_what_was_done(
    cascade: tuple[Kept, RunResult],
) -> None:
    kept, _ = cascade
    done = {(one.agent.rpartition("_")[0], one.action) for one in kept.txs if one.ok}
    assert {
        ("keeper", "Liquidate"),
        ("slow_keeper", "Liquidate"),
        ("taker_over", "TakeOver"),
        ("taker_over", "PlaceOrder"),
        ("last_keeper", "Deleverage"),
        ("staker", "PoolRequestRedeem"),
    } <= done


def test_cascade__again__has_the_same_digest(cascade: tuple[Kept, RunResult]) -> None:
    scenario = load_scenario("cascade")
    assert run(scenario, scenario.seed)[1].digest == cascade[1].digest


def test_cascade__gas_too_dear__nobody_comes_for_anybody() -> None:
    scenario = load_scenario("cascade", ["gas.price_gwei=1_000"])
    kept = Kept()
    simulation = simulation_of(scenario, scenario.seed, "revm", kept)
    simulation.set_up()
    for block in range(1, 91):  # of which the last dozen would see liquidations
        simulation.step(block)
    assert simulation.run_recorder.violations == []
    assert "AccountLiquidated" not in {one.event for one in kept.logs}
    table = simulation.mirror.screen.table(*prices(simulation))
    assert (table.equity < table.maintenance).sum() > 3


def prices(simulation: Simulation) -> tuple[np.ndarray, np.ndarray]:
    """Marks and funding indexes as last poked."""
    markets = simulation.mirror.markets.values()
    return (
        np.array([to_float(one.mark_wad) for one in markets]),
        np.array([to_float(one.funding_index_wad) for one in markets]),
    )
