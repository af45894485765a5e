from __future__ import annotations

import pandas as pd
import pytest

from sim.metrics.funding import COLUMNS, funding_history, funding_paid, funding_so_far
from sim.units import WAD

BLOCKS = pd.DataFrame({"block": [1, 2, 3, 4], "time_s": [100, 200, 300, 400]})
NAMES = {1: "BTC-USD", 2: "ETH-USD"}


def poked(block: int, market: int, rate_bps: float, phi: float) -> dict[str, object]:
    """A row of events.parquet: a poke at an index of 50 with a premium of 2 bp."""
    return {
        "block": block,
        "contract": "MarkPrice",
        "event": "MarketPoked",
        "arg_market": str(market),
        "arg_index_wad": str(50 * WAD),
        "arg_premium_wad": str(2 * WAD // 10_000),
        "arg_funding_rate_wad": str(int(rate_bps * WAD / 10_000)),
        "arg_funding_index_wad": str(int(phi * WAD)),
    }


def test_funding_history__five_pokes__is_one_row_a_stretch_of_one_rate():
    events = pd.DataFrame(
        [
            poked(1, 1, 1.0, 0.5),
            poked(1, 2, 1.0, 0.25),
            poked(2, 1, 1.0, 1.5),
            poked(3, 1, -3.0, 1.75),
            poked(4, 1, -3.0, 1.0),
        ]
    )
    rows = funding_history(events, BLOCKS, NAMES)
    assert list(rows.columns) == COLUMNS
    assert rows[["market", "from_s", "until_s"]].values.tolist() == [
        ["BTC-USD", 100, 200],
        ["BTC-USD", 300, 400],
        ["ETH-USD", 100, 100],
    ]
    assert rows["rate_bps"].tolist() == pytest.approx([1, -3, 1])
    assert rows["accrued_per_base"].tolist() == pytest.approx([1.5, -0.5, 0.25])
    assert rows["premium_bps"].tolist() == pytest.approx([2, 2, 2])


def test_funding_history__no_pokes__is_empty():
    events = pd.DataFrame({"block": [1], "contract": ["Clearinghouse"], "event": ["CashMoved"]})
    assert funding_history(events, BLOCKS, NAMES).empty


SETTLED = [
    # event, block, account, market, size left, funding charged, loss spread per base
    ("PositionChanged", 1, "7", 1, 2, 0, None),
    ("FundingSettled", 2, "7", 1, None, 3, None),
    ("LossSocialised", 2, "9", 1, None, None, 5),
    ("PositionChanged", 3, "7", 1, -1, 11, None),
    ("PositionChanged", 4, "7", 2, 1, -4, None),
]


def settled() -> pd.DataFrame:
    keys = ["event", "block", "account", "market", "size_wad", "funding_wad", "per_base_wad"]
    rows = pd.DataFrame(SETTLED, columns=keys).astype(object)
    rows = rows.where(rows.notna(), None)
    for name in ("size_wad", "funding_wad", "per_base_wad"):
        rows[name] = rows[name].map(lambda one: None if one is None else str(one * WAD))
    rows["market"] = rows["market"].map(str)
    told = rows.rename(columns={key: f"arg_{key}" for key in keys[2:]})
    return told.assign(contract="Clearinghouse", log=range(len(told)))


def test_funding_paid__five_events__counts_payers_once_and_no_loss_that_was_spread():
    assert funding_paid(settled()) == pytest.approx(4)


def test_funding_so_far__five_events__is_one_markets_by_block():
    assert funding_so_far(settled(), BLOCKS, 1)["paid"].tolist() == pytest.approx([0, 3, 4, 4])
    assert funding_so_far(settled(), BLOCKS, 2)["paid"].tolist() == [0, 0, 0, 0]
