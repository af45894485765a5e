"""Share arithmetic of the insurance pool, and what leaving it takes.

A virtual share makes inflation useless; a request that ends, and a pause before its shares can be
asked for again, make it useless to keep one ready.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

VIRTUAL_SHARES = 10**12
VIRTUAL_ASSETS = 1
COOLDOWN_S, WINDOW_S, PAUSE_S = 3 * 86_400, 86_400, 10 * 86_400
LEAST_PRICE = Fraction(VIRTUAL_ASSETS, VIRTUAL_SHARES) / 10**6  # below it no share is sold


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Shares outstanding (18 decimals) and what all of them are worth (6 decimals)."""

    shares: int = 0
    assets: int = 0

    @property
    def price(self) -> Fraction:
        """Assets a share, virtual ones included."""
        return Fraction(self.assets + VIRTUAL_ASSETS, self.shares + VIRTUAL_SHARES)

    @property
    def sells(self) -> bool:
        """Whether anybody may stake: never where old shares are worth nothing, or next to it."""
        return not self.shares or (self.assets > 0 and self.price >= LEAST_PRICE)

    def shares_for(self, assets: int) -> int:
        """Shares that assets buy, down."""
        return floor(assets / self.price)

    def assets_for(self, shares: int) -> int:
        """Assets that shares are worth, down."""
        return floor(shares * self.price)

    def cost_of(self, shares: int) -> int:
        """Assets that an exact number of shares costs, up."""
        return ceil(shares * self.price)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Shares set aside by somebody who means to leave, and what they were worth by then."""

    shares: int
    assets: int
    asked_s: int

    def refusal(self, now_s: int) -> str:
        """Why it is not paid at a time; nothing while it is good."""
        waited_s = now_s - self.asked_s
        if waited_s < COOLDOWN_S:
            return "pool: cooling down"
        return "pool: request has expired" if waited_s > COOLDOWN_S + WINDOW_S else ""

    def payment(self, pool: Pool, shares: int | None = None) -> int:
        """Whoever leaves, with all of it or a part, bears the losses of the wait and no gains."""
        part = self.shares if shares is None else shares
        return min(floor(Fraction(self.assets * part, self.shares)), pool.assets_for(part))

    def cost(self, pool: Pool, assets: int) -> int:
        """Fewest of its shares that pay so much."""
        by_now = ceil(assets / pool.price)
        return max(by_now, ceil(Fraction(assets * self.shares, self.assets))) if assets else by_now

    def held_until(self, given_up_s: int) -> int:
        """When shares of it that were not paid come back, had it been given up then."""
        return min(given_up_s, self.asked_s + COOLDOWN_S + WINDOW_S) + PAUSE_S
