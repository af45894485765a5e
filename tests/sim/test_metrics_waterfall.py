"""Who bore what, measured on tables of a few rows with known answers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd

from sim.metrics.waterfall import (
    BEARERS,
    NOBODY,
    PARTIES,
    by_bearer,
    entries,
    totals,
    waterfall,
)
from sim.units import WAD

TRADER, SHORT, POOL, LIQUIDATOR, KEEPER, MAKER = 1, 2, 3, 4, 5, 6
KINDS = {POOL: "insurance_pool", LIQUIDATOR: "liquidator"}
NAMES = {1: "BTC-USD"}


def changed(account: int, kind: int, **words: int) -> dict[str, Any]:
    """A PositionChanged at a mark of 90, amounts in whole units."""
    row = {"market": 1, "quote_wad": 0, "fee_wad": 0, "funding_wad": 0, "mark_wad": 90} | words
    told = {name: value if name == "market" else value * WAD for name, value in row.items()}
    return {"event": "PositionChanged", "account": account, "kind": kind, **told}


def moved(account: int, reason: int, amount: int, cash: int) -> dict[str, Any]:
    """A CashMoved, in whole units."""
    words = {"amount_wad": amount * WAD, "cash_wad": cash * WAD}
    return {"event": "CashMoved", "account": account, "reason": reason, **words}


def spread(account: int) -> dict[str, Any]:
    """A LossSocialised, which says in which market."""
    return {"event": "LossSocialised", "account": account, "market": 1}


def table(*transactions: list[dict[str, Any]]) -> pd.DataFrame:
    """Events as a run folder holds them, rows out of order as it may."""
    rows = [
        {"block": block, "tx": 0, "log": log, "contract": "Clearinghouse", "event": one["event"]}
        | {f"arg_{name}": str(value) for name, value in one.items() if name != "event"}
        for block, events in enumerate(transactions)
        for log, one in enumerate(events)
    ]
    return pd.DataFrame(rows).sort_values(["event", "block", "log"])


OPENED = [
    changed(MAKER, 1, size_delta_wad=-2, cash_wad=50, quote_wad=200),
    changed(TRADER, 0, size_delta_wad=2, cash_wad=15, quote_wad=-200),
]


def only(found: pd.DataFrame) -> dict[str, Fraction]:
    """The one row's money in whole units; it sums to zero."""
    (row,) = found.to_dict("records")
    assert row["error_wad"] == 0
    return {party: row[party] / WAD for party in PARTIES if row[party]}


def test_waterfall__sold_on_the_book__slippage_penalty_and_reward_find_their_parties():
    # Two sold at 88: the maker gains 4 against mark less a fee of 1; of a penalty of 3, 2 is paid.
    struck = [
        changed(KEEPER + 2, 1, size_delta_wad=2, cash_wad=-1, quote_wad=-176, fee_wad=1),
        changed(TRADER, 2, size_delta_wad=-2, cash_wad=15 - 24 - 3, fee_wad=3),
        moved(LIQUIDATOR, 4, 3, 3),
        moved(LIQUIDATOR, 3, -2, 1),
        moved(KEEPER, 3, 2, 2),
        moved(LIQUIDATOR, 3, -1, 0),
        moved(POOL, 3, 1, 1),
    ]
    found = only(waterfall(table(OPENED, struck), KINDS, NAMES))
    assert found == {"trader": -7, "book": 3, "fees": 1, "keeper": 2, "insurance": 1}


def test_waterfall__deleveraged_and_socialised__is_one_row_of_both():
    # One closes at 95 instead of 90, one at mark; what is left owed is spread.
    struck = [
        changed(TRADER, 7, size_delta_wad=-1, cash_wad=10, quote_wad=-100),
        changed(MAKER, 8, size_delta_wad=1, cash_wad=55, quote_wad=100),
        changed(TRADER, 7, size_delta_wad=-1, cash_wad=0),
        changed(MAKER, 8, size_delta_wad=1, cash_wad=65),
        moved(TRADER, 6, 5, 5),
    ]
    found = only(waterfall(table(OPENED, struck), KINDS, NAMES))
    assert found == {"trader": 10, "counterparties": -5, "socialised": -5}


def test_waterfall__funding_settled_on_the_way__is_no_part_of_it():
    struck = [
        changed(TRADER, 5, size_delta_wad=-2, cash_wad=15 - 22 - 4, funding_wad=4),
        changed(SHORT, 6, size_delta_wad=2, quote_wad=-178, cash_wad=7, funding_wad=-7),
    ]
    found = only(waterfall(table(OPENED, struck), KINDS, NAMES))
    assert found == {"trader": -2, "keeper": 2}


def test_liquidations_told__several_transactions__are_one_row_of_margin_and_deficit():
    # Sold at 88 on the book, then closed at 95 against a winner, and the rest of its debt spread.
    struck = [
        [
            changed(KEEPER, 1, size_delta_wad=1, cash_wad=0, quote_wad=-88),
            changed(TRADER, 2, size_delta_wad=-1, cash_wad=15 - 12, quote_wad=-100),
        ],
        [
            changed(TRADER, 7, size_delta_wad=-1, cash_wad=3 - 5),
            changed(MAKER, 8, size_delta_wad=1, cash_wad=55, quote_wad=100),
        ],
        [moved(TRADER, 6, 2, 0), spread(TRADER)],
    ]
    found = by_bearer(waterfall(table(OPENED, *struck), KINDS, NAMES))
    (row,) = found.to_dict("records")
    assert (row["account"], row["market"], row["transactions"]) == (str(TRADER), "BTC-USD", 3)
    assert row["error_wad"] == 0
    assert {party: row[party] / WAD for party in BEARERS if row[party]} == {
        "margin": -2,
        "deficit": 5 + 2,
        "book": 2,
        "counterparties": -5,
        "socialised": -2,
    }


def test_entries__each_amount__has_its_bearer():
    struck = [
        changed(TRADER, 7, size_delta_wad=-2, cash_wad=5),
        changed(MAKER, 8, size_delta_wad=2, cash_wad=60),
        moved(TRADER, 6, 4, 9),
        spread(TRADER),
    ]
    found = entries(table(OPENED, struck), KINDS)
    assert [tuple(one) for one in found[["party", "bearer", "amount"]].to_numpy()] == [
        ("trader", TRADER, 10 * WAD),
        ("counterparties", MAKER, -10 * WAD),
        ("trader", TRADER, 4 * WAD),
        ("socialised", NOBODY, -4 * WAD),
    ]


def test_waterfall__trades_only__is_empty():
    found = waterfall(table(OPENED), KINDS, NAMES)
    assert found.empty
    assert totals(found) == dict.fromkeys(PARTIES, 0.0)


def test_waterfall__money_from_nowhere__shows_as_the_error():
    struck = [changed(TRADER, 7, size_delta_wad=-2, cash_wad=0)]
    found = waterfall(table(OPENED, struck), KINDS, NAMES)
    assert list(found["error_wad"]) == [(0 - 15 + 200 - 180) * WAD]
