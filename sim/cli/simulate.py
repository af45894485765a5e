"""`simulate`: run a scenario, leave a run folder, say how it went."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from sim.abi.artifacts import any_compiled
from sim.chain.json_rpc import check_url
from sim.chain.port import EngineError
from sim.cli.errors import Broken, Command, Refused, refusals, writing
from sim.cli.price_lines import tell_index, tell_prices, tell_shortness, tell_unsafe
from sim.cli.price_options import price_options
from sim.cli.progress import LiveView
from sim.cli.summary_table import COLUMNS, JSON_COLUMNS, figure_rows, holds
from sim.cli.tables import check_writable, json_option, print_table, write_rows
from sim.engine import ENGINES, RunRequest, folder_recorder, recorded_run
from sim.metrics.summary import summarise
from sim.places import RUNS
from sim.prices.request import PriceRequest
from sim.records.folder import CRASH, REPORT, SUMMARY, check_out, read_run, write_json
from sim.records.recorder import FolderRecorder, sentence_of
from sim.report.page import build_page
from sim.scenario import load_scenario

CRASHED = 1


@click.command(cls=Command)
@click.argument("scenario")
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the scenario's own.")
@click.option("--engine", type=click.Choice(ENGINES), help="Instead of the scenario's own.")
@click.option("--blocks", type=click.IntRange(min=1), help="Stop after so many blocks.")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder [runs/<scenario>].")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a key.")
@click.option("--market", metavar="COIN-USD", help="Instead of the scenario's only market.")
@price_options
@click.option("--rpc", metavar="URL", help="A node to run on, in place of one started here.")
@json_option
def simulate(
    scenario: str,
    seed: int | None,
    engine: str | None,
    blocks: int | None,
    out: Path | None,
    overrides: tuple[str, ...],
    prices: PriceRequest,
    market: str | None,
    rpc: str | None,
    json_file: Path | None,
) -> None:
    """Run SCENARIO: the name of one that ships, or a YAML file.

    Exits with 0 only if the books balance to the wei and no invariant broke.
    """
    with refusals():
        check_writable(json_file)
        asked = load_scenario(
            scenario, _with_blocks(scenario, overrides, blocks, market), market=market
        )
        on = engine_asked(engine, asked.engine, rpc)
        folder = out or RUNS / asked.name
        if check_out(folder):
            click.echo(f"the earlier run in {folder} goes when this one begins", err=True)
        if not any_compiled():
            click.echo("compiling the contracts, once: a minute or two", err=True)
    request = RunRequest(
        scenario=asked,
        seed=asked.seed if seed is None else seed,
        engine=on,
        prices=prices,
        blocks=blocks,
        rpc_url=rpc,
    )
    run_into(folder, request)
    gc.collect()  # the run holds on to itself, and the report takes as much memory
    summary = report_outcome(folder)
    rows = figure_rows(summary)
    tell_prices(folder)
    print_table(f"{asked.name}, seed {summary['seed']}, {summary['engine']}", rows, COLUMNS)
    write_rows(json_file, rows, JSON_COLUMNS)
    click.echo(f"\ndigest  {summary['digest']}\nreport  {folder / REPORT}")
    tell_unsafe(summary)
    tell_index(summary)
    tell_shortness(summary, min(asked.blocks, blocks or asked.blocks))
    if not holds(summary):
        click.echo("error: the books do not balance or an invariant broke", err=True)
        sys.exit(1)


def report_outcome(folder: Path) -> dict[str, object]:
    """Write the outcome of a run whose tables are whole, or say how to come by it."""
    left = f"the tables are whole: backstop report {folder}"
    try:
        with writing(folder, left):
            return write_outcome(folder)
    except KeyboardInterrupt:
        raise Broken(f"interrupted before the report was written; {left}") from None


def write_outcome(folder: Path) -> dict[str, object]:
    """Compute the summary and the report of a run folder from its records, and write both."""
    run = read_run(folder)
    summary = summarise(run)
    write_json(folder / SUMMARY, summary)
    page = build_page(run, summary)
    try:
        (folder / REPORT).write_text(page, encoding="utf-8")
    except OSError:
        (folder / REPORT).unlink(missing_ok=True)  # half a page says nothing
        raise
    return summary


def engine_asked(engine: str | None, otherwise: str, rpc: str | None) -> str:
    """The engine to run on; a node's address asks for the one that talks to nodes."""
    if rpc is None:
        return engine or otherwise
    if engine not in (None, "anvil"):
        raise Refused(f"found --rpc and --engine {engine}; --rpc goes with --engine anvil alone")
    try:
        check_url(rpc)
    except EngineError as error:
        raise Refused(f"--rpc: {error}") from error
    return "anvil"


def _with_blocks(
    name: str, overrides: Sequence[str], blocks: int | None, market: str | None
) -> Sequence[str]:
    """A longer run is another scenario; a shorter one is the same, broken off."""
    if blocks is None or load_scenario(name, overrides, market=market).blocks >= blocks:
        return overrides
    return (*overrides, f"blocks={blocks}")


def run_into(folder: Path, request: RunRequest) -> None:
    """Run into a folder; a run that breaks leaves what there was of it, and ends the command."""
    recorder = folder_recorder(request, folder)
    try:
        with LiveView() as view, recorded_run(request, recorder, view) as simulation:
            simulation.set_up()
            with terminated_as_interrupted():
                simulation.run()
    except (Exception, KeyboardInterrupt) as error:
        if not recorder.has_crashed:
            with refusals():
                raise
        _leave_crashed(folder, recorder, error)


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Within it a SIGTERM breaks the run as Ctrl-C does, so that what there is gets written."""

    def stop(number: int, _: FrameType | None) -> None:
        raise KeyboardInterrupt(f"stopped by {signal.Signals(number).name}")

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _leave_crashed(folder: Path, recorder: FolderRecorder, error: BaseException) -> None:
    """Write what can be said of a broken run, and leave."""
    last = recorder.last_block
    place = "before the first block" if last is None else f"after block {last}"
    message = str(error) if isinstance(error, EngineError) else sentence_of(error)
    unwritten = recorder.unwritten
    if not unwritten:
        try:
            write_outcome(folder)
        except (OSError, ValueError) as second:
            unwritten = sentence_of(second)
    where = f"see {folder / CRASH}"
    if unwritten:
        there = "and" if (folder / CRASH).is_file() else f"no {CRASH} either, for"
        where = f"the folder is not whole, {there} {unwritten}"
    click.echo(f"error: the run broke {place}: {message}; {where}", err=True)
    sys.exit(CRASHED)
