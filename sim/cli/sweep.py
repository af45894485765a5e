"""`sweep`: an experiment's runs, made on processes or a cluster, gone on with, and told."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from os import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.errors import Broken, Command, Refused, refusals
from sim.cli.tables import Column, check_writable, json_option, number, print_table, write_rows
from sim.places import RUNS

if TYPE_CHECKING:
    from sim.experiments.sweep.sweep import Sweep

_LARGE = 100  # from here on without decimals
_WIDTH = 150


@click.command(cls=Command)
@click.argument("experiment", type=click.Path(path_type=Path), metavar="EXPERIMENT.yaml")
@click.option("--jobs", type=click.IntRange(1, 256), default=cpu_count() or 1, show_default=True)
@click.option("--scheduler", metavar="ADDRESS", help="Of a Dask cluster, in place of --jobs.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder [runs/sweeps/<experiment>].")
@click.option("--resume", is_flag=True, help="Go on with the sweep in the folder.")
@click.option("--show", is_flag=True, help="Tell what is there so far; runs nothing.")
@json_option
def sweep(
    experiment: Path,
    jobs: int,
    scheduler: str | None,
    out: Path | None,
    resume: bool,
    show: bool,
    json_file: Path | None,
) -> None:
    """Make the runs of EXPERIMENT.yaml: values of a scenario's keys, each with the same seeds.

    A row of the table is a combination, with means over seeds and their 95 % intervals; every run
    is a row of runs.parquet. Exits with 0 only if no run failed.
    """
    from sim.experiments.sweep import sweep as sweeps

    check_writable(json_file)
    with refusals():
        asked, beside = sweeps.read(experiment)
        folder = out or RUNS / "sweeps" / asked.name
        if not show:
            with sweeping(folder, f"backstop sweep {experiment} --out {folder} --resume"):
                sweeps.sweep_into(
                    asked,
                    beside,
                    folder,
                    jobs=jobs,
                    scheduler=scheduler,
                    resume=resume,
                    report=lambda told: click.echo(str(told), err=True),
                )
        found = sweeps.result(folder)
        rows = _rows(found, asked.metrics)
    if asked.question:
        click.echo(asked.question)
    columns = _columns(found, asked.metrics)
    print_table(f"{asked.name}: means over seeds, 95 % intervals", rows, columns, _WIDTH)
    write_rows(json_file, rows, [Column(key, "") for key in (rows[0] if rows else ())])
    identity = str(found.manifest["identity"])[:12]
    over = found.frame["state"].value_counts().to_dict() if len(found.frame) else {}
    told = ", ".join(f"{count:,} {state}" for state, count in over.items())
    click.echo(f"\nsweep   {identity}: {told or 'nothing yet'}\nfolder  {folder}")
    _tell_failures(found)


@contextmanager
def sweeping(folder: Path, again: str) -> Iterator[None]:
    """Turn what ends a sweep into one sentence; `again` is the command that goes on with it."""
    from sim.experiments.sweep.crew import CrewError
    from sim.experiments.sweep.one_run import OtherCodeError

    try:
        yield
    except CrewError as error:
        raise Refused(str(error)) from error
    except OtherCodeError as error:
        raise Broken(f"{error}; install the same version on every worker") from error
    except OSError as error:
        why = error.strerror or error
        raise Broken(f"cannot write {folder}: {why}; {again} goes on") from error


def _rows(found: Sweep, metrics: tuple[str, ...]) -> list[dict[str, object]]:
    """A row a combination: what varies, then each figure's mean, low and high."""
    rows: dict[tuple[object, ...], dict[str, object]] = {}
    if "digest" not in found.frame:  # no run has come to an end
        return []
    for metric in metrics:
        for one in found.by(metric).to_dict("records"):
            key = tuple(one[name] for name in found.varies)
            row = rows.setdefault(key, dict(zip(found.varies, key, strict=True)))
            row["runs"] = one["runs"]
            row |= {f"{metric}_{name}": one[name] for name in ("mean", "low", "high")}
            row[metric] = _shown(one)
    return list(rows.values())


def _shown(one: Mapping[Hashable, object]) -> str:
    mean, low, high = (short(one[name]) for name in ("mean", "low", "high"))
    return mean if low == high else f"{mean} ({low} to {high})"


def short(value: object) -> str:
    """A figure with decimals where it is small."""
    is_large = isinstance(value, int | float) and abs(value) >= _LARGE
    return number(0 if is_large else 2)(value)


def _columns(found: Sweep, metrics: tuple[str, ...]) -> list[Column]:
    short = {key: key.rpartition(".")[2] for key in found.varies}
    clear = len(set(short.values())) == len(short)
    return [
        *(Column(key, short[key] if clear else key) for key in found.varies),
        Column("runs", "runs", number(0)),
        *(Column(one, one.replace("_", " "), str) for one in metrics),
    ]


def _tell_failures(found: Sweep) -> None:
    """The first failures, each with what makes it again; exits with 1 if there is one."""
    broken = found.frame[found.frame["state"] == "failed"] if len(found.frame) else found.frame
    for one in broken.head(3).to_dict("records"):
        click.echo(f"error: run {one['run']}, seed {one['seed']}: {one['error']}", err=True)
        click.echo(f"  again: {found.command(one)}", err=True)
    if len(broken):
        click.echo(f"error: {len(broken):,} runs failed; the others are whole", err=True)
        sys.exit(1)
