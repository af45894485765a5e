"""Money and sizes are neither made nor lost."""

from __future__ import annotations

from sim.invariants.facts import BUCKET, Facts
from sim.types import DEFICIT
from sim.types.codes import CashMove
from sim.units import WAD


def inv_01_sizes_sum_to_zero(facts: Facts) -> list[str]:
    """For each long there is a short."""
    return [
        f"sizes of {name} sum to {totals.size_wad}"
        for name, totals in facts.mirror.markets.items()
        if totals.size_wad
    ]


def inv_02_vault_holds_what_is_owed(facts: Facts) -> list[str]:
    """Tokens in the vault are cash, quote balances, escrows, fees and dust, to the wei."""
    error_wad = conservation_error_wad(facts)
    return [f"the vault holds {error_wad} wei more than is owed"] if error_wad else []


def conservation_error_wad(facts: Facts) -> int:
    """What the vault holds minus what is owed, by the mirror's books; 0 if sound."""
    return facts.vault_wad - facts.mirror.owed_wad()


def inv_03_escrow_covers_pending_funding(facts: Facts) -> list[str]:
    """Escrow plus what positions still owe is rounding dust: not negative, a wei a settlement.

    A loss socialised is owed to the escrow like funding, and leaves less than a wei a base.
    """
    found = []
    for name, totals in facts.mirror.markets.items():
        left_wad = totals.escrow_wad
        for held in facts.mirror.accounts.values():
            if name in held.positions:
                left_wad += facts.mirror.pending_up(held, name)
        if not 0 <= left_wad <= totals.roundings_wad + totals.positions:
            found.append(f"escrow and pending funding of {name} leave {left_wad} wei")
    return found


def inv_05_nobody_without_positions_owes(facts: Facts) -> list[str]:
    """After the waterfall no account without positions is below zero, but what waits for income."""
    return [
        f"account {account:#x} has no position and {held.cash_wad} wei"
        for account in facts.mirror.touched
        if (held := facts.mirror.accounts[account]).cash_wad < 0
        and not held.positions
        and account & BUCKET != DEFICIT
    ]


def inv_14_only_position_holders_are_charged(facts: Facts) -> list[str]:
    """Cash leaves an ordinary account outside a trade only because its owner moved it.

    Nor does one that comes into a market owe what was spread or accrued in it before.
    """
    return [
        f"account {one.account:#x} was charged {one.amount_wad} for reason {one.reason}"
        for one in facts.named("CashMoved")
        if one.amount_wad < 0
        and one.reason not in (CashMove.WITHDRAWN, CashMove.MOVED, CashMove.TIPPED)
        and one.account not in facts.system_accounts
    ] + [
        f"account {one.account:#x} settled {one.funding_wad} for a position it did not have"
        for one in facts.named("PositionChanged")
        if one.funding_wad and one.size_wad == one.size_delta_wad
    ]


def inv_15_withdrawals_leave_a_margin(facts: Facts) -> list[str]:
    """Who withdraws keeps cash >= 0, and a tenth of the notional in equity."""
    found = []
    marks_wad = {name: totals.mark_wad for name, totals in facts.mirror.markets.items()}
    # Only where nothing came after the withdrawal does the mirror show what it left.
    last = {
        one.account: name == "CashMoved" and one.reason == CashMove.WITHDRAWN
        for _, name, one in facts.events
        if name in ("CashMoved", "PositionChanged")
    }
    for account in (account for account, withdrew in last.items() if withdrew):
        held = facts.mirror.accounts[account]
        equity_wad, _ = facts.mirror.health(account, marks_wad)
        notional_wad = sum(
            -(-abs(position.size_wad) * marks_wad[name] // WAD)
            for name, position in held.positions.items()
        )
        if held.cash_wad < 0 or 10 * equity_wad < notional_wad:
            found.append(f"account {account:#x} withdrew down to {equity_wad} of {notional_wad}")
    return found


def inv_21_mirror_is_the_chain(facts: Facts) -> list[str]:
    """What events told is what storage holds: cash, positions, open interest, escrows, pots."""
    mirror = facts.mirror
    found = []
    for account, cash_wad in facts.chain_accounts.items():
        if mirror.accounts[account].cash_wad != cash_wad:
            found.append(f"account {account:#x} has {cash_wad} on chain")
    for (account, name), (size_wad, quote_wad) in facts.chain_positions.items():
        known = mirror.accounts[account].positions.get(name)
        mirrored = (known.size_wad, known.quote_wad) if known else (0, 0)
        if mirrored != (size_wad, quote_wad):
            found.append(f"account {account:#x} holds {size_wad} of {name} on chain")
    for name, (interest_wad, escrow_wad) in facts.chain_markets.items():
        totals = mirror.markets[name]
        if (totals.long_wad, totals.escrow_wad) != (interest_wad, escrow_wad):
            found.append(f"{name} has {interest_wad} open and {escrow_wad} in escrow on chain")
    if (facts.fees_wad, facts.dust_wad) != (mirror.fees_wad, mirror.dust_wad):
        found.append(f"pots are {facts.fees_wad} and {facts.dust_wad} on chain")
    return found
