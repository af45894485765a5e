"""The folder of a run on disk: which files are in it, who may claim it, and how it is read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.records.validation import TABLES, RunFolderError, read_manifest, read_table

RESERVE = ".reserve"
MANIFEST, SUMMARY, CRASH = "manifest.json", "summary.json", "crash.json"
SCENARIO, REPORT = "scenario.yaml", "report.html"
FILES = (
    *(f"{name}.parquet" for name in TABLES),
    *(MANIFEST, SUMMARY, CRASH, SCENARIO, REPORT, RESERVE),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Run:
    """A run folder as read from disk; metrics work on its tables. One run equals itself alone."""

    path: Path
    manifest: Mapping[str, object]
    events: pd.DataFrame
    blocks: pd.DataFrame
    markets: pd.DataFrame
    transactions: pd.DataFrame
    accounts: pd.DataFrame
    venue_trades: pd.DataFrame

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
