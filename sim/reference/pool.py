"""Share arithmetic of the insurance pool, with the virtual share that makes inflation useless."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

VIRTUAL_SHARES = 10**12
VIRTUAL_ASSETS = 1
COOLDOWN_S, WINDOW_S = 3 * 86_400, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Shares outstanding (18 decimals) and what all of them are worth (6 decimals)."""

    shares: int = 0
    assets: int = 0

    @property
    def price(self) -> Fraction:
        """Assets a share, virtual ones included."""
        return Fraction(self.assets + VIRTUAL_ASSETS, self.shares + VIRTUAL_SHARES)

    def shares_for(self, assets: int) -> int:
        """Shares that assets buy, down."""
        return floor(assets / self.price)

    def assets_for(self, shares: int) -> int:
        """Assets that shares are worth, down."""
        return floor(shares * self.price)


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

    def payment(self, pool: Pool) -> int:
        """Whoever leaves bears the losses of the wait, and has none of its gains."""
        return min(self.assets, pool.assets_for(self.shares))
