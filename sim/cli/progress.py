"""What a person sees while a run goes on: a recorder that only shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from time import perf_counter
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from sim.records.rows import (
    AccountRecord,
    BlockRecord,
    EventRecord,
    RunEnd,
    RunStart,
    TxRecord,
)
from sim.units import mul_down, to_float

REFRESHES_PER_S = 4
LIQUIDATED = "AccountLiquidated"


class LiveView:
    """Shows the run on stderr; silent where stderr is no terminal."""

    def __init__(self) -> None:
        self._last: BlockRecord | None = None
        self._txs = self._liquidations = 0
        self._begun_s = perf_counter()
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=40),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
        )
        self._task = self._progress.add_task("compiling and deploying", total=None)
        self._live = Live(
            console=self._console,
            get_renderable=self._render,
            refresh_per_second=REFRESHES_PER_S,
            transient=True,
        )

    def __enter__(self) -> LiveView:
        """Begin to show."""
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the terminal as it was."""
        self._live.stop()

    def start(self, run: RunStart) -> None:
        """Name the run."""
        self._progress.update(self._task, description=run.scenario, total=run.blocks)
        self._begun_s = perf_counter()

    def block(
        self, block: BlockRecord, txs: Sequence[TxRecord], events: Sequence[EventRecord]
    ) -> None:
        """Take note of a block; it is drawn when the screen is next refreshed."""
        self._last = block
        self._txs += block.txs
        self._liquidations += sum(event.event == LIQUIDATED for event in events)
        self._progress.advance(self._task)

    def accounts(self, rows: Sequence[AccountRecord]) -> None:
        """Nothing to show."""

    def end(self, run: RunEnd) -> None:
        """Nothing to show: the final table comes next."""

    def _render(self) -> Table:
        shown = Table.grid(padding=(0, 2))
        shown.add_row(self._progress)
        last = self._last
        if last is None:
            return shown
        rate = self._txs / max(perf_counter() - self._begun_s, 1e-9)
        shown.add_row(
            f"{datetime.fromtimestamp(last.time_s, UTC):%Y-%m-%d %H:%M:%S} UTC   "
            f"{self._txs:,} transactions   {rate:,.0f} tx/s   "
            f"{self._liquidations:,} liquidations   pool {to_float(last.insurance_wad):,.0f}"
        )
        for one in last.markets:
            interest = to_float(mul_down(one.open_interest_wad, one.mark_wad))
            shown.add_row(
                f"{one.market:<9} mark {to_float(one.mark_wad):>12,.2f}   "
                f"index {to_float(one.index_wad):>12,.2f}   open interest {interest:>13,.0f}"
            )
        return shown
