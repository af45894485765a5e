"""The charts of what could be traded and on how much borrowed money: depth and leverage."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from sim.metrics.depth import BANDS_BPS
from sim.metrics.frames import utc
from sim.metrics.leverage import LABELS, distribution
from sim.report import style

# From the far band to the near one, darker towards the mark.
BID_SHADES = ("rgba(40, 120, 181, 0.25)", "rgba(40, 120, 181, 0.5)", "rgba(40, 120, 181, 0.85)")
ASK_SHADES = ("rgba(179, 38, 30, 0.25)", "rgba(179, 38, 30, 0.5)", "rgba(179, 38, 30, 0.85)")
MOMENT_COLOURS = {
    "before the first liquidation": style.VENUE,
    "at the largest open interest": style.MARK,
    "at the end": style.POOL,
}


def depth_chart(found: pd.DataFrame) -> go.Figure:
    """Quote resting within bands of mark: bids above the line, offers below it."""
    made = style.figure(height=380)
    time = utc(found["time_s"])
    for side, name, sign, shades in (
        ("bid", "bids", 1, BID_SHADES),
        ("ask", "offers", -1, ASK_SHADES),
    ):
        for band, shade in zip(sorted(BANDS_BPS, reverse=True), shades, strict=True):
            trace = style.line(
                time,
                sign * found[f"{side}_{band}"].round(0),
                f"{name} within {band / 100:g} %",
                shade,
                width=0.8,
                fill="tozeroy",
                fillcolor=shade,
                line_shape="hv",
            )
            made.add_trace(trace)
    made.add_hline(y=0, line={"color": style.INK, "width": 0.8})
    made.update_yaxes(title_text="resting, quote")
    return made


def leverage_chart(
    table: pd.DataFrame, moments: Mapping[str, int], times_s: pd.Series
) -> go.Figure:
    """Accounts and their notional by class of leverage, at each moment; `times_s` by block."""
    made = style.figure(height=340, columns=2, share_time=False)
    for name, block in moments.items():
        classes = distribution(table[table["block"] == block])
        at = utc(pd.Series([times_s.get(block, times_s.iloc[0])])).dt.strftime("%H:%M:%S").iloc[0]
        for column, key in enumerate(("accounts", "notional"), start=1):
            bars = go.Bar(
                x=LABELS,
                y=classes[key],
                name=f"{name}, {at}",
                marker_color=MOMENT_COLOURS[name],
                legendgroup=name,
                showlegend=column == 1,
            )
            made.add_trace(bars, row=1, col=column)
    made.update_layout(barmode="group", bargap=0.25, hovermode="closest")
    made.update_yaxes(title_text="accounts", row=1, col=1)
    made.update_yaxes(title_text="notional, quote", row=1, col=2)
    made.update_xaxes(title_text="notional at mark over equity")
    return made
