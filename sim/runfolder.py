"""One run on disk: the recorder that writes the folder, and the reader that opens it again.

Rows are kept as the tuples they came in and turned into columns a chunk at a time, so a long run
holds one chunk in memory. An integer that may pass 64 bits (money, accounts, every event argument)
is stored as a decimal string: exact, and readable by any tool.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from time import perf_counter
from typing import Any

import pandas as pd

from sim.columns import (
    ACCOUNTS,
    BLOCKS,
    MARKETS,
    TRANSACTIONS,
    VENUE_TRADES,
    EventTable,
    RowTable,
)
from sim.record import (
    AccountRecord,
    BlockRecord,
    EventRecord,
    EventSchema,
    RunEnd,
    RunStart,
    TxRecord,
)
from sim.runcheck import TABLES, RunFolderError, read_manifest, read_table

RESERVE, RESERVE_BYTES = ".reserve", 1 << 20
MANIFEST, SUMMARY, CRASH = "manifest.json", "summary.json", "crash.json"
SCENARIO, REPORT = "scenario.yaml", "report.html"
FILES = (
    *(f"{name}.parquet" for name in TABLES),
    *(MANIFEST, SUMMARY, CRASH, SCENARIO, REPORT, RESERVE),
)
PACKAGES = ("vyper", "snekmate", "pyrevm", "numpy", "pandas", "pyarrow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run folder as read from disk; metrics work on its tables."""

    path: Path
    manifest: Mapping[str, object]
    events: pd.DataFrame
    blocks: pd.DataFrame
    markets: pd.DataFrame
    transactions: pd.DataFrame
    accounts: pd.DataFrame
    venue_trades: pd.DataFrame

    def told(self, key: str) -> Mapping[str, Any]:
        """One of the manifest's tables: "agents", "venues", "feeds", ..."""
        table = self.manifest[key]
        if not isinstance(table, dict):
            raise RunFolderError(f"{self.path / MANIFEST}: {key} is no table")
        return table


def check_out(path: Path) -> bool:
    """Refuse a folder that may not become a run's; True if an earlier run is in it."""
    if path.exists() and not path.is_dir():
        raise RunFolderError(f"{path} is a file; --out takes a folder")
    home = next(each for each in (path, *path.absolute().parents) if each.exists())
    if not home.is_dir() or not os.access(home, os.W_OK):
        raise RunFolderError(f"cannot write to {path}; --out takes a folder that can be written")
    if path.exists() and any(path.iterdir()):
        if not (path / MANIFEST).is_file():
            raise RunFolderError(
                f"{path} is not empty and holds no {MANIFEST}; --out takes a new folder, "
                "an empty one, or an earlier run's (which is replaced)"
            )
        return True
    return False


def claim(path: Path) -> None:
    """Make `path` an empty run folder; files in it that are no run's are left."""
    check_out(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            (path / name).unlink(missing_ok=True)
        (path / MANIFEST).write_text("{}\n")
    except OSError as error:
        raise RunFolderError(f"cannot write to {path}: {error.strerror}") from error


def read_run(path: Path) -> Run:
    """Open a run folder; refuses one with a file missing or unreadable."""
    if not path.is_dir():
        raise RunFolderError(f"{path} is not a folder; the folder of a run is needed")
    wanted = (MANIFEST, *(f"{name}.parquet" for name in TABLES))
    missing = [name for name in wanted if not (path / name).is_file()]
    if missing:
        raise RunFolderError(f"{path} is not a whole run folder: {', '.join(missing)} missing")
    manifest = read_manifest(path / MANIFEST)
    tables = {name: read_table(path, name) for name in TABLES}
    # Events are written kind by kind; their order is that of the chain.
    tables["events"] = tables["events"].sort_values(["block", "log"], ignore_index=True)
    return Run(path=path, manifest=manifest, **tables)


def write_json(path: Path, value: object) -> None:
    """Write a value as indented JSON with a final newline."""
    path.write_text(json.dumps(value, indent=2) + "\n")


class FolderRecorder:
    """Writes a run folder while the run goes on; touches no disk before the run starts."""

    def __init__(self, path: Path, known: Mapping[str, object], scenario_text: str = "") -> None:
        self.path = path
        self._scenario_text = scenario_text
        self.last_block: int | None = None
        self.events = 0
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
            "blocks_planned": run.blocks,
            "digest": None,
            "contracts_sha256": run.contracts_sha256,
            "versions": {"python": python_version(), **{name: version(name) for name in PACKAGES}},
            "markets": [_plain(asdict(market)) for market in run.markets],
            "venues": {market: list(names) for market, names in run.venues.items()},
            "feeds": {market: list(names) for market, names in run.feeds.items()},
            "agents": dict(run.agents),
            "pools": dict(run.pools),
            "price_files": {file: dict(counts) for file, counts in run.price_quality.items()},
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

    def crash(self, error: BaseException, trace: str) -> None:
        """Flush what there is and say in crash.json where the run broke."""
        started = self._events is not None
        if not started:
            self._open({})
            (self.path / SCENARIO).write_text(self._scenario_text)
        (self.path / RESERVE).unlink(missing_ok=True)
        lost = self._close_what_closes()
        # An error that belongs to a block says so: it may have been recorded before it broke.
        block = getattr(error, "block", (self.last_block or 0) + 1) if started else 0
        self._manifest["status"] = "crashed"
        write_json(self.path / MANIFEST, self._manifest)
        told = ("scenario", "scenario_sha256", "seed", "engine")
        crash = {key: self._manifest.get(key) for key in told} | {
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
        if self._manifest.get("newcomers"):
            return f"sim.replay({str(self.path)!r}, block={max(block - 1, 0)}, agents=[...])"
        return f"python -m sim replay {self.path} --crash"

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
