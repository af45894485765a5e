"""What the mirror is made of: one account, one market's sums, and the margin a notional needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sim.types import OrderView, PositionView
from sim.units import WAD


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorNames:
    """Under which names the decoder reports the contracts the mirror listens to."""

    clearinghouse: str
    mark: str
    books: Mapping[str, str]  # contract -> market
    triggers: str = "TriggerOrders"
    pool: str = "InsurancePool"
    collateral: str = "MockToken"
    tokens: Mapping[str, str] = field(default_factory=dict)  # base token -> market
    leveraged: Mapping[str, str] = field(default_factory=dict)  # contract -> leveraged token
    liquidator: str = "Liquidator"


@dataclass(slots=True, kw_only=True)
class MarketTotals:
    """One market's sums, kept by change."""

    size_wad: int = 0
    quote_wad: int = 0
    long_wad: int = 0
    positions: int = 0
    roundings_wad: int = 0  # most that settlements have left in the escrow since it was empty
    escrow_wad: int = 0
    funding_index_wad: int = 0
    losses_wad: int = 0  # socialised so far, quote per base of either side
    mark_wad: int = 0

    def owing_index_wad(self, size_wad: int) -> int:
        """What a position settles against: funding parts the sides, a loss is owed by both."""
        if size_wad == 0:
            return self.funding_index_wad
        return self.funding_index_wad + (self.losses_wad if size_wad > 0 else -self.losses_wad)


@dataclass(slots=True, kw_only=True)
class Account:
    """One account; `settled_wad` is each market's owing index at the last settlement."""

    cash_wad: int = 0
    paid_in_wad: int = 0
    positions: dict[str, PositionView] = field(default_factory=dict)
    settled_wad: dict[str, int] = field(default_factory=dict)
    orders: dict[tuple[str, int], OrderView] = field(default_factory=dict)


def maintenance_up(notional_wad: int, tiers: Sequence[tuple[int, int]]) -> int:
    """Maintenance margin of a notional, each slice at its own tier's ratio, rounded up."""
    need, lower_wad = 0, 0
    for i, (lower_wad, ratio_wad) in enumerate(tiers):
        upper_wad = tiers[i + 1][0] if i + 1 < len(tiers) else notional_wad
        # The continuous form N*mmr - D is the sum over slices of slice * ratio.
        need += max(0, min(notional_wad, upper_wad) - lower_wad) * ratio_wad
    return -(-need // WAD)
