"""The folder of a run on disk: which files are in it, who may claim it, and how it is read."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from sim.records.source import LaterTables, events_of
from sim.records.validation import TABLES, RunFolderError, TableFile, read_manifest

RESERVE = ".reserve"
MANIFEST, SUMMARY, CRASH = "manifest.json", "summary.json", "crash.json"
SCENARIO, REPORT = "scenario.yaml", "report.html"
FILES = (
    *(f"{name}.parquet" for name in TABLES),
    *(MANIFEST, SUMMARY, CRASH, SCENARIO, REPORT, RESERVE),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Run:
    """What was recorded of a run; metrics work on its tables. One run equals itself alone."""

    path: Path
    manifest: Mapping[str, object]
    tables: Mapping[str, pd.DataFrame]

    @property
    def events(self) -> pd.DataFrame:
        """Every decoded log, in order."""
        return self.tables["events"]

    def events_of(self, contracts: Collection[str], names: Sequence[str] = ()) -> pd.DataFrame:
        """The events of some contracts alone, in order, in the columns that these have.

        With `names` only those arguments are there, null where an event has none.
        """
        return events_of(self.tables, contracts, names)

    @property
    def event_count(self) -> int:
        """How many events there are, none of which is looked at for that."""
        if isinstance(self.tables, LaterTables) and "events" not in self.tables:
            return self.tables.source.event_count()
        return len(self.events)

    @property
    def blocks(self) -> pd.DataFrame:
        """One row a block."""
        return self.tables["blocks"]

    @property
    def markets(self) -> pd.DataFrame:
        """One row a block and market."""
        return self.tables["markets"]

    @property
    def transactions(self) -> pd.DataFrame:
        """One row a transaction."""
        return self.tables["transactions"]

    @property
    def accounts(self) -> pd.DataFrame:
        """One row an account, at each checkpoint."""
        return self.tables["accounts"]

    @property
    def venue_trades(self) -> pd.DataFrame:
        """One row a trade off the chain."""
        return self.tables["venue_trades"]

    def section(self, key: str) -> Mapping[str, Any]:
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
    """Open a run folder; refuses one with a file missing or unreadable.

    A table is made out when it is first asked for.
    """
    if not path.is_dir():
        raise RunFolderError(f"{path} is not a folder; the folder of a run is needed")
    wanted = (MANIFEST, *(f"{name}.parquet" for name in TABLES))
    missing = [name for name in wanted if not (path / name).is_file()]
    if missing:
        raise RunFolderError(f"{path} is not a whole run folder: {', '.join(missing)} missing")
    manifest, source = read_manifest(path / MANIFEST), FolderSource(path)
    source.check()
    return Run(path=path, manifest=manifest, tables=LaterTables(source))


def read_own(path: Path) -> Run:
    """Open a folder that was written just now, and has every file as it should be."""
    manifest = read_manifest(path / MANIFEST)
    return Run(path=path, manifest=manifest, tables=LaterTables(FolderSource(path)))


class FolderSource:
    """The parquet files of a run's folder."""

    def __init__(self, path: Path) -> None:
        self._files = {name: TableFile(path, name) for name in TABLES}

    def check(self) -> None:
        """Refuse a folder with a file that is unreadable or no run's."""
        for file in self._files.values():
            _ = file.rows

    def table(self, name: str) -> pa.Table:
        """One of them, whole."""
        return self._files[name].whole()

    def events_of(self, contracts: Collection[str], columns: Sequence[str] | None) -> pa.Table:
        """Those of some contracts."""
        return self._files["events"].events_of(contracts, columns)

    def event_count(self) -> int:
        """As the file's end says."""
        return self._files["events"].rows


def write_json(path: Path, value: object) -> None:
    """Write a value as indented JSON with a final newline."""
    path.write_text(json.dumps(value, indent=2) + "\n")
