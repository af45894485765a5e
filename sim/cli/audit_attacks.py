"""`audit attacks`: the attacks that stand as tests, run and told as a table."""

from __future__ import annotations

from pathlib import Path

import click

from sim.audit.attack_tests import attack_tests, rows_of
from sim.audit.vyper_project import ProjectError
from sim.cli.errors import Command, Refused
from sim.cli.tables import Column, check_writable, json_option, number, print_table, write_rows
from sim.places import ROOT

COLUMNS = (
    Column("class", "class"),
    Column("attack", "attack"),
    Column("profit", "attacker's profit", number(6)),
    Column("pool_loss", "pool's loss", number(6)),
    Column("verdict", "verdict"),
    Column("wall_s", "s", number(1)),
)


@click.command(cls=Command)
@click.option("--only", default="", metavar="WORDS", help="Attacks whose names hold these words.")
@json_option
def attacks(only: str, json_file: Path | None) -> None:
    """Run the attacks of tests/flow/attacks, each against the deployed protocol.

    Profit is what the attacker's accounts and wallets held after over what they held before, in
    quote, of the example that paid best; `-` where no purse is asked. `held off`: it stayed within
    the bound that its test states. Exits with 1 if one succeeds.
    """
    check_writable(json_file)
    try:
        rows = rows_of(attack_tests(ROOT, only))
    except ProjectError as error:
        raise Refused(str(error)) from error
    held = sum(row["verdict"] == "held off" for row in rows)
    print_table(f"{held} of {len(rows)} attacks held off", rows, COLUMNS, width=180)
    write_rows(json_file, rows, COLUMNS)
    if any(row["verdict"] == "SUCCEEDS" for row in rows):
        raise SystemExit(1)
