"""Who is liquidated, how, and what it may cost."""

from __future__ import annotations

from sim.invariants.facts import Facts
from sim.types.codes import CashMove, Rung
from sim.units import BPS


def inv_10_only_the_unhealthy_are_liquidated(facts: Facts) -> list[str]:
    """E < MM before, for whom a rung acted on and for whom none could."""
    return [
        f"account {one.account:#x} had {one.equity_before_wad} and needed "
        f"{one.maintenance_before_wad}"
        for one in facts.named("AccountLiquidated")
        if one.equity_before_wad >= one.maintenance_before_wad
    ] + [
        f"account {one.account:#x} was given up at {one.equity_wad} of {one.maintenance_wad}"
        for one in facts.named("LadderExhausted")
        if one.equity_wad >= one.maintenance_wad
    ]


def inv_11_liquidation_heals(facts: Facts) -> list[str]:
    """What is left after a partial liquidation is healthier: E/MM rises."""
    return [
        f"account {one.account:#x} went from {one.equity_before_wad}/{one.maintenance_before_wad} "
        f"to {one.equity_after_wad}/{one.maintenance_after_wad}"
        for one in facts.named("AccountLiquidated")
        if one.maintenance_after_wad
        and one.equity_after_wad * one.maintenance_before_wad
        <= one.equity_before_wad * one.maintenance_after_wad
    ]


def inv_12_keeper_pay_within_clamp(facts: Facts) -> list[str]:
    """A keeper gets at most its market's most, what the account gave, and the fee of an opening.

    Liquidator and pool pay it, nobody else.
    """
    found = [
        f"account {one.account:#x} paid {one.amount_wad} to a keeper"
        for one in facts.named("CashMoved")
        if one.reason == CashMove.PAID
        and one.amount_wad < 0
        and one.account not in facts.system_accounts
    ]
    for one in facts.named("AccountLiquidated"):
        if one.rung == Rung.TAKEOVER:
            continue  # the discount is the pay
        rules = facts.rules[facts.market(one.market)]
        given_wad = one.penalty_wad if one.rung == Rung.BOOK else max(0, one.equity_before_wad)
        most_wad = given_wad + one.notional_wad * rules.maker_bps // BPS
        if one.reward_wad > min(rules.reward_max_wad, most_wad):
            found.append(f"keeper {one.keeper} got {one.reward_wad} for {one.account:#x}")
    return found


def inv_13_deleveraging_comes_after_insurance(facts: Facts) -> list[str]:
    """A round opens only in a block in which book and pool had failed for that very position."""
    found, refused = [], set()
    for _, name, one in facts.events:
        if name == "LadderExhausted":
            refused.add((one.account, one.market))
        elif name == "RoundOpened" and (one.account, one.market) not in refused:
            found.append(f"account {one.account:#x} was deleveraged before the pool was asked")
    return found
