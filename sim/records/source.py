"""Where the tables of a run are taken from when they are asked for: its folder, or its rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

EVENT_HEAD = ("block", "tx", "log", "contract", "instance", "event")


class Source(Protocol):
    """A run's tables as they were written."""

    def table(self, name: str) -> pa.Table:
        """One of them, whole."""
        ...

    def events_of(self, contracts: Collection[str], columns: Sequence[str] | None) -> pa.Table:
        """The events of some contracts in these columns, or in those that they have."""
        ...

    def event_count(self) -> int:
        """How many events there are."""
        ...


class LaterTables(dict[str, pd.DataFrame]):
    """Tables for pandas, each made when it is first asked for."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source

    def __missing__(self, name: str) -> pd.DataFrame:
        table = self.source.table(name)
        self[name] = frame(table, is_events=name == "events")
        return self[name]


def frame(table: pa.Table, *, is_events: bool) -> pd.DataFrame:
    """A table for pandas; events are written kind by kind, their order is that of the chain."""
    if is_events:
        table = table.sort_by([("block", "ascending"), ("log", "ascending")])
    made: pd.DataFrame = table.to_pandas()
    return made


def events_of(
    tables: Mapping[str, pd.DataFrame], contracts: Collection[str], names: Sequence[str] = ()
) -> pd.DataFrame:
    """The events of some contracts, of a table that is there or from where it would be taken."""
    columns = [*EVENT_HEAD, *(f"arg_{name}" for name in names)] if names else None
    if isinstance(tables, LaterTables) and "events" not in tables:
        rows = frame(tables.source.events_of(contracts, columns), is_events=True)
    else:
        rows = tables["events"][tables["events"]["contract"].isin(contracts)]
    return rows.reindex(columns=columns) if columns else rows


def part_of(
    chunks: Iterable[pa.Table], contracts: Collection[str], columns: Sequence[str] | None
) -> pa.Table:
    """The rows of some contracts in chunks of events; what is not theirs is let go at once."""
    asked = pa.array(contracts, pa.string())
    found = []
    for chunk in chunks:
        rows = chunk.filter(pc.is_in(chunk["contract"], value_set=asked))
        found.append(rows.select(present(rows.column_names, columns)) if columns else told(rows))
    return pa.concat_tables(found, promote_options="default")


def present(names: Sequence[str], asked: Sequence[str]) -> list[str]:
    """Those of the columns asked for that there are: a run without a market has no book."""
    return [name for name in asked if name in names]


def told(rows: pa.Table) -> pa.Table:
    """The head of events, and the columns in which any of the rows says something."""
    names = zip(rows.column_names, rows.columns, strict=True)
    kept = [name for name, one in names if name in EVENT_HEAD or one.null_count < len(rows)]
    return rows.select(kept)
