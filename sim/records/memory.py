"""The recorder of a run that is looked at in the same process and kept nowhere."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from time import perf_counter

import pyarrow as pa

from sim.records import manifest
from sim.records.folder import Run
from sim.records.parquet import KeptChunks
from sim.records.rows import AccountRecord, BlockRecord, EventRecord, RunEnd, RunStart, TxRecord
from sim.records.source import LaterTables, part_of
from sim.records.tables import Tables


class MemoryRecorder:
    """Keeps a run's rows; they become tables, the same as a folder's, when they are asked for."""

    def __init__(self, name: str, known: Mapping[str, object]) -> None:
        self._name = name
        self._begun_s = perf_counter()
        self._manifest: dict[str, object] = dict(known)
        self._kept: dict[str, KeptChunks] = {}
        self._tables: Tables | None = None

    def start(self, run: RunStart) -> None:
        """Note what is known."""
        self._tables = Tables(run.schema, self._keep)
        self._manifest |= manifest.begun(run)

    def block(
        self, block: BlockRecord, txs: Sequence[TxRecord], events: Sequence[EventRecord]
    ) -> None:
        """Append one sealed block."""
        assert self._tables is not None, "start() comes before block()"
        self._tables.block(block, txs, events)

    def accounts(self, rows: Sequence[AccountRecord]) -> None:
        """Append accounts as they stand."""
        assert self._tables is not None, "start() comes before accounts()"
        self._tables.accounts(rows)

    def end(self, run: RunEnd) -> None:
        """Note how it ended."""
        self._manifest |= manifest.ended(run, perf_counter() - self._begun_s)

    def run(self) -> Run:
        """What was recorded; its path is only the name a folder would have had."""
        said = json.loads(json.dumps(self._manifest))  # as a folder's is read: lists, no tuples
        return Run(path=Path(self._name), manifest=said, tables=LaterTables(self))

    def table(self, name: str) -> pa.Table:
        """One of the tables, whole."""
        return pa.concat_tables(self._chunks(name))

    def events_of(self, contracts: Collection[str], columns: Sequence[str] | None) -> pa.Table:
        """The events of some contracts."""
        return part_of(self._chunks("events"), contracts, columns)

    def event_count(self) -> int:
        """How many events there are."""
        return sum(map(len, self._chunks("events")))

    def _keep(self, name: str, schema: pa.Schema) -> KeptChunks:
        self._kept[name] = KeptChunks(schema)
        return self._kept[name]

    def _chunks(self, name: str) -> Sequence[pa.Table]:
        assert self._tables is not None, "a run that never began has no tables"
        self._tables.closing[name]()
        return self._kept[name].chunks()
