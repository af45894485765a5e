"""Trades off the chain: what they do to a venue's price, what they cost, who holds what.

A venue stands under pressure: quote bought on it, net, that has not been forgotten yet. Its price
is its own price times 1 + f(pressure), and a trade is paid for along the way there: notional plus
the integral of f. So a round trip at once costs the fee, one after the venue has recovered costs
what pushed it, and splitting a trade saves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from math import isqrt
from typing import NamedTuple

from sim.market.venue import VenueBoard
from sim.portable import power
from sim.types import HoldingView, TradeVenue
from sim.units import BPS, WAD, mul_up, wad, wad_from_float

PERCENT = 100
LOWEST_WAD, HIGHEST_WAD = wad("0.05"), wad(100)  # factors beyond which nobody trades
FORGOTTEN_WAD = WAD  # pressure below one quote is none
OWNER_SHIFT = 96


class Shape(Enum):
    """How far pressure moves a price: in proportion to it, or to its root."""

    LINEAR = auto()
    SQRT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """`quote_wad` of pressure moves the price by 1 %; half of it is gone each half-life."""

    quote_wad: int
    half_life_s: float
    shape: Shape
    fee_bps: int

    def factor_wad(self, pressure_wad: int) -> int:
        """What the venue's own price is multiplied by, rounded towards one."""
        size_wad = abs(pressure_wad)
        if self.shape is Shape.LINEAR:
            moved_wad = size_wad * WAD // (PERCENT * self.quote_wad)
        else:
            moved_wad = isqrt(size_wad * WAD * WAD // self.quote_wad) // PERCENT
        return WAD + moved_wad if pressure_wad > 0 else WAD - moved_wad

    def work_wad(self, pressure_wad: int) -> int:
        """Quote it takes, beyond the notional, to bring a venue at rest there, rounded down."""
        size_wad = abs(pressure_wad)
        if self.shape is Shape.LINEAR:
            return size_wad * size_wad // (2 * PERCENT * self.quote_wad)
        return 2 * isqrt(size_wad**3 // self.quote_wad) // (3 * PERCENT)

    def left_wad(self, pressure_wad: int, elapsed_s: int) -> int:
        """What is left of a pressure after a time, rounded towards zero."""
        kept_wad = wad_from_float(power(0.5, elapsed_s / self.half_life_s).item())
        left_wad = abs(pressure_wad) * kept_wad // WAD
        if left_wad < FORGOTTEN_WAD:
            return 0
        return left_wad if pressure_wad > 0 else -left_wad


class VenueTrade(NamedTuple):
    """A trade on a venue, or the refusal of one; flows are signed as the trader sees them."""

    agent: str
    account: int
    venue: str
    market: str
    size_wad: int
    cash_wad: int
    fee_wad: int
    before_wad: int
    after_wad: int
    refusal: str


class VenueBroker:
    """Carries out what was asked for in a block just before the next one is seen."""

    def __init__(self, board: VenueBoard, depths: Mapping[tuple[str, str], Depth]) -> None:
        self._board, self._depths = board, depths
        self._pressure_wad = dict.fromkeys(depths, 0)
        self.pressed_wad: dict[tuple[str, str], dict[int, int]] = {key: {} for key in depths}
        self._asked: list[tuple[str, TradeVenue]] = []
        self._cash_wad: dict[int, int] = {}
        self._base_wad: dict[tuple[int, str], int] = {}
        self._place = 0

    def fund(self, account: int, cash_wad: int) -> None:
        """Give an account's owner cash off the chain."""
        owner = account >> OWNER_SHIFT
        self._cash_wad[owner] = self._cash_wad.get(owner, 0) + cash_wad

    def holding(self, account: int, market: str) -> HoldingView:
        """What an account's owner has off the chain."""
        owner = account >> OWNER_SHIFT
        return HoldingView(
            base_wad=self._base_wad.get((owner, market), 0), cash_wad=self._cash_wad.get(owner, 0)
        )

    def ask(self, agent: str, trade: TradeVenue) -> None:
        """Note a trade that is to be done before the next block."""
        self._asked.append((agent, trade))

    def advance(self, now_s: int) -> list[VenueTrade]:
        """Let venues recover until `now_s`, do what was asked for, and show where that leaves."""
        place = self._board.place(now_s)
        assert place is not None, "the board begins before the first block"
        elapsed_s = self._board.times_s[place] - self._board.times_s[self._place]
        self._place = place
        for key, depth in self._depths.items():
            if self._pressure_wad[key]:
                self._pressure_wad[key] = depth.left_wad(self._pressure_wad[key], elapsed_s)
        done = [self._trade(agent, trade) for agent, trade in self._asked]
        self._asked = []
        for key, depth in self._depths.items():
            if self._pressure_wad[key]:
                self.pressed_wad[key][place] = depth.factor_wad(self._pressure_wad[key])
        return done

    def _trade(self, agent: str, asked: TradeVenue) -> VenueTrade:
        key = asked.venue, asked.market
        depth = self._depths.get(key)
        price_wad = self._own_price(asked) if depth is not None else None
        if depth is None or price_wad is None:
            return _refused(agent, asked, "venue: does not trade")
        owner, size_wad = asked.account >> OWNER_SHIFT, asked.size_wad
        held_wad, cash_wad = self._base_wad.get((owner, asked.market), 0), self._cash_wad.get(owner)
        before_wad = self._pressure_wad[key]
        moved_wad = mul_up(size_wad, price_wad)
        after_wad = before_wad + moved_wad
        if not LOWEST_WAD <= depth.factor_wad(after_wad) <= HIGHEST_WAD:
            return _refused(agent, asked, "venue: no depth")
        fee_wad = -(-abs(moved_wad) * depth.fee_bps // BPS)
        # The odd wei of the two roundings is the trader's.
        paid_wad = moved_wad + depth.work_wad(after_wad) + 1 - depth.work_wad(before_wad) + fee_wad
        cash_wad = (cash_wad or 0) - paid_wad
        base_wad = held_wad + size_wad
        shrinks = abs(base_wad) < abs(held_wad) and base_wad * held_wad >= 0
        short_wad = mul_up(max(0, -base_wad), price_wad)
        if not shrinks and cash_wad < 2 * short_wad:
            return _refused(agent, asked, "venue: cash too low")
        self._cash_wad[owner], self._base_wad[owner, asked.market] = cash_wad, base_wad
        self._pressure_wad[key] = after_wad
        return VenueTrade(
            agent,
            *(asked.account, *key, size_wad, -paid_wad, fee_wad),
            price_wad * depth.factor_wad(before_wad) // WAD,
            price_wad * depth.factor_wad(after_wad) // WAD,
            "",
        )

    def _own_price(self, asked: TradeVenue) -> int | None:
        """What the venue would show if nobody traded on it."""
        return self._board.venue_price_wad(asked.market, asked.venue, self._place)


def _refused(agent: str, asked: TradeVenue, why: str) -> VenueTrade:
    return VenueTrade(agent, asked.account, asked.venue, asked.market, 0, 0, 0, 0, 0, why)
