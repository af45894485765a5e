"""The charts of one market: prices, errors, open interest and liquidations."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sim.metrics.frames import LONG_LIQUIDATED, SHORT_LIQUIDATED, named_prices, prices, quote, utc
from sim.metrics.oracle import basis_bps, error_bps
from sim.report import style
from sim.report.downsample import thin
from sim.types import Status
from sim.units import BPS

BUBBLE_PX = 34
BARS = 160
SIDES = ((LONG_LIQUIDATED, style.LONG), (SHORT_LIQUIDATED, style.SHORT))


def market_table(markets: pd.DataFrame, name: str) -> pd.DataFrame:
    """One market's prices as floats, errors in bp and a time axis, thinned for drawing."""
    rows = markets[markets["market"] == name]
    table = pd.DataFrame(
        {
            "time_s": rows["time_s"],
            "time": utc(rows["time_s"]),
            "true": prices(rows["true_wad"]),
            "index": prices(rows["index_wad"]),
            "mark": prices(rows["mark_wad"]),
            "index_error": error_bps(rows["index_wad"], rows["true_wad"]),
            "mark_error": error_bps(rows["mark_wad"], rows["true_wad"]),
            "basis": basis_bps(rows["mark_wad"], rows["index_wad"]),
            "funding": quote(rows["funding_rate_wad"]) * BPS,
            "open_interest": quote(rows["open_interest_wad"]) * prices(rows["mark_wad"]),
            "status": rows["status"],
            "venues_wad": rows["venues_wad"],
            "feeds_wad": rows["feeds_wad"],
        }
    )
    return thin(table, ["true", "index", "mark", "basis"])


def price_chart(
    table: pd.DataFrame, struck: pd.DataFrame, venues: list[str], feeds: list[str]
) -> go.Figure:
    """True price, venues, feeds, index and mark, with each liquidation a bubble at its mark."""
    made = style.figure(height=520)
    spread = [
        _cloud(made, table, "venues_wad", venues, style.VENUE, "venues"),
        _cloud(made, table, "feeds_wad", feeds, style.FEED, "feeds"),
    ]
    time = table["time"]
    made.add_trace(style.line(time, table["true"], "true price", style.INK, width=1.3))
    made.add_trace(style.line(time, table["index"], "index", style.INDEX))
    made.add_trace(style.line(time, table["mark"], "mark", style.MARK))
    largest = max(struck["notional"].max(), 1e-9) if len(struck) else 1
    for side, colour in SIDES:
        of_side = struck[struck["side"] == side]
        if len(of_side):
            made.add_trace(_bubbles(of_side, side, colour, largest))
    made.update_yaxes(
        title_text="price, quote per base", tickformat=",", range=_window(table, spread)
    )
    _shade(made, table, named=True)
    return made


def error_chart(table: pd.DataFrame) -> go.Figure:
    """Errors against the true price, and the basis, one panel each."""
    made = style.figure(height=460, rows=2, row_heights=[0.55, 0.45])
    time = table["time"]
    lines = (
        (1, "index_error", "index - true", style.INDEX),
        (1, "mark_error", "mark - true", style.MARK),
        (2, "basis", "mark - index", style.POOL),
    )
    for row, column, name, colour in lines:
        made.add_trace(style.line(time, table[column], name, colour, width=1.2), row=row, col=1)
    titles = ("error, bp of true", "basis, bp of index")
    drawn = (["index_error", "mark_error"], ["basis"])
    for row, (title, columns) in enumerate(zip(titles, drawn, strict=True), start=1):
        made.update_yaxes(title_text=title, range=_with_zero(table[columns]), row=row, col=1)
        made.add_hline(y=0, line={"color": style.MUTED, "width": 0.7}, row=row, col=1)
    _shade(made, table)
    return made


def interest_chart(table: pd.DataFrame, struck: pd.DataFrame) -> go.Figure:
    """Open interest at mark, and what was liquidated when, by side, if anything was."""
    made = style.figure(height=420, rows=2, row_heights=[0.55, 0.45])
    if struck.empty:
        made = style.figure(height=260)
    interest = style.line(
        table["time"],
        table["open_interest"],
        "open interest",
        style.POOL,
        fill="tozeroy",
        fillcolor="rgba(47, 72, 88, 0.10)",
    )
    made.add_trace(interest, row=1, col=1)
    made.update_yaxes(title_text="open interest, quote", rangemode="tozero", row=1, col=1)
    if struck.empty:
        made.update_layout(showlegend=False)
        return made
    times_s = table["time_s"].to_numpy()
    edges_s = np.linspace(times_s[0], times_s[-1], BARS + 1)
    width_ms = np.ptp(times_s) / BARS * 1000
    middles = utc(pd.Series((edges_s[:-1] + edges_s[1:]) / 2))
    for side, colour in SIDES:
        of_side = struck[struck["side"] == side]
        if of_side.empty:
            continue
        sums, _ = np.histogram(
            of_side["time_s"].astype(float), edges_s, weights=of_side["notional"].astype(float)
        )
        bars = go.Bar(x=middles, y=sums, name=f"{side}s liquidated", marker_color=colour)
        bars.width = width_ms
        made.add_trace(bars, row=2, col=1)
    made.update_layout(barmode="stack", bargap=0)
    made.update_yaxes(title_text="liquidated, quote", rangemode="tozero", row=2, col=1)
    return made


def _cloud(
    made: go.Figure, table: pd.DataFrame, column: str, names: list[str], colour: str, group: str
) -> pd.DataFrame:
    """Draw many thin lines under one entry of the legend; gives back what was drawn."""
    drawn = named_prices(table[column], names)
    for place, name in enumerate(names):
        trace = style.line(table["time"], drawn[name], name, colour, width=0.9)
        trace.update(legendgroup=group, showlegend=False, hoverinfo="skip")
        if place == 0:
            trace.update(name=f"{group} ({len(names)})", showlegend=True)
        made.add_trace(trace)
    return drawn


def _bubbles(struck: pd.DataFrame, side: str, colour: str, largest: float) -> go.Scatter:
    area = struck["notional"].astype(float)
    return go.Scatter(
        x=utc(struck["time_s"]),
        y=struck["mark"],
        name=f"{side} liquidated",
        mode="markers",
        customdata=np.stack([area, struck["rung"]], axis=-1),
        hovertemplate="%{customdata[0]:,.0f} quote by %{customdata[1]}",
        marker={
            "size": area,
            "sizemode": "area",
            "sizeref": 2 * largest / BUBBLE_PX**2,
            "sizemin": 3,
            "color": colour,
            "opacity": 0.55,
            "line": {"width": 0.6, "color": "white"},
        },
    )


def _window(table: pd.DataFrame, spread: list[pd.DataFrame]) -> list[float]:
    """A price range that shows what matters and is not stretched by one absurd feed."""
    inner = table[["true", "index", "mark"]].to_numpy(dtype=np.float64)
    low, high = float(np.nanmin(inner)), float(np.nanmax(inner))
    reach = 0.35 * max(high - low, 0.002 * high)
    for drawn in spread:
        values = drawn.to_numpy(dtype=np.float64)
        if values.size and not np.isnan(values).all():
            lowest, highest = float(np.nanmin(values)), float(np.nanmax(values))
            low, high = min(low, max(lowest, low - reach)), max(high, min(highest, high + reach))
    margin = 0.04 * (high - low)
    return [low - margin, high + margin]


def _with_zero(drawn: pd.DataFrame) -> list[float]:
    """A range that holds zero and every value, with air above and below."""
    values = np.nan_to_num(drawn.to_numpy(dtype=np.float64))
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    margin = 0.12 * (high - low) or 1.0
    return [low - margin, high + margin]


def _shade(made: go.Figure, table: pd.DataFrame, *, named: bool = False) -> None:
    """Mark the stretches in which the index was not OK, a colour a status."""
    status = table["status"].to_numpy()
    edges = [0, *np.flatnonzero(np.diff(status)) + 1, len(status)]
    # As text: plotly does not convert the corners of a shape as it does the points of a trace.
    times = table["time"].astype(str).tolist()
    in_legend: set[int] = set()
    for start, stop in pairwise(edges):
        found = int(status[start])
        if found == Status.OK.value:
            continue
        made.add_vrect(
            x0=times[start],
            x1=times[min(stop, len(times) - 1)],
            fillcolor=style.STATUS_COLOURS[Status(found)],
            opacity=0.22,
            line_width=0,
            layer="below",
            name=f"index {Status(found).name}",
            legendgroup=f"status {found}",
            showlegend=named and found not in in_legend,
        )
        in_legend.add(found)
