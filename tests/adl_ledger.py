"""What happened in a world, as the tables of a run: so that its measures can be asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import pandas as pd

from sim.abi.events import Event
from sim.metrics.waterfall import PARTIES, waterfall
from sim.reference.waterfall import Ledger, tell
from sim.types import DEFICIT
from tests.adl_world import AdlWorld


def event_table(transactions: Iterable[Sequence[Event]]) -> pd.DataFrame:
    """The events of transactions as a run folder holds them, one block a transaction."""
    rows = [
        {"block": block, "tx": 0, "log": log, "contract": one.contract, "event": one.name}
        | {f"arg_{name}": str(value) for name, value in one.values._asdict().items()}
        for block, events in enumerate(transactions)
        for log, one in enumerate(events)
    ]
    return pd.DataFrame(rows)


def account_kinds(world: AdlWorld) -> dict[int, str]:
    """Which accounts are the system's."""
    kinds = dict.fromkeys((world.pool_account(0), world.pool_account(1)), "insurance_pool")
    kinds[world.pool_account(DEFICIT)] = "deficit"
    return kinds | {int(world.deployed.address("Liquidator"), 16) << 96: "liquidator"}


def check_ledgers(world: AdlWorld, transactions: Sequence[Sequence[Event]]) -> dict[str, Any]:
    """Balances and the venues' own words tell the same story, and both sum to zero to the wei."""
    table = waterfall(event_table(transactions), account_kinds(world), {1: "BTC-USD"})
    assert all(error == 0 for error in table["error_wad"])
    ledger = Ledger()
    for events in transactions:
        tell(ledger, ((one.name, one.values) for one in events))
    assert ledger.error() == 0
    measured = {party: sum(table[party], Fraction(0)) for party in PARTIES}
    # Makers paid their own fees out of what the book gave them.
    measured["book"] += measured.pop("fees")
    for party, amount in measured.items():
        assert amount == ledger.totals.get(party, Fraction(0)), party
    return measured
