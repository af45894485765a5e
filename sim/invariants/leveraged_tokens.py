"""A token is its account, and nothing given to it counts."""

from __future__ import annotations

from sim.invariants.facts import Facts
from sim.types.codes import CashMove
from sim.units import WAD, WAD_PER_RAW


def inv_16_token_nav_is_its_account(facts: Facts) -> list[str]:
    """NAV is the equity that events add up to, a share its part of it, within a wei a share."""
    poked = {facts.market(one.market) for one in facts.named("MarketPoked")}
    marks_wad = {name: totals.mark_wad for name, totals in facts.mirror.markets.items()}
    found = []
    for name, token in facts.tokens.items():
        state, supply_wad = token.state, facts.mirror.holdings.supply_wad[name]
        if state.supply != supply_wad:
            found.append(f"{name} says {state.supply} tokens, {supply_wad} were minted")
        if token.market not in poked:
            continue  # the mirror's mark is of an older block
        equity_wad, _ = facts.mirror.health(token.account, marks_wad)
        shared_wad = state.share_price_wad * state.supply // WAD
        if state.nav_wad != equity_wad:
            found.append(f"{name} says NAV {state.nav_wad}, its account has {equity_wad}")
        if state.supply and not 0 <= max(equity_wad, 0) - shared_wad <= state.supply // WAD + 1:
            found.append(f"shares of {name} come to {shared_wad}, its account has {equity_wad}")
    return found


def inv_17_no_donation_moves_a_token(facts: Facts) -> list[str]:
    """Only mints bring money in, only redemptions and rewards take it out, at no others' cost."""
    found = []
    for name, token in facts.tokens.items():
        due = {CashMove.DEPOSITED: 0, CashMove.WITHDRAWN: 0}
        for contract, event, one in facts.events:
            if contract == f"LeveragedToken.{name}":
                if event in ("TokenMinted", "TokenRedeemed"):
                    minted = event == "TokenMinted"
                    due[CashMove.DEPOSITED if minted else CashMove.WITHDRAWN] += (
                        one.amount_raw * WAD_PER_RAW
                    )
                    before = one.supply - one.tokens if minted else one.supply + one.tokens
                    if one.nav_wad * before < one.nav_before_wad * one.supply:
                        found.append(f"{event} lowered what a share of {name} is worth")
                elif event in ("TokenRebalanced", "ProfitRealised"):
                    due[CashMove.WITHDRAWN] += one.reward_wad
        moved = [one for one in facts.named("CashMoved") if one.account == token.account]
        came_wad = sum(one.amount_wad for one in moved if one.reason != CashMove.SOCIALISED)
        if came_wad != due[CashMove.DEPOSITED] - due[CashMove.WITHDRAWN]:
            found.append(f"{came_wad} came to {name}, of which {due} is accounted for")
    return found
