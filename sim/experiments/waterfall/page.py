"""The laboratory's results as one self-contained page, in the look of a run's report."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd
import plotly.graph_objects as go

from sim.experiments.claims import Claim, claim_html
from sim.experiments.waterfall.score import Row
from sim.report import style
from sim.report.page import chart, document
from sim.report.tables import Format, figure, html_table, money, words

PAYERS = (
    ("margin", "margin of the liquidated", "#a4abb5"),
    ("insurance", "insurance pool", style.POOL),
    ("counterparties", "winners, deleveraged", style.MARK),
    ("socialised", "holders, spread", style.LOSS),
    ("left", "nobody", style.INK),
)
POLICIES = {"QUEUE": style.LOSS, "PRO_RATA": style.INDEX, "WATER_FILL": style.TEAL}
POOLS = ("none", "small", "ample")
PAID_CAPTION = (
    "Each bar is a gap in one block, its colours who paid what the gap moved from those who were "
    "liquidated to the other side, in percent of it; above 100, what keepers, makers and the pool "
    "were paid too. The larger half of the winners takes its profit before keepers can act and is "
    "never asked; what stands behind the rest are newcomers at 40x. A {book} book, policy {policy}."
)
HAIRCUT_CAPTION = (
    "Without a pool: the largest share of its equity that any one winner gave up to deleveraging, "
    "by policy. Queue and water fill hit the highly leveraged; pro rata hits whoever gained."
)
COLUMNS: tuple[tuple[str, str, Format], ...] = (
    ("gap_percent", "gap", figure(1, " %")),
    ("book", "book", words),
    ("pool", "pool", words),
    ("policy", "policy", words),
    ("liquidated", "liquidated", figure(0)),
    ("bankrupt", "bankrupt", figure(0)),
    ("winners", "winners get", money),
    ("margin", "margin", money),
    ("makers", "makers", money),
    ("keeper", "keeper", money),
    ("insurance", "pool", money),
    ("counterparties", "ADL", money),
    ("socialised", "spread", money),
    ("fees", "fees", money),
    ("left", "left", money),
    ("error_wei", "sum, wei", words),
    ("deleveraged", "deleveraged", figure(0)),
    ("worst_haircut_percent", "worst haircut", figure(1, " %")),
    ("worst_closed_percent", "most closed", figure(1, " %")),
)


def build_page(rows: Sequence[Row], claims: Sequence[Claim], title: str) -> str:
    """The page as HTML, chart library inlined."""
    table = pd.DataFrame(list(rows))
    policy = str(rows[0]["policy"]).lower().replace("_", " ")
    caption = PAID_CAPTION.format(book=rows[0]["book"], policy=policy)
    body = [
        f"<header><h1>{escape(title)}</h1>",
        "<p>A gap in one block, then keepers until nobody can be helped, on the contracts as "
        "deployed but for the mark, which is the index, and funding, which is off.</p>",
        *(claim_html(one) for one in claims),
        "</header>",
        f'<h2>Who paid</h2><p class="caption">{caption}</p>{chart(paid_chart(table))}',
        "<h2>The worst haircut</h2>",
        f'<p class="caption">{HAIRCUT_CAPTION}</p>{chart(haircut_chart(table))}',
        "<h2>Every case</h2>",
        '<p class="caption">Quote; below zero is borne. Each line sums to zero to the wei.</p>',
        html_table(table, COLUMNS),
    ]
    return document(title, body)


def paid_chart(table: pd.DataFrame) -> go.Figure:
    """Who paid in percent of what winners gained, a bar a gap, a column a pool."""
    shown = [one for one in POOLS if (table["pool"] == one).any()]
    made = style.figure(height=420, columns=len(shown), share_time=False)
    first = table[(table["book"] == table["book"].iloc[0])]
    first = first[first["policy"] == first["policy"].iloc[0]]
    for column, pool in enumerate(shown, start=1):
        cases = first[(first["pool"] == pool) & (first["winners"] > 0)]
        gaps = [f"{abs(one):g} %" for one in cases["gap_percent"]]
        for key, name, colour in PAYERS:
            paid = (-cases[key]).clip(lower=0) / cases["winners"] * 100
            bar = go.Bar(x=gaps, y=paid, name=name, marker_color=colour, showlegend=column == 1)
            made.add_trace(bar, row=1, col=column)
        made.update_xaxes(title_text=f"gap, pool: {pool}", row=1, col=column)
    made.update_yaxes(title_text="% of what winners gained", row=1, col=1)
    made.update_layout(barmode="stack")
    return made


def haircut_chart(table: pd.DataFrame) -> go.Figure:
    """The worst haircut by gap, a line a policy, where winners had to pay first."""
    made = style.figure(height=360)
    pool = next(one for one in POOLS if (table["pool"] == one).any())
    cases = table[(table["pool"] == pool) & (table["book"] == table["book"].iloc[0])]
    for policy, group in cases.groupby("policy", sort=False):
        trace = style.line(
            group["gap_percent"].abs(),
            group["worst_haircut_percent"],
            str(policy).lower().replace("_", " "),
            POLICIES[str(policy)],
            width=2.2,
        )
        made.add_trace(trace.update(mode="lines+markers"))
    made.update_xaxes(title_text="gap, %")
    made.update_yaxes(title_text="% of the winner's equity", rangemode="tozero")
    return made
