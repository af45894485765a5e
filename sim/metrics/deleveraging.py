"""Positions closed against their counterparties."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sim.metrics.frames import events_named, quote

DELEVERAGED = "deleveraged"


def deleveraged(
    events: pd.DataFrame, blocks: pd.DataFrame, market_names: Mapping[int, str]
) -> pd.DataFrame:
    """One row a counterparty closed: when, where, at which mark, and how much of it."""
    rows = events_named(events, "Deleverager", "CounterpartyDeleveraged")
    columns = ["time_s", "market", "mark", "notional", "rung"]
    if rows.empty:
        return pd.DataFrame(columns=columns)
    mark = quote(rows["mark_wad"])
    return pd.DataFrame(
        {
            "time_s": rows["block"].map(blocks.set_index("block")["time_s"]),
            "market": rows["market"].map(int).map(market_names),
            "mark": mark,
            "notional": mark * quote(rows["size_wad"]),
            "rung": DELEVERAGED,
        }
    )
