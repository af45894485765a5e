"""What a position is worth and what it needs, from the specification: brackets, not deductions.

Values round down, requirements and funding owed round up; everything else is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from sim.types import Status
from sim.types.codes import Act, Purpose
from sim.units import WAD

#                         open  reduce withdraw trigger liquidate fund adl
_ROWS = {
    Status.OK: "       yes   yes    yes      yes     yes       yes  yes",
    Status.THIN: "     edge  yes    edge     yes     yes       no   yes",
    Status.DISPUTED: " no    yes    no       no      kind      no   kind",
    Status.HALTED: "   no    yes    no       no      later     no   later",
    Status.STALE: "    no    yes    no       no      kind      no   kind",
    Status.DEAD: "     no    no     no       no      no        no   no",
}
TABLE = {(status, act): row.split()[act] for status, row in _ROWS.items() for act in Act}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Margin ratios from a notional on."""

    lower_wad: int
    mmr_wad: int
    imr_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What a market is judged by."""

    tiers: Sequence[Tier]
    im_upnl_weight_wad: int = WAD
    withdraw_upnl_weight_wad: int = 0
    oi_lo_wad: int
    oi_hi_wad: int
    oi_cap_wad: int
    oi_cap_quote_wad: int
    maker_bps: int = 1
    taker_bps: int = 5
    liquidation_bps: int = 25
    backstop_wad: int = 2 * WAD // 3
    paused: frozenset[Act] = frozenset()
    liquidations_from: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a market is judged at in a block."""

    mark_wad: int
    index_wad: int
    conf_wad: int = 0
    low_wad: int = 0
    high_wad: int = 0
    status: Status = Status.OK
    liquidations_from: int = 0
    funding_index_wad: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Equity against requirements."""

    equity_wad: int = 0
    margin_equity_wad: int = 0
    initial_wad: int = 0
    maintenance_wad: int = 0
    notional_wad: int = 0

    def __add__(self, other: Health) -> Health:
        return Health(
            equity_wad=self.equity_wad + other.equity_wad,
            margin_equity_wad=self.margin_equity_wad + other.margin_equity_wad,
            initial_wad=self.initial_wad + other.initial_wad,
            maintenance_wad=self.maintenance_wad + other.maintenance_wad,
            notional_wad=self.notional_wad + other.notional_wad,
        )


def by_brackets(notional_wad: int, rows: Sequence[tuple[int, int]]) -> Fraction:
    """Each slice of a notional at the rate of its own bracket, like an income tax."""
    total = Fraction(0)
    for place, (lower_wad, rate_wad) in enumerate(rows):
        upper_wad = rows[place + 1][0] if place + 1 < len(rows) else notional_wad
        slice_wad = max(0, min(notional_wad, upper_wad) - lower_wad)
        total += Fraction(slice_wad * rate_wad, WAD)
    return total


def maintenance(notional_wad: int, risk: Risk) -> int:
    """Maintenance margin of a notional."""
    return ceil(by_brackets(notional_wad, [(one.lower_wad, one.mmr_wad) for one in risk.tiers]))


def crowding(risk: Risk, open_interest_wad: int, index_wad: int) -> Fraction:
    """How far open interest has pushed the initial ratio towards 100 %, from 0 to 1."""
    quote_wad = notional(open_interest_wad, index_wad)
    if quote_wad <= risk.oi_lo_wad:
        return Fraction(0)
    if quote_wad >= risk.oi_hi_wad:
        return Fraction(1)
    return Fraction(quote_wad - risk.oi_lo_wad, risk.oi_hi_wad - risk.oi_lo_wad)


def initial(notional_wad: int, risk: Risk, open_interest_wad: int, index_wad: int) -> int:
    """Initial margin of a notional: what tiers ask, and of the rest what crowding asks."""
    base_wad = ceil(by_brackets(notional_wad, [(one.lower_wad, one.imr_wad) for one in risk.tiers]))
    rest_wad = max(0, notional_wad - base_wad)
    return base_wad + ceil(rest_wad * crowding(risk, open_interest_wad, index_wad))


def initial_unrounded(
    notional_wad: int, risk: Risk, open_interest_wad: int, index_wad: int
) -> Fraction:
    """The specification's own form: each tier's ratio imr + (1 - imr) * crowding."""
    share = crowding(risk, open_interest_wad, index_wad)
    rows = [(one.lower_wad, one.imr_wad) for one in risk.tiers]
    tiered = by_brackets(notional_wad, rows)
    return tiered + (notional_wad - tiered) * share


def notional(size_wad: int, price_wad: int) -> int:
    """What a size is worth, up."""
    return ceil(Fraction(abs(size_wad) * price_wad, WAD))


def profit(size_wad: int, quote_wad: int, price_wad: int) -> int:
    """Unrealised profit at a price, down."""
    return floor(Fraction(size_wad * price_wad, WAD)) + quote_wad


def most_favourable(size_wad: int, price: Price) -> int:
    """The price still believed that is best for a position."""
    if size_wad > 0:
        return max(price.mark_wad, price.high_wad)
    return min(price.mark_wad, price.low_wad)


def leg(
    risk: Risk,
    price: Price,
    purpose: Purpose,
    *,
    size_wad: int,
    quote_wad: int,
    owed_wad: int,
    resting_wad: tuple[int, int] = (0, 0),
    open_interest_wad: int = 0,
    max_leverage: int = 0,
) -> Health:
    """One market's part of an account's health; `owed_wad` is funding not yet settled.

    With a leverage L that its owner allows at most, the initial margin is never below 1/L of the
    notional; 0 allows what the market does.
    """
    kind = TABLE[price.status, Act.LIQUIDATE] == "kind"
    at_most_favourable = purpose is Purpose.LIQUIDATING and kind
    mark_wad = most_favourable(size_wad, price) if at_most_favourable else price.mark_wad
    held_wad = notional(size_wad, mark_wad)
    worth_wad = profit(size_wad, quote_wad, mark_wad)
    bare = Health(
        equity_wad=worth_wad - owed_wad,
        maintenance_wad=maintenance(held_wad, risk),
        notional_wad=held_wad,
    )
    if purpose not in (Purpose.OPENING, Purpose.WITHDRAWING):
        return bare

    edge_wad = price.mark_wad
    if TABLE[price.status, Act.OPEN] == "edge":
        edge_wad += price.conf_wad if size_wad < 0 else -min(price.conf_wad, edge_wad)
    counted_wad = profit(size_wad, quote_wad, edge_wad)
    if counted_wad > 0:
        opening = purpose is Purpose.OPENING
        weight_wad = risk.im_upnl_weight_wad if opening else risk.withdraw_upnl_weight_wad
        counted_wad = floor(Fraction(counted_wad * weight_wad, WAD))
    buys_wad, sells_wad = resting_wad
    worst_wad = max(abs(size_wad + filled) for filled in (0, buys_wad, -sells_wad))
    at_worst_wad = notional(worst_wad, price.mark_wad)
    needed_wad = initial(at_worst_wad, risk, open_interest_wad, price.index_wad)
    if max_leverage:
        needed_wad = max(needed_wad, ceil(Fraction(at_worst_wad, max_leverage)))
    return bare + Health(margin_equity_wad=counted_wad - owed_wad, initial_wad=needed_wad)
