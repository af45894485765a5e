"""Several recorders of one run."""

from __future__ import annotations

from collections.abc import Sequence

from sim.records.rows import (
    AccountRecord,
    BlockRecord,
    EventRecord,
    Recorder,
    RunEnd,
    RunStart,
    TxRecord,
)


class Several:
    """A recorder that hands everything to each of several."""

    def __init__(self, *recorders: Recorder) -> None:
        self._recorders = recorders

    def start(self, run: RunStart) -> None:
        """Hand on."""
        for one in self._recorders:
            one.start(run)

    def block(
        self, block: BlockRecord, txs: Sequence[TxRecord], events: Sequence[EventRecord]
    ) -> None:
        """Hand on."""
        for one in self._recorders:
            one.block(block, txs, events)

    def accounts(self, rows: Sequence[AccountRecord]) -> None:
        """Hand on."""
        for one in self._recorders:
            one.accounts(rows)

    def end(self, run: RunEnd) -> None:
        """Hand on."""
        for one in self._recorders:
            one.end(run)
