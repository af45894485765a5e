"""The tables of a run while it goes on: what happened, sorted into rows of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pyarrow as pa

from sim.records.parquet import (
    ACCOUNTS,
    BLOCKS,
    MARKETS,
    TRANSACTIONS,
    VENUE_TRADES,
    EventTable,
    RowTable,
    Sink,
)
from sim.records.rows import AccountRecord, BlockRecord, EventRecord, EventSchema, TxRecord

# Opens what keeps the table of a name, once its columns are known.
Opening = Callable[[str, pa.Schema], Sink]
_ROWS = {
    "blocks": BLOCKS,
    "markets": MARKETS,
    "transactions": TRANSACTIONS,
    "accounts": ACCOUNTS,
    "venue_trades": VENUE_TRADES,
}


class Tables:
    """Every table of one run; each is closed by itself, for one may break and the others not."""

    def __init__(self, schema: EventSchema, opening: Opening) -> None:
        self._rows = {name: RowTable(one, opening(name, one)) for name, one in _ROWS.items()}
        self._events = EventTable(schema, partial(opening, "events"))

    def block(
        self, block: BlockRecord, txs: Sequence[TxRecord], events: Sequence[EventRecord]
    ) -> None:
        """Append one sealed block."""
        self._rows["blocks"].extend((block[: len(BLOCKS)],))
        self._rows["markets"].extend(block.markets)
        self._rows["venue_trades"].extend(block.venue_trades)
        self._rows["transactions"].extend(txs)
        self._events.extend(events)

    def accounts(self, rows: Sequence[AccountRecord]) -> None:
        """Append accounts as they stand."""
        self._rows["accounts"].extend(rows)

    @property
    def closing(self) -> dict[str, Callable[[], None]]:
        """What finishes each table, by name."""
        tables: dict[str, RowTable | EventTable] = {**self._rows, "events": self._events}
        return {name: one.close for name, one in tables.items()}
