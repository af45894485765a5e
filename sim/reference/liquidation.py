"""Where an account is liquidated, where it is bankrupt, and how much of it has to go.

Prices are found by walking the health function from one kink to the next, not by a formula per
tier; sizes and rewards are exact fractions, cut at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from sim.reference.margin import Risk, by_brackets
from sim.units import BPS, WAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How the liquidator sizes, paces and rewards."""

    target_wad: int
    slippage_wad: int
    large_notional_wad: int
    first_clip_wad: int
    cooldown_s: int
    reward_ratio_wad: int
    reward_cost_wad: int
    reward_min_wad: int
    reward_max_wad: int
    takeover_slope_wad: int = WAD
    takeover_spread_wad: int = WAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """The first part of a large position: when it last got something, and what it still lacks."""

    at_s: int
    left_wad: int


def excess(size_wad: int, rest_wad: int, risk: Risk, price_wad: Fraction) -> Fraction:
    """Equity minus maintenance at a price; `rest_wad` is what does not move with the price."""
    rows = [(one.lower_wad, one.mmr_wad) for one in risk.tiers]
    worth = Fraction(size_wad) * price_wad / WAD
    # Brackets take whole notionals; a rate per wei is exact for fractions as well.
    return rest_wad + worth - _bracket_sum(abs(worth), rows)


def _bracket_sum(notional: Fraction, rows: list[tuple[int, int]]) -> Fraction:
    whole = floor(notional)
    low, high = by_brackets(whole, rows), by_brackets(whole + 1, rows)
    return low + (high - low) * (notional - whole)


def liquidation_price(size_wad: int, rest_wad: int, risk: Risk) -> int:
    """Where equity meets maintenance, down; 0: nowhere for a long, everywhere for a short."""
    kinks = [Fraction(one.lower_wad * WAD, abs(size_wad)) for one in risk.tiers]
    kinks.append(kinks[-1] + WAD)  # beyond the last kink all is straight: any point will do
    at = [excess(size_wad, rest_wad, risk, price) for price in kinks]
    safe_from_start = at[0] >= 0 if size_wad > 0 else at[0] <= 0
    if safe_from_start:
        return 0
    last = len(kinks) - 2
    for place, (left, right) in enumerate(pairwise(range(len(kinks)))):
        slope = (at[right] - at[left]) / (kinks[right] - kinks[left])
        root = kinks[left] - at[left] / slope
        if kinks[left] <= root and (place == last or root < kinks[right]):
            return floor(root)
    raise AssertionError("a line that rises or falls for ever has a root")


def bankruptcy_price(
    size_wad: int, mark_wad: int, equity_wad: int, leg_wad: int, maintenance_wad: int
) -> Fraction:
    """P - sgn(s) * E * (MM_i / sum MM) / |s|, exactly; may be below zero."""
    share = Fraction(equity_wad * leg_wad, maintenance_wad)
    return mark_wad - share * WAD / size_wad


def partial_size(
    *,
    notional_wad: int,
    equity_wad: int,
    maintenance_wad: int,
    mark_wad: int,
    risk: Risk,
    rules: Rules,
    lot_wad: int,
) -> int | None:
    """(h*M - E) / (P * (h*mmr - phi)) in whole lots, up; None: only all of it would do."""
    rate_wad = max(one.mmr_wad for one in risk.tiers if one.lower_wad <= notional_wad)
    target = Fraction(rules.target_wad, WAD)
    allowance = Fraction(risk.liquidation_bps, BPS) + Fraction(rules.slippage_wad, WAD)
    freed = target * Fraction(rate_wad, WAD) - allowance
    if freed <= 0:
        return None
    missing = target * maintenance_wad - equity_wad
    size = missing * WAD / (mark_wad * freed)
    return ceil(size / lot_wad) * lot_wad


@dataclass(slots=True, kw_only=True)
class Rewards:
    """What keepers got for one account in one market: of a cool-down, as if for one liquidation."""

    began_s: int = -(10**18)
    notional_wad: int = 0
    paid_wad: int = 0

    def pay(
        self, notional_wad: int, rules: Rules, *, given_wad: int, maker_bps: int, now_s: int
    ) -> int:
        """The next reward: no more than the account gave and what its position cost to open."""
        if now_s - self.began_s >= rules.cooldown_s:
            self.began_s, self.notional_wad, self.paid_wad = now_s, 0, 0
        self.notional_wad += notional_wad
        bound = given_wad + Fraction(notional_wad * maker_bps, BPS)
        paid_wad = min(reward(self.notional_wad, rules) - self.paid_wad, floor(bound))
        self.paid_wad += paid_wad
        return paid_wad


def reward(notional_wad: int, rules: Rules) -> int:
    """What a keeper is due: its cost and a share of the notional, within bounds."""
    share_wad = floor(Fraction(notional_wad * rules.reward_ratio_wad, WAD))
    wanted_wad = rules.reward_cost_wad + share_wad
    return sorted((rules.reward_min_wad, wanted_wad, rules.reward_max_wad))[1]
