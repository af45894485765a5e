"""Liquidations of accounts that were healthy at the true price: what a false price destroyed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from sim.metrics.frames import events_named, exact
from sim.units import WAD

COLUMNS = ["block", "account", "market", "notional", "equity_at_true", "maintenance_at_true"]
_Sizes = dict[str, dict[int, int]]


def false_liquidations(
    events: pd.DataFrame, markets: pd.DataFrame, market_names: Mapping[int, str]
) -> pd.DataFrame:
    """One row a liquidation of somebody healthy at the true prices of its block, in quote.

    Equity at true prices is the equity the liquidator judged, moved by size * (true - mark) in
    every market held; maintenance is scaled with the price of the market liquidated.
    """
    prices = _prices(markets)
    held: _Sizes = {}
    before: tuple[tuple[int, int], _Sizes] = ((0, 0), {})
    found = []
    for row in _rows(events):
        key = row["block"], row["tx"]
        if key != before[0]:
            before = key, {}
        account, market = str(row["account"]), int(row["market"])
        sizes = held.setdefault(account, {})
        if row["event"] == "PositionChanged":
            before[1].setdefault(account, dict(sizes))
            sizes[market] = int(row["size_wad"])
            continue
        sizes = before[1].get(account, sizes)
        block = int(row["block"])
        gain = sum(
            size * (prices[block, market_names[one]][0] - prices[block, market_names[one]][1])
            for one, size in sizes.items()
        )
        true_wad, mark_wad = prices[block, market_names[market]]
        equity = (int(row["equity_before_wad"]) + gain // WAD) / WAD
        maintenance = int(row["maintenance_before_wad"]) / WAD * true_wad / mark_wad
        if equity >= maintenance:
            notional = int(row["notional_wad"]) / WAD
            found.append([block, account, market_names[market], notional, equity, maintenance])
    return pd.DataFrame(found, columns=COLUMNS)


def _prices(markets: pd.DataFrame) -> dict[tuple[int, str], tuple[int, int]]:
    """True price and mark of each market in each block."""
    columns = exact(markets["true_wad"]), exact(markets["mark_wad"])
    keys = zip(markets["block"], markets["market"], strict=True)
    return dict(zip(keys, zip(*columns, strict=True), strict=True))


def _rows(events: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Position changes and liquidations, in order."""
    names = ("account", "market", "size_wad")
    changes = events_named(events, "Clearinghouse", "PositionChanged")
    strikes = events_named(events, "Liquidator", "AccountLiquidated")
    if strikes.empty:
        return []
    judged = ("account", "market", "notional_wad", "equity_before_wad", "maintenance_before_wad")
    head = ["block", "tx", "log", "event"]
    both = pd.concat([changes[[*head, *names]], strikes[[*head, *judged]]])
    return both.sort_values(["block", "log"]).to_dict("records")
