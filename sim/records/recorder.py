"""The recorder that writes a run's folder while the run goes on.

Rows are kept as the tuples they came in and turned into columns a chunk at a time, so a long run
holds one chunk in memory. An integer that may pass 64 bits (money, accounts, every event argument)
is stored as a decimal string: exact, and readable by any tool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from time import perf_counter

from sim.records.folder import CRASH, MANIFEST, RESERVE, SCENARIO, claim, write_json
from sim.records.machine import machine
from sim.records.parquet import (
    ACCOUNTS,
    BLOCKS,
    MARKETS,
    TRANSACTIONS,
    VENUE_TRADES,
    EventTable,
    RowTable,
)
from sim.records.rows import (
    AccountRecord,
    BlockRecord,
    EventRecord,
    EventSchema,
    RunEnd,
    RunStart,
    TxRecord,
)

RESERVE_BYTES = 1 << 20
PACKAGES = ("vyper", "snekmate", "pyrevm", "numpy", "pandas", "pyarrow")


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
        self._rows: dict[str, RowTable] = {}
        self._events: EventTable | None = None

    def start(self, run: RunStart) -> None:
        """Claim the folder, write the manifest and the scenario as it was run."""
        self._open(run.schema)
        # Given back when the disk is full, so that there is room to say so.
        (self.path / RESERVE).write_bytes(bytes(RESERVE_BYTES))
        (self.path / SCENARIO).write_text(run.scenario_text)
        self._manifest |= {
            "status": "running",
            "scenario": run.scenario,
            "scenario_sha256": run.scenario_sha256,
            "seed": run.seed,
            "engine": run.engine,
            "node": dict(run.node),
            "blocks_planned": run.blocks,
            "digest": None,
            "contracts_sha256": run.contracts_sha256,
            "versions": {"python": python_version(), **{name: version(name) for name in PACKAGES}},
            "machine": machine(),
            "markets": [_plain(asdict(market)) for market in run.markets],
            "venues": {market: list(names) for market, names in run.venues.items()},
            "feeds": {market: list(names) for market, names in run.feeds.items()},
            "agents": dict(run.agents),
            "pools": dict(run.pools),
            "price_feeds": [dict(one) for one in run.price_feeds],
            "unsafe": list(run.unsafe),
        }
        write_json(self.path / MANIFEST, self._manifest)

    def block(
        self, block: BlockRecord, txs: Sequence[TxRecord], events: Sequence[EventRecord]
    ) -> None:
        """Append one sealed block."""
        assert self._events is not None, "start() comes before block()"
        self._rows["blocks"].extend((block[: len(BLOCKS)],))
        self._rows["markets"].extend(block.markets)
        self._rows["venue_trades"].extend(block.venue_trades)
        self._rows["transactions"].extend(txs)
        self._events.extend(events)
        self.last_block = block.block
        self.events += len(events)

    def accounts(self, rows: Sequence[AccountRecord]) -> None:
        """Append accounts as they stand."""
        self._rows["accounts"].extend(rows)

    def end(self, run: RunEnd) -> None:
        """Flush everything and write the final manifest."""
        (self.path / RESERVE).unlink(missing_ok=True)
        self._close()
        self._manifest |= {
            "status": "complete",
            "digest": run.digest,
            "timings": {
                "setup_wall_s": round(run.setup_wall_s, 3),
                "total_wall_s": round(perf_counter() - self._begun_s, 3),
            },
        }
        write_json(self.path / MANIFEST, self._manifest)

    @property
    def has_started(self) -> bool:
        """Whether the folder is this run's."""
        return self._events is not None

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
        self._rows = {
            name: RowTable(self.path / f"{name}.parquet", columns)
            for name, columns in (
                ("blocks", BLOCKS),
                ("markets", MARKETS),
                ("transactions", TRANSACTIONS),
                ("accounts", ACCOUNTS),
                ("venue_trades", VENUE_TRADES),
            )
        }
        self._events = EventTable(self.path / "events.parquet", schema)

    def _close(self) -> None:
        for table in self._tables().values():
            table.close()

    def _close_what_closes(self) -> list[str]:
        """Finish every table that can be; the names of those that cannot."""
        lost = []
        for name, table in self._tables().items():
            try:
                table.close()
            except (OSError, ValueError):
                lost.append(name)
        return lost

    def _tables(self) -> dict[str, RowTable | EventTable]:
        tables: dict[str, RowTable | EventTable] = dict(self._rows)
        return tables if self._events is None else tables | {"events": self._events}


def sentence_of(error: BaseException) -> str:
    """What an exception says, with its kind, in one line."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said or 'no reason given'}"


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {key: str(value) if key.endswith("_wad") else value for key, value in values.items()}
