"""Liquidations: who, how much, and whether one set off the next."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sim.metrics.frames import LONG_LIQUIDATED, SHORT_LIQUIDATED, events_named, exact, quote
from sim.portable import total
from sim.types.codes import Rung

# Liquidations further apart than this belong to different cascades.
CASCADE_GAP_S = 60
RUNGS = {int(rung): rung.name.lower() for rung in (Rung.BOOK, Rung.TAKEOVER, Rung.BACKSTOP)}
COLUMNS = [
    "block",
    "time_s",
    "market",
    "account",
    "side",
    "rung",
    "size",
    "mark",
    "notional",
    "penalty",
    "reward",
    "equity_before",
    "maintenance_before",
    "equity_after",
    "maintenance_after",
]
CASCADE_COLUMNS = [
    "market",
    "start_s",
    "duration_s",
    "liquidations",
    "accounts",
    "notional",
    "first_block_notional",
    "multiplier",
    "mark_move_pct",
]


def liquidations(
    events: pd.DataFrame, blocks: pd.DataFrame, market_names: Mapping[int, str]
) -> pd.DataFrame:
    """One row a liquidation, in order; sizes in base, money in quote, times unix seconds."""
    rows = events_named(events, "Liquidator", "AccountLiquidated")
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    size = quote(rows["size_delta_wad"])
    table = pd.DataFrame(
        {
            "block": rows["block"],
            "time_s": rows["block"].map(blocks.set_index("block")["time_s"]),
            "market": exact(rows["market"]).map(market_names),
            "account": rows["account"],
            # A long is liquidated by selling: its size falls.
            "side": size.map(lambda delta: LONG_LIQUIDATED if delta < 0 else SHORT_LIQUIDATED),
            "rung": exact(rows["rung"]).map(RUNGS),
            "size": size.abs(),
            "mark": quote(rows["mark_wad"]),
            "notional": quote(rows["notional_wad"]),
            "penalty": quote(rows["penalty_wad"]),
            "reward": quote(rows["reward_wad"]),
            "equity_before": quote(rows["equity_before_wad"]),
            "maintenance_before": quote(rows["maintenance_before_wad"]),
            "equity_after": quote(rows["equity_after_wad"]),
            "maintenance_after": quote(rows["maintenance_after_wad"]),
        }
    )
    return table.reset_index(drop=True)


def liquidated_notional(liquidated: pd.DataFrame) -> float:
    """Notional liquidated in all, in quote."""
    return total(liquidated["notional"])


def cascades(liquidated: pd.DataFrame, gap_s: int = CASCADE_GAP_S) -> pd.DataFrame:
    """Runs of liquidations in one market with no gap above `gap_s`, one row each.

    The multiplier is the notional of the whole run over that of its first block: what one shock
    liquidated in the end, per unit it liquidated at once. 1 means nothing followed.
    """
    found = []
    for market, rows in liquidated.groupby("market", sort=True):
        run = (rows["time_s"].diff() > gap_s).cumsum()
        found += [_cascade(str(market), part) for _, part in rows.groupby(run)]
    return pd.DataFrame(found, columns=CASCADE_COLUMNS)


def cascade_multiplier(runs: pd.DataFrame) -> float | None:
    """Multiplier of the largest of `cascades` by notional; None where nothing was liquidated."""
    return None if runs.empty else float(runs["multiplier"].to_numpy()[runs["notional"].argmax()])


def _cascade(market: str, rows: pd.DataFrame) -> dict[str, object]:
    times_s, marks = rows["time_s"].to_numpy(), rows["mark"].to_numpy()
    notional = total(rows["notional"])
    first = total(rows["notional"][rows["block"] == rows["block"].min()])
    return {
        "market": market,
        "start_s": int(times_s[0]),
        "duration_s": int(times_s[-1] - times_s[0]),
        "liquidations": len(rows),
        "accounts": rows["account"].nunique(),
        "notional": notional,
        "first_block_notional": first,
        "multiplier": notional / first if first else 1.0,
        "mark_move_pct": float(marks[-1] / marks[0] - 1) * 100,
    }
