"""The final table of a run: a summary's figures with words and units."""

from __future__ import annotations

from collections.abc import Mapping

from sim.cli.tables import Column

# (key of the summary, what it is, unit, decimals)
FIGURES = (
    ("blocks", "blocks", "", 0),
    ("txs", "transactions", "", 0),
    ("reverts", "of which reverted", "", 0),
    ("wall_s", "time of all steps", "s", 2),
    ("evm_s", "of which inside the engine", "s", 2),
    ("tx_per_s", "transactions per second", "tx/s", 0),
    ("oracle_ok_share", "share of blocks with a good index", "", 4),
    ("index_error_bps_median", "index error, median", "bp", 2),
    ("index_error_bps_p99", "index error, 99th percentile", "bp", 2),
    ("index_error_bps_max", "index error, largest", "bp", 2),
    ("mark_error_bps_median", "mark error, median", "bp", 2),
    ("mark_error_bps_p99", "mark error, 99th percentile", "bp", 2),
    ("mark_error_bps_max", "mark error, largest", "bp", 2),
    ("liquidations", "liquidations", "", 0),
    ("liquidated_notional", "liquidated notional", "quote", 0),
    ("cascade_multiplier", "multiplier of the largest cascade", "x", 2),
    ("insurance_start", "insurance pool, start", "quote", 0),
    ("insurance_min", "insurance pool, lowest", "quote", 0),
    ("insurance_end", "insurance pool, end", "quote", 0),
    ("funding_paid", "funding paid", "quote", 2),
    ("bad_debt", "bad debt", "quote", 2),
    ("conservation_error_wad", "largest conservation error", "wei", 0),
    ("invariant_violations", "invariant violations", "", 0),
)
COLUMNS = (
    Column("label", "measure"),
    Column("shown", "value", str),
    Column("unit", "unit"),
)
JSON_COLUMNS = (Column("measure", ""), Column("label", ""), Column("value", ""), Column("unit", ""))


def figure_rows(summary: Mapping[str, object]) -> list[dict[str, object]]:
    """A row for each figure that the summary has."""
    rows: list[dict[str, object]] = []
    for key, label, unit, decimals in FIGURES:
        value = summary.get(key)
        shown = f"{value:,.{decimals}f}" if isinstance(value, int | float) else "-"
        rows.append({"measure": key, "label": label, "value": value, "shown": shown, "unit": unit})
    return rows


def holds(summary: Mapping[str, object]) -> bool:
    """Whether the run's books balance and no invariant broke."""
    return summary.get("conservation_error_wad") == 0 and summary.get("invariant_violations") == 0
