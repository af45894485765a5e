"""What `waterfall` and `adl` print: who paid what of a gap; what policies take in real rounds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from sim.cli.tables import Column, number, print_table
from sim.experiments.waterfall.score import Row

WIDTH = 150  # where stdout is no terminal
COLUMNS = (
    Column("gap", "gap"),
    Column("book", "book"),
    Column("pool", "pool"),
    Column("policy", "policy"),
    Column("liquidated", "liq.", number(0)),
    Column("winners", "winners get", number(0)),
    Column("margin", "margin", number(0)),
    Column("keeper", "keeper", number(0)),
    Column("insurance", "pool", number(0)),
    Column("counterparties", "ADL", number(0)),
    Column("socialised", "spread", number(0)),
    Column("others", "makers, fees", number(0)),
    Column("left", "left", number(0)),
    Column("error_wei", "sum, wei"),
    Column("worst_haircut_percent", "worst haircut", number(1, " %")),
)


def print_rows(rows: Sequence[Row]) -> None:
    """One line a case; policies that made no difference are one line."""
    shown = []
    for _, cases in groupby(rows, key=lambda row: (row["gap_percent"], row["book"], row["pool"])):
        group = [_line(row) for row in cases]
        if len(group) > 1 and not any(line["rounds"] for line in group):
            group = [{**group[0], "policy": "any"}]
        shown += group
    print_table("Who paid what of the gap, quote; below zero is borne", shown, COLUMNS, WIDTH)


def _line(row: Row) -> Row:
    return {
        **row,
        "gap": f"{row['gap_percent']:g} %",
        "policy": str(row["policy"]).lower().replace("_", " "),
        "others": row["makers"] + row["fees"],
    }
