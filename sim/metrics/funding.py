"""Funding as it was fixed and as it accrued, from the market's pokes."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sim.metrics.frames import events_named, exact, quote
from sim.portable import total

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


def payments(events: pd.DataFrame) -> pd.DataFrame:
    """Funding an account paid (or, below zero, got) at each settlement: block, market, paid.

    The clearinghouse charges funding and an account's part of socialised losses as one sum; the
    loss is taken off here: what each base held came to bear since the account's last settlement.
    """
    wanted = ("PositionChanged", "FundingSettled", "LossSocialised")
    rows = events[events["contract"].eq("Clearinghouse") & events["event"].isin(wanted)]
    if rows.empty or "arg_funding_wad" not in rows:
        return pd.DataFrame(columns=["block", "market", "paid"])
    rows = rows.sort_values(["block", "log"], kind="stable")
    fields = rows.reindex(columns=["arg_funding_wad", "arg_per_base_wad", "arg_size_wad"])
    table = pd.DataFrame(
        {
            "block": rows["block"],
            "account": rows["arg_account"],
            "market": rows["arg_market"],
            "funding": quote(fields["arg_funding_wad"]).fillna(0.0),
            "losses": quote(fields["arg_per_base_wad"])
            .fillna(0.0)
            .groupby(rows["arg_market"])
            .cumsum(),
            "size": quote(fields["arg_size_wad"]),
        }
    )[rows["event"] != "LossSocialised"]
    position = [table["account"], table["market"]]
    before = table.groupby(["account", "market"])["size"].ffill().groupby(position).shift()
    since = table.groupby(["account", "market"])["losses"].shift().fillna(0.0)
    borne = before.fillna(0.0).abs() * (table["losses"] - since)
    return table.assign(paid=table["funding"] - borne)[["block", "market", "paid"]]


def funding_paid(events: pd.DataFrame) -> float:
    """Funding that changed hands, counted once, on the payers' side, in quote."""
    return total(payments(events)["paid"].clip(lower=0))


def funding_so_far(events: pd.DataFrame, blocks: pd.DataFrame, market: int) -> pd.DataFrame:
    """Funding that payers of one market have paid by the end of each block, in quote.

    A payment is counted where it is settled: when a position changes, or on a settlement alone.
    """
    rows = payments(events)
    rows = rows[rows["market"] == str(market)]
    sums = rows["paid"].astype(float).clip(lower=0).groupby(rows["block"]).sum()
    paid = sums.reindex(blocks["block"], fill_value=0.0).cumsum()
    return pd.DataFrame({"time_s": blocks["time_s"].to_numpy(), "paid": paid.to_numpy()})
