"""Whether what lies in a folder is what a run's recorder wrote there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sim.records.parquet import ACCOUNTS, BLOCKS, MARKETS, TRANSACTIONS, VENUE_TRADES

TABLES = ("events", "blocks", "markets", "transactions", "accounts", "venue_trades")
_COLUMNS = {
    "events": ["block", "tx", "log", "contract", "instance", "event"],
    "blocks": BLOCKS.names,
    "markets": MARKETS.names,
    "transactions": TRANSACTIONS.names,
    "accounts": ACCOUNTS.names,
    "venue_trades": VENUE_TRADES.names,
}
_KEYS = {"seed": (int, "an integer"), "engine": (str, "a name"), "status": (str, "a word")}
_MANIFEST_TABLES = (
    "agents",
    "venues",
    "feeds",
    "pools",
    "custom_agents",
    "newcomers",
    "price_options",
)


class RunFolderError(ValueError):
    """One sentence: the folder, what was found, what is allowed."""


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file of a run."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RunFolderError(f"{path} is not JSON: {error}") from error
    except OSError as error:
        raise RunFolderError(f"cannot read {path}: {error.strerror}") from error
    if not isinstance(found, dict):
        raise RunFolderError(f"{path}: found a {type(found).__name__}; an object is allowed")
    return found


def read_manifest(path: Path) -> Mapping[str, object]:
    """What a manifest says, once it says what every run's does."""
    manifest = read_json(path)
    if "scenario" not in manifest:
        raise RunFolderError(f"{path} names no scenario; the run never started")
    for key, (kind, allowed) in _KEYS.items():
        if type(manifest.get(key)) is not kind:
            found = repr(manifest[key]) if key in manifest else "nothing"
            raise RunFolderError(f"{path}: {key}: found {found}; {allowed} is allowed")
    for key in _MANIFEST_TABLES:
        if not isinstance(manifest.get(key, {}), dict):
            raise RunFolderError(f"{path}: {key}: found {manifest[key]!r}; an object is allowed")
    return manifest


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """One of the tables, once it has the columns it was written with."""
    path = folder / f"{name}.parquet"
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path} is not readable as parquet") from error
    missing = [column for column in _COLUMNS[name] if column not in table.columns]
    if missing:
        raise RunFolderError(f"{path} has no column {', '.join(missing)}; it is no run's")
    return table
