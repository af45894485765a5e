"""Files with named columns: plain csv or parquet, and CryptoDataDownload's csv."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

from sim.market.series import Origin, PriceFileError, PriceSeries, Rows
from sim.market.symbols import find_symbol

# Accepted names in order of preference, in any case.
TIME_NAMES = ("unix", "timestamp", "time", "datetime", "date")
PRICE_NAMES = ("price", "close")
SYMBOL_NAME, HIGH_NAME, LOW_NAME = "symbol", "high", "low"


def has_names(first: Sequence[str]) -> bool:
    """Whether a first row names a time and a price column."""
    names = {cell.strip().lower() for cell in first}
    return not names.isdisjoint(TIME_NAMES) and not names.isdisjoint(PRICE_NAMES)


def read_csv(path: Path, table: Sequence[tuple[int, list[str]]], bar_s: int | None) -> PriceSeries:
    """Prices of a plain csv; its times are when the prices were known."""
    layout, venue = "csv", path.stem
    return _series(path, layout, venue, table[0][1], table[1:]).series(bar_s=bar_s)


def read_download(
    path: Path, table: Sequence[tuple[int, list[str]]], bar_s: int | None
) -> PriceSeries:
    """Prices of a CryptoDataDownload csv (banner, header, newest first) at the end of each bar."""
    layout, venue = "CryptoDataDownload", path.stem.split("_")[0].lower()
    rows = _series(path, layout, venue, table[1][1], table[2:])
    return rows.series(bar_s=bar_s, opens=True, may_descend=True)


def read_parquet(path: Path, data: bytes, bar_s: int | None) -> PriceSeries:
    """Prices of a parquet file; its times are when the prices were known."""
    # Loaded only here: it is slow to import, and no other format needs it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        frame = pq.read_table(BytesIO(data))
    except (pa.ArrowException, OSError) as error:
        raise PriceFileError(
            f"{path.name}: the parquet file is corrupt, only a readable one is allowed"
        ) from error
    names = [str(name) for name in frame.column_names]
    if not has_names(names):
        raise PriceFileError(
            f"{path.name}: the columns are {', '.join(names) or 'none'}, one of "
            f"{', '.join(TIME_NAMES)} and one of {', '.join(PRICE_NAMES)} are needed"
        )
    columns = [frame.column(i).to_pylist() for i in range(len(names))]
    rows = _series(path, "parquet", path.stem, names, enumerate(zip(*columns, strict=True), 1))
    return rows.series(bar_s=bar_s)


def _series(
    path: Path,
    layout: str,
    venue: str,
    header: Sequence[str],
    table: Iterable[tuple[int, Sequence[object]]],
) -> Rows:
    names = [name.strip().lower() for name in header]
    time_at = _first(names, TIME_NAMES)
    close_at = _first(names, PRICE_NAMES)
    has_range = HIGH_NAME in names and LOW_NAME in names
    symbol: str | None = None
    rows = Rows(Origin(file=path.name, layout=layout, venue=venue, symbol=find_symbol(path.stem)))
    for line, cells in table:
        if len(cells) != len(names):
            rows.fail(line, f"{len(cells)} columns, {len(names)} as in the header are allowed")
        if SYMBOL_NAME in names:
            found = str(cells[names.index(SYMBOL_NAME)]).strip()
            if symbol not in (None, found):
                rows.fail(line, f"the symbol is {found!r}, one symbol ({symbol!r}) is allowed")
            symbol = found
        rows.add(line, rows.time_s(line, cells[time_at]), cells[close_at])
        if has_range:
            rows.add_range(line, cells[names.index(HIGH_NAME)], cells[names.index(LOW_NAME)])
    if symbol:
        rows.origin = Origin(file=path.name, layout=layout, venue=venue, symbol=symbol)
    return rows


def _first(names: Sequence[str], wanted: Sequence[str]) -> int:
    return names.index(next(name for name in wanted if name in names))
