"""`bench`: the same transactions through every engine, side by side, in one table."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median

import click

from sim.cli import measure
from sim.cli.bench_rows import compare, differences, make_row, missed_targets
from sim.cli.errors import Command, refusals
from sim.cli.show import Column, check_writable, json_option, number, print_table, write_rows
from sim.scenario import load_scenario

COLUMNS = (
    Column("engine", "engine"),
    Column("transactions", "transactions", number(0)),
    Column("seconds", "seconds", number(2)),
    Column("tx_per_s", "tx/s", number(0)),
    Column("times_floor", "times floor", number(2)),
    Column("times_faster_than_ape", "faster than Ape", number(1, "x")),
    Column("peak_memory_mib", "peak MiB", number(0)),
)


@click.command(cls=Command)
@click.option("--scenario", default="oct10_2025", show_default=True, help="Name or YAML file.")
@click.option("--blocks", type=click.IntRange(min=1), help="Only so many blocks of it.")
@click.option("--repeats", type=click.IntRange(min=1), default=5, show_default=True)
@click.option("--ape-sample", type=click.IntRange(min=1), default=200, show_default=True)
@click.option(
    "--memory-blocks",
    type=click.IntRange(min=1),
    default=2_000,
    show_default=True,
    help="Length of the run whose peak memory is taken.",
)
@json_option
def bench(
    scenario: str,
    blocks: int | None,
    repeats: int,
    ape_sample: int,
    memory_blocks: int,
    json_file: Path | None,
) -> None:
    """Measure engines on one scenario's own transactions.

    Floor and simulation are timed in turns and reported as medians. Exits with 0 only if every
    engine comes to the same reverts and logs and both speed targets are met.
    """
    with refusals():
        check_writable(json_file)
        asked = load_scenario(scenario)
        recorded = measure.record(asked, blocks)
    recording = recorded.recording
    floors, simulations = [], []
    for turn in range(1, repeats + 1):
        _say(f"floor and simulation, turn {turn} of {repeats}")
        floors.append(measure.time_floor(recording))
        simulations.append(measure.time_simulation(asked, blocks))
    floor_s, calls = median(one.seconds for one in floors), floors[0].calls
    wrong = differences("the floor", recorded, measure.count_floor(recording))
    _say(f"memory of {memory_blocks} blocks")
    peak_mib = measure.peak_memory_mib(scenario, memory_blocks)
    rows = [
        make_row("pyrevm alone (floor)", calls, floor_s),
        make_row("simulation, revm engine", calls, median(simulations), peak_mib),
    ]
    _say("anvil")
    try:
        anvil = measure.time_anvil(recording)
    except measure.NoAnvilError as error:
        _say(f"no anvil row: {error}")
    except RuntimeError as error:
        wrong.append(f"anvil: {error}")
    else:
        wrong += differences("anvil", recorded, anvil)
        rows.append(make_row("anvil, JSON-RPC batches", anvil.calls, anvil.seconds))
    _say(f"Ape, {ape_sample} transactions")
    ape_s_each: float | None = None
    try:
        ape = measure.time_ape(recording, ape_sample)
    except RuntimeError as error:
        wrong.append(f"Ape: {error}")
    else:
        ape_s_each = ape.seconds / ape.calls
        rows.append(make_row("Ape contract API, test provider", ape.calls, ape.seconds))
        _say(f"{ape.reverts} of Ape's {ape.calls} transactions reverted")
    compare(rows, floor_s / calls, ape_s_each)
    print_table(f"{asked.name}, median of {repeats} turns", rows, COLUMNS)
    write_rows(json_file, rows, COLUMNS)
    wrong += missed_targets(rows[1])
    for sentence in wrong:
        click.echo(f"error: {sentence}", err=True)
    sys.exit(1 if wrong else 0)


def _say(what: str) -> None:
    click.echo(f"measuring: {what}", err=True)
