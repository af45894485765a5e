"""`init`: a scenario, an agent and a test of one's own, commented, that run as they are."""

from __future__ import annotations

import re
from pathlib import Path

import click

from sim.cli.errors import Command, Refused, writing

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")

SCENARIO = """\
# A thin market, one maker, a trader with 10x leverage, and a keeper that liquidates.
# Every key: `backstop schema`, or docs/scenarios.md. Is it allowed: `backstop check NAME.yaml`.
# Run it: `backstop simulate NAME.yaml`, then open runs/NAME/report.html.
name: NAME
description: What a trader of 20,000 does to a quiet thin market.
seed: 1                # every drawn number follows from it
blocks: 60
block_time_s: 5

markets:
  THIN-USD: {}         # {}: the reference's terms; say what is to differ, e.g. {taker_fee_bps: 7}

prices:                # the true price, which nobody on chain ever sees
  THIN-USD: {kind: gbm_jumps, start_price: 2, vol_per_year: 0.6}

agents:                # groups; --set agents.1.leverage=5 changes the second one
  - kind: market_maker
    market: THIN-USD
    capital: 100_000   # quote, for each of its accounts
    half_spread: 0.002 # of the price: 20 basis points to either side
    layers: 4
    layer_step: 0.002
    layer_notional: 2_000
    max_inventory: 50_000
    skew: 0.002
    refresh: 0.001
  - {kind: leveraged_long, market: THIN-USD, capital: 2_000, leverage: 10, margin: isolated,
     opens_at_block: 5}
  - {kind: liquidation_keeper, market: THIN-USD, capital: 1_000}
"""

AGENT = '''\
"""An agent: what it sees at the start of a block in, what it wants done out."""

from dataclasses import dataclass

from sim import CustomAgent
from sim.agents.base import AgentContext
from sim.agents.orders import market_order, size_for
from sim.units import wad


@dataclass
class DipBuyer:
    """Buys for 100 whenever the mark stands below the first one it saw, up to 5 times."""

    name: str
    context: AgentContext
    first_wad: int = 0
    bought: int = 0

    def act(self, seen):
        """Actions of this block, in a list; money is whole wad, an int of 18 decimals."""
        view = seen.markets[self.context.market.name]
        if not view.mark_wad:
            return []  # no price yet
        self.first_wad = self.first_wad or view.mark_wad
        if view.mark_wad >= self.first_wad or self.bought == 5:
            return []
        self.bought += 1
        size_wad = size_for(wad(100), view.mark_wad, view.spec)  # whole lots of the base
        # A negative size sells; the last number is how far from the mark it may fill.
        return [market_order(self.context.account, view, size_wad, wad("0.01"))]


def dip_buyer():
    """It, with 1,000 of its own in the thin market."""
    return CustomAgent(
        name="dip_buyer",
        make=lambda context: DipBuyer(context.name, context),
        market="THIN-USD",
        capital=1_000,
    )
'''

TEST = '''\
"""Run it with `pytest` in this folder."""

from pathlib import Path

from agent import dip_buyer

from sim import load_scenario, simulate, summarise

SCENARIO = load_scenario(str(Path(__file__).parent / "NAME.yaml"))


def test_run__with_the_agent__balances_and_it_trades():
    run = simulate(SCENARIO, agents=[dip_buyer()])
    told = summarise(run)
    assert told["conservation_error_wad"] == 0
    assert told["invariant_violations"] == 0
    mine = run.transactions[run.transactions["agent"] == "dip_buyer"]
    assert 1 <= len(mine) <= 5
    assert mine["ok"].all(), mine["error"].tolist()
'''


@click.command(cls=Command)
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), help="The folder to make [NAME].")
def init(name: str, out: Path | None) -> None:
    """Make a folder NAME with a commented scenario, an agent and a test, all of which run."""
    if not NAME.fullmatch(name):
        words = "up to 32 small letters, digits and '_', a letter first, are allowed"
        raise Refused(f"found the name {name!r}; {words}")
    folder = out or Path(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is there already; a new or an empty folder is allowed")
    files = {f"{name}.yaml": SCENARIO, "agent.py": AGENT, f"test_{name}.py": TEST}
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (folder / file).write_text(text.replace("NAME", name), encoding="utf-8")
            click.echo(f"written {folder / file}")
    click.echo(f"\nbackstop simulate {folder / name}.yaml\npytest {folder}")
