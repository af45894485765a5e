"""What the pool may lose, and what a share of it is worth."""

from __future__ import annotations

from sim.invariants.facts import BUCKET, AtRisk, Facts
from sim.types.codes import CashMove
from sim.units import WAD_PER_RAW

VIRTUAL_SHARES, VIRTUAL_ASSETS = 10**12, 1  # with which the pool makes a share's price


def inv_09_share_price_falls_only_by_recorded_loss(facts: Facts) -> list[str]:
    """A share of the pool loses no more than was taken over and topped up, but by its position."""
    mirror, before = facts.mirror, dict(facts.pool)
    marks_wad = {name: totals.mark_wad for name, totals in mirror.markets.items()}
    worth_wad = sum(mirror.health(one, marks_wad)[0] for one in facts.pool_accounts)
    shares = mirror.stakes.shares_wad + VIRTUAL_SHARES
    holds = any(mirror.view(one).positions for one in facts.pool_accounts)
    assets = max(worth_wad, 0) // WAD_PER_RAW + VIRTUAL_ASSETS
    facts.pool.update(assets=assets, shares=shares, holds=holds)
    if not before or before["holds"] or holds:
        return []  # its position's mark, fees and funding are records of their own
    lost_wad = sum(max(0, -one.equity_wad) for one in facts.named("AccountAbsorbed"))
    lost_wad += sum(one.amount_wad for one in facts.named("KeeperToppedUp"))
    # Whoever staked after a loss of this block did so at the lower price.
    lost_raw = -(-lost_wad * max(shares, before["shares"]) // (before["shares"] * WAD_PER_RAW))
    if (assets + lost_raw) * before["shares"] >= before["assets"] * shares:
        return []
    return [f"pool went from {before['assets']} to {assets} raw, {lost_wad} wei of it recorded"]


def inv_22_pool_risks_no_more_than_its_cap(facts: Facts) -> list[str]:
    """What the pool lost in a market since its cap is at most the cap, since no more is put there.

    By what went into its isolated account and came back, which is all that account may cost. The
    stakers' cash is paid to nothing else but keepers.
    """
    found, unexplained_wad = [], -sum(one.amount_wad for one in facts.named("KeeperToppedUp"))
    for _, event, one in facts.events:
        if event == "CapsSet":
            # By then the position may have more behind it than the new cap: it gets nothing then.
            facts.at_risk[one.market] = AtRisk(cap_wad=one.loss_wad, put_wad=one.at_risk_wad)
        if event != "CashMoved" or one.account not in facts.pool_accounts:
            continue
        if one.reason == CashMove.PAID and (one.account & BUCKET or one.amount_wad < 0):
            unexplained_wad -= one.amount_wad
        market_id = one.account & BUCKET
        if not market_id or one.reason not in (CashMove.PAID, CashMove.MOVED):
            continue
        rules = facts.rules[facts.market(market_id)]
        there = facts.at_risk.setdefault(market_id, AtRisk(cap_wad=rules.loss_cap_wad))
        there.put_wad = max(0, there.put_wad + one.amount_wad)
        if one.amount_wad > 0 and there.put_wad > there.cap_wad:
            found.append(f"pool has {there.put_wad} in market {market_id}, of {there.cap_wad}")
    if unexplained_wad > 0:
        found.append(f"pool paid {unexplained_wad} to neither its positions nor keepers")
    return found
