"""What rested in a book, and when: rebuilt from its events alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.metrics.frames import prices, quote

COLUMNS = ["order_id", "is_buy", "price_wad", "size_wad", "since", "until"]
# The arguments of a book's events that say what rests.
ORDER_TERMS = ("order_id", "is_buy", "price_wad", "size_wad", "left_wad")
BANDS_BPS = (10, 50, 200)
MOST_BLOCKS = 400
FOREVER = np.iinfo(np.int64).max


def resting(events: pd.DataFrame, market: str) -> pd.DataFrame:
    """One row a stretch of blocks in which an order rested unchanged, as each block left it.

    `size_wad` and `price_wad` are the decimal strings of the events; it rested at the end of
    every block from `since` to before `until`.
    """
    rows = events[
        events["instance"].eq(market)
        & events["event"].isin(("OrderPlaced", "OrderFilled", "OrderCancelled"))
    ]
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    placed = pd.DataFrame(
        {
            "order_id": rows["arg_order_id"],
            "block": rows["block"].astype("int64"),
            "log": rows["log"].astype("int64"),
            "size_wad": _left(rows),
        }
    )
    last = placed.sort_values(["order_id", "block", "log"], kind="stable").drop_duplicates(
        ["order_id", "block"], keep="last"
    )
    following = last.groupby("order_id")["block"].shift(-1, fill_value=FOREVER)
    last = last.assign(since=last["block"], until=following)
    placed = rows[rows["event"] == "OrderPlaced"].drop_duplicates("arg_order_id")
    terms = placed.set_index("arg_order_id")[["arg_is_buy", "arg_price_wad"]]
    found = last[last["size_wad"] != "0"].join(terms, on="order_id", how="inner")
    found = found.rename(columns={"arg_is_buy": "is_buy", "arg_price_wad": "price_wad"})
    kept = found[COLUMNS]
    return kept.astype({"is_buy": bool}).reset_index(drop=True)


def depth(
    stretches: pd.DataFrame, path: pd.DataFrame, bands_bps: tuple[int, ...] = BANDS_BPS
) -> pd.DataFrame:
    """Quote that rests within each band of mark at the end of blocks, by side and in all.

    `path` is one market's rows of markets.parquet; at most 400 of its blocks are looked at. The
    columns are `bid_10`, `ask_10`, ... in bp, and `bid`, `ask` for everything; NaN has no mark.
    """
    step = -(-len(path) // MOST_BLOCKS)
    looked = path.iloc[::step] if step else path
    blocks = looked["block"].to_numpy(dtype=np.int64)
    marks = prices(looked["mark_wad"]).to_numpy(dtype=np.float64)
    found = pd.DataFrame({"block": blocks, "time_s": looked["time_s"].to_numpy()})
    first = np.searchsorted(blocks, stretches["since"].to_numpy(dtype=np.int64))
    beyond = np.searchsorted(blocks, stretches["until"].to_numpy(dtype=np.int64))
    times = beyond - first
    order = np.repeat(np.arange(len(stretches)), times)
    # Each stretch's own looked-at blocks, one after the other.
    at = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times) + first[order]
    price = quote(stretches["price_wad"]).to_numpy(dtype=np.float64)[order]
    worth = price * quote(stretches["size_wad"]).to_numpy(dtype=np.float64)[order]
    away_bps = np.abs(price / marks[at] - 1) * 10_000
    is_buy = stretches["is_buy"].to_numpy(dtype=bool)[order]
    for name, side in (("bid", is_buy), ("ask", ~is_buy)):
        found[name] = np.bincount(at[side], worth[side], len(blocks))
        for band in bands_bps:
            inside = side & (away_bps <= band)
            near = np.bincount(at[inside], worth[inside], len(blocks))
            found[f"{name}_{band}"] = np.where(np.isnan(marks), np.nan, near)
    return found


def _left(rows: pd.DataFrame) -> pd.Series:
    """What an event leaves of its order: all, the rest, nothing."""
    left = pd.Series("0", index=rows.index, dtype=object)
    for event, column in (("OrderPlaced", "arg_size_wad"), ("OrderFilled", "arg_left_wad")):
        matching = rows["event"] == event
        if matching.any():
            left[matching] = rows.loc[matching, column]
    return left
