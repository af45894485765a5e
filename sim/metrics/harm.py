"""What an episode cost whom: attackers, everybody else, the pool, and accounts struck wrongly."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sim.metrics.attack import attacker_pnl
from sim.metrics.false_liquidations import false_liquidations
from sim.metrics.frames import exact, market_names
from sim.metrics.liquidations import liquidated_notional
from sim.metrics.money import bad_debt, last_record
from sim.metrics.run_tables import run_tables
from sim.portable import total
from sim.records.folder import Run
from sim.units import WAD

POOL = "insurance_pool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """Figures of one run, in quote; `others` are all accounts that are no attacker's.

    `bad_debt` is what margins could not cover: paid by the pool, by winners who were deleveraged,
    by everybody in the market, or still owed at the end.
    """

    attacker_pnl: float
    others_deposited: float
    others_loss: float
    pool_loss: float
    bad_debt: float
    liquidated: float
    false_liquidations: float


def harm(run: Run, attackers: Collection[str]) -> Harm:
    """The harm of a run; attackers are named by their groups."""
    names = market_names(run.manifest)
    made, last = run_tables(run), last_record(run.accounts)
    is_attacker = last["agent"].map(lambda agent: group_of(agent) in attackers)
    others = last[~is_attacker & last["agent"].ne("treasury")]
    deposited = sum(exact(others["net_deposit_wad"]))
    return Harm(
        attacker_pnl=sum(attacker_pnl(run, group) for group in attackers),
        others_deposited=deposited / WAD,
        others_loss=(deposited - sum(exact(others["equity_wad"]))) / WAD,
        pool_loss=_pool_loss(run),
        bad_debt=_uncovered(run) + bad_debt(run.accounts),
        liquidated=liquidated_notional(made.liquidations),
        false_liquidations=total(false_liquidations(made.events, run.markets, names)["notional"]),
    )


def group_of(agent: str) -> str:
    """The group of an agent: its name without its number."""
    return agent.rpartition("_")[0]


def _pool_loss(run: Run) -> float:
    path = exact(run.blocks["insurance_wad"])
    first, last = (int(path.iloc[at]) for at in (0, -1)) if len(path) else (0, 0)
    return (first - last) / WAD


def _uncovered(run: Run) -> float:
    table = run_tables(run).waterfall
    paid = sum(
        -min(value, 0)
        for party in ("insurance", "counterparties", "socialised")
        for value in table[party]
    )
    return float(paid / WAD)
