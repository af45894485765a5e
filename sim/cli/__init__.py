"""The command line: `backstop ...` or `python -m sim ...`, and the same commands for `ape run`."""

from __future__ import annotations

import click

from sim.cli.group import Group
from sim.version import __version__

__all__ = ["cli"]


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="backstop")
def cli() -> None:
    """Backstop: simulate a perpetual futures protocol and try to break it."""
