"""`audit privileges`: who may call what, by making every call."""

from __future__ import annotations

from pathlib import Path

import click

from sim.audit.privileges import privileges as found_privileges
from sim.cli.errors import Command, refusals
from sim.cli.tables import Column, check_writable, json_option, print_table, write_rows
from sim.scenario import load_scenario

COLUMNS = (
    Column("contract", "contract"),
    Column("function", "function"),
    Column("past", "gets further than a stranger"),
    Column("stranger", "a stranger is told"),
    Column("told", "the others are told"),
)


@click.command(cls=Command)
@click.argument("scenario", default="calm")
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Of the run [0].")
@json_option
def privileges(scenario: str, seed: int, json_file: Path | None) -> None:
    """Call every function that writes, of every contract of SCENARIO's deployment, as everybody.

    Each call is made from the same state and undone. Contracts call too, without their code: `?`
    marks those whose answer the callee then missed.
    """
    check_writable(json_file)
    with refusals():
        found = found_privileges(load_scenario(scenario), seed)
    rows = [
        {
            "contract": one.contract,
            "function": one.function,
            "past": ", ".join(one.past) or "-",
            "stranger": one.stranger,
            "told": "; ".join(sorted(set(one.others.values()))) or "-",
        }
        for one in found
    ]
    print_table(f"{len(rows)} functions that write", rows, COLUMNS, width=160)
    write_rows(json_file, rows, COLUMNS)
