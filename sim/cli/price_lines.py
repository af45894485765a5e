"""What is said on the terminal of the files behind a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from sim.prices.tell import manifest_line
from sim.records.folder import read_run

GOOD_SHARE = 0.5  # of a run's blocks


def tell_prices(folder: Path) -> None:
    """One line a venue of a run's price files; nothing where there were none."""
    told = read_run(folder).manifest.get("price_feeds")
    for row in told if isinstance(told, list) else ():
        click.echo(manifest_line(row))


def tell_index(summary: Mapping[str, object]) -> None:
    """Say so if the index was good in less than half of a run's blocks."""
    share = summary.get("oracle_ok_share")
    if isinstance(share, float) and share < GOOD_SHARE:
        click.echo(f"note: the index was good in {share:.1%} of the blocks only")


def tell_unsafe(summary: Mapping[str, object]) -> None:
    """Say so if a price of a run was made by a method that is there to be beaten."""
    if unsafe := summary.get("unsafe_methods"):
        click.echo(f"note: unsafe methods, there to be beaten: {unsafe}")


def tell_shortness(summary: Mapping[str, object], asked: int) -> None:
    """Say so if a run came to fewer blocks than were asked for."""
    blocks = summary.get("blocks")
    if isinstance(blocks, int) and blocks < asked:
        click.echo(f"note: {blocks:,} blocks where {asked:,} were asked for: the prices end there")
