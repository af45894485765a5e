"""Who was healthy at the true price when the liquidator came, on tables with known answers."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from sim.metrics.false_liquidations import false_liquidations
from sim.units import WAD

NAMES = {1: "BTC-USD", 2: "ETH-USD"}


def event(block: int, log: int, name: str, **words: int) -> dict[str, Any]:
    """An event of account 7, amounts ending in _wad in whole units."""
    contract = "Liquidator" if name == "AccountLiquidated" else "Clearinghouse"
    told = {
        f"arg_{key}": str(value * WAD if key.endswith("_wad") else value)
        for key, value in {"account": 7, **words}.items()
    }
    head = {"block": block, "tx": 0, "log": log, "contract": contract, "event": name}
    return head | told


def markets(*rows: tuple[int, str, int, int]) -> pd.DataFrame:
    """Block, market, true price and mark."""
    return pd.DataFrame(
        {
            "block": [row[0] for row in rows],
            "market": [row[1] for row in rows],
            "true_wad": [str(row[2] * WAD) for row in rows],
            "mark_wad": [str(row[3] * WAD) for row in rows],
        }
    )


def struck(equity: int) -> list[dict[str, Any]]:
    """Two long at 100, sold down to one in block 2, where the liquidator saw that equity."""
    judged = {"notional_wad": 90, "equity_before_wad": equity, "maintenance_before_wad": 9}
    return [
        event(1, 0, "PositionChanged", market=1, size_wad=2),
        event(2, 0, "PositionChanged", market=1, size_wad=1),
        event(2, 1, "AccountLiquidated", market=1, **judged),
    ]


@pytest.mark.parametrize(
    ("true", "is_false"),
    # Equity 5 at a mark of 90, two held: at 93 it is 11 against 9.3, at 92 it is 9 against 9.2.
    [(90, False), (92, False), (93, True)],
)
def test_false_liquidations__by_the_true_price__counts_who_was_healthy(true: int, is_false: bool):
    prices = markets((1, "BTC-USD", 100, 100), (2, "BTC-USD", true, 90))
    found = false_liquidations(pd.DataFrame(struck(5)), prices, NAMES)
    assert found["notional"].tolist() == ([90.0] if is_false else [])


def test_false_liquidations__a_cross_account__counts_its_other_market_at_the_true_price_too():
    events = [event(1, 1, "PositionChanged", market=2, size_wad=-1), *struck(5)]
    prices = markets(
        (1, "BTC-USD", 100, 100),
        (1, "ETH-USD", 10, 10),
        (2, "BTC-USD", 90, 90),
        (2, "ETH-USD", 10, 20),
    )
    found = false_liquidations(pd.DataFrame(events), prices, NAMES)
    assert found["equity_at_true"].tolist() == [15.0]


def test_false_liquidations__nobody_liquidated__is_empty():
    prices = markets((1, "BTC-USD", 100, 100))
    assert false_liquidations(pd.DataFrame(struck(5)[:1]), prices, NAMES).empty
