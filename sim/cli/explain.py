"""`explain`: why an account of a recorded run was liquidated, or why it was not."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sim.audit.explain import explain as explained
from sim.chain.port import EngineError
from sim.cli.errors import Command, refusals
from sim.cli.explain_tables import as_json, show
from sim.cli.tables import check_writable, write_json
from sim.engine.replay import DifferentError
from sim.records.folder import read_run

DIFFERENT = 1


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--account", required=True, help="A number, an owner's address or an agent's name.")
@click.option("--block", type=click.IntRange(min=1), help="Explain this block [what decided].")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write everything as JSON too, money in wad as text.",
)
def explain(folder: Path, account: str, block: int | None, json_file: Path | None) -> None:
    """Why an account of the run in FOLDER was liquidated, or why not.

    The run is executed again; every figure is what the contracts answer at that moment, and beside
    it stands what the reference makes of the same. Exits with 1 where the two differ.
    """
    check_writable(json_file)
    try:
        with refusals():
            found = explained(read_run(folder), account, block)
    except (DifferentError, EngineError) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(DIFFERENT)
    show(found)
    write_json(json_file, as_json(found))
    if found.disagreements:
        sys.exit(DIFFERENT)
