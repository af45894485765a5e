from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim.metrics.fees import crowding, gas_costs
from sim.metrics.summary import summarise
from sim.records.folder import read_run
from tests.sim.engine_runs import Kept, calm, run
from tests.sim.made_run import made_run

TRANSACTIONS = pd.DataFrame(
    {
        "agent": ["keeper", "keeper", "maker", "maker", "feed"],
        "ok": [True, False, True, True, True],
        "fee_wei": [str(10**16), str(3 * 10**16), str(10**15), "0", "0"],
    }
)
BLOCKS = pd.DataFrame(
    {"base_fee_wei": [10**9, 3 * 10**9], "waiting": [4, 2], "dropped": [0, 3]},
)


def test_gas_costs__five_rows__sums_each_agent_and_what_it_wasted() -> None:
    table = gas_costs(TRANSACTIONS, {"keeper": "liquidation_keeper"})
    assert table["agent"].tolist() == ["keeper", "maker", "feed"]
    assert table["kind"].tolist() == ["liquidation_keeper", "maker", "feed"]
    assert table["txs"].tolist() == [2, 2, 1]
    assert table["fees"].tolist() == pytest.approx([0.04, 0.001, 0])
    assert table["wasted"].tolist() == pytest.approx([0.03, 0, 0])


def test_crowding__two_blocks__takes_the_worst_and_the_sums() -> None:
    assert crowding(BLOCKS, TRANSACTIONS) == {
        "gas_fees": pytest.approx(0.041),
        "base_fee_gwei_max": 3.0,
        "waiting_max": 4,
        "dropped": 3,
    }


def test_summarise__made_run__has_its_fees(tmp_path: Path) -> None:
    summary = summarise(read_run(made_run(tmp_path / "run")))
    assert summary["gas_fees"] == pytest.approx(5 * 12e-18)
    assert summary["waiting_max"] == 4


def crowded(tip: str) -> Kept:
    """Little more than one batch of quotes fits into a block beside what reporters push."""
    ordering = "ordering={kind: priority_fee, gas_limit: 1300000, max_age_blocks: 3}"
    kept, result = run(calm(ordering, f"agents.0.priority_fee_gwei={tip}", blocks=20))
    assert result.violations == ()
    return kept


def test_run__blocks_too_small_for_everybody__fills_them_and_lets_the_rest_wait() -> None:
    kept = crowded("0")
    assert max(block.gas_reckoned for block in kept.blocks) <= 1_300_000
    assert max(block.waiting for block in kept.blocks) > 0
    assert sum(block.dropped for block in kept.blocks) > 0
    fees = [block.base_fee_wei for block in kept.blocks]
    assert max(fees) > fees[0]
    assert all(tx.fee_wei > 0 for tx in kept.txs if tx.agent.startswith("noise"))
    assert all(tx.fee_wei == 0 for tx in kept.txs if tx.action == "PushPrice")


def test_run__maker_that_tips__gets_more_places_than_one_that_does_not() -> None:
    def places(kept: Kept) -> int:
        return sum(tx.agent.startswith("maker_btc") for tx in kept.txs)

    assert places(crowded("5")) > places(crowded("0"))
