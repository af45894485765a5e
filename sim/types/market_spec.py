"""Terms that a run gives: markets, rewards, what gas costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.units import WAD


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardTerms:
    """What a liquidation pays its keeper, in quote: clamp(cost + ratio * N, least, most)."""

    cost_wad: int = 0
    ratio_wad: int = 0
    least_wad: int = 0
    most_wad: int = 0

    def reward_wad(self, notional_wad: int) -> int:
        """For a notional, as long as penalty and insurance pool can pay it."""
        due_wad = self.cost_wad + self.ratio_wad * notional_wad // WAD
        return min(max(due_wad, self.least_wad), self.most_wad)


@dataclass(frozen=True, slots=True, kw_only=True)
class GasView:
    """What transactions cost now: quote per unit of gas and per coin, gas by kind of action."""

    price_wad: int = 0
    native_wad: int = 0
    used: Mapping[str, int] = field(default_factory=dict)

    def cost_wad(self, name: str) -> int:
        """What a transaction for an action of that name costs in quote."""
        return self.price_wad * self.used[name] if self.price_wad else 0

    def tip_wei(self, name: str, amount_wad: int) -> int:
        """The tip per unit of gas that such a transaction pays so much quote with."""
        return amount_wad * WAD // (self.native_wad * self.used[name]) if self.native_wad else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSpec:
    """What never changes of a market during a run."""

    name: str
    market_id: int
    tick_wad: int
    lot_wad: int
    min_notional_wad: int
    taker_fee_bps: int
    max_leverage: int
    reward: RewardTerms = RewardTerms()
