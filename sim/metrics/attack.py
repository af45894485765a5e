"""What an attack earned: everything its accounts hold in the end, less what was brought in.

On the chain that is equity less net deposits; in spot pools, what was sold less what was bought;
off the chain, the same on the venues. Base that is still held counts at the true price of the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sim.metrics.frames import events_named, exact
from sim.metrics.money import last_record
from sim.records.folder import Run
from sim.units import WAD, WAD_PER_RAW

OWNER_SHIFT = 96


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackLedger:
    """An attack's profit by where it was made, in quote, and whether it is over.

    `withdrawn` is what left the vault net of what was brought in; below zero, nothing was taken
    that was not the attacker's own. An attack is flat when no position and no spot is left.
    """

    perp: float
    pools: float
    venues: float
    withdrawn: float
    is_flat: bool

    @property
    def total(self) -> float:
        """All of it."""
        return self.perp + self.pools + self.venues


def attacker_pnl(run: Run, group: str) -> float:
    """Everything a group's accounts earned, on the chain and off it, in quote."""
    return attack_ledger(run, group).total


def attack_ledger(run: Run, group: str) -> AttackLedger:
    """The books of a group: every account of its members' owners."""
    last = last_record(run.accounts)
    named = last[last["agent"].map(lambda agent: group in (agent, agent.rpartition("_")[0]))]
    owners = {account >> OWNER_SHIFT for account in exact(named["account"])}
    mine = last[exact(last["account"]).map(lambda account: account >> OWNER_SHIFT in owners)]
    paid_wad = sum(exact(mine["net_deposit_wad"]))
    true_wad = {
        str(market): int(rows["true_wad"].iloc[-1])
        for market, rows in run.markets.groupby("market")
    }
    pools_wad, pool_base = _swaps(run, owners, true_wad)
    venues_wad, venue_base = _venue_trades(run, owners, true_wad)
    return AttackLedger(
        perp=(sum(exact(mine["equity_wad"])) - paid_wad) / WAD,
        pools=pools_wad / WAD,
        venues=venues_wad / WAD,
        withdrawn=-paid_wad / WAD,
        is_flat=not any(
            (*exact(mine["maintenance_wad"]), *pool_base.values(), *venue_base.values())
        ),
    )


def _swaps(
    run: Run, owners: Collection[int], true_wad: Mapping[str, int]
) -> tuple[int, Counter[str]]:
    """Quote earned in pools, base at the true price included; and base bought, by market."""
    earned_wad, base_wad = 0, Counter[str]()
    markets = run.section("pools")
    rows = events_named(run.events_of(["SpotPool"]), "SpotPool", "Swapped")
    for row in rows.to_dict("records"):
        if int(row["trader"], 16) not in owners:
            continue
        paid_wad, got_wad = (int(row[f"amount_{way}_raw"]) * WAD_PER_RAW for way in ("in", "out"))
        is_buy = bool(row["is_buy"])
        moved_wad = got_wad if is_buy else -paid_wad
        market = markets[row["instance"]]
        base_wad[market] += moved_wad
        earned_wad += moved_wad * true_wad[market] // WAD
        earned_wad += -paid_wad if is_buy else got_wad
    return earned_wad, base_wad


def _venue_trades(
    run: Run, owners: Collection[int], true_wad: Mapping[str, int]
) -> tuple[int, Counter[str]]:
    """Quote earned on venues, base at the true price included; and base bought, by market."""
    earned_wad, base_wad = 0, Counter[str]()
    for row in run.venue_trades.to_dict("records"):
        if int(row["account"]) >> OWNER_SHIFT in owners:
            size_wad = int(row["size_wad"])
            base_wad[row["market"]] += size_wad
            earned_wad += int(row["cash_wad"]) + size_wad * true_wad[row["market"]] // WAD
    return earned_wad, base_wad
