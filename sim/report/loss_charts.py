"""The charts of who lost and who paid: every liquidation by rung, the waterfall, profit by kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sim.metrics.frames import utc
from sim.report import style
from sim.report.downsample import thin

BUBBLE_PX = 38
BEARER_NAMES = {
    "margin": "margin of the liquidated",
    "deficit": "what it lacked",
    "book": "book, against mark",
    "keeper": "keepers",
    "insurance": "insurance pool",
    "counterparties": "deleveraged",
    "socialised": "socialised",
    "fees": "fees",
    "left": "debt left",
}


def rung_chart(table: pd.DataFrame, struck: pd.DataFrame) -> go.Figure:
    """One market's mark, and every forced trade a bubble: where, how large, on which rung."""
    made = style.figure(height=440)
    path = thin(table[["time", "mark"]], ["mark"])
    made.add_trace(style.line(path["time"], path["mark"], "mark", style.VENUE, width=1.2))
    largest = max(float(struck["notional"].max()), 1e-9)
    for rung, colour in style.RUNG_COLOURS.items():
        rows = struck[struck["rung"] == rung]
        if rows.empty:
            continue
        made.add_trace(_bubbles(rows, rung, colour, largest))
    margin_s = pd.Timedelta(seconds=20)
    ends = utc(struck["time_s"].astype("int64"))
    made.update_xaxes(range=[str(ends.min() - margin_s), str(ends.max() + margin_s)])
    marks = struck["mark"].astype(float)
    low, high = float(marks.min()), float(marks.max())
    reach = 0.15 * (high - low) or 0.002 * high
    made.update_yaxes(
        title_text="mark, quote per base", tickformat=",", range=[low - reach, high + reach]
    )
    made.update_layout(hovermode="closest")
    return made


def _bubbles(rows: pd.DataFrame, rung: str, colour: str, largest: float) -> go.Scatter:
    area = rows["notional"].astype(float).round(2)
    return go.Scatter(
        x=utc(rows["time_s"]),
        y=rows["mark"].astype(float),
        name=f"{style.RUNG_NAMES.get(rung, rung)} ({len(rows)})",
        mode="markers",
        customdata=area,
        hovertemplate="%{customdata:,.0f} quote",
        marker={
            "size": area,
            "symbol": style.RUNG_SYMBOLS[rung],
            "sizemode": "area",
            "sizeref": 2 * largest / BUBBLE_PX**2,
            "sizemin": 3,
            "color": colour,
            "opacity": 0.5,
            "line": {"width": 0.7, "color": "white"},
        },
    )


def waterfall_chart(sums: dict[str, float]) -> go.Figure:
    """What each party gained (above) or bore (below); together it is nothing."""
    made = style.figure(height=380)
    values = [sums[name] for name in BEARER_NAMES]
    steps = go.Waterfall(
        y=[*BEARER_NAMES.values(), "together"],
        x=[*values, None],
        orientation="h",
        measure=["relative"] * len(values) + ["total"],
        text=[style.whole(value) for value in (*values, sum(values))],
        textposition="outside",
        connector={"line": {"color": style.GRID}},
        increasing={"marker": {"color": style.GAIN}},
        decreasing={"marker": {"color": style.LOSS}},
        totals={"marker": {"color": style.INK}},
        showlegend=False,
        cliponaxis=False,
    )
    made.add_trace(steps)
    made.add_vline(x=0, line={"color": style.MUTED, "width": 0.8}, layer="below")
    reached = np.cumsum([0.0, *values])
    air = 0.12 * float(np.ptp(reached)) or 1.0
    made.update_xaxes(title_text="quote", range=[reached.min() - air, reached.max() + air])
    made.update_yaxes(autorange="reversed")
    made.update_layout(hovermode="closest")
    return made


def profit_chart(by_kind: pd.DataFrame) -> go.Figure:
    """Profit by kind of agent, best first."""
    profit = by_kind["pnl"].astype(float)
    made = style.figure(height=120 + 26 * len(by_kind))
    bars = go.Bar(
        x=profit,
        y=by_kind["kind"],
        orientation="h",
        marker_color=np.where(profit >= 0, style.GAIN, style.LOSS),
        text=[style.whole(value) for value in profit],
        textposition="auto",
        showlegend=False,
    )
    made.add_trace(bars)
    made.update_layout(hovermode="closest")
    made.update_yaxes(autorange="reversed")
    made.update_xaxes(title_text="profit, quote")
    return made
