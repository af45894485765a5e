"""Who bore what of each liquidation: margin, book, keeper, insurance, winners, everybody left.

Told by the clearinghouse's balances alone: what an account's cash, quote balance and size at mark
changed by in a transaction that liquidated. A row sums to zero, exactly. What a liquidated account
gave is its margin; what it was given is the deficit that its margin did not cover.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import pandas as pd

from sim.metrics.frames import exact
from sim.types.codes import CashMove, PositionChange
from sim.units import WAD

PARTIES = (
    *("trader", "book", "keeper", "insurance", "counterparties", "socialised", "fees"),
    "left",  # where nobody could be charged: a debt that waits for the pool's income
)
COLUMNS = ["block", "tx", "market", "account", *PARTIES, "error_wad"]
ENTRIES = ["block", "tx", "market", "account", "party", "bearer", "amount"]
NOBODY = 0  # bearer of what no single account has borne yet: fees in the pot, losses spread
# Who bears what, in the order of the waterfall: the trader's own margin, and what it lacked.
BEARERS = ("margin", "deficit", *PARTIES[1:])

_POOL, _DEFICIT = "insurance_pool", "deficit"
# Who an account is by the kind of its PositionChanged.
_BY_KIND: Mapping[int, str] = {
    PositionChange.MAKER: "book",
    PositionChange.FORCED: "trader",
    PositionChange.SEIZED: "trader",
    PositionChange.SEIZED_BY_POOL: "insurance",
    PositionChange.TAKEN_OVER: "trader",
    PositionChange.TAKEN_BY_KEEPER: "keeper",
    PositionChange.DELEVERAGED: "trader",
    PositionChange.COUNTERPARTY: "counterparties",
}
_FORCED = frozenset(
    {
        PositionChange.FORCED,
        PositionChange.SEIZED,
        PositionChange.TAKEN_OVER,
        PositionChange.DELEVERAGED,
    }
)
_CASH_EVENTS = ("PositionChanged", "CashMoved", "LossSocialised")
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


def recorded_waterfall(
    events: pd.DataFrame, accounts: pd.DataFrame, market_names: Mapping[int, str]
) -> pd.DataFrame:
    """The waterfall of a recorded run: who its accounts are, and what they held at its start."""
    first = accounts.drop_duplicates("account")
    numbers = exact(first["account"])
    kinds = dict(zip(numbers, first["kind"], strict=True))
    opening = dict(zip(numbers, exact(first["cash_wad"]), strict=True))
    return waterfall(events, kinds, market_names, opening)


def waterfall(
    events: pd.DataFrame,
    kinds: Mapping[int, str],
    market_names: Mapping[int, str],
    opening: Mapping[int, int] | None = None,
) -> pd.DataFrame:
    """One row a transaction that liquidated, money in wei as exact fractions.

    `kinds` says which accounts are the pool's, and where debts nobody can bear wait; `opening` is
    cash that accounts had before the first of the events.
    """
    found = []
    moves = entries(events, kinds, opening)
    for (block, tx), rows in moves.groupby(["block", "tx"], sort=False):
        flows: dict[str, Fraction] = dict.fromkeys(PARTIES, Fraction(0))
        for party, amount in zip(rows["party"], rows["amount"], strict=True):
            flows[party] += amount
        name = market_names.get(int(rows["market"].iloc[0]), "")
        error = sum(flows.values(), Fraction(0))
        found.append([block, tx, name, rows["account"].iloc[0], *flows.values(), error])
    return pd.DataFrame(found, columns=COLUMNS)


def by_bearer(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of `waterfall` as one row an account: who bore its liquidation from first to last.

    Every row sums to zero too: what it lacked is what insurance, winners and the others bore.
    """
    nothing = Fraction(0)
    split = table.assign(
        margin=[min(one, nothing) for one in table["trader"]],
        deficit=[max(one, nothing) for one in table["trader"]],
    )
    money = [*BEARERS, "error_wad"]
    found = []
    for (account, market), rows in split.groupby(["account", "market"], sort=False):
        sums = [sum(rows[name], nothing) for name in money]
        found.append([rows["block"].iloc[0], market, account, len(rows), *sums])
    return pd.DataFrame(found, columns=["block", "market", "account", "transactions", *money])


def borne(table: pd.DataFrame) -> dict[str, float]:
    """What each bearer gained (or, below zero, bore) in all rows of `waterfall`, in quote."""
    found = by_bearer(table)
    return {name: float(sum(found[name], Fraction(0)) / WAD) for name in BEARERS}


def entries(
    events: pd.DataFrame, kinds: Mapping[int, str], opening: Mapping[int, int] | None = None
) -> pd.DataFrame:
    """Each single amount of each transaction that liquidated: for whom, and who gained or bore it.

    `account` is the one liquidated, `bearer` the one whose worth at mark changed by `amount` wei.
    """
    books, found = _Books(cash=dict(opening or {})), []
    cash_events = events[
        events["contract"].eq("Clearinghouse") & events["event"].isin(_CASH_EVENTS)
    ]
    for (block, tx), rows in _transactions(cash_events.sort_values(["block", "log"])):
        moved, target = _moves(books, rows, kinds)
        if target is not None:
            account, market = target
            found += [[block, tx, market, str(account), *one] for one in moved]
    return pd.DataFrame(found, columns=ENTRIES)


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
    for (block, tx, event), *row_values in zip(head, *values.values(), strict=True):
        if key is not None and key != (block, tx):
            yield key, rows
            rows = []
        key = (block, tx)
        rows.append((event, dict(zip(names, row_values, strict=True))))
    if key is not None:
        yield key, rows


def _moves(
    books: _Books, rows: list[tuple[str, dict[str, int]]], kinds: Mapping[int, str]
) -> tuple[list[tuple[str, int, Fraction]], tuple[int, int] | None]:
    """Party, account and change of worth, and whose position it was about (if anybody's)."""
    moves: list[tuple[str, int, Fraction]] = []
    target = None
    for event, row in rows:
        account = row["account"]
        if event == "PositionChanged":
            worth, kind = books.change(row), row["kind"]
            if kind in _FORCED:
                target = account, row["market"]
            if kind in _BY_KIND:
                moves.append((_BY_KIND[kind], account, worth))
            if kind == PositionChange.MAKER:
                moves.append(("fees", NOBODY, Fraction(row["fee_wad"])))
        elif event == "LossSocialised":
            target = target or (account, row["market"])
        else:
            books.cash[account] = row["cash_wad"]
            moves += _cash_moves(row, kinds)
    return moves, target


def _cash_moves(
    row: Mapping[str, int], kinds: Mapping[int, str]
) -> list[tuple[str, int, Fraction]]:
    account, reason, amount = row["account"], row["reason"], Fraction(row["amount_wad"])
    if reason == CashMove.SOCIALISED:
        return [("trader", account, amount), ("socialised", NOBODY, -amount)]
    if reason == CashMove.WRITTEN_OFF:
        party = "trader"
        if kinds.get(account) == _DEFICIT:
            party = "left" if amount < 0 else "insurance"  # or repaid out of the pool's income
        return [(party, account, amount)]
    if reason not in (CashMove.PAID, CashMove.PENALISED):
        return []
    # The liquidator's account is empty between calls: what passes through it is a part of the sum.
    return [("insurance" if kinds.get(account) == _POOL else "keeper", account, amount)]
