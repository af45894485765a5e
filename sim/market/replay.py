"""Reading a real price file: its format is told by its content, never by its extension alone.

Accepted: LEAN minute or second bars (zip or csv), Binance klines (zip or csv), CryptoDataDownload
csv, and csv or parquet with named columns (see `read_table`).
"""

from __future__ import annotations

import csv
import zipfile
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from sim.market.read_binance import is_binance, read_binance
from sim.market.read_lean import is_lean, read_lean
from sim.market.read_table import (
    PRICE_NAMES,
    TIME_NAMES,
    has_names,
    read_csv,
    read_download,
    read_parquet,
)
from sim.market.series import PriceFileError, PriceSeries

ZIP_MAGIC, PARQUET_MAGIC = b"PK", b"PAR1"
BANNERS = ("cryptodatadownload", "://")
KNOWN = (
    "LEAN bars, Binance klines, CryptoDataDownload, or a header with one of "
    f"{', '.join(TIME_NAMES)} and one of {', '.join(PRICE_NAMES)}"
)
SHOWN_CHARACTERS = 60


def read_prices(
    path: Path, *, venue: str | None = None, symbol: str | None = None, bar_s: int | None = None
) -> PriceSeries:
    """The prices in a file; what the caller names overrides what the file says of itself.

    `bar_s`, the time a price stays current, serves files that do not state it (named columns).
    """
    data = _bytes(path)
    if data.startswith(PARQUET_MAGIC):
        series = read_parquet(path, data, bar_s)
    else:
        inner = path.name
        if data.startswith(ZIP_MAGIC):
            inner, data = _unzip(path, data)
        series = _from_text(path, inner, data, bar_s)
    return replace(series, venue=venue or series.venue, symbol=symbol or series.symbol)


def _bytes(path: Path) -> bytes:
    if not path.exists():
        raise PriceFileError(f"{path}: no such file, an existing file is needed")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PriceFileError(
            f"{path.name}: not readable ({error.strerror}), a readable file is needed"
        ) from error
    if not data.strip():
        raise PriceFileError(f"{path.name}: the file is empty, at least 2 price rows are needed")
    return data


def _unzip(path: Path, data: bytes) -> tuple[str, bytes]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            if len(names) != 1:
                raise PriceFileError(
                    f"{path.name}: the zip holds {len(names)} files, exactly one is allowed"
                )
            return names[0], archive.read(names[0])
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise PriceFileError(
            f"{path.name}: the zip cannot be unpacked ({error}), only an intact zip "
            "without password is allowed"
        ) from error


def _from_text(path: Path, inner: str, data: bytes, bar_s: int | None) -> PriceSeries:
    try:
        reader = csv.reader(data.decode("utf-8-sig").splitlines(), strict=True)
        table = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise PriceFileError(
            f"{path.name}: not a text file of comma-separated values, allowed are {KNOWN}"
        ) from error
    if not table:
        raise PriceFileError(f"{path.name}: the file is empty, at least 2 price rows are needed")
    first = table[0][1]
    if is_binance(first):
        return read_binance(path, inner, table)
    if is_lean(first):
        return read_lean(path, inner, table)
    if has_names(first):
        return read_csv(path, table, bar_s)
    has_banner = any(mark in first[0].lower() for mark in BANNERS)
    if has_banner and len(table) > 1 and has_names(table[1][1]):
        return read_download(path, table, bar_s)
    shown = ",".join(first)[:SHOWN_CHARACTERS]
    raise PriceFileError(
        f"{path.name}, line {table[0][0]}: unknown format {shown!r}, allowed are {KNOWN}"
    )
