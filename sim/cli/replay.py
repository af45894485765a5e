"""`replay`: a recorded run again, to any of its blocks, proved the same on the way there."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from sim.chain.port import EngineError
from sim.cli.errors import Command, Refused, refusals
from sim.cli.simulate import engine_asked
from sim.cli.state_tables import account_rows, market_rows, worst_rows
from sim.cli.tables import Column, check_writable, json_option, number, print_table, write_json
from sim.engine import ENGINES, Simulation
from sim.engine.replay import (
    DifferentError,
    ReplayError,
    Watch,
    account_of,
    replay_to,
    replayed,
    target_of,
)
from sim.records.folder import Run, read_run
from sim.records.recorder import sentence_of
from sim.units import to_float

DIFFERENT = 1
_MARKETS = (
    Column("market", "market"),
    *(Column(key, key.replace("_", " "), number(2)) for key in ("true", "index", "mark")),
    *(Column(key, key.replace("_", " "), number(2)) for key in ("best_bid", "best_ask")),
    Column("status", "status"),
    Column("open_interest", "open interest", number(4)),
)
_ACCOUNTS = (
    Column("agent", "agent"),
    Column("bucket", "bucket", number(0)),
    Column("health", "E/MM", number(3)),
    Column("equity", "equity", number(2)),
    Column("maintenance", "maintenance", number(2)),
    Column("cash", "cash", number(2)),
)
_HOLDINGS = (
    Column("what", "what"),
    Column("market", "market"),
    Column("size", "size", number(4)),
    Column("price", "price", number(2)),
)


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--block", type=click.IntRange(min=0), help="Stop after this block [the last].")
@click.option("--crash", is_flag=True, help="Go to the block at which the run broke, and do it.")
@click.option("--account", help="Show one account too: number, address or agent's name.")
@click.option("--engine", type=click.Choice(ENGINES), help="Whatever it was recorded on [revm].")
@click.option("--rpc", metavar="URL", help="A node to run on, in place of one started here.")
@json_option
def replay(
    folder: Path,
    block: int | None,
    crash: bool,
    account: str | None,
    engine: str | None,
    rpc: str | None,
    json_file: Path | None,
) -> None:
    """Go to a block of the run recorded in FOLDER and show how everything stood.

    The events of every block on the way are held against the recorded digest. Exits with 0 only
    if they are the same.
    """
    check_writable(json_file)
    with refusals():
        run = read_run(folder)
        on = engine_asked(engine, "revm", rpc)
        target = target_of(run, block, is_crash=crash)
    with ExitStack() as opened, refusals():
        try:
            simulation, watch = opened.enter_context(replayed(run, on, rpc=rpc))
        except EngineError as error:
            raise Refused(str(error)) from error
        _replay(run, simulation, watch, target, account, json_file, crash=crash)


def _replay(
    run: Run,
    simulation: Simulation,
    watch: Watch,
    target: int,
    account: str | None,
    json_file: Path | None,
    *,
    crash: bool,
) -> None:
    try:
        if account is not None:
            _account(simulation, account)
        replay_to(target, run, simulation, watch)
        _show(simulation, watch, account, json_file)
        if crash:
            _fail_again(simulation, target + 1)
    except (DifferentError, EngineError) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(DIFFERENT)
    except (click.ClickException, OSError):
        raise
    except Exception as error:
        click.echo(f"error: the replay broke: {_sentence(error)}", err=True)
        sys.exit(DIFFERENT)


def _fail_again(simulation: Simulation, block: int) -> None:
    """Do the block at which the run broke, and say what becomes of it."""
    if block > simulation.world.blocks:
        click.echo(f"the run broke after its last block, {block - 1}")
        return
    try:
        simulation.step(block)
    except Exception as error:
        click.echo(f"block {block} breaks again: {_sentence(error)}")
    else:
        click.echo(f"block {block} goes through here, on {simulation.chain.name}")


def _sentence(error: Exception) -> str:
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    return f"{sentence_of(error)}{notes}"


def _account(simulation: Simulation, asked: str) -> int:
    """The account meant by a number, an owner's address or an agent's name."""
    try:
        return account_of(simulation, asked)
    except ReplayError as error:
        raise Refused(f"--account: {error}") from error


def _show(
    simulation: Simulation, watch: Watch, account: str | None, json_file: Path | None
) -> None:
    last = watch.last
    pool_wad = 0 if last is None else last.insurance_wad
    shown: dict[str, Any] = {
        "block": 0 if last is None else last.block,
        "time_s": simulation.world.start_s if last is None else last.time_s,
        "digest": simulation.decoder.digest,
        "insurance_wad": str(pool_wad),
        "markets": [] if last is None else market_rows(last),
        "accounts": worst_rows(simulation),
    }
    print_table(f"block {shown['block']}: markets", shown["markets"], _MARKETS)
    print_table("the accounts nearest to liquidation", shown["accounts"], _ACCOUNTS)
    if account is not None:
        number_of = _account(simulation, account)
        rows: Sequence[Mapping[str, object]] = account_rows(simulation, number_of)
        shown["account"] = rows
        print_table(f"account {account}", rows, _HOLDINGS)
    click.echo(f"\ninsurance pool  {to_float(pool_wad):,.2f}")
    click.echo(f"digest  {shown['digest']}, as recorded")
    write_json(json_file, shown)
