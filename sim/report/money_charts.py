"""The charts of the whole run: the insurance pool and the cascade of liquidations."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sim.metrics.frames import quote, utc
from sim.metrics.liquidations import CASCADE_GAP_S, cascades
from sim.report import style
from sim.report.thin import thin

CASCADES_DRAWN = 5
SHADES = ("#8c2f39", "#d9730d", "#2f4858", "#1b7f6b", "#7a5195")


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
    made.update_yaxes(title_text="equity, quote")
    return made


def cascade_chart(struck: pd.DataFrame) -> go.Figure:
    """Left: liquidated so far by rung. Right: large cascades as multiples of their first block."""
    made = style.figure(height=380, columns=2, share_time=False)
    made.update_layout(
        hovermode="closest", legend2={**made.layout.legend.to_plotly_json(), "x": 0.545}
    )
    for rung, colour in style.RUNG_COLOURS.items():
        rows = struck[struck["rung"] == rung]
        if rows.empty:
            continue
        sums = rows.groupby("time_s")["notional"].sum().cumsum()
        ends = sums.reindex([struck["time_s"].min(), *sums.index, struck["time_s"].max()])
        ends = ends[~ends.index.duplicated(keep="last")].sort_index().ffill().fillna(0)
        times = utc(pd.Series(ends.index))
        made.add_trace(
            style.line(times, ends.to_numpy(), rung, colour, line_shape="hv"), row=1, col=1
        )
    runs = cascades(struck).nlargest(CASCADES_DRAWN, "notional")
    for colour, run in zip(SHADES, runs.to_dict("records"), strict=False):
        made.add_trace(_growth(struck, run, colour).update(legend="legend2"), row=1, col=2)
    made.update_yaxes(title_text="liquidated so far, quote", rangemode="tozero", row=1, col=1)
    made.update_yaxes(title_text="multiple of the first block", rangemode="tozero", row=1, col=2)
    made.update_xaxes(title_text="seconds since the cascade began", row=1, col=2)
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
