"""A position that is to be liquidated: how much of it must go, and at what price at the worst."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from sim.reference import takeover
from sim.reference.liquidation import Clip, Rules, bankruptcy_price, partial_size
from sim.reference.margin import Health, Risk
from sim.reference.orders import Grid
from sim.units import WAD

CLIP_MEMORY = 20  # cool-downs


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One market's part of an account, and the whole account's health at mark."""

    size_wad: int
    mark_wad: int
    notional_wad: int
    leg_wad: int  # maintenance of this part
    rate_wad: int  # of the tier that the position's last part lies in
    health: Health
    risk: Risk
    grid: Grid
    below_backstop: bool


def marginal_rate(notional_wad: int, risk: Risk) -> int:
    """The maintenance ratio of the tier that a position's last part lies in."""
    return max(one.mmr_wad for one in risk.tiers if one.lower_wad <= notional_wad)


def wanted_size(t: Target, rules: Rules) -> int:
    """What health asks for: all of it where a part would not heal or too little would be left."""
    whole_wad = abs(t.size_wad)
    part_wad = partial_size(
        notional_wad=t.notional_wad,
        equity_wad=t.health.equity_wad,
        maintenance_wad=t.health.maintenance_wad,
        mark_wad=t.mark_wad,
        risk=t.risk,
        rules=rules,
        lot_wad=t.grid.lot_wad,
    )
    if t.below_backstop or part_wad is None or part_wad >= whole_wad:
        return whole_wad
    left_wad = floor(Fraction((whole_wad - part_wad) * t.mark_wad, WAD))
    return whole_wad if left_wad < t.grid.min_notional_wad else part_wad


def clipped_size(t: Target, rules: Rules, clip: Clip | None, now_s: int) -> tuple[int, Clip | None]:
    """What the book is asked for, 0 in a cool-down; and the clip that this is a part of, if any.

    Large positions go a clip at a time, and a clip is over when all of it was filled. One that was
    left for a cool-down, or whose cool-down is long past, is forgotten.
    """
    size_wad = wanted_size(t, rules)
    if t.notional_wad <= rules.large_notional_wad or t.below_backstop:
        return size_wad, None
    if clip:
        elapsed_s = now_s - clip.at_s
        if elapsed_s < rules.cooldown_s:
            return min(size_wad, clip.left_wad), clip
        if not clip.left_wad and elapsed_s <= CLIP_MEMORY * rules.cooldown_s:
            return size_wad, None
    share = Fraction(abs(t.size_wad) * rules.first_clip_wad, WAD)
    begun = Clip(at_s=now_s, left_wad=ceil(share / t.grid.lot_wad) * t.grid.lot_wad)
    return min(size_wad, begun.left_wad), begun


def limit_price(t: Target) -> int:
    """The first tick that is better than the bankruptcy price."""
    leg_wad = t.leg_wad
    if t.health.equity_wad < 0:  # each part has to win back its share at the highest rate
        leg_wad = ceil(Fraction(t.notional_wad * t.rate_wad, WAD))
    exact = bankruptcy_price(
        t.size_wad, t.mark_wad, t.health.equity_wad, leg_wad, t.health.maintenance_wad
    )
    tick_wad = t.grid.tick_wad
    if t.size_wad > 0:
        return (max(0, ceil(exact)) // tick_wad + 1) * tick_wad
    return (max(1, -(-max(0, floor(exact)) // tick_wad)) - 1) * tick_wad


def book_limit(t: Target, rules: Rules) -> int:
    """The worst price on the book: bankruptcy's only for who is failing, else the auction's."""
    return limit_price(t) if t.below_backstop else takeover_price(t, rules)


def takeover_price(t: Target, rules: Rules) -> int:
    """What another account pays for a base of it."""
    return takeover.price(
        size_wad=t.size_wad,
        mark_wad=t.mark_wad,
        equity_wad=t.health.equity_wad,
        maintenance_wad=t.health.maintenance_wad,
        leg_wad=t.leg_wad,
        rate_wad=t.rate_wad,
        slope_wad=rules.takeover_slope_wad,
        spread_wad=rules.takeover_spread_wad,
        tick_wad=t.grid.tick_wad,
    )
