"""Who bore what of each liquidation: margin, book, keeper, insurance, winners, everybody left.

Told by the clearinghouse's balances alone: what an account's cash, quote balance and size at mark
changed by in a transaction that liquidated. A row sums to zero, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import pandas as pd

from sim.metrics.frames import exact
from sim.units import WAD

PARTIES = ("trader", "book", "keeper", "insurance", "counterparties", "socialised", "fees")
COLUMNS = ["block", "tx", "market", "account", *PARTIES, "error_wad"]

_POOL, _LIQUIDATOR = "insurance_pool", "liquidator"
# Who an account is by the kind of its PositionChanged.
_BY_KIND = {
    1: "book",
    2: "trader",
    3: "trader",
    4: "insurance",
    5: "trader",
    6: "keeper",
    7: "trader",
    8: "counterparties",
}
_FORCED = frozenset({2, 3, 5, 7})
_PAID, _PENALISED, _SOCIALISED = 3, 4, 6
_CASH_EVENTS = ("PositionChanged", "CashMoved", "FundingSettled")
_FIELDS = (
    *("account", "market", "kind", "size_delta_wad", "quote_wad", "cash_wad", "fee_wad"),
    *("funding_wad", "mark_wad", "reason", "amount_wad"),
)


@dataclass(slots=True)
class _Books:
    """Cash and quote balances as the events left them."""

    cash: dict[int, int] = field(default_factory=dict)
    quote: dict[tuple[int, int], int] = field(default_factory=dict)

    def change(self, row: Mapping[str, int]) -> Fraction:
        """What a PositionChanged did to its account's worth at mark, funding left aside."""
        account, market = row["account"], row["market"]
        worth = row["cash_wad"] - self.cash.get(account, 0) + row["funding_wad"]
        worth += row["quote_wad"] - self.quote.get((account, market), 0)
        self.cash[account], self.quote[account, market] = row["cash_wad"], row["quote_wad"]
        return worth + Fraction(row["size_delta_wad"] * row["mark_wad"], WAD)


def waterfall(
    events: pd.DataFrame, kinds: Mapping[int, str], market_names: Mapping[int, str]
) -> pd.DataFrame:
    """One row a transaction that liquidated, money in wei as exact fractions.

    `kinds` says which accounts are the pool's and the liquidator's.
    """
    books, found = _Books(), []
    told = events[events["contract"].eq("Clearinghouse") & events["event"].isin(_CASH_EVENTS)]
    for (block, tx), rows in _transactions(told.sort_values(["block", "log"])):
        flows, target = _flows(books, rows, kinds)
        if target is not None:
            account, market = target
            error = sum(flows.values(), Fraction(0))
            name = market_names.get(market, "")
            money = [flows.get(party, Fraction(0)) for party in PARTIES]
            found.append([block, tx, name, str(account), *money, error])
    return pd.DataFrame(found, columns=COLUMNS)


def totals(table: pd.DataFrame) -> dict[str, float]:
    """What each party gained (or, below zero, bore) in all liquidations, in quote."""
    return {party: float(sum(table[party], Fraction(0)) / WAD) for party in PARTIES}


def _transactions(
    events: pd.DataFrame,
) -> Iterator[tuple[tuple[int, int], list[tuple[str, dict[str, int]]]]]:
    names = [name for name in _FIELDS if f"arg_{name}" in events]
    columns = {name: events[f"arg_{name}"] for name in names}
    values = {name: exact(one.where(one.notna(), "0")) for name, one in columns.items()}
    key: tuple[int, int] | None = None
    rows: list[tuple[str, dict[str, int]]] = []
    head = zip(events["block"], events["tx"], events["event"], strict=True)
    for (block, tx, event), *told in zip(head, *values.values(), strict=True):
        if key is not None and key != (block, tx):
            yield key, rows
            rows = []
        key = (block, tx)
        rows.append((event, dict(zip(names, told, strict=True))))
    if key is not None:
        yield key, rows


def _flows(
    books: _Books, rows: list[tuple[str, dict[str, int]]], kinds: Mapping[int, str]
) -> tuple[dict[str, Fraction], tuple[int, int] | None]:
    """What each party's worth changed by, and whose position it was about (if anybody's)."""
    flows: dict[str, Fraction] = dict.fromkeys(PARTIES, Fraction(0))
    transit, target = Fraction(0), None
    for event, row in rows:
        if event == "PositionChanged":
            worth, kind = books.change(row), row["kind"]
            if kind in _FORCED:
                target = row["account"], row["market"]
            if kind in _BY_KIND:
                flows[_BY_KIND[kind]] += worth
            if kind == 1:
                flows["fees"] += row["fee_wad"]
            continue
        books.cash[row["account"]] = row["cash_wad"]
        amount_wad = row.get("amount_wad", 0)
        if event != "CashMoved" or row["reason"] not in (_PAID, _PENALISED, _SOCIALISED):
            continue
        if row["reason"] == _SOCIALISED:
            target = target or (row["account"], 0)
            flows["trader"] += amount_wad
            flows["socialised"] -= amount_wad
        elif kinds.get(row["account"]) == _LIQUIDATOR:
            transit += amount_wad
        else:
            flows["insurance" if kinds.get(row["account"]) == _POOL else "keeper"] += amount_wad
    # The liquidator's account is empty between calls: what passed through it is a part of the sum.
    flows["keeper"] += transit
    return flows, target
