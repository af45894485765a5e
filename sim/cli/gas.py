"""`gas`: what each thing costs, compared with the snapshot that is kept of it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sim.chain.itemised import KINDS
from sim.cli.errors import Command, Refused, refusals
from sim.cli.tables import Column, check_writable, json_option, number, print_table, write_rows
from sim.experiments.gas.budgets import (
    BUDGETS,
    TOLERANCE_PERCENT,
    differences,
    markdown,
    over_budget,
)
from sim.experiments.gas.measure import ENGINES, Measured, measure
from sim.places import CONTRACTS, INSTALLED
from sim.protocol.gas import SNAPSHOT, read_snapshot, write_snapshot

COLUMNS = (
    Column("name", "what"),
    Column("gas", "gas", number(0)),
    Column("snapshot", "snapshot", number(0)),
    Column("budget", "budget", number(0)),
)
README = CONTRACTS / "README.md"
_BEGIN, _END = "<!-- gas: begin -->\n", "<!-- gas: end -->\n"


@click.command(cls=Command)
@click.option("--write", is_flag=True, help="Replace snapshot and table by what is measured.")
@click.option("--engine", type=click.Choice([*ENGINES]), default="pyevm", show_default=True)
@click.option(
    "--tolerance",
    type=click.IntRange(min=0),
    default=TOLERANCE_PERCENT,
    show_default=True,
    help="Percent by which a figure may differ from the snapshot.",
)
@json_option
def gas(write: bool, engine: str, tolerance: int, json_file: Path | None) -> None:
    """Measure the gas of everything one can do, as a node would charge it.

    Exits with 1 if a figure differs from the snapshot, unless it is being written.
    """
    if write and INSTALLED:
        raise Refused("--write changes the snapshot that ships; it goes with a checkout alone")
    with refusals():
        check_writable(json_file)
        found = measure(engine)
    old = read_snapshot() if SNAPSHOT.exists() else {}
    rows = [
        {"name": name, "gas": used, "snapshot": old.get(name), "budget": BUDGETS.get(name)}
        for name, used in found.gas.items()
    ]
    print_table(f"gas of a transaction, {engine}", rows, COLUMNS)
    write_rows(json_file, rows, COLUMNS)
    for name, excess in over_budget(found.gas).items():
        click.echo(f"note: {name} is {excess:,} over its budget", err=True)
    if write:
        write_snapshot(found.gas)
        _write_table(found)
        return
    wrong = differences(found.gas, old, tolerance)
    for sentence in wrong:
        click.echo(f"error: {sentence}", err=True)
    sys.exit(1 if wrong else 0)


def _write_table(found: Measured) -> None:
    """Put what the budgeted transactions' gas goes on into the contracts' readme."""
    text = README.read_text(encoding="utf8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    if found.bills:
        budgeted = {name: bill for name, bill in found.bills.items() if name in BUDGETS}
        table = markdown(budgeted, KINDS)
        README.write_text(f"{before}{_BEGIN}{table}{_END}{after}", encoding="utf8")
