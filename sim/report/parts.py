"""The page's charts in order, each under its heading; a line of words where there is nothing."""

from __future__ import annotations

from html import escape
from typing import TypeAlias

import pandas as pd
import plotly.graph_objects as go

from sim.metrics.depth import ORDER_TERMS, depth, resting
from sim.metrics.frames import events_named, quote
from sim.metrics.funding import funding_so_far
from sim.metrics.leverage import moments, open_accounts
from sim.metrics.money import drawdown
from sim.metrics.oracle import status_share
from sim.metrics.run_tables import RunTables
from sim.metrics.summary import STATUS_NAMES
from sim.metrics.waterfall import borne
from sim.records.folder import Run
from sim.report.charts import error_chart, interest_chart, market_table, price_chart
from sim.report.liquidity_charts import depth_chart, leverage_chart
from sim.report.loss_charts import profit_chart, rung_chart, waterfall_chart
from sim.report.money_charts import funding_chart, growth_chart, pool_chart, taken_chart
from sim.report.tables import money

Part: TypeAlias = str | go.Figure


def market_part(run: Run, made: RunTables, name: str) -> list[Part]:
    """Everything that is one market's."""
    table = market_table(run.markets, name)
    title = f"<h2>{escape(name)}</h2>"
    if table[["true", "index", "mark"]].isna().all().any():
        return [title, "<p>This market never had an index and a mark.</p>"]
    of_market = made.liquidations[made.liquidations["market"] == name]
    venues, feeds = run.section("venues")[name], run.section("feeds")[name]
    status = status_share(run.markets["status"][run.markets["market"] == name], STATUS_NAMES)
    shares = ", ".join(f"{word} {share:.1%}" for word, share in status.items())
    return [
        title,
        *_headed(
            "Prices, feeds and liquidations",
            f"Index status, share of blocks: {shares}; shaded where it was not OK. A bubble is a "
            f"liquidation at its mark, its area the notional. Venues: {', '.join(venues)}. "
            f"Feeds: {', '.join(feeds)}; those far off the range are cut.",
        ),
        price_chart(table, of_market, venues, feeds),
        *_forced(made, of_market, name, table),
        *_headed(
            "Error against the true price, and basis",
            "The true price is what the contracts cannot see; the basis is mark less index. "
            "Shaded: the index was not OK.",
        ),
        error_chart(table),
        *_funding(run, made, name, table),
        *_headed(
            "Open interest and liquidations",
            "One side of the market at mark"
            + (
                "." if of_market.empty else "; below, notional liquidated in each of 160 stretches."
            ),
        ),
        interest_chart(table, of_market),
        *_depth(run, name),
    ]


def loss_part(run: Run, made: RunTables) -> list[Part]:
    """Who gained and lost, what the pool went through, and how the liquidations grew."""
    return [
        "<h2>Who absorbed the losses</h2>",
        *_headed("Profit by kind of agent", "Equity at mark, less deposits net of withdrawals."),
        profit_chart(made.pnl_by_kind) if len(run.accounts) else _nothing("No accounts."),
        *_pool(run, made),
        *_waterfall(made),
        *_growth(made),
    ]


def leverage_part(run: Run, made: RunTables) -> list[Part]:
    """How levered the open accounts were when it mattered."""
    asked = moments(run.markets, made.liquidations)
    names, blocks = made.market_names, list(asked.values())
    table = open_accounts(made.events, run.accounts, run.markets, names, blocks)
    title = "<h2>Leverage of open accounts</h2>"
    if table.empty:
        return [title, _nothing("No account had a position.")]
    caption = (
        "Notional at mark over equity at the end of the block named, all markets of an account "
        "together, reckoned from the clearinghouse's events. Open interest is known for every "
        "block: its largest is the run's."
    )
    chart = leverage_chart(table, asked, run.blocks.set_index("block")["time_s"])
    return [title, f'<p class="caption">{caption}</p>', chart]


def _headed(title: str, caption: str) -> list[Part]:
    return [f"<h3>{escape(title)}</h3>", f'<p class="caption">{escape(caption)}</p>']


def _nothing(line: str) -> str:
    return f"<p>{escape(line)}</p>"


def _forced(made: RunTables, struck: pd.DataFrame, name: str, table: pd.DataFrame) -> list[Part]:
    taken = made.deleveraged
    forced = pd.concat([struck, taken[taken["market"] == name]]) if len(taken) else struck
    title = "Liquidation cascade, by rung"
    if forced.empty:
        return [f"<h3>{title}</h3>", _nothing("Nothing was liquidated in this market.")]
    caption = (
        "A bubble is one forced trade at its mark, its area the notional, its colour and shape "
        "the rung of the ladder that took it: book, a keeper's takeover, the pool, deleveraged "
        "counterparties. The stretch shown is that of the cascade."
    )
    return [*_headed(title, caption), rung_chart(table, forced)]


def _funding(run: Run, made: RunTables, name: str, table: pd.DataFrame) -> list[Part]:
    market = next(key for key, each in made.market_names.items() if each == name)
    paid = funding_so_far(made.events, run.blocks, market)
    caption = (
        "Above, the rate per funding interval; longs pay where it is above zero. Below, what "
        "payers have paid, counted when a position changes or is settled."
    )
    return [*_headed("Funding", caption), funding_chart(table, paid)]


def _depth(run: Run, name: str) -> list[Part]:
    stretches = resting(run.events_of(["OrderBook"], ORDER_TERMS), name)
    if stretches.empty:
        return ["<h3>Depth of the book</h3>", _nothing("No order ever rested.")]
    found = depth(stretches, run.markets[run.markets["market"] == name])
    caption = (
        "Notional of all resting orders within 0.1, 0.5 and 2 % of mark at the end of blocks, "
        "rebuilt from the book's events: bids above the line, offers below."
    )
    return [*_headed("Depth of the book", caption), depth_chart(found)]


def _pool(run: Run, made: RunTables) -> list[Part]:
    changed = events_named(made.events, "Clearinghouse", "PositionChanged")
    own = run.accounts["account"][run.accounts["kind"] == "insurance_pool"]
    path = quote(run.blocks["insurance_wad"])
    has_held = len(changed) > 0 and bool(changed["account"].isin(own).any())
    if not has_held and not drawdown(path).any():
        ends = f"{money(path.iloc[0])} to {money(path.iloc[-1])}"
        line = f"The pool never held a position and never lost: its equity went from {ends} quote."
        return ["<h3>Insurance pool</h3>", _nothing(line)]
    caption = "Equity of the pool, with its positions at mark; shaded, what it is below its peak."
    return [*_headed("Insurance pool", caption), pool_chart(run.blocks)]


def _waterfall(made: RunTables) -> list[Part]:
    title = "Waterfall of all liquidations"
    if made.liquidations.empty:
        return [f"<h3>{title}</h3>", _nothing("Nothing was liquidated.")]
    steps = made.waterfall
    if steps.empty:
        return [f"<h3>{title}</h3>", _nothing("No balance is recorded that a liquidation changed.")]
    caption = (
        "What each party gained or bore in the transactions that liquidated, in quote, told by "
        "balances alone at the mark of that moment; together it is nothing, to the wei. What a "
        "position was worth later, to the pool or to who took it over, is in their profit above."
    )
    return [*_headed(title, caption), waterfall_chart(borne(steps))]


def _growth(made: RunTables) -> list[Part]:
    struck, runs = made.liquidations, made.cascades
    if struck.empty:
        return []
    left = _headed("Liquidated so far", "Notional, by the rung of the ladder that took it.")
    if (runs["multiplier"] <= 1).all():
        right: list[Part] = [
            "<h3>Growth of the largest cascades</h3>",
            _nothing("No cascade went on beyond its first block."),
        ]
    else:
        caption = (
            "As a multiple of what the first block liquidated; 1 means that nothing followed the "
            "first shock. Named by when they began."
        )
        right = [*_headed("Growth of the largest cascades", caption), growth_chart(struck, runs)]
    columns = ('<div class="columns"><div>', "</div><div>", "</div></div>")
    return [columns[0], *left, taken_chart(struck), columns[1], *right, columns[2]]
