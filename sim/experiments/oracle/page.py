"""The laboratory's results as one self-contained page, in the look of a run's report."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sim.experiments.claims import Claim, claim_html
from sim.experiments.oracle.designs import DEFAULT
from sim.experiments.oracle.score import Row
from sim.report import style
from sim.report.page import chart, document
from sim.report.tables import Format, figure, html_table, words

COLOURS = {
    DEFAULT: style.INK,
    "SINGLE": style.LOSS,
    "MEAN": style.MARK,
    "TRIMMED_MEAN": "#c8a415",
    "MEDIAN": style.INDEX,
    "EMA": style.TEAL,
    "TWAP": "#7a5195",
}
LEAST_COST, LEAST_PROFIT = 10.0, 100.0  # quote: the corner of the chart
PROFIT_CAPTION = (
    "Each point is one size of push on so many feeds at once, 25 to 5,000 bp, each feed's venue a "
    "pool of constant product that is arbitraged back every block; the label is the number of "
    "feeds. Above the line manipulation pays. Pushes that bring nothing stand on the bottom edge."
)
NET_CAPTION = (
    "Profit less cost of the best push found, by the number of feeds pushed. A design is worth "
    "what it takes to lift its line off zero."
)
ROC_CAPTION = (
    "Each point is a breaker step in bp: windows with harm in which the index halted or disputed, "
    "against the share of harmless time in which it did. Slow harm no breaker sees; the share that "
    "stays missed at every step is that."
)


def build_page(rows: Sequence[Row], claims: Sequence[Claim], title: str) -> str:
    """The page as HTML, chart library inlined."""
    table = pd.DataFrame(list(rows))
    body = [
        f"<header><h1>{escape(title)}</h1>",
        "<p>Every way to make an index under every fault, on the contracts as deployed.</p>",
        *(claim_html(one) for one in claims),
        "</header>",
    ]
    parts = dict(list(table.groupby("table")))
    if "attacks" in parts:
        body += [
            _chart(
                "Cost of manipulation against its profit",
                PROFIT_CAPTION,
                cost_chart(parts["attacks"]),
            ),
            _chart("What the best manipulation nets", NET_CAPTION, net_chart(parts["attacks"])),
        ]
    if "alarms" in parts:
        body.append(
            _chart("How tight the breaker should be", ROC_CAPTION, roc_chart(parts["alarms"]))
        )
    if "venues" in parts:
        body.append(_venues(parts["venues"]))
    if "faults" in parts:
        body += [_matrix(parts["faults"], corrupted) for corrupted in _counts(parts["faults"])]
    return document(title, body)


def cost_chart(attacks: pd.DataFrame) -> go.Figure:
    """Every push by what it cost and brought, a colour a method."""
    made = style.figure(height=560)
    for method, group in attacks.groupby("method", sort=False):
        made.add_trace(
            go.Scatter(
                x=group["attacker_cost"].clip(lower=LEAST_COST),
                y=group["attacker_profit"].clip(lower=LEAST_PROFIT),
                text=group["corrupted"],
                customdata=group["push_bps"],
                name=str(method).lower(),
                mode="markers+text",
                textposition="middle center",
                textfont={"size": 9, "color": "white"},
                marker={"size": 14, "color": COLOURS[str(method)], "opacity": 0.85},
                hovertemplate="%{text} feeds, %{customdata} bp: cost %{x:,.0f}, profit %{y:,.0f}",
            )
        )
    ends = [LEAST_PROFIT, max(attacks[["attacker_cost", "attacker_profit"]].max())]
    made.add_trace(style.line(ends, ends, "profit = cost", style.MUTED, width=1.0))
    made.update_xaxes(type="log", title_text="cost, quote")
    made.update_yaxes(type="log", title_text="profit, quote")
    made.update_layout(hovermode="closest")
    return made


def net_chart(attacks: pd.DataFrame) -> go.Figure:
    """The best of all sizes for each method and number of feeds."""
    made = style.figure(height=420)
    net = (attacks["attacker_profit"] - attacks["attacker_cost"]).clip(lower=0)
    for method, group in attacks.assign(net=net).groupby("method", sort=False):
        best = group.groupby("corrupted")["net"].max()
        name, colour = str(method).lower(), COLOURS[str(method)]
        trace = style.line(best.index, best.to_numpy(), name, colour, width=2.2)
        made.add_trace(trace.update(mode="lines+markers"))
    made.update_xaxes(title_text="feeds pushed", dtick=1)
    made.update_yaxes(title_text="profit less cost, quote", rangemode="tozero")
    return made


def roc_chart(alarms: pd.DataFrame) -> go.Figure:
    """Hits against false alarms, a point a threshold."""
    made = style.figure(height=420)
    known = alarms.dropna(subset=["hit_rate", "false_alarm_rate"])
    trace = style.line(known["false_alarm_rate"], known["hit_rate"], "breaker step", style.INDEX)
    labels = [f"{step} bp" for step in known["step_bps"].astype(int)]
    made.add_trace(trace.update(mode="lines+markers+text", text=labels, textposition="top center"))
    made.update_xaxes(title_text="false alarms, share of sound time", rangemode="tozero")
    made.update_yaxes(title_text="harmful windows alarmed", range=[0, 1.05])
    made.update_layout(hovermode="closest")
    return made


def _matrix(faults: pd.DataFrame, corrupted: int) -> str:
    """Fault by method: the largest error of an index while it was served as good."""
    part = faults[faults["corrupted"] == corrupted]
    wide = part.pivot(index="fault", columns="method", values="good_index_error_bps_max")
    wide = wide.loc[part["fault"].unique(), part["method"].unique()].reset_index()
    shown: list[tuple[str, str, Format]] = [("fault", "fault", words)]
    shown += [(name, name.lower(), figure(1)) for name in map(str, wide.columns[1:])]
    feeds = int(part["feeds"].iloc[0])
    return (
        f"<h3>{corrupted} of {feeds} feeds corrupted: largest error served as good, bp</h3>"
        + html_table(wide.replace({np.nan: None}), shown)
    )


def _venues(table: pd.DataFrame) -> str:
    """Every design against every real venue."""
    columns: list[tuple[str, str, Format]] = [
        ("method", "method", words),
        ("venue", "venue", words),
        ("index_error_bps_median", "median, bp", figure(2)),
        ("index_error_bps_p99", "99th percentile", figure(2)),
        ("index_error_bps_max", "largest", figure(2)),
        ("silent_s", "silent", figure(0, " s")),
        ("dropped_s", "dropped", figure(0, " s")),
        ("ok_s", "index OK", figure(0, " s")),
    ]
    return f"<h2>Index against each venue</h2>{html_table(table, columns)}"


def _counts(faults: pd.DataFrame) -> list[int]:
    return sorted(int(one) for one in faults["corrupted"].unique() if one)


def _chart(title: str, caption: str, made: go.Figure) -> str:
    return f'<h2>{title}</h2><p class="caption">{caption}</p>{chart(made)}'
