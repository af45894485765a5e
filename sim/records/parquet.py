"""Rows of facts to columns, a chunk at a time, in a parquet file or in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol, cast

import pyarrow as pa
import pyarrow.parquet as pq

from sim.records.rows import EventRecord, EventSchema

# Rows kept as tuples before they become a row group: some 10 MB at a time.
CHUNK_ROWS = 15_000

_ACCOUNTS = 1 << 96  # an integer from here on is an account: no money is as much
_TEXT, _BOOL, _INT, _FLOAT = pa.string(), pa.bool_(), pa.int64(), pa.float64()
_TEXTS = pa.list_(_TEXT)

# In the order of the record's fields. Exact integers beyond 64 bits are decimal strings.
BLOCKS = pa.schema(
    [
        ("block", _INT),
        ("time_s", _INT),
        ("txs", _INT),
        ("reverts", _INT),
        ("insurance_wad", _TEXT),
        ("conservation_error_wad", _TEXT),
        ("violations", _TEXTS),
        ("digest", _TEXT),
        ("base_fee_wei", _INT),
        ("gas_reckoned", _INT),
        ("waiting", _INT),
        ("dropped", _INT),
        ("evm_wall_s", _FLOAT),
        ("wall_s", _FLOAT),
    ]
)
MARKETS = pa.schema(
    [
        ("block", _INT),
        ("time_s", _INT),
        ("market", _TEXT),
        ("true_wad", _TEXT),
        ("venues_wad", _TEXTS),
        ("feeds_wad", _TEXTS),
        ("index_wad", _TEXT),
        ("conf_wad", _TEXT),
        ("mark_wad", _TEXT),
        ("status", _INT),
        ("funding_rate_wad", _TEXT),
        ("best_bid_wad", _TEXT),
        ("best_ask_wad", _TEXT),
        ("last_price_wad", _TEXT),
        ("open_interest_wad", _TEXT),
    ]
)
TRANSACTIONS = pa.schema(
    [
        ("block", _INT),
        ("tx", _INT),
        ("agent", _TEXT),
        ("action", _TEXT),
        ("market", _TEXT),
        ("ok", _BOOL),
        ("error", _TEXT),
        ("gas_used", _INT),
        ("fee_wei", _TEXT),
    ]
)
ACCOUNTS = pa.schema(
    [
        ("block", _INT),
        ("account", _TEXT),
        ("agent", _TEXT),
        ("kind", _TEXT),
        ("cash_wad", _TEXT),
        ("equity_wad", _TEXT),
        ("maintenance_wad", _TEXT),
        ("net_deposit_wad", _TEXT),
    ]
)
VENUE_TRADES = pa.schema(
    [
        ("block", _INT),
        ("agent", _TEXT),
        ("account", _TEXT),
        ("venue", _TEXT),
        ("market", _TEXT),
        ("size_wad", _TEXT),
        ("cash_wad", _TEXT),
        ("fee_wad", _TEXT),
        ("before_wad", _TEXT),
        ("after_wad", _TEXT),
        ("refusal", _TEXT),
    ]
)
_EVENT_HEAD = [
    ("block", _INT),
    ("tx", _INT),
    ("log", _INT),
    ("contract", _TEXT),
    ("instance", _TEXT),
    ("event", _TEXT),
]


class Sink(Protocol):
    """Where chunks of a table go."""

    def write(self, table: pa.Table) -> None:
        """Append a chunk, in the columns of the table."""
        ...

    def close(self) -> None:
        """Nothing follows."""
        ...


class ParquetFile:
    """A parquet file that exists from the start, so that a run of no rows is readable too."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(path, schema, compression="snappy")

    def write(self, table: pa.Table) -> None:
        """Append a row group."""
        self._writer.write_table(table)

    def close(self) -> None:
        """Write the end of the file."""
        self._writer.close()


class KeptChunks:
    """The chunks themselves."""

    def __init__(self, schema: pa.Schema) -> None:
        self._chunks = [schema.empty_table()]

    def write(self, table: pa.Table) -> None:
        """Keep a chunk."""
        self._chunks.append(table)

    def close(self) -> None:
        """Nothing was opened."""

    def chunks(self) -> Sequence[pa.Table]:
        """All that was kept."""
        return self._chunks


class RowTable:
    """A table whose rows all have the same fields."""

    def __init__(self, schema: pa.Schema, sink: Sink) -> None:
        self._schema, self._sink = schema, sink
        self.names: list[str] = schema.names
        self._rows: list[Sequence[object]] = []

    def extend(self, rows: Iterable[Sequence[object]]) -> None:
        """Append rows whose fields are in the schema's order."""
        self._rows.extend(rows)
        if len(self._rows) >= CHUNK_ROWS:
            self._flush()

    def close(self) -> None:
        """Write what is left and finish the file."""
        self._flush()
        self._sink.close()

    def _flush(self) -> None:
        if not self._rows:
            return
        schema = self._schema
        named = zip(schema, zip(*self._rows, strict=True), strict=True)
        columns = [_array(column, field.type) for field, column in named]
        self._sink.write(pa.table(columns, schema=schema))
        self._rows.clear()


class EventTable:
    """Events of every kind in one table: a column for each argument name, null where foreign.

    A chunk is in the order of its kinds, which costs half of what its own would; `block` and `log`
    sort it.
    """

    def __init__(self, schema: EventSchema, sink: Callable[[pa.Schema], Sink]) -> None:
        self._names = {key: tuple(name for name, _ in args) for key, args in schema.items()}
        kinds: dict[str, pa.DataType] = {}
        for name, abi in (pair for args in schema.values() for pair in args):
            kind = _BOOL if abi == "bool" else _TEXT
            # A name that is a bool in one event and a number in another is text in both.
            kinds[name] = kind if kinds.get(name, kind) == kind else _TEXT
        self._kinds = kinds
        fields = [*_EVENT_HEAD, *((f"arg_{name}", kind) for name, kind in kinds.items())]
        self._schema = pa.schema(fields)
        self._sink = sink(self._schema)
        self._rows: dict[tuple[str, str], list[EventRecord]] = defaultdict(list)
        self._held = 0

    def extend(self, events: Sequence[EventRecord]) -> None:
        """Append decoded logs."""
        for event in events:
            self._rows[event.contract, event.event].append(event)
        self._held += len(events)
        if self._held >= CHUNK_ROWS:
            self._flush()

    def close(self) -> None:
        """Write what is left and finish the file."""
        self._flush()
        self._sink.close()

    def _flush(self) -> None:
        if not self._held:
            return
        parts = [self._part(key, rows) for key, rows in self._rows.items()]
        whole = [self._schema.empty_table(), *parts]  # the first one's columns come first
        self._sink.write(pa.concat_tables(whole, promote_options="default"))
        self._rows.clear()
        self._held = 0

    def _part(self, key: tuple[str, str], rows: Sequence[EventRecord]) -> pa.Table:
        """Events of one kind, in the columns that this kind has."""
        *head, values = zip(*rows, strict=True)
        named = zip(self._names[key], zip(*values, strict=True), strict=True)
        columns = {
            name: pa.array(column, kind)
            for (name, kind), column in zip(_EVENT_HEAD, head, strict=True)
        }
        columns |= {f"arg_{name}": _array(column, self._kinds[name]) for name, column in named}
        return pa.table(columns)


def _array(column: Sequence[object], kind: pa.DataType) -> pa.Array:
    if kind == _TEXT:
        return pa.array(_texts(column), kind)
    if kind == _TEXTS:
        cells = cast("Sequence[Sequence[object]]", column)
        return pa.array([list(map(str, cell)) for cell in cells], kind)
    return pa.array(column, kind)


def _texts(column: Sequence[object]) -> list[str]:
    """The column as text; accounts take long to write and recur, so each is written once."""
    first = column[0] if column else 0
    if isinstance(first, int) and first >= _ACCOUNTS:
        texts = {value: str(value) for value in set(column)}
        return list(map(texts.__getitem__, column))
    return list(map(str, column))
