"""The parts of the page that are tables: of the run, and of what it takes to run it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pandas as pd

from sim.metrics.activity import actions, revert_reasons
from sim.metrics.frames import prices, quote
from sim.metrics.money import last_record
from sim.metrics.oracle import status_share
from sim.metrics.run_tables import RunTables
from sim.metrics.summary import STATUS_NAMES
from sim.records.folder import Run
from sim.report.tables import clock, figure, html_table, money, number, pairs, price, words
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
    ("multiplier", "multiplier", figure(2, "x")),
    ("mark_move_pct", "mark moved", figure(2, " %")),
)
LIQUIDATION_COLUMNS = (
    ("block", "block", figure(0)),
    ("time_s", "UTC", clock),
    ("market", "market", words),
    ("agent", "account of", words),
    ("side", "side", words),
    ("rung", "rung", words),
    ("size", "size, base", figure(4)),
    ("mark", "mark", price),
    ("notional", "notional", money),
    ("penalty", "penalty", money),
    ("reward", "keeper's reward", money),
    ("equity_before", "equity before", money),
    ("maintenance_before", "maintenance before", money),
    ("equity_after", "equity after", money),
    ("maintenance_after", "maintenance after", money),
    ("command", "why, asked in the run's folder", words),
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
MARKET_COLUMNS = (
    ("name", "market", words),
    ("tick_wad", "tick, quote", number),
    ("lot_wad", "lot, base", number),
    ("min_notional_wad", "least notional, quote", money),
    ("taker_fee_bps", "taker fee", figure(1, " bp")),
    ("max_leverage", "most leverage", figure(0, "x")),
)
REASON_COLUMNS = (("error", "revert", words), ("txs", "transactions", figure(0)))


def tables(run: Run, made: RunTables) -> str:
    """Profit by kind, cascades, the largest liquidations, what was tried and what was refused."""
    status = status_share(run.markets["status"], STATUS_NAMES)
    shares = [(name, f"{share:.2%}") for name, share in status.items()]
    tried = actions(run.transactions, run.section("agents"))
    return "\n".join(
        (
            "<h2>Tables</h2><h3>Profit and loss by kind of agent</h3>",
            '<p class="caption">Quote. Equity at mark, less deposits net of withdrawals.</p>',
            html_table(made.pnl_by_kind, PNL_COLUMNS),
            *_liquidations(run, made),
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


def _liquidations(run: Run, made: RunTables) -> list[str]:
    struck = made.liquidations
    if struck.empty:
        return ["<h3>Cascades and liquidations</h3>", "<p>Nothing was liquidated.</p>"]
    owners = run.accounts.drop_duplicates("account").set_index("account")["agent"]
    named = struck.assign(agent=struck["account"].map(owners).fillna("unknown"))
    named["command"] = [_explains(*one) for one in named[["account", "block"]].to_numpy()]
    largest = named.sort_values("notional", ascending=False, kind="stable").head(MOST_ROWS)
    return [
        "<h3>Cascades, largest first</h3>",
        html_table(made.cascades.head(LARGEST), CASCADE_COLUMNS),
        f"<h3>Liquidations, largest first, {_of(largest, named)}</h3>",
        html_table(largest, LIQUIDATION_COLUMNS, "liquidations"),
    ]


def _explains(account: object, block: object) -> str:
    return f"backstop explain . --account {account} --block {block}"


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
    manifest = run.manifest
    shown = ("markets", "agents", "venues", "feeds")
    facts = [(key, _flat(value)) for key, value in manifest.items() if key not in shown]
    for key in ("venues", "feeds"):
        facts += [(f"{key} of {name}", _flat(names)) for name, names in _table(manifest, key)]
    agents = Counter(str(kind) for _, kind in _table(manifest, "agents"))
    facts.append(("agents", _flat(agents)))
    figures = [(key, _flat(value)) for key, value in summary.items()]
    listed = manifest.get("markets")
    markets = pd.DataFrame(listed if isinstance(listed, list) else [])
    for name in (*markets.filter(like="_wad").columns,):
        markets[name] = quote(markets[name])
    return (
        f"<h2>Manifest</h2><h3>Markets</h3>{html_table(markets, MARKET_COLUMNS)}"
        f'<div class="columns"><div><h3>The run</h3>{pairs(facts)}</div>'
        f"<div><h3>Summary</h3>{pairs(figures)}</div></div>"
    )


def _table(manifest: Mapping[str, object], key: str) -> list[tuple[str, object]]:
    found = manifest.get(key)
    return list(found.items()) if isinstance(found, Mapping) else []


def _flat(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_flat(each)}" for key, each in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(_flat(each) for each in value) or "none"
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
