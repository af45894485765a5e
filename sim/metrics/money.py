"""Where the money went: the pool, bad debt, profit and loss."""

from __future__ import annotations

import pandas as pd

from sim.metrics.frames import exact, quote
from sim.units import WAD


def pool_path(insurance_wad: pd.Series) -> dict[str, float]:
    """Equity of the insurance pool at the start, at its lowest and at the end, in quote."""
    path = quote(insurance_wad)
    return {"start": float(path.iloc[0]), "min": float(path.min()), "end": float(path.iloc[-1])}


def drawdown(path: pd.Series) -> pd.Series:
    """How far a path stands below its highest value so far, in its own units."""
    return path.cummax() - path


def bad_debt(accounts: pd.DataFrame) -> float:
    """Minus the sum of negative equities at each account's last record: nobody has recourse."""
    equity = exact(last_record(accounts)["equity_wad"])
    return -sum(value for value in equity if value < 0) / WAD


def last_record(accounts: pd.DataFrame) -> pd.DataFrame:
    """The latest row of each account."""
    return accounts.drop_duplicates("account", keep="last")


def pnl_by_kind(accounts: pd.DataFrame) -> pd.DataFrame:
    """Accounts, deposits, equity and profit by kind of agent, in quote, best first.

    Profit is equity less what was brought in net of what was taken out.
    """
    last = last_record(accounts)
    table = pd.DataFrame(
        {
            "kind": last["kind"],
            "accounts": 1,
            "net_deposit": exact(last["net_deposit_wad"]),
            "equity": exact(last["equity_wad"]),
        }
    )
    table["pnl"] = table["equity"] - table["net_deposit"]
    table["worst"] = table["pnl"]
    table["best"] = table["pnl"]
    sums = {"accounts": "sum", "net_deposit": "sum", "equity": "sum", "pnl": "sum"}
    grouped = table.groupby("kind").agg(sums | {"worst": "min", "best": "max"})
    for name in ("net_deposit", "equity", "pnl", "worst", "best"):
        grouped[name] = grouped[name].map(lambda value: value / WAD)
    return grouped.sort_values("pnl", ascending=False, kind="stable").reset_index()
