"""One look for every chart: ink on white, colour only where it means something."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sim.types import Status

INK, MUTED, GRID = "#1a1a1a", "#6b7280", "#e7e9ec"
INDEX, MARK = "#1f5fa8", "#d9730d"
VENUE, FEED = "#a4abb5", "#7fa8d9"
# Red and blue stay apart for eyes that do not tell red from green.
LONG, SHORT = "#b3261e", "#2878b5"
LOSS, GAIN = LONG, SHORT
POOL, TEAL = "#2f4858", "#1b7f6b"
STATUS_COLOURS = {
    Status.THIN: "#f2c94c",
    Status.DISPUTED: "#d9730d",
    Status.HALTED: "#7a2048",
    Status.STALE: "#6b7f99",
    Status.DEAD: "#1a1a1a",
}
RUNG_COLOURS = {
    "book": "#f2b134",
    "takeover": "#b3261e",
    "backstop": "#1f4e79",
    "deleveraged": "#8f7fd0",
}
RUNG_SYMBOLS = {
    "book": "circle",
    "takeover": "diamond",
    "backstop": "square",
    "deleveraged": "triangle-up",
}
# How the page calls a rung.
RUNG_NAMES = {"takeover": "keeper's takeover", "backstop": "pool"}
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
    axis = {
        "automargin": True,
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": MUTED,
        "ticks": "outside",
    }
    title = {"standoff": 8, "font": {"size": 12}}
    made.update_xaxes(**axis, showline=True, ticklen=4, showgrid=False, title=title)
    made.update_yaxes(**axis, ticklen=3, title=title)
    return made


def whole(value: float) -> str:
    """A sum without its decimals, and never a nought below nought."""
    return f"{round(value) + 0:,d}"


def line(
    x: object, y: object, name: str, colour: str, *, width: float = 1.6, **more: object
) -> go.Scatter:
    """A line that steps nowhere and marks nothing."""
    return go.Scatter(
        x=x, y=y, name=name, mode="lines", line={"color": colour, "width": width}, **more
    )
