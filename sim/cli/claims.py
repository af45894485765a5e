"""`claims`: sentences that rest on runs, each made again over a population, with a verdict."""

from __future__ import annotations

import sys
from os import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.errors import Command, refusals
from sim.cli.sweep import short, sweeping
from sim.cli.tables import Column, check_writable, json_option, number, print_table, write_rows
from sim.places import RUNS

if TYPE_CHECKING:
    from sim.experiments.verdicts import Verdict

_WIDTH = 170
_COLUMNS = (
    Column("verdict", "verdict"),
    Column("says", "claim"),
    Column("value", ""),
    Column("claim", "bound"),
    Column("held", "held in"),
    Column("shown", "mean, 95 %", str),
    Column("worst", "worst", lambda value: "-" if value is None else short(value)),
)
_JSON = (
    *(Column(key, "") for key in ("verdict", "says", "of", "value", "claim", "runs", "holding")),
    *(Column(key, "") for key in ("mean", "low", "high", "worst", "command")),
)


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path), metavar="CLAIMS.yaml")
@click.option("--jobs", type=click.IntRange(1, 256), default=cpu_count() or 1, show_default=True)
@click.option("--scheduler", metavar="ADDRESS", help="Of a Dask cluster, in place of --jobs.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder [runs/claims/<file>].")
@click.option("--resume", is_flag=True, help="Go on with the runs in the folder.")
@json_option
def claims(
    file: Path,
    jobs: int,
    scheduler: str | None,
    out: Path | None,
    resume: bool,
    json_file: Path | None,
) -> None:
    """Make every claim of CLAIMS.yaml again over its population of runs.

    ROBUST: the bound is kept in every run. SHIFTED: not in every run, but the whole 95 % interval
    of the mean over seeds keeps it. FRAGILE: neither, or a run failed. Exits with 1 on FRAGILE.
    """
    from sim.experiments import verdicts
    from sim.experiments.sweep.sweep import result, sweep_into

    check_writable(json_file)
    folder = out or RUNS / "claims" / file.stem
    told: list[Verdict] = []
    with refusals():
        said = verdicts.read_claims(file)
        experiments = said.experiments()
        for name, population in experiments.items():
            click.echo(f"{name}:", err=True)
            with sweeping(folder / name, f"backstop claims {file} --out {folder} --resume"):
                sweep_into(
                    population,
                    file.parent,
                    folder / name,
                    jobs=jobs,
                    scheduler=scheduler,
                    resume=resume and (folder / name).is_dir(),
                    report=lambda progress: click.echo(f"  {progress}", err=True),
                )
        for claim in said.claims:
            told += verdicts.verdicts(claim, result(folder / claim.of))
    rows = [_row(one) for one in told]
    print_table(f"claims of {file}", rows, _COLUMNS, _WIDTH)
    write_rows(json_file, rows, _JSON)
    shaken = [one for one in told if one.verdict != verdicts.ROBUST]
    for one in shaken:
        click.echo(f"{one.verdict}: {one.says} {one.value}\n  worst: {one.command}")
    sys.exit(any(one.verdict == verdicts.FRAGILE for one in shaken))


def _row(one: Verdict) -> dict[str, object]:
    mean, low, high = one.middle or (None, None, None)
    shown = "-" if mean is None else f"{short(mean)} ({short(low)} to {short(high)})"
    return {
        "verdict": one.verdict,
        "says": one.says,
        "of": one.of,
        "value": one.value,
        "claim": one.claim,
        "runs": one.runs,
        "holding": one.holding,
        "held": f"{number(0)(one.holding)} of {number(0)(one.runs)}",
        "mean": mean,
        "low": low,
        "high": high,
        "shown": shown,
        "worst": one.worst,
        "command": one.command,
    }
