"""What agents tried, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd


def actions(transactions: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Transactions and reverts by kind of agent and action, most first; the share in percent."""
    rows = transactions.assign(
        kind=transactions["agent"].map(kinds).fillna(transactions["agent"]),
        reverts=~transactions["ok"].astype(bool),
    )
    table = rows.groupby(["kind", "action"]).agg(txs=("ok", "size"), reverts=("reverts", "sum"))
    table["share"] = table["reverts"] / table["txs"] * 100
    return table.reset_index().sort_values("txs", ascending=False, kind="stable")


def revert_reasons(transactions: pd.DataFrame, most: int = 15) -> pd.DataFrame:
    """The commonest revert texts and how often each came."""
    refused = transactions[~transactions["ok"].astype(bool)]
    counts = refused["error"].value_counts().head(most)
    return pd.DataFrame({"error": counts.index, "txs": counts.to_numpy()})
