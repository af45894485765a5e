"""The first screen: what ran, whether it holds together, and the story in words and figures."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import pandas as pd

from sim.metrics.oracle import error_bps, price_move
from sim.records.folder import Run
from sim.report.tables import Format, bps, figure, money

Shown = tuple[tuple[tuple[str, ...], str, Format], ...]
TILES: Shown = (
    (("liquidated_notional",), "liquidated notional, quote", money),
    (("liquidations",), "liquidations", figure(0)),
    (
        ("liquidations_takeover", "liquidations_backstop"),
        "of them taken over by keepers, by the pool",
        figure(0),
    ),
    (("cascade_multiplier",), "largest cascade, of its first block", figure(1, "x")),
    (("deleveraged", "deleveraged_at_mark"), "deleveraged at bankruptcy, at mark, quote", money),
    (("socialised_loss",), "loss socialised, quote", money),
    (("bad_debt",), "bad debt, quote", money),
    (("insurance_end",), "insurance pool at the end, quote", money),
    (("insurance_max_drawdown",), "its largest drawdown, quote", money),
    (("index_error_bps_p99",), "index error, 99th percentile", bps),
    (("index_error_bps_max",), "index error, largest", bps),
    (("funding_paid",), "funding paid, quote", money),
)


def head(run: Run, summary: Mapping[str, object]) -> str:
    """Title, when and where, and whether the run holds together."""
    manifest = run.manifest
    span = ""
    if len(run.blocks):
        ends = pd.to_datetime(run.blocks["time_s"], unit="s")
        span = f", {ends.min():%Y-%m-%d %H:%M:%S} to {ends.max():%H:%M:%S} UTC"
    line = (
        f"seed {manifest['seed']}, {manifest['engine']} engine, {summary['blocks']:,} blocks, "
        f"{summary['txs']:,} transactions{span}"
    )
    marks = []
    if unsafe := summary.get("unsafe_methods"):
        marks.append(("broken", f"unsafe, there to be beaten: {unsafe}"))
    if manifest["status"] != "complete":
        marks.append(
            ("broken", f"this run is {manifest['status']}: it did not reach its last block")
        )
    if not summary["blocks"]:
        marks.append(("broken", "no block was run"))
    error, broken = summary.get("conservation_error_wad"), summary.get("invariant_violations")
    if error is not None:
        marks.append(_mark(error == 0, f"largest conservation error: {error} wei"))
        marks.append(_mark(broken == 0, f"invariant violations: {broken}"))
    shown = "".join(f'<span class="{css}">{escape(text)}</span>' for css, text in marks)
    name = escape(str(manifest["scenario"]))
    return f'<header><h1>{name}</h1><div class="muted">{escape(line)}</div>{shown}</header>'


def story(run: Run, summary: Mapping[str, object]) -> str:
    """What happened, in a few sentences of the run's own figures."""
    if not len(run.blocks):
        return ""
    moved = [_moved(str(name), rows) for name, rows in run.markets.groupby("market", sort=False)]
    lines = [*moved, _liquidated(summary), _lost(summary), _pool(summary)]
    return f'<p class="story">{" ".join(escape(line) for line in lines if line)}</p>'


def tiles(summary: Mapping[str, object]) -> str:
    """The figures one looks for first; noughts stand back."""
    cells = []
    for keys, label, show in TILES:
        values = [summary.get(key) for key in keys]
        css = "" if any(values) else ' class="nought"'
        said = escape(" / ".join("0" if value == 0 else show(value) for value in values))
        cells.append(f'<div class="tile"><b{css}>{said}</b><span>{label}</span></div>')
    return f'<div class="tiles">{"".join(cells)}</div>'


def _moved(name: str, rows: pd.DataFrame) -> str:
    found = price_move(rows["true_wad"])
    if found is None:
        return ""
    off = error_bps(rows["index_wad"], rows["true_wad"]).abs().max()
    index = "" if pd.isna(off) else f" The index was off it by {bps(off)} at most."
    ends = f"{found['first']:,.6g} to {found['last']:,.6g} ({found['moved_pct']:+.1f} %)"
    if abs(found["furthest_pct"]) < abs(found["moved_pct"]) + 0.1:
        return f"{name}: the true price went from {ends}.{index}"
    far = f"{found['furthest']:,.6g} ({found['furthest_pct']:+.1f} %) at the furthest"
    return f"{name}: the true price went from {ends}, {far}.{index}"


def _liquidated(summary: Mapping[str, object]) -> str:
    if not summary["liquidations"]:
        return "Nothing was liquidated."
    rungs = (
        ("book", "into the book"),
        ("takeover", "to keepers who took over"),
        ("backstop", "to the pool"),
    )
    took = [
        f"{count:,} {where}" for key, where in rungs if (count := summary[f"liquidations_{key}"])
    ]
    return (
        f"{money(summary['liquidated_notional'])} quote was liquidated in "
        f"{summary['liquidations']:,} steps: {', '.join(took)}."
    )


def _lost(summary: Mapping[str, object]) -> str:
    named = (
        ("deleveraged", "deleveraged at the bankruptcy price"),
        ("deleveraged_at_mark", "deleveraged at mark"),
        ("socialised_loss", "of loss socialised"),
        ("bad_debt", "of bad debt left"),
    )
    found = [f"{money(summary[key])} quote {what}" for key, what in named if summary.get(key)]
    if found:
        return f"Beyond that: {', '.join(found)}."
    return "Nobody was deleveraged, no loss was socialised, no bad debt was left."


def _pool(summary: Mapping[str, object]) -> str:
    path = f"from {money(summary['insurance_start'])} to {money(summary['insurance_end'])} quote"
    fell = summary["insurance_max_drawdown"]
    return f"The insurance pool went {path}" + (
        f", {money(fell)} below its peak at worst." if fell else "."
    )


def _mark(holds: bool, text: str) -> tuple[str, str]:
    return ("sound" if holds else "broken", text)
