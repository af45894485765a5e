"""The recorder that writes a run's folder while the run goes on.

Rows are kept as the tuples they came in and turned into columns a chunk at a time, so a long run
holds one chunk in memory. An integer that may pass 64 bits (money, accounts, every event argument)
is stored as a decimal string: exact, and readable by any tool.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter

import pyarrow as pa

from sim.records import manifest
from sim.records.folder import CRASH, MANIFEST, RESERVE, SCENARIO, claim, write_json
from sim.records.parquet import ParquetFile
from sim.records.rows import (
    AccountRecord,
    BlockRecord,
    EventRecord,
    EventSchema,
    RunEnd,
    RunStart,
    TxRecord,
)
from sim.records.tables import Tables

RESERVE_BYTES = 1 << 20


class FolderRecorder:
    """Writes a run folder while the run goes on; touches no disk before the run starts."""

    def __init__(self, path: Path, known: Mapping[str, object], scenario_text: str = "") -> None:
        self.path = path
        self._scenario_text = scenario_text
        self.last_block: int | None = None
        self.events = 0
        self.has_crashed, self.unwritten = False, ""
        self._begun_s = perf_counter()
        # What to say of a run that breaks before it starts.
        self._manifest: dict[str, object] = dict(known)
        self._tables: Tables | None = None

    def start(self, run: RunStart) -> None:
        """Claim the folder, write the manifest and the scenario as it was run."""
        self._open(run.schema)
        # Given back when the disk is full, so that there is room to say so.
        (self.path / RESERVE).write_bytes(bytes(RESERVE_BYTES))
        (self.path / SCENARIO).write_text(run.scenario_text)
        self._manifest |= manifest.begun(run)
        write_json(self.path / MANIFEST, self._manifest)

    def block(
        self, block: BlockRecord, txs: Sequence[TxRecord], events: Sequence[EventRecord]
    ) -> None:
        """Append one sealed block."""
        assert self._tables is not None, "start() comes before block()"
        self._tables.block(block, txs, events)
        self.last_block = block.block
        self.events += len(events)

    def accounts(self, rows: Sequence[AccountRecord]) -> None:
        """Append accounts as they stand."""
        assert self._tables is not None, "start() comes before accounts()"
        self._tables.accounts(rows)

    def end(self, run: RunEnd) -> None:
        """Flush everything and write the final manifest."""
        (self.path / RESERVE).unlink(missing_ok=True)
        self._close()
        self._manifest |= manifest.ended(run, perf_counter() - self._begun_s)
        write_json(self.path / MANIFEST, self._manifest)

    @property
    def has_started(self) -> bool:
        """Whether the folder is this run's."""
        return self._tables is not None

    def crash(self, error: BaseException, trace: str) -> None:
        """Flush what there is, and say in crash.json where it broke; or in `unwritten`, why not."""
        self.has_crashed = True
        try:
            self._write_crash(error, trace)
        except (OSError, ValueError) as second:
            self.unwritten = sentence_of(second)

    def _write_crash(self, error: BaseException, trace: str) -> None:
        started = self.has_started
        if not started:
            self._open({})
            (self.path / SCENARIO).write_text(self._scenario_text)
        (self.path / RESERVE).unlink(missing_ok=True)
        lost = self._close_what_closes()
        # An error that belongs to a block says so: it may have been recorded before it broke.
        block = getattr(error, "block", (self.last_block or 0) + 1) if started else 0
        self._manifest["status"] = "crashed"
        write_json(self.path / MANIFEST, self._manifest)
        kept = ("scenario", "scenario_sha256", "seed", "engine")
        crash = {key: self._manifest.get(key) for key in kept} | {
            "block": block,
            "last_good_block": block - 1 if block else None,
            "error": sentence_of(error),
            "exception": type(error).__name__,
            "message": str(error),
            "notes": list(getattr(error, "__notes__", ())),
            "tables_lost": lost,
            "command": self._goes_there(block),
            "traceback": trace.splitlines(),
        }
        write_json(self.path / CRASH, crash)

    def _goes_there(self, block: int) -> str:
        """The command that does the run again up to where it broke."""
        if self._manifest.get("custom_agents"):
            return f"sim.replay({str(self.path)!r}, block={max(block - 1, 0)}, agents=[...])"
        return f"backstop replay {self.path} --crash"

    def _open(self, schema: EventSchema) -> None:
        claim(self.path)
        self._tables = Tables(schema, self._file)

    def _file(self, name: str, schema: pa.Schema) -> ParquetFile:
        return ParquetFile(self.path / f"{name}.parquet", schema)

    def _close(self) -> None:
        for close in self._closing().values():
            close()

    def _close_what_closes(self) -> list[str]:
        """Finish every table that can be; the names of those that cannot."""
        lost = []
        for name, close in self._closing().items():
            try:
                close()
            except (OSError, ValueError):
                lost.append(name)
        return lost

    def _closing(self) -> Mapping[str, Callable[[], None]]:
        return {} if self._tables is None else self._tables.closing


def sentence_of(error: BaseException) -> str:
    """What an exception says, with its kind, in one line."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said or 'no reason given'}"
