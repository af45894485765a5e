"""What a keeper pays for a failing position: an auction in health, exact until cut to a tick."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from sim.reference.liquidation import bankruptcy_price
from sim.units import WAD


def discount(
    equity_wad: int, maintenance_wad: int, rate_wad: int, *, slope_wad: int, spread_wad: int
) -> Fraction:
    """ABR * mmr * k, ABR = clamp(BA * (1 - E/M), 0, 1)."""
    fallen = 1 - Fraction(equity_wad, maintenance_wad)
    ratio = min(max(Fraction(slope_wad, WAD) * fallen, Fraction(0)), Fraction(1))
    return ratio * Fraction(rate_wad, WAD) * Fraction(spread_wad, WAD)


def price(
    *,
    size_wad: int,
    mark_wad: int,
    equity_wad: int,
    maintenance_wad: int,
    leg_wad: int,
    rate_wad: int,
    slope_wad: int,
    spread_wad: int,
    tick_wad: int,
) -> int:
    """P * (1 - sgn(s) * discount), never worse for the giver than a tick before bankruptcy.

    Of an account that already owes, each part has to win back its share at the marginal rate.
    """
    cut = discount(
        equity_wad, maintenance_wad, rate_wad, slope_wad=slope_wad, spread_wad=spread_wad
    )
    if equity_wad < 0:
        leg_wad = ceil(Fraction(abs(size_wad) * mark_wad * rate_wad, WAD * WAD))
    bound = bankruptcy_price(size_wad, mark_wad, equity_wad, leg_wad, maintenance_wad)
    if size_wad > 0:
        wanted = ceil(mark_wad * (1 - cut) / tick_wad)
        return max(wanted, floor(max(bound, Fraction(0)) / tick_wad) + 1) * tick_wad
    offered = floor(mark_wad * (1 + cut) / tick_wad)
    return max(min(offered, ceil(bound / tick_wad) - 1), 0) * tick_wad
