"""A run as one self-contained page: no server, no network, no second file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from sim.metrics.liquidations import liquidations
from sim.metrics.summary import market_names
from sim.report import sections
from sim.report.charts import error_chart, interest_chart, market_table, price_chart
from sim.report.money_charts import cascade_chart, pool_chart
from sim.runfolder import Run

CSS = Path(__file__).with_name("page.css")
# Drag to zoom and double-click to reset work without plotly's bar of buttons.
CONFIG = {"displayModeBar": False, "responsive": True}


def build_page(run: Run, summary: Mapping[str, object]) -> str:
    """The report of a run as HTML, with the chart library inlined once."""
    struck = liquidations(run.events, run.blocks, market_names(run.manifest))
    title = f"{run.manifest['scenario']}, seed {run.manifest['seed']}"
    body = [sections.head(run, summary), sections.tiles(summary)]
    if len(run.blocks):
        names = list(market_names(run.manifest).values())
        body += [_market(run, struck, name) for name in names]
        body += [_money(run, struck), sections.tables(run, struck)]
    body += [sections.limits(), sections.manifest(run, summary)]
    return document(title, body)


def document(title: str, body: Sequence[str]) -> str:
    """A whole page around what stands in it, the chart library inlined once."""
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<link rel="icon" href="data:,">',
            f"<title>Backstop: {escape(title)}</title>",
            f"<style>{CSS.read_text()}</style>",
            f"<script>{get_plotlyjs()}</script>",
            "</head><body><main>",
            *body,
            "</main></body></html>",
            "",
        )
    )


def _market(run: Run, struck: pd.DataFrame, name: str) -> str:
    table = market_table(run.markets, name)
    if table[["true", "index", "mark"]].isna().all().any():
        return f"<h2>{escape(name)}</h2><p>This market never had an index and a mark.</p>"
    of_market = struck[struck["market"] == name]
    return "\n".join(
        (
            f"<h2>{escape(name)}</h2>",
            "<h3>Prices and liquidations</h3>",
            '<p class="caption">A bubble is a liquidation at its mark, its area the notional. '
            "Shaded: the index was not OK. Feeds far off the range are cut.</p>",
            chart(price_chart(table, of_market, run.told("venues")[name], run.told("feeds")[name])),
            "<h3>Error against the true price, basis, funding</h3>",
            '<p class="caption">The true price is what the contracts cannot see; the basis is what '
            "book's own premium over the index. Shaded: the index was not OK.</p>",
            chart(error_chart(table)),
            "<h3>Open interest and liquidations</h3>",
            '<p class="caption">One side of the market at mark; below, notional liquidated in '
            "each of 160 equal stretches of time.</p>",
            chart(interest_chart(table, of_market)),
        )
    )


def _money(run: Run, struck: pd.DataFrame) -> str:
    parts = [
        "<h2>Who absorbed the losses</h2>",
        "<h3>Insurance pool</h3>",
        '<p class="caption">Equity of the pool, with its positions at mark.</p>',
        chart(pool_chart(run.blocks)),
        "<h3>Liquidation cascade</h3>",
    ]
    if struck.empty:
        return "\n".join([*parts, "<p>Nothing was liquidated.</p>"])
    caption = (
        "Left: notional liquidated so far, by the rung of the ladder that took it. Right: the "
        "five largest cascades as a multiple of what their first block liquidated; 1 means that "
        "nothing followed the first shock."
    )
    return "\n".join([*parts, f'<p class="caption">{caption}</p>', chart(cascade_chart(struck))])


def chart(made: go.Figure) -> str:
    """A figure as a div and the script that draws it."""
    html: str = made.to_html(full_html=False, include_plotlyjs=False, config=CONFIG)
    return f'<div class="chart">{html}</div>'
