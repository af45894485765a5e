"""A run as one self-contained page: no server, no network, no second file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from sim.metrics.depth import depth, resting
from sim.metrics.leverage import open_accounts
from sim.metrics.liquidations import liquidations
from sim.metrics.money import pnl_by_kind
from sim.metrics.summary import market_names
from sim.metrics.waterfall import borne, run_waterfall
from sim.report import sections
from sim.report.charts import error_chart, interest_chart, market_table, price_chart
from sim.report.limits import limits
from sim.report.liquidity_charts import depth_chart, leverage_chart
from sim.report.loss_charts import deleveraged, profit_chart, rung_chart, waterfall_chart
from sim.report.money_charts import cascade_chart, pool_chart
from sim.runfolder import Run

CSS, SCRIPT = (Path(__file__).with_name(f"page.{kind}") for kind in ("css", "js"))
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
        body += [_money(run, struck), _leverage(run), sections.tables(run, struck)]
    body += [limits(), sections.manifest(run, summary)]
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
            f"</main><script>{SCRIPT.read_text()}</script></body></html>",
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
            *_forced(run, of_market, name, table),
            "<h3>Error against the true price, basis, funding</h3>",
            '<p class="caption">The true price is what the contracts cannot see; the basis is what '
            "book's own premium over the index. Shaded: the index was not OK.</p>",
            chart(error_chart(table)),
            "<h3>Open interest and liquidations</h3>",
            '<p class="caption">One side of the market at mark; below, notional liquidated in '
            "each of 160 equal stretches of time.</p>",
            chart(interest_chart(table, of_market)),
            *_depth(run, name),
        )
    )


def _forced(run: Run, struck: pd.DataFrame, name: str, table: pd.DataFrame) -> list[str]:
    taken = deleveraged(run.events, run.blocks, market_names(run.manifest))
    forced = pd.concat([struck, taken[taken["market"] == name]]) if len(taken) else struck
    if forced.empty:
        return []
    return [
        "<h3>Liquidation cascade, by rung</h3>",
        '<p class="caption">A bubble is one forced trade at its mark, its area the notional, its '
        "colour the rung of the ladder that took it: book, a keeper's takeover, the pool, "
        "deleveraged counterparties. The stretch shown is that of the cascade.</p>",
        chart(rung_chart(table, forced)),
    ]


def _depth(run: Run, name: str) -> list[str]:
    stretches = resting(run.events, name)
    if stretches.empty:
        return []
    found = depth(stretches, run.markets[run.markets["market"] == name])
    return [
        "<h3>Depth of the book</h3>",
        '<p class="caption">Notional of all resting orders within 0.1, 0.5 and 2 % of mark at the '
        "end of blocks, rebuilt from the book's events: bids above the line, offers below.</p>",
        chart(depth_chart(found)),
    ]


def _leverage(run: Run) -> str:
    names = market_names(run.manifest)
    table = open_accounts(run.events, run.accounts, run.markets, names)
    if table.empty:
        return ""
    return "\n".join(
        (
            "<h2>Leverage of open accounts</h2>",
            '<p class="caption">At the first and the last checkpoint with positions, and at the '
            "one with the largest notional.</p>",
            chart(leverage_chart(table, run.blocks.set_index("block")["time_s"])),
        )
    )


def _money(run: Run, struck: pd.DataFrame) -> str:
    parts = [
        "<h2>Who absorbed the losses</h2>",
        "<h3>Profit by kind of agent</h3>",
        '<p class="caption">Equity at mark, less deposits net of withdrawals.</p>',
        chart(profit_chart(pnl_by_kind(run.accounts))) if len(run.accounts) else "",
        "<h3>Insurance pool</h3>",
        '<p class="caption">Equity of the pool, with its positions at mark.</p>',
        chart(pool_chart(run.blocks)),
    ]
    if struck.empty:
        return "\n".join([*parts, "<p>Nothing was liquidated.</p>"])
    steps = run_waterfall(run)
    if len(steps):
        parts += [
            "<h3>Waterfall of all liquidations</h3>",
            '<p class="caption">What each party gained or bore, in quote, told by balances alone; '
            "together it is nothing, to the wei.</p>",
            chart(waterfall_chart(borne(steps))),
        ]
    parts.append("<h3>Growth of the cascade</h3>")
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
