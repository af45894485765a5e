"""The command line: `python -m sim ...`, and the same commands for `ape run`."""

from __future__ import annotations

import click

from sim.cli.adl import adl
from sim.cli.bench import bench
from sim.cli.compare_runs import compare
from sim.cli.deploy import deploy
from sim.cli.drag import drag
from sim.cli.errors import Group
from sim.cli.gas import gas
from sim.cli.incidents import incidents
from sim.cli.oracle import oracle
from sim.cli.replay import replay
from sim.cli.report import report
from sim.cli.simulate import simulate
from sim.cli.waterfall import waterfall

__all__ = [
    "adl",
    "bench",
    "cli",
    "compare",
    "deploy",
    "drag",
    "gas",
    "incidents",
    "oracle",
    "replay",
    "report",
    "simulate",
    "waterfall",
]


@click.group(cls=Group)
def cli() -> None:
    """Backstop: simulate a perpetual futures protocol and try to break it."""


for command in (
    simulate,
    replay,
    bench,
    gas,
    report,
    compare,
    deploy,
    oracle,
    incidents,
    waterfall,
    adl,
    drag,
):
    cli.add_command(command)
