"""LEAN minute or second files: no header, milliseconds of a day that only the name tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sim.market.series import Origin, PriceFileError, PriceSeries, Rows

TRADE_COLUMNS, QUOTE_COLUMNS = 6, 11
BID_CLOSE, ASK_CLOSE = 4, 9
HIGH, LOW, CLOSE = 2, 3, 4
DAY_MS = 86_400_000
BAR_S = {"minute": 60, "second": 1}
_TREE = re.compile(r"(crypto(?:future)?)_([a-z0-9]+)_(?:minute|second)_([a-z0-9]+)_\d{8}")
_DATE = re.compile(r"(?<!\d)(\d{8})(?!\d)")
_INNER = re.compile(r"(?<!\d)\d{8}_([a-z0-9]+)_(?:minute|second)")


def is_lean(first: Sequence[str]) -> bool:
    """Whether a first row has the columns of a trade or quote bar and a time within a day."""
    columns_fit = len(first) in (TRADE_COLUMNS, QUOTE_COLUMNS)
    return columns_fit and first[0].isdecimal() and int(first[0]) < DAY_MS


def read_lean(path: Path, inner: str, table: Sequence[tuple[int, list[str]]]) -> PriceSeries:
    """Trade closes, or the middle of bid and ask closes; times are when the bars end."""
    columns = len(table[0][1])
    origin = _origin(path, inner, "trade" if columns == TRADE_COLUMNS else "quote")
    resolution = "second" if "second" in f"{inner}{path.name}" else "minute"
    day_s = _day_s(path, inner)
    rows = Rows(origin)
    for line, cells in table:
        if len(cells) != columns:
            rows.fail(line, f"{len(cells)} columns, {columns} as in the first row are allowed")
        if not cells[0].isdecimal() or int(cells[0]) >= DAY_MS:
            rows.fail(line, f"the time is {cells[0]!r}, 0 to {DAY_MS - 1} ms of the day is allowed")
        time_s = day_s + int(cells[0]) // 1000
        if columns == TRADE_COLUMNS:
            rows.add(line, time_s, cells[CLOSE])
            rows.add_range(line, cells[HIGH], cells[LOW])
        else:
            bid = rows.price(line, "bid close", cells[BID_CLOSE])
            ask = rows.price(line, "ask close", cells[ASK_CLOSE])
            rows.add(line, time_s, (bid + ask) / 2)
    return rows.series(bar_s=BAR_S[resolution], opens=True)


def _origin(path: Path, inner: str, kind: str) -> Origin:
    """Venue and symbol: `crypto_coinbase_minute_btcusd_20170904` as a name or as folders."""
    found = _TREE.search("_".join(path.parts))
    venue = path.stem
    if found:
        venue = found.group(2) + ("-perp" if found.group(1) == "cryptofuture" else "")
        venue += "-quote" if kind == "quote" else ""
    named = _INNER.search(inner)
    symbol = found.group(3) if found else named.group(1) if named else None
    return Origin(
        file=path.name,
        layout=f"LEAN {kind}",
        venue=venue,
        symbol=symbol.upper() if symbol else None,
    )


def _day_s(path: Path, inner: str) -> int:
    """Midnight UTC of the date in the name, inside the zip first."""
    for name in (inner, path.name):
        found = _DATE.search(name)
        if found:
            try:
                day = datetime.strptime(found.group(1), "%Y%m%d").replace(tzinfo=UTC)
            except ValueError:
                continue
            return int(day.timestamp())
    raise PriceFileError(
        f"{path.name}: no date in the name {inner!r}, "
        "a LEAN file needs YYYYMMDD in its name or its zip's"
    )
