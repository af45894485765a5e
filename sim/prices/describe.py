"""What was read of files, and what formats there are, as rows of tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.prices.clock import iso
from sim.prices.errors import PriceFileError
from sim.prices.feeds import Feed
from sim.prices.formats import Format, Kind
from sim.prices.join import quality_of
from sim.prices.recognise import FORMATS
from sim.prices.series import PriceSeries, Stamp
from sim.prices.symbols import UNKNOWN, coin_of
from sim.prices.tell import bar_told, counts_told, gaps_told, quality_row

Row = dict[str, object]
_KINDS = {
    Kind.BARS: {Stamp.OPEN: "opening of a bar", Stamp.CLOSE: "closing of a bar"},
    Kind.SAMPLES: {Stamp.INSTANT: "the moment"},
    Kind.TICKS: {Stamp.INSTANT: "the moment, any number at one"},
}


def series_rows(
    files: Sequence[PriceSeries], start_s: int | None = None, end_s: int | None = None
) -> list[Row]:
    """A row for each series of each file, of what lies in the window."""
    return [_series_row(_windowed(one, start_s, end_s)) for one in files]


def _windowed(series: PriceSeries, start_s: int | None, end_s: int | None) -> PriceSeries:
    begins = 0 if start_s is None else int(np.searchsorted(series.times_s, start_s))
    ends = len(series.times_s) if end_s is None else int(
        np.searchsorted(series.times_s, end_s, side="right")
    )  # fmt: skip
    if ends - begins < 1:
        raise PriceFileError(
            f"{series.source}: nothing in the window; it runs from {iso(int(series.times_s[0]))} "
            f"to {iso(int(series.times_s[-1]))} UTC"
        )
    return series.between(begins, ends)


def _series_row(series: PriceSeries) -> Row:
    feed = Feed(
        market="",
        venue=series.venue,
        series=series,
        sources=(series.source,),
        by_default=series.symbol is None or coin_of(series.symbol) == UNKNOWN,
    )
    quality = quality_of(feed)
    told = [
        f"venue {series.venue}, {series.format}",
        f"of {series.symbol}" if series.symbol else "no symbol named: prices the first market",
        f"{series.counts.rows:,} rows",
        bar_told(quality),
        f"first known {iso(quality.first_s)} at {quality.first_price:,.10g}",
        f"last known {iso(quality.last_s)} UTC at {quality.last_price:,.10g}",
        gaps_told(quality),
        *counts_told(series.counts),
    ]
    told += ["newest first, turned round"] if series.newest_first else []
    row = quality_row(quality)
    for name in ("market", "market_by_default", "sources", "carried_steps", "absent_steps"):
        row.pop(name)
    return {
        "file": series.source.partition(" (")[0],
        **row,
        "first_time": iso(quality.first_s),
        "last_time": iso(quality.last_s),
        "told": ", ".join(told),
    }


def format_rows() -> list[Row]:
    """The table of formats, a row each."""
    return [_format_row(one) for one in FORMATS]


def _format_row(one: Format) -> Row:
    return {
        "format": one.name,
        "told_by": one.told_by,
        "columns": one.columns,
        "unit": one.unit,
        "stamp": _KINDS[one.kind][one.stamp],
        "order": one.order,
    }


def markdown_table() -> str:
    """The table of formats as docs/prices.md has it."""
    heads = ("format", "recognised by", "read of it", "times in", "a time is", "order of rows")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    lines += [f"| {' | '.join(str(cell) for cell in row.values())} |" for row in format_rows()]
    return "\n".join(lines)
