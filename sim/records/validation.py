"""Whether what lies in a folder is what a run's recorder wrote there."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sim.records.parquet import ACCOUNTS, BLOCKS, MARKETS, TRANSACTIONS, VENUE_TRADES
from sim.records.source import EVENT_HEAD, present, told

TABLES = ("events", "blocks", "markets", "transactions", "accounts", "venue_trades")
_COLUMNS = {
    "events": list(EVENT_HEAD),
    "blocks": BLOCKS.names,
    "markets": MARKETS.names,
    "transactions": TRANSACTIONS.names,
    "accounts": ACCOUNTS.names,
    "venue_trades": VENUE_TRADES.names,
}
_AT_ONCE = 8  # columns of events
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


class TableFile:
    """One of a run's tables as it lies in its folder: read at once, made out when asked.

    Compressed a table is small, and what becomes of the folder no longer matters.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path, self._name = folder / f"{name}.parquet", name
        with self._readable():
            self._data = self._path.read_bytes()

    @cached_property
    def rows(self) -> int:
        """How many; refuses a file that is unreadable or no run's."""
        with self._readable():
            file = self._file()
        missing = [one for one in _COLUMNS[self._name] if one not in file.schema_arrow.names]
        if missing:
            raise RunFolderError(f"{self._path} has no column {', '.join(missing)}; it is no run's")
        count: int = file.metadata.num_rows
        return count

    def whole(self) -> pa.Table:
        """All of it."""
        with self._readable():
            return self._file().read()

    def events_of(self, contracts: Collection[str], columns: Sequence[str] | None) -> pa.Table:
        """The events of some contracts, in these columns or in all that say something of them.

        A few columns at a time of a row group: whole it would take more memory than the run did.
        """
        asked = pa.array(contracts, pa.string())
        with self._readable():
            file = self._file()
            empty = file.schema_arrow.empty_table()
            columns = present(empty.column_names, columns) if columns else None
            found = [empty.select(columns or EVENT_HEAD)]
            for place in range(file.num_row_groups):
                names = columns or _said(file.metadata.row_group(place))
                rows = _filtered(file, place, asked, names)
                found.append(rows if columns else told(rows))
            return pa.concat_tables(found, promote_options="default")

    def _file(self) -> pq.ParquetFile:
        return pq.ParquetFile(pa.BufferReader(self._data))

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            raise RunFolderError(f"{self._path} is not readable as parquet") from error


def _filtered(
    file: pq.ParquetFile, place: int, contracts: pa.Array, names: Sequence[str]
) -> pa.Table:
    """Columns of a row group, the rows of some contracts."""
    read = partial(file.read_row_group, place, use_threads=False)
    is_asked = pc.is_in(read(columns=["contract"])["contract"], value_set=contracts)
    starts = range(0, len(names), _AT_ONCE)
    parts = [read(columns=names[at : at + _AT_ONCE]).filter(is_asked) for at in starts]
    found = {name: part[name] for part in parts for name in part.column_names}
    return pa.table({name: found[name] for name in names})


def _said(group: Any) -> list[str]:
    """The columns of a row group that are not null from end to end."""
    columns = [group.column(place) for place in range(group.num_columns)]
    return [
        one.path_in_schema
        for one in columns
        if one.statistics is None or one.statistics.null_count < group.num_rows
    ]
