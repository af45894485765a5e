"""How levered those with open positions are: notional at mark over equity, at any block.

Equity is the clearinghouse's own: cash, and each position's quote balance and size at mark, less
the funding and the socialised loss it owes since it last changed. All of it stands in the events,
so no checkpoint is needed; opening cash is that of an account's first record.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from sim.metrics.frames import events_named, exact, quote

EDGES = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, np.inf)
LABELS = ("to 1x", "1-2x", "2-5x", "5-10x", "10-20x", "20-50x", "50-100x", "above", "no equity")
COLUMNS = ["block", "account", "kind", "notional", "equity", "leverage"]
_CASH_EVENTS = ("PositionChanged", "FundingSettled", "CashMoved")
_ORDER, _OWING = ["block", "log"], ["index", "losses"]


def open_accounts(
    events: pd.DataFrame,
    accounts: pd.DataFrame,
    markets: pd.DataFrame,
    market_names: Mapping[int, str],
    blocks: Collection[int],
) -> pd.DataFrame:
    """One row an account with a position at the end of each of `blocks`, money in quote.

    Leverage is infinite where equity is not above zero.
    """
    if accounts.empty or not len(blocks):
        return pd.DataFrame(columns=COLUMNS)
    indices = _indices(events, market_names)
    changed = _changes(events, indices, market_names)
    if changed.empty:
        return pd.DataFrame(columns=COLUMNS)
    marks = markets.assign(mark=quote(markets["mark_wad"])).set_index(["block", "market"])["mark"]
    first = accounts.drop_duplicates("account").set_index("account")
    cash = _cash(events)
    found = []
    for block in blocks:
        held = _held(changed, indices, block)
        held["mark"] = held["name"].map(marks.loc[block]).fillna(0.0)
        held["notional"] = held["size"].abs() * held["mark"]
        held["worth"] = held["quote"] + held["size"] * held["mark"] - held["owed"]
        sums = held.groupby("account")[["notional", "worth"]].sum().reset_index()
        past = cash[cash["block"] <= block].drop_duplicates("account", keep="last")
        cash_now = sums["account"].map(past.set_index("account")["cash"])
        opening = quote(sums["account"].map(first["cash_wad"]).fillna("0"))
        rows = sums.assign(block=block, equity=cash_now.fillna(opening) + sums["worth"])
        found.append(rows.assign(kind=rows["account"].map(first["kind"]).fillna("unknown")))
    table = pd.concat(found)
    levered = table["notional"] / table["equity"].where(table["equity"] > 0)
    return table.assign(leverage=levered.fillna(np.inf))[COLUMNS].reset_index(drop=True)


def moments(markets: pd.DataFrame, struck: pd.DataFrame) -> dict[str, int]:
    """Blocks worth a look: before the first liquidation, at the largest open interest, the last.

    Open interest is recorded for every block, so the largest is the run's own; a block that two
    of them name is told once.
    """
    worth = quote(markets["open_interest_wad"]) * quote(markets["mark_wad"])
    totals = worth.groupby(markets["block"]).sum()
    if not totals.gt(0).any():
        return {}
    blocks = totals.index.to_numpy(dtype=np.int64)
    asked = [("at the largest open interest", totals.idxmax()), ("at the end", blocks[-1])]
    before = blocks[blocks < struck["block"].min()] if len(struck) else blocks[:0]
    if len(before):
        asked.insert(0, ("before the first liquidation", before[-1]))
    once = {int(str(block)): name for name, block in reversed(asked)}
    return {name: block for block, name in sorted(once.items())}


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


def _changes(
    events: pd.DataFrame, indices: pd.DataFrame, market_names: Mapping[int, str]
) -> pd.DataFrame:
    """Size and quote balance of a position after each change, and the indices then."""
    changed = events_named(events, "Clearinghouse", "PositionChanged")
    if changed.empty or "size_wad" not in changed:
        return pd.DataFrame()
    settled = events_named(events, "Clearinghouse", "FundingSettled")
    table = pd.concat([changed, settled]) if len(settled) else changed
    table = table.sort_values(_ORDER).assign(
        name=lambda rows: exact(rows["market"]).map(market_names),
        size=lambda rows: quote(rows["size_wad"]),
        quote=lambda rows: quote(rows["quote_wad"]),
    )
    # A settlement charges funding and leaves the position as it is.
    held = table.groupby(["account", "name"])[["size", "quote"]].ffill()
    table = table[[*_ORDER, "account", "name"]].assign(size=held["size"], quote=held["quote"])
    both = pd.concat([table, indices]).sort_values(_ORDER, kind="stable", ignore_index=True)
    both = _carried(both)
    return both[both["account"].notna()]


def _indices(events: pd.DataFrame, market_names: Mapping[int, str]) -> pd.DataFrame:
    """What a base held has come to owe since the start, after each event that said so, in order.

    `index` is funding, which a long owes and a short is owed; `losses` is loss socialised, which
    both sides bear.
    """
    pokes = events_named(events, "MarkPrice", "MarketPoked")
    spread = events_named(events, "Clearinghouse", "LossSocialised")
    found = []
    if len(pokes):
        found.append(pokes.assign(index=quote(pokes["funding_index_wad"])))
    if len(spread):
        sums = quote(spread["per_base_wad"]).groupby(spread["market"]).cumsum()
        found.append(spread.assign(losses=sums))
    if not found:
        empty = pd.DataFrame(columns=[*_ORDER, "name", *_OWING])
        return empty.astype(dict.fromkeys(_OWING, "float64"))
    table = pd.concat(found).sort_values(_ORDER, kind="stable", ignore_index=True)
    table["name"] = exact(table["market"]).map(market_names)
    return _carried(table.reindex(columns=[*_ORDER, "name", *_OWING]))


def _carried(table: pd.DataFrame) -> pd.DataFrame:
    """Each market's indices carried on from the event before; zero before the first."""
    carried = table.groupby("name")[_OWING].ffill().fillna(0.0)
    return table.assign(index=carried["index"], losses=carried["losses"])


def _held(changed: pd.DataFrame, indices: pd.DataFrame, block: int) -> pd.DataFrame:
    """Positions open at the end of a block: account, name, size, quote balance, funding owed."""
    past = changed[changed["block"] <= block].drop_duplicates(["account", "name"], keep="last")
    past = past[past["size"] != 0]
    at = indices[indices["block"] <= block].drop_duplicates("name", keep="last")
    until = at.set_index("name").reindex(past["name"])[_OWING].fillna(0.0)
    owed = until.to_numpy() - past[_OWING].to_numpy()
    size = past["size"].to_numpy()
    return past.assign(owed=size * owed[:, 0] + np.abs(size) * owed[:, 1])


def _cash(events: pd.DataFrame) -> pd.DataFrame:
    """Cash of an account after each event that changed it, in order."""
    rows = events[events["contract"].eq("Clearinghouse") & events["event"].isin(_CASH_EVENTS)]
    rows = rows.sort_values(_ORDER)
    return pd.DataFrame(
        {
            "block": rows["block"],
            "account": rows["arg_account"],
            "cash": quote(rows["arg_cash_wad"]),
        }
    )
