"""`check`: whether scenario files are allowed, without running them."""

from __future__ import annotations

import sys

import click

from sim.cli.errors import BAD_INPUT, Command


@click.command(cls=Command)
@click.argument("names", nargs=-1, required=True, metavar="SCENARIO...")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a key.")
def check(names: tuple[str, ...], overrides: tuple[str, ...]) -> None:
    """Read every SCENARIO as `simulate` does, run nothing, and say what is wrong with it.

    Exits with 0 if all are allowed, with 2 if one is not.
    """
    from sim.scenario import ScenarioError, load_scenario

    wrong = 0
    for name in names:
        try:
            read = load_scenario(name, overrides)
        except ScenarioError as error:
            wrong += 1
            click.echo(f"error: {' '.join(str(error).split())}", err=True)
            continue
        agents = sum(group.count for group in read.agents)
        markets = ", ".join(read.markets)
        click.echo(f"{name}: allowed; {read.blocks:,} blocks, {agents:,} agents in {markets}")
    if wrong:
        sys.exit(BAD_INPUT)
