"""A thin market with one maker, three venues of which one is shallow, a pool and one attacker."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sim.metrics.attack import AttackLedger, attack_ledger
from sim.records.folder import Run, read_run
from sim.records.recorder import FolderRecorder
from sim.scenario import Scenario, parse_scenario
from tests.sim.engine_runs import run_scenario

RISE = (
    ", dislocations: [{market: THIN-USD, from_time: 1000030, until_time: 1009000, "
    "multiplier: 1.03}]"
)
WORLD = """
name: attacked
blocks: {blocks}
block_time_s: 5
start_time: 1000000
markets:
  THIN-USD: {{{market}}}
prices:
  THIN-USD: {{kind: constant, price: 2}}
venues:
  - {{name: deep, spread_bps: 0{moved}}}
  - {{name: fair, spread_bps: 0{moved}}}
  - {{name: shallow, spread_bps: 0, depth: {{quote: 2000, half_life_s: 60}}{moved}}}
pools:
  - {{name: dex, market: THIN-USD, quote: 20_000}}
feeds:
  - {{name: feed_deep, venue: deep, noise_bps: 0, delay_s: {delay_s}}}
  - {{name: feed_fair, venue: fair, noise_bps: 0, delay_s: {delay_s}}}
  - {{name: feed_shallow, venue: shallow, noise_bps: 0, delay_s: {delay_s}}}
  - {{name: dex_feed, source: {{{reading}}}}}
{world}
check_every_blocks: 10
insurance: 50_000
agents:
  - kind: market_maker
    market: THIN-USD
    capital: 200_000
    reference: {reference}
    half_spread: 0.002
    layers: 4
    layer_step: {step}
    layer_notional: {depth}
    max_inventory: {inventory}
    skew: 0.002
    refresh: 0.001
    refresh_blocks: 2
  - kind: liquidation_keeper
    market: THIN-USD
    capital: 1_000
  - {{{attacker}}}
{people}
"""
ATTACKER = "name: attacker, market: THIN-USD"


def world(
    attacker: str,
    *,
    blocks: int = 20,
    people: str = "",
    world: str = "",
    market: str = "",
    reference: str = "venues",
    step: str = "0.004",
    depth: int = 2_000,
    inventory: int = 50_000,
    moved: str = "",
    reading: str = "pool: dex, kind: spot",
    delay_s: int = 1,
) -> Scenario:
    """The scenario; `attacker` is a YAML flow mapping's inside, `people` more list items.

    `moved` goes into each venue, `market` into the market, `world` to the top.
    """
    text = WORLD.format(
        attacker=f"{ATTACKER}, {attacker}",
        blocks=blocks,
        people=people,
        world=world,
        market=market,
        reference=reference,
        step=step,
        depth=depth,
        inventory=inventory,
        moved=moved,
        reading=reading,
        delay_s=delay_s,
    )
    return parse_scenario(text, label="attacked.yaml")


@cache
def attacked(attacker: str, **settings: object) -> tuple[Run, AttackLedger]:
    """The tables of a run that broke nothing, and the attacker's books."""
    scenario = world(attacker, **settings)  # type: ignore[arg-type]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        result = run_scenario(scenario, 1, "revm", FolderRecorder(path, {}))
        run = read_run(path)
    assert result.violations == ()
    return run, attack_ledger(run, "attacker")


def path_of(run: Run, column: str) -> dict[int, float]:
    """A price of the market by block, in quote."""
    rows = run.markets
    return {
        int(block): int(value) / 10**18
        for block, value in zip(rows["block"], rows[column], strict=True)
    }


def sent(run: Run, action: str, *, ok: bool | None = None) -> list[Mapping[str, object]]:
    """The attacker's transactions of one kind."""
    rows = run.transactions
    mine = rows[(rows["agent"] == "attacker_0001") & (rows["action"] == action)]
    found = mine if ok is None else mine[mine["ok"] == ok]
    return list(found.to_dict("records"))
