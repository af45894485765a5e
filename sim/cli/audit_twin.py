"""`audit twin`: a recorded run done again by the reference exchange, compared to the wei."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from sim.audit.twin import TwinError
from sim.audit.twin import twin as twinned
from sim.chain.port import EngineError
from sim.cli.errors import Command, Refused, refusals
from sim.cli.tables import check_writable, write_json
from sim.engine.replay import DifferentError
from sim.records.folder import read_run

DIFFERENT = 1
COUNTS = ("judged", "refused", "followed", "events", "balances")


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--block", type=click.IntRange(min=1), help="Stop after this block [the last].")
@click.option("--most", type=click.IntRange(min=1), default=10, help="Differences to show [10].")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write counts and differences as JSON too.",
)
def twin(folder: Path, block: int | None, most: int, json_file: Path | None) -> None:
    """Do the run in FOLDER again with a whole reference exchange beside it.

    Refusals, events of the books, and after each block all balances are compared. Exits with 1 at
    a difference.
    """
    check_writable(json_file)
    try:
        with refusals():
            found = twinned(read_run(folder), block, most)
    except TwinError as error:
        raise Refused(f"{folder}: {error}") from error
    except (DifferentError, EngineError) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(DIFFERENT)
    told = {name: found.counts[name] for name in COUNTS}
    click.echo(
        f"{told['judged']:,} calls judged, {told['refused']:,} of them refused alike; "
        f"{told['followed']:,} followed; {told['events']:,} events of books and "
        f"{told['balances']:,} balances compared; {len(found.mismatches)} differences"
    )
    for one in found.mismatches:
        where = f"block {one.block}" + (f", transaction {one.tx}" if one.tx is not None else "")
        click.echo(
            f"{where}: {one.what}\n  contract   {one.contract}\n  reference  {one.reference}"
        )
    rows = [asdict(one) for one in found.mismatches]
    write_json(json_file, told | {"mismatches": rows})
    if found.mismatches:
        sys.exit(DIFFERENT)
