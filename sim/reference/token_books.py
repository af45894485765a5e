"""A leveraged token's books: one account, one supply, and a ladder of prices to trade on.

What an account is worth is cash, plus what its position was bought and sold for, plus what the
position would fetch at mark. Exact fractions, cut where money or lots are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

from sim.reference.books import Refused
from sim.units import BPS, WAD

Level = tuple[int, int]  # price and size


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When and how far a token moves back to its target."""

    interval_s: int
    cooldown_s: int
    ripcord_cooldown_s: int
    band_wad: int
    outer_wad: int
    slippage_wad: int
    ripcord_slippage_wad: int
    chunk_wad: int
    ripcord_chunk_wad: int
    reward_ratio_wad: int
    reward_max_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What can be traded now; the best price of each side comes first."""

    mark_wad: int
    lot_wad: int
    least_notional_wad: int
    fill_band_wad: int
    fee_bps: int
    bids: Sequence[Level]
    asks: Sequence[Level]

    @property
    def least_wad(self) -> int:
        """The smallest size that is an order."""
        return ceil(Fraction(self.least_notional_wad * WAD, self.mark_wad * self.lot_wad)) * (
            self.lot_wad
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token's account and supply, and when it was last traded back."""

    leverage: int
    terms: Terms
    supply: int = 0
    cash_wad: int = 0
    size_wad: int = 0
    quote_wad: int = 0
    next_rebalance_at: int = 0
    last_chunk_at: int = 0

    def nav_wad(self, mark_wad: int) -> int:
        """What the account is worth."""
        return self.cash_wad + self.quote_wad + floor(Fraction(self.size_wad * mark_wad, WAD))

    def exposure(self, mark_wad: int) -> Fraction:
        """Exposure a unit of NAV, signed."""
        nav_wad = self.nav_wad(mark_wad)
        return Fraction(self.size_wad * mark_wad, nav_wad * WAD) if nav_wad > 0 else Fraction(0)

    def settle(self, owed_wad: int) -> Token:
        """Pay funding."""
        return replace(self, cash_wad=self.cash_wad - owed_wad)


def target_delta(token: Token, market: Market, nav_wad: int | None = None) -> int:
    """The size after which exposure is L times what is left, towards zero to the lot.

    x solves s*P + x*P = L*(NAV - c*|x|*P).
    """
    price = Fraction(market.mark_wad, WAD)
    cost = Fraction(market.fee_bps, BPS)
    nav = token.nav_wad(market.mark_wad) if nav_wad is None else nav_wad
    gap = token.leverage * nav - token.size_wad * price
    side = 1 if gap > 0 else -1
    x = gap / (price * (1 + token.leverage * cost * side))
    return int(x / market.lot_wad) * market.lot_wad  # int() cuts towards zero


def trade(
    token: Token, market: Market, delta_wad: int, slippage_wad: int, *, whole: bool
) -> tuple[Token, int]:
    """Take what the ladder has within the bound; the account after it, and the signed size."""
    side = 1 if delta_wad > 0 else -1
    ladder = market.asks if side > 0 else market.bids
    bound = Fraction(market.mark_wad * (WAD + side * slippage_wad), WAD)
    wanted_wad = abs(delta_wad)
    if token.size_wad * side < 0:
        wanted_wad = min(wanted_wad, abs(token.size_wad))
    after, left_wad, worth_wad = token, wanted_wad, 0
    for price_wad, size_wad in ladder:
        if left_wad == 0 or (price_wad - bound) * side > 0:
            break
        taken_wad = min(left_wad, size_wad)
        paid_wad = floor(Fraction(taken_wad * price_wad, WAD))
        after = _booked(after, side * taken_wad, -side * paid_wad)
        left_wad, worth_wad = left_wad - taken_wad, worth_wad + paid_wad
    if whole and left_wad:
        raise Refused("book: can't be filled whole")
    fee_wad = ceil(Fraction(worth_wad * market.fee_bps, BPS))
    return replace(after, cash_wad=after.cash_wad - fee_wad), side * (wanted_wad - left_wad)


def _booked(token: Token, delta_wad: int, flow_wad: int) -> Token:
    """Opening goes to the quote balance; closing brings its share of that balance to cash."""
    size_wad = token.size_wad + delta_wad
    if token.size_wad * delta_wad >= 0:
        return replace(token, size_wad=size_wad, quote_wad=token.quote_wad + flow_wad)
    share = Fraction(abs(delta_wad), abs(token.size_wad))
    closed_wad = floor(token.quote_wad * share)
    return replace(
        token,
        size_wad=size_wad,
        quote_wad=token.quote_wad - closed_wad,
        cash_wad=token.cash_wad + flow_wad + closed_wad,
    )
