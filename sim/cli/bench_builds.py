"""The part of `bench` that times this build beside another one's checkout."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import click

from sim.cli.bench_rows import TARGETS, Row, Target, target_row
from sim.cli.errors import Refused
from sim.cli.tables import Column, number, print_table, write_rows
from sim.experiments.builds import cpu_of_python, cpu_of_runs, is_build
from sim.places import INSTALLED, ROOT

TABLE = (
    Column("what", "CPU of"),
    Column("theirs_s", "theirs, s", number(3)),
    Column("ours_s", "ours, s", number(3)),
    Column("times", "theirs / ours", number(2)),
)
POOLED = ("inverse_2022", "cream_2021", "bzx_2020")  # incidents with a spot pool
CALM, DEMO = ("blocks=50",), "oct10_2025"
OURS = ROOT.parent if INSTALLED else ROOT  # the folder that holds sim/
Timing = Callable[[Path], float]


def bench_builds(other: Path, repeats: int, runs: int, json_file: Path | None) -> None:
    """Time both in turns, tell the medians, and exit with 0 only if the targets are met."""
    if not is_build(other):
        raise Refused(f"--against {other}: found no sim/__main__.py; a checkout is allowed")
    with tempfile.TemporaryDirectory() as folder:
        work = _work(runs, Path(folder))
        table = [_row(what, *both, other.resolve(), repeats) for what, both in work.items()]
    held_to = _targets(table)
    print_table(f"medians of {repeats} turns", table, TABLE)
    print_table("\ntargets", [target_row(one) for one in held_to], TARGETS)
    write_rows(json_file, table, TABLE)
    missed = [one.what for one in held_to if not one.is_met]
    for what in missed:
        click.echo(f"error: a target is missed: {what}", err=True)
    sys.exit(1 if missed else 0)


def _work(runs: int, folder: Path) -> dict[str, tuple[Timing, Timing]]:
    """What is timed: in their build, and in ours."""

    def kept(build: Path) -> float:
        return cpu_of_runs(build, "calm", runs, is_kept=True, overrides=CALM)

    def held(build: Path) -> float:
        return cpu_of_runs(build, "calm", runs, is_kept=False, overrides=CALM)

    def incident(name: str) -> Timing:
        return lambda build: cpu_of_runs(build, name, runs, is_kept=True)

    def demo(build: Path) -> float:
        return cpu_of_python(build, "-m", "sim", "simulate", DEMO, "--out", str(folder / "demo"))

    def loading(build: Path) -> float:
        return cpu_of_python(build, "-c", "import sim.cli")

    # Their build knows no run that is kept nowhere: it is timed with its folder both times.
    found: dict[str, tuple[Timing, Timing]] = {
        "a run of calm, 50 blocks, folder kept": (kept, kept)
    }
    found["a run of calm, 50 blocks, in memory"] = (kept, held)
    found |= {f"a run of {name}": (incident(name), incident(name)) for name in POOLED}
    found[f"simulate {DEMO}, whole command"] = (demo, demo)
    found["import of the command line"] = (loading, loading)
    return found


def _row(what: str, theirs: Timing, ours: Timing, other: Path, repeats: int) -> Row:
    theirs_s, ours_s = [], []
    for turn in range(1, repeats + 1):
        click.echo(f"measuring: {what}, turn {turn} of {repeats}", err=True)
        theirs_s.append(theirs(other))
        ours_s.append(ours(OURS))
    each = median(theirs_s), median(ours_s)
    return {"what": what, "theirs_s": each[0], "ours_s": each[1], "times": each[0] / each[1]}


def _targets(table: list[Row]) -> list[Target]:
    """The least that each is held to, in the order of the rows."""
    least = (2.3, 3.0, *(4.0 for _ in POOLED), 1 / 0.65, 2.0)
    found = []
    for row, bound in zip(table, least, strict=True):
        times = row["times"]
        assert isinstance(times, float)
        found.append(Target(f"{row['what']}, theirs over ours", times, round(bound, 2), False))
    return found
