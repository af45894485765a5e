"""How far down the ladder a run went: liquidations by rung, and the rungs past the pool."""

from __future__ import annotations

import pandas as pd

from sim.metrics.frames import events_named, exact, quote
from sim.metrics.liquidations import RUNGS
from sim.portable import total
from sim.units import WAD


def by_rung(liquidated: pd.DataFrame) -> dict[str, int]:
    """How many liquidations each rung made, those that made none included."""
    counts = liquidated["rung"].value_counts()
    return {f"liquidations_{rung}": int(counts.get(rung, 0)) for rung in RUNGS.values()}


def last_rungs(events: pd.DataFrame) -> dict[str, float]:
    """What came after book, takeover and pool; notionals at mark and money in quote.

    `given_up` counts positions that nothing before could help, `deleveraged` and `at_mark` the
    notional closed against the other side at the bankruptcy price and at mark.
    """
    given_up = events_named(events, "Liquidator", "LadderExhausted")
    positions = len(given_up[["account", "market"]].drop_duplicates()) if len(given_up) else 0
    closed = {False: 0.0, True: 0.0}
    rounds = events_named(events, "Deleverager", "RoundOpened")
    taken = events_named(events, "Deleverager", "CounterpartyDeleveraged")
    if len(taken):
        at_mark = _is_at_mark(rounds, taken)
        notional = quote(taken["size_wad"]) * quote(taken["mark_wad"])
        closed = {kind: total(notional[at_mark == kind]) for kind in closed}
    return {
        "given_up": positions,
        "deleveraged": closed[False],
        "deleveraged_at_mark": closed[True],
        "deleveraged_counterparties": int(taken["counterparty"].nunique()) if len(taken) else 0,
        "socialised_loss": _total(events, "Clearinghouse", "LossSocialised", "loss_wad"),
        "debt_left": _total(events, "Deleverager", "DebtLeft", "debt_wad"),
    }


def _is_at_mark(rounds: pd.DataFrame, taken: pd.DataFrame) -> pd.Series:
    """Of each counterparty, whether the last round opened before it, for that position, was."""
    key = ["account", "market"]
    opened = rounds[["block", "log", *key, "at_mark"]].assign(at=_place(rounds)).sort_values("at")
    asked = taken[key].assign(at=_place(taken)).sort_values("at")
    found = pd.merge_asof(asked, opened[[*key, "at", "at_mark"]], on="at", by=key)
    return found.set_axis(asked.index)["at_mark"].astype(str).isin(("True", "true", "1"))


def _place(rows: pd.DataFrame) -> pd.Series:
    return rows["block"].astype("int64") * 2**32 + rows["log"].astype("int64")


def _total(events: pd.DataFrame, contract: str, event: str, field: str) -> float:
    rows = events_named(events, contract, event)
    return sum(exact(rows[field])) / WAD if len(rows) else 0.0
