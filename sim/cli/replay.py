"""`replay`: a recorded run again, to any of its blocks, proved the same on the way there."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from sim.chain.port import EngineError
from sim.cli.errors import Command, Refused, refusals
from sim.cli.show import Column, json_option, number, print_table
from sim.cli.simulate import engine_asked
from sim.cli.standing import account_rows, market_rows, worst_rows
from sim.engine import ENGINES, Simulation
from sim.record import AccountRecord, BlockRecord, EventRecord, RunEnd, RunStart, TxRecord
from sim.runfolder import CRASH, SCENARIO, Run, read_run, sentence_of, write_json
from sim.scenario import parse_scenario
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
@click.option("--account", help="Show one account too: its number, or its agent's name.")
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
    with refusals():
        run = read_run(folder)
        on = engine_asked(engine, "revm", rpc)
        simulation, watch = _again(run, on, rpc)
        target = _target(run, block, crash)
    try:
        if account is not None:
            _account(simulation, account)
        _walk(run, simulation, watch, target)
        _show(simulation, watch, account, json_file)
        if crash:
            _fail_again(simulation, target + 1)
    except EngineError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(DIFFERENT)
    finally:
        simulation.close()


@dataclass(slots=True)
class Watch:
    """A recorder that keeps the last block."""

    last: BlockRecord | None = None

    def start(self, run: RunStart) -> None:
        """Nothing to keep."""

    def block(
        self, block: BlockRecord, txs: Sequence[TxRecord], events: Sequence[EventRecord]
    ) -> None:
        """Keep it in place of the one before."""
        self.last = block

    def accounts(self, rows: Sequence[AccountRecord]) -> None:
        """Nothing to keep."""

    def end(self, run: RunEnd) -> None:
        """Nothing to keep."""


def _again(run: Run, engine: str, rpc: str | None) -> tuple[Simulation, Watch]:
    """The run's own scenario, seed and prices, before the first block."""
    path = run.path / SCENARIO
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if not text:
        raise Refused(f"{path}: found no scenario; a run made from a file can be replayed")
    prices = run.manifest.get("prices", [])
    assert isinstance(prices, list), "a manifest written by the recorder lists its files"
    scenario = parse_scenario(text, label=str(path))
    seed = run.manifest["seed"]
    assert isinstance(seed, int), "a manifest written by the recorder has its seed"
    watch = Watch()
    files = [Path(one) for one in prices]
    try:
        simulation = Simulation(scenario, seed, engine, watch, files, rpc_url=rpc)
    except EngineError as error:
        raise Refused(str(error)) from error
    recorded = run.told("agents") if "agents" in run.manifest else {}
    strangers = recorded.keys() - simulation.teller.kinds().keys()
    if strangers:
        simulation.close()
        raise Refused(
            f"{run.path}: found agents that its scenario does not name "
            f"({', '.join(sorted(strangers))}); a run without such can be replayed"
        )
    return simulation, watch


def _target(run: Run, block: int | None, crash: bool) -> int:
    """The last block to be the same as recorded."""
    recorded = len(run.blocks)
    if crash:
        path = run.path / CRASH
        if not path.is_file():
            raise Refused(f"{run.path} has no {CRASH}; the run did not break")
        last: int | None = json.loads(path.read_text())["last_good_block"]
        return last or 0
    if block is not None and block > recorded:
        raise Refused(f"--block: found {block}; 0 to {recorded} were recorded in {run.path}")
    return recorded if block is None else block


def _walk(run: Run, simulation: Simulation, watch: Watch, target: int) -> None:
    """Every block up to the target, each compared with what was recorded of it."""
    recorded = run.blocks["digest"].tolist()
    simulation.set_up()
    for block in range(1, target + 1):
        simulation.step(block)
        assert watch.last is not None, "a step tells its block"
        if watch.last.digest != recorded[block - 1]:
            _differ(run, simulation, block, watch.last.digest, recorded[block - 1])


def _differ(run: Run, simulation: Simulation, block: int, found: str, wanted: str) -> None:
    reason = ""
    if simulation.teller.contracts_sha256() != run.manifest.get("contracts_sha256"):
        reason = ": the contracts are not those of the run"
    click.echo(
        f"error: block {block} came to the digest {found[:16]}, recorded is {wanted[:16]}{reason}",
        err=True,
    )
    sys.exit(DIFFERENT)


def _fail_again(simulation: Simulation, block: int) -> None:
    """Do the block at which the run broke, and say what becomes of it."""
    if block > simulation.world.blocks:
        click.echo(f"the run broke after its last block, {block - 1}")
        return
    try:
        simulation.step(block)
    except Exception as error:
        notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
        click.echo(f"block {block} breaks again: {sentence_of(error)}{notes}")
    else:
        click.echo(f"block {block} goes through here, on {simulation.chain.name}")


def _account(simulation: Simulation, asked: str) -> int:
    """The account meant by a number or an agent's name."""
    if asked in simulation.members:
        return simulation.members[asked].account
    if not asked.isdecimal():
        raise Refused(f"--account: found {asked!r}; a number or the name of an agent is allowed")
    return int(asked)


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
    if json_file is not None:
        write_json(json_file, shown)
