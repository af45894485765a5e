"""What one call changed of positions and their accounts: what INV-4 is measured by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.abi.events import Event
from sim.invariants import TAKEN, TRADES, Change
from sim.reference.books import ClearingState
from sim.units import WAD
from tests.world import World

TAKER = 0  # a kind of PositionChanged


def accepted(
    world: World, before: ClearingState, after: ClearingState, events: Sequence[Event]
) -> list[Change]:
    """Every position that an account or a venue changed, but for forced ones.

    What was is the reference's, which the chain was compared with; what is is the chain's.
    """
    told = {
        (event.values.account, event.values.market): event.values
        for event in events
        if event.name == "PositionChanged" and event.values.kind in TRADES | TAKEN
    }
    found = []
    for (account, market), one in told.items():
        then, now = before.health(account), world.read("Clearinghouse", "health", account)
        found.append(
            Change(
                account=account,
                size_before_wad=before.held(account, market).size_wad,
                size_wad=one.size_wad,
                equity_before_wad=then.equity_wad,
                maintenance_before_wad=then.maintenance_wad,
                equity_wad=now.equity_wad,
                maintenance_wad=now.maintenance_wad,
                margin_equity_wad=now.margin_equity_wad,
                initial_wad=_initial(after, account, one.kind, now.initial_wad),
            )
        )
    return found


def _initial(house: ClearingState, account: int, kind: int, told_wad: int) -> int:
    """A maker was judged before the taker's later fills crowded the market further."""
    crowded = any(
        house.open_interest(market) * house.prices[market].index_wad > risk.oi_lo_wad * WAD
        for market, risk in house.risks.items()
    )
    if kind == TAKER or not crowded:
        return told_wad
    trial = house.copy()
    far = {"oi_lo_wad": 2**127, "oi_hi_wad": 2**127 + 1}
    trial.risks = {market: replace(risk, **far) for market, risk in house.risks.items()}
    return trial.health(account).initial_wad
