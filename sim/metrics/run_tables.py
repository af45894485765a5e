"""The tables of a run that several readers want: each built once, when first asked for."""

from __future__ import annotations

from functools import cached_property
from weakref import WeakKeyDictionary

import pandas as pd

from sim.metrics.deleveraging import deleveraged
from sim.metrics.frames import market_names
from sim.metrics.liquidations import cascades, liquidations
from sim.metrics.money import pnl_by_kind
from sim.metrics.waterfall import recorded_waterfall
from sim.records.folder import Run
from sim.records.source import events_of

MONEY = ("Clearinghouse", "Liquidator", "Deleverager", "MarkPrice")


class RunTables:
    """What is made of a run's records; nothing here is changed by whoever reads it."""

    def __init__(self, run: Run) -> None:
        self._tables = run.tables  # not the run, which is let go when nobody else holds it
        self._blocks, self._accounts = run.blocks, run.accounts
        self.market_names = market_names(run.manifest)

    @cached_property
    def events(self) -> pd.DataFrame:
        """The events that move money or judge an account; not those of books."""
        return events_of(self._tables, MONEY)

    @cached_property
    def liquidations(self) -> pd.DataFrame:
        """One row a liquidation."""
        return liquidations(self.events, self._blocks, self.market_names)

    @cached_property
    def cascades(self) -> pd.DataFrame:
        """One row a cascade, the largest first."""
        found = cascades(self.liquidations)
        return found.sort_values("notional", ascending=False, kind="stable")

    @cached_property
    def waterfall(self) -> pd.DataFrame:
        """One row a transaction that liquidated: who gained and who bore what."""
        return recorded_waterfall(self.events, self._accounts, self.market_names)

    @cached_property
    def deleveraged(self) -> pd.DataFrame:
        """One row a counterparty closed by deleveraging."""
        return deleveraged(self.events, self._blocks, self.market_names)

    @cached_property
    def pnl_by_kind(self) -> pd.DataFrame:
        """Profit by kind of agent."""
        return pnl_by_kind(self._accounts)


_KNOWN: WeakKeyDictionary[Run, RunTables] = WeakKeyDictionary()


def run_tables(run: Run) -> RunTables:
    """The tables of a run, the same ones for as long as the run is held."""
    if run not in _KNOWN:
        _KNOWN[run] = RunTables(run)
    return _KNOWN[run]
