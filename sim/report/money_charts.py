"""The charts of money: the insurance pool, funding, and how much was liquidated."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sim.metrics.frames import quote, utc
from sim.metrics.liquidations import CASCADE_GAP_S
from sim.report import style
from sim.report.downsample import thin

CASCADES_DRAWN = 5
LOG_ABOVE = 20
SHADES = (style.INK, style.MARK, style.SHORT, style.TEAL, "#8f7fd0")


def pool_chart(blocks: pd.DataFrame) -> go.Figure:
    """Equity of the insurance pool, and its peak so far."""
    path = pd.DataFrame({"time": utc(blocks["time_s"]), "pool": quote(blocks["insurance_wad"])})
    path["peak"] = path["pool"].cummax()
    path = thin(path, ["pool"])
    made = style.figure(height=320)
    made.add_trace(style.line(path["time"], path["peak"], "peak so far", style.MUTED, width=0.9))
    made.data[0].line.dash = "dot"
    pool = style.line(
        path["time"],
        path["pool"],
        "insurance pool",
        style.POOL,
        fill="tonexty",
        fillcolor="rgba(179, 38, 30, 0.12)",
    )
    made.add_trace(pool)
    made.update_yaxes(title_text="equity, quote", tickformat=",")
    return made


def funding_chart(table: pd.DataFrame, paid: pd.DataFrame) -> go.Figure:
    """The funding rate as it was fixed, and what payers have paid so far."""
    made = style.figure(height=380, rows=2)
    rate = style.line(table["time"], table["funding"], "rate", style.MARK, line_shape="hv")
    made.add_trace(rate, row=1, col=1)
    so_far = style.line(
        utc(paid["time_s"]), paid["paid"], "paid so far", style.POOL, line_shape="hv"
    )
    made.add_trace(so_far, row=2, col=1)
    made.update_layout(showlegend=False)
    made.update_yaxes(title_text="rate, bp / interval", rangemode="tozero", row=1, col=1)
    made.update_yaxes(title_text="paid so far, quote", rangemode="tozero", row=2, col=1)
    return made


def taken_chart(struck: pd.DataFrame) -> go.Figure:
    """Notional liquidated so far, by rung."""
    made = style.figure(height=360)
    made.update_layout(hovermode="closest", showlegend=True)
    first_s, last_s = int(struck["time_s"].min()), int(struck["time_s"].max())
    air_s = max(1, (last_s - first_s) // 25)
    for rung, colour in style.RUNG_COLOURS.items():
        rows = struck[struck["rung"] == rung]
        if rows.empty:
            continue
        sums = rows.groupby("time_s")["notional"].sum().cumsum()
        ends = sums.reindex([first_s - air_s, *sums.index, last_s + air_s]).ffill().fillna(0)
        times = utc(pd.Series(ends.index))
        name = style.RUNG_NAMES.get(rung, rung)
        made.add_trace(style.line(times, ends.to_numpy(), name, colour, line_shape="hv"))
    made.update_yaxes(title_text="liquidated so far, quote", rangemode="tozero")
    return made


def growth_chart(struck: pd.DataFrame, runs: pd.DataFrame) -> go.Figure:
    """The largest cascades as multiples of what their first block liquidated."""
    made = style.figure(height=360)
    made.update_layout(hovermode="closest", showlegend=True)
    runs = runs.nlargest(CASCADES_DRAWN, "notional")
    for colour, run in zip(SHADES, runs.to_dict("records"), strict=False):
        made.add_trace(_growth(struck, run, colour))
    is_wide = runs["multiplier"].max() > LOG_ABOVE
    made.update_yaxes(title_text="multiple of the first block")
    made.update_yaxes(type="log", dtick=1) if is_wide else made.update_yaxes(rangemode="tozero")
    made.update_xaxes(title_text="seconds since the cascade began")
    return made


def _growth(struck: pd.DataFrame, run: Mapping[Hashable, object], colour: str) -> go.Scatter:
    start_s, duration_s = int(str(run["start_s"])), int(str(run["duration_s"]))
    inside = struck["time_s"].between(start_s, start_s + duration_s)
    rows = struck[inside & (struck["market"] == run["market"])]
    sums = rows.groupby("time_s")["notional"].sum().cumsum()
    growth = sums.to_numpy() / float(str(run["first_block_notional"]))
    seconds = np.append(sums.index.to_numpy() - start_s, duration_s + CASCADE_GAP_S)
    began = utc(pd.Series([start_s])).dt.strftime("%H:%M:%S").iloc[0]
    name = f"{run['market']} {began}"
    return style.line(seconds, np.append(growth, growth[-1]), name, colour, line_shape="hv")
