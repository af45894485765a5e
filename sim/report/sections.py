"""The parts of the page that are words and tables."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import pandas as pd

from sim.metrics.activity import actions, revert_reasons
from sim.metrics.frames import prices, quote
from sim.metrics.liquidations import cascades
from sim.metrics.money import last_record, pnl_by_kind
from sim.metrics.oracle import status_share
from sim.metrics.summary import STATUS_NAMES
from sim.report.tables import clock, figure, html_table, money, pairs, words
from sim.runfolder import Run
from sim.units import BPS

LARGEST, MOST_ROWS = 20, 500
PNL_COLUMNS = (
    ("kind", "kind of agent", words),
    ("accounts", "accounts", figure(0)),
    ("net_deposit", "net deposits", money),
    ("equity", "equity at the end", money),
    ("pnl", "profit", money),
    ("worst", "worst account", money),
    ("best", "best account", money),
)
CASCADE_COLUMNS = (
    ("market", "market", words),
    ("start_s", "began, UTC", clock),
    ("duration_s", "lasted", figure(0, " s")),
    ("liquidations", "liquidations", figure(0)),
    ("accounts", "accounts", figure(0)),
    ("notional", "notional", money),
    ("multiplier", "multiplier", figure(2)),
    ("mark_move_pct", "mark moved", figure(2, " %")),
)
LIQUIDATION_COLUMNS = (
    ("time_s", "UTC", clock),
    ("market", "market", words),
    ("agent", "account of", words),
    ("side", "side", words),
    ("rung", "rung", words),
    ("size", "size, base", figure(4)),
    ("mark", "mark", figure(2)),
    ("notional", "notional", money),
    ("penalty", "penalty", money),
    ("reward", "keeper's reward", money),
    ("equity_before", "equity before", money),
    ("equity_after", "equity after", money),
)
ACCOUNT_COLUMNS = (
    ("agent", "account of", words),
    ("kind", "kind of agent", words),
    ("net_deposit", "net deposits", money),
    ("equity", "equity at the end", money),
    ("pnl", "profit", money),
)
VENUE_COLUMNS = (
    ("time_s", "UTC", clock),
    ("agent", "agent", words),
    ("venue", "venue", words),
    ("market", "market", words),
    ("size", "bought (sold), base", figure(4)),
    ("cash", "received (paid)", money),
    ("moved_bps", "moved the venue", figure(1, " bp")),
    ("refusal", "refused because", words),
)
ACTION_COLUMNS = (
    ("kind", "kind of agent", words),
    ("action", "action", words),
    ("txs", "transactions", figure(0)),
    ("reverts", "reverted", figure(0)),
    ("share", "share reverted", figure(1, " %")),
)
REASON_COLUMNS = (("error", "revert", words), ("txs", "transactions", figure(0)))


def head(run: Run, summary: Mapping[str, object]) -> str:
    """Title, when and where, and whether the run holds together."""
    told = run.manifest
    span = ""
    if len(run.blocks):
        ends = pd.to_datetime(run.blocks["time_s"], unit="s")
        span = f", {ends.min():%Y-%m-%d %H:%M:%S} to {ends.max():%H:%M:%S} UTC"
    line = (
        f"seed {told['seed']}, {told['engine']} engine, {summary['blocks']:,} blocks, "
        f"{summary['txs']:,} transactions{span}"
    )
    marks = []
    if told["status"] != "complete":
        marks.append(("broken", f"this run is {told['status']}: it did not reach its last block"))
    if not summary["blocks"]:
        marks.append(("broken", "no block was run"))
    error, broken = summary.get("conservation_error_wad"), summary.get("invariant_violations")
    if error is not None:
        marks.append(_mark(error == 0, f"largest conservation error: {error} wei"))
        marks.append(_mark(broken == 0, f"invariant violations: {broken}"))
    shown = "".join(f'<span class="{css}">{escape(text)}</span>' for css, text in marks)
    name = escape(str(told["scenario"]))
    return f'<header><h1>{name}</h1><div class="muted">{escape(line)}</div>{shown}</header>'


def tiles(summary: Mapping[str, object]) -> str:
    """The figures one looks for first."""
    bp = figure(1, " bp")
    shown = (
        ("liquidated_notional", "liquidated notional, quote", money),
        ("liquidations", "liquidations", figure(0)),
        ("liquidations_takeover", "of them taken over by keepers", figure(0)),
        ("liquidations_backstop", "of them taken over by the pool", figure(0)),
        ("deleveraged", "deleveraged at the bankruptcy price, quote", money),
        ("deleveraged_at_mark", "deleveraged at mark, quote", money),
        ("socialised_loss", "loss socialised, quote", money),
        ("cascade_multiplier", "multiplier of the largest cascade", figure(2)),
        ("bad_debt", "bad debt, quote", money),
        ("insurance_end", "insurance pool at the end, quote", money),
        ("insurance_max_drawdown", "its largest drawdown, quote", money),
        ("index_error_bps_median", "index error, median", bp),
        ("index_error_bps_p99", "index error, 99th percentile", bp),
        ("index_error_bps_max", "index error, largest", bp),
        ("mark_error_bps_p99", "mark error, 99th percentile", bp),
        ("funding_paid", "funding paid, quote", money),
        ("tx_per_s", "transactions per second of wall time", figure(0)),
    )
    cells = "".join(
        f'<div class="tile"><b>{escape(show(summary.get(key)))}</b><span>{label}</span></div>'
        for key, label, show in shown
    )
    return f'<div class="tiles">{cells}</div>'


def tables(run: Run, struck: pd.DataFrame) -> str:
    """Profit by kind, cascades, the largest liquidations, what was tried and what was refused."""
    owners = run.accounts.drop_duplicates("account").set_index("account")["agent"]
    named = struck.assign(agent=struck["account"].map(owners).fillna("unknown"))
    largest = named.sort_values("notional", ascending=False, kind="stable").head(MOST_ROWS)
    runs = cascades(struck).sort_values("notional", ascending=False, kind="stable").head(LARGEST)
    status = status_share(run.markets["status"], STATUS_NAMES)
    shares = [(name, f"{share:.2%}") for name, share in status.items()]
    tried = actions(run.transactions, run.told("agents"))
    return "\n".join(
        (
            "<h2>Tables</h2><h3>Profit and loss by kind of agent</h3>",
            '<p class="caption">Quote. Equity at mark, less deposits net of withdrawals.</p>',
            html_table(pnl_by_kind(run.accounts), PNL_COLUMNS),
            "<h3>Cascades, largest first</h3>",
            html_table(runs, CASCADE_COLUMNS),
            f"<h3>Liquidations, largest first, {_of(largest, named)}</h3>",
            html_table(largest, LIQUIDATION_COLUMNS, "liquidations"),
            *_accounts(run.accounts),
            *_venue_trades(run),
            '<div class="columns"><div><h3>Transactions</h3>',
            html_table(tried, ACTION_COLUMNS, "transactions"),
            "</div><div><h3>Reverts by reason</h3>",
            html_table(revert_reasons(run.transactions), REASON_COLUMNS),
            "<h3>State of the index, share of blocks</h3>",
            pairs(shares),
            "</div></div>",
        )
    )


def _accounts(accounts: pd.DataFrame) -> list[str]:
    last = last_record(accounts)
    table = last.assign(
        net_deposit=quote(last["net_deposit_wad"]), equity=quote(last["equity_wad"])
    )
    table["pnl"] = table["equity"] - table["net_deposit"]
    shown = table.sort_values("pnl", key=abs, ascending=False, kind="stable").head(MOST_ROWS)
    title = f"<h3>Accounts, largest gain or loss first, {_of(shown, table)}</h3>"
    return [title, html_table(shown, ACCOUNT_COLUMNS, "accounts")]


def _venue_trades(run: Run) -> list[str]:
    trades = run.venue_trades
    if trades.empty:
        return []
    shown = trades.head(MOST_ROWS)
    before, after = prices(shown["before_wad"]), prices(shown["after_wad"])
    times_s = run.blocks.set_index("block")["time_s"]
    table = shown.assign(
        time_s=shown["block"].map(times_s).fillna(times_s.min()).astype("int64"),
        size=quote(shown["size_wad"]),
        cash=quote(shown["cash_wad"]),
        moved_bps=(after / before - 1) * BPS,
    )
    title = f"<h3>Trades on venues, off the chain, {_of(shown, trades)}</h3>"
    return [title, html_table(table, VENUE_COLUMNS, "trades on venues")]


def _of(shown: pd.DataFrame, every: pd.DataFrame) -> str:
    return f"{len(shown):,} of {len(every):,}"


def manifest(run: Run, summary: Mapping[str, object]) -> str:
    """Everything needed to run it again, and every figure of the summary."""
    skipped = ("markets", "agents", "venues", "feeds")
    facts = [(key, _flat(value)) for key, value in run.manifest.items() if key not in skipped]
    figures = [(key, _flat(value)) for key, value in summary.items()]
    return (
        '<div class="columns"><div><h3>Manifest</h3>'
        f"{pairs(facts)}</div><div><h3>Summary</h3>{pairs(figures)}</div></div>"
    )


def _mark(holds: bool, text: str) -> tuple[str, str]:
    return ("sound" if holds else "broken", text)


def _flat(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_flat(each)}" for key, each in value.items()) or "none"
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
