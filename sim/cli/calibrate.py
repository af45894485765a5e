"""`calibrate`: a scenario whose numbers are fitted to price files."""

from __future__ import annotations

import re
from pathlib import Path

import click

from sim.cli.errors import Command, Refused, refusals, writing
from sim.cli.price_options import said_options
from sim.cli.tables import Column, check_writable, json_option, print_table, write_rows
from sim.experiments.calibrate import Calibration, calibrated
from sim.prices.ask import Said
from sim.prices.request import price_request
from sim.scenario import parse_scenario

COLUMNS = (
    Column("of", "of"),
    Column("number", "number"),
    Column("value", "value"),
    Column("source", "source"),
)


@click.command(cls=Command)
@click.argument("files", nargs=-1, metavar="[NAME=]FILE...")
@said_options
@click.option("--funding", type=click.Path(path_type=Path), help="A file of funding rates.")
@click.option("--leverage", type=click.Path(path_type=Path), help="A file of accounts' leverages.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("calibrated.yaml"),
    show_default=True,
    help="Where the scenario goes.",
)
@json_option
def calibrate(
    files: tuple[str, ...],
    said: Said,
    funding: Path | None,
    leverage: Path | None,
    out: Path,
    json_file: Path | None,
) -> None:
    """Fit a market to price FILEs and write a scenario of it.

    Volatility, jumps, what venues stray by, depth where volumes are known; funding and leverage
    where files of them are given. Each number stands there with its source and its dates.
    """
    check_writable(json_file)
    check_writable(out, "--out")
    if not files:
        raise Refused("found no file; one or more price files are needed")
    with refusals():
        request = price_request(files, said)
        made: Calibration = calibrated(request, _name(out), funding, leverage)
        parse_scenario(made.text, label=out.name)
    with writing(out):
        out.write_text(made.text, encoding="utf-8")
    print_table("fitted", made.rows, COLUMNS)
    write_rows(json_file, made.rows, COLUMNS)
    click.echo(f"\nscenario  {out}")


def _name(out: Path) -> str:
    """A scenario's name out of a file's."""
    plain = re.sub(r"[^a-z0-9_]+", "_", out.stem.lower()).strip("_")[:40]
    return plain if plain[:1].isalpha() else f"c_{plain}"[:40]
