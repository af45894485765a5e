"""Positions, margins and tables as rows write them: the readings several adapters share."""

from __future__ import annotations

from fractions import Fraction

from pydantic import ValidationError

from sim.reference.venues.margin_table import MarginTable, Tier, check_deductions
from sim.reference.venues.position import Account, Leg, Position
from sim.vectors.inputs import Inputs, NotExpressibleError
from sim.venues import Venue
from sim.venues.market import CENT, TierRow

ZERO = Fraction(0)


def signed_size(inputs: Inputs) -> Fraction:
    """`signed_size`, or `size` with `side`; a size without a side is a long's."""
    if "signed_size" in inputs:
        return inputs.number("signed_size")
    size = inputs.number("size")
    side = inputs.text("side", "long")
    if side not in ("long", "short"):
        raise NotExpressibleError(f"the side {side!r} is neither long nor short")
    return size if side == "long" else -size


def margin_of(inputs: Inputs, size: Fraction, entry: Fraction) -> Fraction:
    """Margin of a position: `collateral`, else `wallet`, else size*entry/leverage."""
    for key in ("collateral", "wallet"):
        if key in inputs:
            return inputs.number(key)
    return abs(size) * entry / inputs.number("leverage")


def position_of(inputs: Inputs) -> Position:
    """A position with an entry price and its margin."""
    size, entry = signed_size(inputs), inputs.number("entry_price")
    return Position(size=size, entry=entry, margin=margin_of(inputs, size, entry))


def table_of(inputs: Inputs, venue: Venue) -> MarginTable:
    """The table of a row: its tiers, or the one rate and deduction that it gives."""
    rules = venue.margin
    rows = _tier_rows(inputs)
    tiers = tuple(row.tier(rules.maintenance_of_initial) for row in rows)
    # A table whose deductions are given is one of slices, whatever the venue does today.
    table = MarginTable(tiers=tiers, initial_rule=rules.initial, maintenance_rule=rules.maintenance)
    check_deductions(table, [row.cum for row in rows], CENT)
    return table


def _tier_rows(inputs: Inputs) -> list[TierRow]:
    if "tiers" in inputs:
        try:
            return [TierRow.model_validate(dict(one)) for one in inputs.raw("tiers")]
        except (ValidationError, TypeError, ValueError) as error:
            raise NotExpressibleError(f"its tiers are no margin table ({error})") from error
    rate = inputs.number("maintenance_margin_rate")
    amount = inputs.number("maintenance_amount", ZERO)
    if amount == 0:
        return [TierRow(lower=ZERO, mmr=rate)]
    return [TierRow(lower=ZERO, mmr=ZERO), TierRow(lower=amount / rate, mmr=rate)]


def flat_table(imr: Fraction, maintenance_fraction: Fraction) -> MarginTable:
    """One tier whose maintenance is a fraction of its initial rate."""
    return MarginTable(tiers=(Tier(lower=ZERO, mmr=imr * maintenance_fraction, imr=imr),))


def account_of(inputs: Inputs) -> tuple[Account, dict[str, tuple[Leg, Fraction]]]:
    """A quote balance with positions at mark, and each coin's leg and maintenance rate."""
    legs: dict[str, tuple[Leg, Fraction]] = {}
    for one in inputs.items("positions"):
        size, mark, mmr = one.number("signed_size"), one.number("mark_price"), one.number("mmr")
        leg = Leg(size=size, mark=mark, maintenance=abs(size) * mark * mmr)
        legs[one.text("coin")] = (leg, mmr)
    held = tuple(leg for leg, _ in legs.values())
    return Account(quote=inputs.number("quote_balance"), legs=held), legs


def leg_of(inputs: Inputs) -> tuple[Account, Leg, Fraction]:
    """The account, the leg that a row's `coin` names, and its maintenance rate."""
    account, legs = account_of(inputs)
    coin = inputs.text("coin")
    if coin not in legs:
        raise NotExpressibleError(f"the coin {coin!r} has no position")
    leg, mmr = legs[coin]
    return account, leg, mmr
