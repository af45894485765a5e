"""What `oracle` prints: one line a method under a fault, a venue, a mark; and its claims."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from sim.cli.tables import Column, number, print_cells, print_table
from sim.experiments.claims import Claim
from sim.experiments.oracle.designs import DEFAULT
from sim.experiments.oracle.score import Row
from sim.types import Status

WIDTH = 150  # where stdout is no terminal
ERRORS = (
    ("index_error_bps_median", "median bp"),
    ("index_error_bps_p99", "p99"),
    ("index_error_bps_max", "max"),
)
MONEY = (
    ("mark_error_bps_max", "mark max"),
    ("false_liquidation_notional", "false liq."),
    ("missed_liquidation_notional", "missed liq."),
    ("missed_alarm_s", "silent s"),
    ("attacker_cost", "cost"),
    ("attacker_profit", "profit"),
)
MARKS = (
    Column("mark_method", "mark"),
    Column("mark_error_bps_max", "mark error, bp", number(1)),
    Column("long_liquidatable", "fresh 100x long liquidatable"),
    Column("short_liquidatable", "short"),
    Column("attacker_spent", "attacker spent", number(0)),
)
ALARMS = (
    Column("step_bps", "breaker step, bp", number(0)),
    Column("alarmed_windows", "harmful windows alarmed", number(0)),
    Column("harmful_windows", "of", number(0)),
    Column("false_alarm_rate", "false alarms, share of sound time", number(4)),
    Column("missed_alarm_s", "silent while harmed, s", number(0)),
)


def print_rows(rows: Sequence[Row], corrupted: int) -> None:
    """Every table that these rows fill, faults at one number of corrupted feeds."""
    parts: dict[str, list[Row]] = {"faults": [], "venues": [], "marks": [], "alarms": []}
    for row in rows:
        if row["table"] in parts and (row["table"] != "faults" or row["corrupted"] == corrupted):
            parts[str(row["table"])].append(row)
    if parts["venues"]:
        _print("Index against each venue", "venue", parts["venues"], _venue_cells, "dropped s")
    if parts["faults"]:
        title = f"{corrupted} of {parts['faults'][0]['feeds']} feeds corrupted"
        headings = [heading for _, heading in MONEY]
        _print(title, "fault", parts["faults"], _fault_cells, *headings)
        click.echo("red: worst index served as good under that fault; bold: the default design")
    if parts["marks"]:
        print_table("\nThe book swept by 2.5 %, the index let be", parts["marks"], MARKS)
    if parts["alarms"]:
        print_table("\nBreaker steps against labelled faults", parts["alarms"], ALARMS)


def print_claims(claims: Sequence[Claim]) -> None:
    """Each claim, and what speaks against it."""
    click.echo()
    for claim in claims:
        click.echo(f"{'holds ' if claim.holds else 'BROKEN'}  {claim.sentence}")
        for each in claim.against:
            click.echo(f"error: {each}", err=True)


def _print(
    title: str, key: str, rows: Sequence[Row], cells: Callable[[Row], list[str]], *more: str
) -> None:
    """Rows in groups of one key, the worst of each in red."""
    words = [(heading, False) for heading in (key, "method", "status, s")]
    figures = [(heading, True) for heading in (*(heading for _, heading in ERRORS), *more)]
    lines, styles = [], []
    for name in dict.fromkeys(row[key] for row in rows):
        group = [row for row in rows if row[key] == name]
        worst = max(group, key=_badness)
        for row in group:
            styles.append("red" if row is worst else "bold" if row["method"] == DEFAULT else "")
            lines.append([str(name), *cells(row)])
    print_cells(title, [*words, *figures], lines, WIDTH, styles)


def _fault_cells(row: Row) -> list[str]:
    return [*_shared(row), *(_short(row[key]) for key, _ in MONEY)]


def _venue_cells(row: Row) -> list[str]:
    return [*_shared(row), _short(row["dropped_s"])]


def _shared(row: Row) -> list[str]:
    times = [(one.name.lower(), row[f"{one.name.lower()}_s"]) for one in Status]
    spent = " ".join(f"{name} {seconds}" for name, seconds in times if seconds)
    return [str(row["method"]).lower(), spent, *(_short(row[key]) for key, _ in ERRORS)]


def _badness(row: Row) -> float:
    return _worth(row.get("good_index_error_bps_max", row["index_error_bps_max"]))


def _short(value: object) -> str:
    """A number in few characters: a letter for thousands, millions, billions."""
    worth = _worth(value)
    for unit, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if worth >= unit:
            return f"{worth / (1e3 if letter == 'k' else unit):,.1f}{letter}"
    return f"{worth:,.1f}" if worth % 1 else f"{worth:,.0f}"


def _worth(value: object) -> float:
    assert isinstance(value, int | float), f"{value!r} stands in a column of numbers"
    return value
