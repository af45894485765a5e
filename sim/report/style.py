"""One look for every chart: ink on white, colour only where it means something."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.subplots import make_subplots

INK, MUTED, GRID = "#1a1a1a", "#6b7280", "#e7e9ec"
INDEX, MARK = "#1f5fa8", "#d9730d"
VENUE, FEED = "#a4abb5", "#7fa8d9"
LONG, SHORT = "#b3261e", "#1b7f6b"
POOL, LOSS = "#2f4858", "#b3261e"
NOT_OK = "rgba(217, 164, 6, 0.13)"
RUNG_COLOURS = {
    "book": "#8c2f39",
    "takeover": "#d9730d",
    "backstop": "#2f4858",
}
FONT = "Inter, 'Helvetica Neue', Helvetica, 'Liberation Sans', Arial, sans-serif"


def figure(
    *,
    height: int,
    rows: int = 1,
    columns: int = 1,
    row_heights: list[float] | None = None,
    share_time: bool = True,
) -> go.Figure:
    """An empty figure in the house's look; rows share their time axis unless told otherwise."""
    made = make_subplots(
        rows=rows,
        cols=columns,
        shared_xaxes=share_time and rows > 1,
        row_heights=row_heights,
        vertical_spacing=0.05,
        horizontal_spacing=0.09,
    )
    made.update_layout(
        height=height,
        margin={"l": 78, "r": 24, "t": 34, "b": 44},
        paper_bgcolor="white",
        plot_bgcolor="white",
        font={"family": FONT, "size": 12, "color": INK},
        hovermode="x unified",
        hoverlabel={"font": {"size": 11}},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "font": {"size": 12}},
    )
    axis = {"gridcolor": GRID, "zeroline": False, "linecolor": MUTED, "ticks": "outside"}
    title = {"standoff": 8, "font": {"size": 12}}
    made.update_xaxes(**axis, showline=True, ticklen=4, showgrid=False, title=title)
    made.update_yaxes(**axis, ticklen=3, title=title)
    return made


def line(
    x: object, y: object, name: str, colour: str, *, width: float = 1.6, **more: object
) -> go.Scatter:
    """A line that steps nowhere and marks nothing."""
    return go.Scatter(
        x=x, y=y, name=name, mode="lines", line={"color": colour, "width": width}, **more
    )
