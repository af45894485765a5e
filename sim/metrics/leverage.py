"""How levered those with open positions are: notional at mark over equity, where accounts are told.

A checkpoint tells equity; the size at it is what the account's last PositionChanged left.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sim.metrics.frames import events_named, exact, quote

EDGES = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, np.inf)
LABELS = ("to 1x", "1-2x", "2-5x", "5-10x", "10-20x", "20-50x", "50-100x", "above", "no equity")


def open_accounts(
    events: pd.DataFrame,
    accounts: pd.DataFrame,
    markets: pd.DataFrame,
    market_names: Mapping[int, str],
) -> pd.DataFrame:
    """One row an account with a position at each checkpoint: block, notional, equity, leverage.

    Money in quote; leverage is infinite where equity is not above zero.
    """
    columns = ["block", "account", "kind", "notional", "equity", "leverage"]
    changed = events_named(events, "Clearinghouse", "PositionChanged")
    if changed.empty or accounts.empty or "size_wad" not in changed:
        return pd.DataFrame(columns=columns)
    changed = changed.sort_values(["block", "log"]).assign(
        size=quote(changed["size_wad"]).abs(), name=exact(changed["market"]).map(market_names)
    )
    marks = markets.assign(mark=quote(markets["mark_wad"])).set_index(["market", "block"])["mark"]
    found = []
    for block, told in accounts.groupby("block"):
        past = changed[changed["block"] <= block].drop_duplicates(["account", "name"], keep="last")
        past = past[past["size"] > 0]
        at = pd.MultiIndex.from_arrays([past["name"], np.full(len(past), block)])
        worth = past["size"].to_numpy() * marks.reindex(at).fillna(0).to_numpy()
        notional = pd.Series(worth, index=past["account"].to_numpy()).groupby(level=0).sum()
        rows = told.assign(notional=told["account"].map(notional), equity=quote(told["equity_wad"]))
        found.append(rows[rows["notional"] > 0])
    table = pd.concat(found)
    levered = table["notional"] / table["equity"].where(table["equity"] > 0)
    return table.assign(leverage=levered.fillna(np.inf))[columns].reset_index(drop=True)


def moments(table: pd.DataFrame) -> dict[str, int]:
    """The checkpoints worth a look: the first and last with positions, and the one with most."""
    if table.empty:
        return {}
    totals = table.groupby("block")["notional"].sum()
    asked = {"first": totals.index[0], "peak": totals.idxmax(), "last": totals.index[-1]}
    return {name: int(block) for name, block in asked.items()}


def distribution(table: pd.DataFrame) -> pd.DataFrame:
    """Accounts and notional in each class of leverage, in quote; one row a class, none left out."""
    classes = np.searchsorted(EDGES[1:-1], table["leverage"].to_numpy(dtype=np.float64))
    classes = np.where(table["equity"].to_numpy(dtype=np.float64) > 0, classes, len(LABELS) - 1)
    worth = table["notional"].to_numpy(dtype=np.float64)
    return pd.DataFrame(
        {
            "leverage": LABELS,
            "accounts": np.bincount(classes.astype(int), minlength=len(LABELS)),
            "notional": np.bincount(classes.astype(int), worth, len(LABELS)),
        }
    )
