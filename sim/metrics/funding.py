"""Funding as it was fixed and as it accrued, from the market's pokes."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sim.metrics.frames import events_named, exact, quote

COLUMNS = ["market", "from_s", "until_s", "rate_bps", "index", "premium_bps", "accrued_per_base"]


def funding_history(
    events: pd.DataFrame, blocks: pd.DataFrame, market_names: Mapping[int, str]
) -> pd.DataFrame:
    """One row a stretch of unchanged rate in a market, in order of time.

    `rate_bps` is per funding interval; `index` (quote per base) and `premium_bps` are means over
    the stretch's pokes; `accrued_per_base` is what a long of one base came to owe in it, in quote.
    """
    pokes = events_named(events, "MarkPrice", "MarketPoked")
    if pokes.empty:
        return pd.DataFrame(columns=COLUMNS)
    table = pd.DataFrame(
        {
            "market": exact(pokes["market"]).map(market_names),
            "time_s": pokes["block"].map(blocks.set_index("block")["time_s"]),
            "rate_bps": quote(pokes["funding_rate_wad"]) * 1e4,
            "index": quote(pokes["index_wad"]),
            "premium_bps": quote(pokes["premium_wad"]) * 1e4,
            "phi": quote(pokes["funding_index_wad"]),
        }
    ).sort_values(["market", "time_s"], kind="stable")
    table["change"] = table.groupby("market")["rate_bps"].diff().fillna(0).ne(0)
    table["stretch"] = table.groupby("market")["change"].cumsum()
    stretches = table.groupby(["market", "stretch"], sort=True).agg(
        from_s=("time_s", "first"),
        until_s=("time_s", "last"),
        rate_bps=("rate_bps", "first"),
        index=("index", "mean"),
        premium_bps=("premium_bps", "mean"),
        phi=("phi", "last"),
    )
    before = stretches.groupby("market")["phi"].shift().fillna(0.0)
    stretches["accrued_per_base"] = stretches["phi"] - before
    return stretches.reset_index()[COLUMNS]
