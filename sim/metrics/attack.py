"""What an attack earned: everything its accounts hold in the end, less what was brought in."""

from __future__ import annotations

from sim.metrics.frames import exact
from sim.metrics.money import last_record
from sim.runfolder import Run
from sim.units import WAD


def attacker_pnl(run: Run, group: str) -> float:
    """Equity at mark less deposits net of withdrawals, over a group's accounts, in quote."""
    last = last_record(run.accounts)
    mine = last[last["agent"].map(lambda agent: agent.rpartition("_")[0] == group)]
    gained = sum(exact(mine["equity_wad"])) - sum(exact(mine["net_deposit_wad"]))
    return gained / WAD
