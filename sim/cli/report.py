"""`report`: rebuild the report of a run from its folder."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.errors import Command, refusals
from sim.cli.simulate import report_outcome
from sim.records.folder import REPORT


@click.command(cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
def report(run: Path) -> None:
    """Rebuild summary.json and report.html of the folder RUN from its records."""
    with refusals():
        report_outcome(run)
    click.echo(f"report  {run / REPORT}")
