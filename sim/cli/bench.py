"""`bench`: the same transactions through every engine, side by side, and what they are held to."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median

import click

from sim.cli.bench_builds import bench_builds
from sim.cli.bench_prices import bench_prices
from sim.cli.bench_rows import (
    ANVIL,
    APE,
    FLOOR,
    SIMULATION,
    TARGETS,
    Row,
    compare,
    differences,
    make_row,
    target_row,
    targets,
)
from sim.cli.errors import Command, refusals
from sim.cli.tables import Column, check_writable, json_option, number, print_table, write_rows
from sim.experiments import speed
from sim.scenario import Scenario, load_scenario

COLUMNS = (
    Column("scenario", "scenario"),
    Column("engine", "engine"),
    Column("transactions", "transactions", number(0)),
    Column("seconds", "seconds", number(2)),
    Column("tx_per_s", "tx/s", number(0)),
    Column("times_floor", "times floor", number(2)),
    Column("times_simulation", "times simulation", number(2)),
    Column("peak_memory_mib", "peak MiB", number(0)),
)
FEW, MANY = 100, 1_000  # holders


@click.command(cls=Command)
@click.option(
    "--scenario",
    "names",
    multiple=True,
    default=("oct10_2025", "crowd"),
    show_default=True,
    help="Name or YAML file; may be given more than once.",
)
@click.option("--blocks", type=click.IntRange(min=1), help="Only so many blocks of each.")
@click.option("--repeats", type=click.IntRange(min=1), default=5, show_default=True)
@click.option("--ape-sample", type=click.IntRange(min=1), default=200, show_default=True)
@click.option(
    "--memory-blocks",
    type=click.IntRange(min=1),
    default=2_000,
    show_default=True,
    help="Length of the runs whose peak memory is taken.",
)
@click.option("--prices", is_flag=True, help="Time the reading of price files, and that alone.")
@click.option("--rows", type=click.IntRange(min=1_000), help="Of the price files [a year].")
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="CHECKOUT",
    help="Time whole runs in another build of this package and in this one, and that alone.",
)
@click.option(
    "--runs", type=click.IntRange(min=1), default=20, show_default=True, help="Of a turn of that."
)
@json_option
def bench(
    names: tuple[str, ...],
    blocks: int | None,
    repeats: int,
    ape_sample: int,
    memory_blocks: int,
    prices: bool,
    rows: int | None,
    against: Path | None,
    runs: int,
    json_file: Path | None,
) -> None:
    """Measure engines on scenarios' own transactions, and hold them to the targets.

    Floor and simulation are timed in turns and reported as medians. Exits with 0 only if every
    engine comes to the same reverts and logs and every target is met.
    """
    if prices:
        check_writable(json_file)
        bench_prices(repeats, rows, json_file)
    if against is not None:
        check_writable(json_file)
        bench_builds(against, repeats, runs, json_file)
    table: list[Row] = []
    wrong: list[str] = []
    with refusals():
        check_writable(json_file)
        asked = [load_scenario(name) for name in names]
        for name, scenario in zip(names, asked, strict=True):
            found, differing = _engines(scenario, blocks, repeats, ape_sample)
            found[1]["peak_memory_mib"] = _peak(name, memory_blocks)
            table += found
            wrong += differing
    few, many = [], []
    for turn in range(1, repeats + 1):
        _say(f"{FEW} and {MANY:,} holders, turn {turn} of {repeats}")
        few.append(speed.time_holders(FEW))
        many.append(speed.time_holders(MANY))
    held_to = targets(table, median(many) / median(few))
    print_table(f"medians of {repeats} turns", table, COLUMNS)
    print_table("\ntargets", [target_row(one) for one in held_to], TARGETS)
    write_rows(json_file, table, COLUMNS)
    wrong += [f"a target is missed: {one.what}" for one in held_to if not one.is_met]
    for sentence in wrong:
        click.echo(f"error: {sentence}", err=True)
    sys.exit(1 if wrong else 0)


def _engines(
    asked: Scenario, blocks: int | None, repeats: int, ape_sample: int
) -> tuple[list[Row], list[str]]:
    """A scenario's rows, floor and simulation first, and what engines did differently."""
    recorded = speed.record(asked, blocks)
    recording = recorded.recording
    floors, simulations = [], []
    for turn in range(1, repeats + 1):
        _say(f"{asked.name}: floor and simulation, turn {turn} of {repeats}")
        floors.append(speed.time_floor(recording))
        simulations.append(speed.time_simulation(asked, blocks))
    calls = floors[0].calls
    rows = [
        make_row(asked.name, FLOOR, calls, median(one.seconds for one in floors)),
        make_row(asked.name, SIMULATION, calls, median(simulations)),
    ]
    wrong = differences("the floor", recorded, speed.count_floor(recording))
    _say(f"{asked.name}: anvil")
    try:
        anvil = speed.time_anvil(recording)
    except speed.NoAnvilError as error:
        _say(f"no anvil row: {error}")
    except RuntimeError as error:
        wrong.append(f"anvil: {error}")
    else:
        wrong += differences("anvil", recorded, anvil)
        rows.append(make_row(asked.name, ANVIL, anvil.calls, anvil.seconds))
    _say(f"{asked.name}: Ape, {ape_sample} transactions")
    try:
        ape = speed.time_ape(recording, ape_sample)
    except RuntimeError as error:
        wrong.append(f"Ape: {error}")
    else:
        rows.append(make_row(asked.name, APE, ape.calls, ape.seconds))
        _say(f"{ape.reverts} of Ape's {ape.calls} transactions reverted")
    compare(rows)
    return rows, wrong


def _peak(name: str, blocks: int) -> float:
    _say(f"{name}: memory of {blocks:,} blocks")
    return speed.peak_memory_mib(name, blocks)


def _say(what: str) -> None:
    click.echo(f"measuring: {what}", err=True)
