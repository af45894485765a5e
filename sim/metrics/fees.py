"""What places in blocks cost, to whom, and how crowded the blocks were."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sim.metrics.frames import exact, quote

WEI_PER_GWEI = 10**9


def gas_costs(transactions: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Per agent: transactions, and fees in the chain's own coin, dearest first.

    `wasted` is the part paid for transactions that reverted.
    """
    fees = quote(transactions["fee_wei"])
    rows = pd.DataFrame(
        {
            "agent": transactions["agent"],
            "txs": 1,
            "fees": fees,
            "wasted": fees.where(~transactions["ok"].astype(bool), 0.0),
        }
    )
    table = rows.groupby("agent").sum().reset_index()
    table.insert(1, "kind", table["agent"].map(kinds).fillna(table["agent"]))
    return table.sort_values(["fees", "agent"], ascending=[False, True], ignore_index=True)


def crowding(blocks: pd.DataFrame, transactions: pd.DataFrame) -> dict[str, float]:
    """Fees of the whole run, the dearest base fee, the longest queue, and who never got a place."""
    return {
        "gas_fees": sum(exact(transactions["fee_wei"])) / WEI_PER_GWEI**2,
        "base_fee_gwei_max": float(blocks["base_fee_wei"].max()) / WEI_PER_GWEI,
        "waiting_max": int(blocks["waiting"].max()),
        "dropped": int(blocks["dropped"].sum()),
    }
