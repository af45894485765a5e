"""Binance kline files: 12 columns, with or without a header, times in ms or us."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.market.series import Origin, PriceSeries, Rows
from sim.market.symbols import find_symbol

COLUMNS = 12
OPEN_TIME, HIGH, LOW, CLOSE, CLOSE_TIME = 0, 2, 3, 4, 6


def is_binance(first: Sequence[str]) -> bool:
    """Whether a first row is a kline or the header of klines."""
    return len(first) == COLUMNS and (
        first[0].isdecimal() or first[0].strip().lower().replace(" ", "_") == "open_time"
    )


def read_binance(path: Path, inner: str, table: Sequence[tuple[int, list[str]]]) -> PriceSeries:
    """Closes at the end of each kline."""
    symbol = find_symbol(inner) or find_symbol(path.name)
    rows = Rows(
        Origin(file=path.name, layout="Binance klines", venue="binance", symbol=symbol),
    )
    bar_s: int | None = None
    for line, cells in table if table[0][1][0].isdecimal() else table[1:]:
        if len(cells) != COLUMNS:
            rows.fail(line, f"{len(cells)} columns, {COLUMNS} are allowed")
        open_s = rows.time_s(line, cells[OPEN_TIME])
        if bar_s is None:
            # The close time is the last instant of the bar; the next one opens one second on.
            bar_s = max(1, rows.time_s(line, cells[CLOSE_TIME]) + 1 - open_s)
        rows.add(line, open_s, cells[CLOSE])
        rows.add_range(line, cells[HIGH], cells[LOW])
    return rows.series(bar_s=bar_s, opens=True)
