"""What the insurance pool puts behind its position in a market, and the most it may lose there.

An isolated account is liable for what is in it and no more. So the most that can be lost in a
market is what was put there and has not come back, and that is what the loss cap is held against.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from math import ceil, floor

from sim.reference import clearing
from sim.reference.books import ClearingState, Refused
from sim.reference.margin import TABLE, initial, maintenance, notional
from sim.types.codes import Act

PAD = 1_000  # a unit in so many of notional is put on top of the initial margin


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCap:
    """A market's cap, and the stakers' cash that went there since it was set; minus: came back.

    The first flow is what stood behind the position when it was set.
    """

    cap_wad: int
    flows_wad: tuple[int, ...] = ()

    @property
    def at_risk_wad(self) -> int:
        """All flows together, above the lowest they ever were: a profit earns no credit."""
        sums = list(accumulate(self.flows_wad, initial=0))
        return sums[-1] - min(sums)

    @property
    def left_wad(self) -> int:
        """What may still be put there."""
        return max(0, self.cap_wad - self.at_risk_wad)

    def spare(self, cash_wad: int) -> int:
        """As much of the pool's cash as may still be put there."""
        return max(0, min(cash_wad, self.left_wad))

    def worth(self, equity_wad: int) -> int:
        """What an isolated account of that equity is worth to the stakers."""
        return max(equity_wad, -self.left_wad)

    def put(self, amount_wad: int) -> LossCap:
        """After so much more was put there, or came back."""
        return replace(self, flows_wad=(*self.flows_wad, amount_wad))


def set_anew(cap_wad: int, equity_wad: int) -> LossCap:
    """A cap from now on: what was lost is forgotten, what is still there may be lost."""
    return LossCap(cap_wad=cap_wad, flows_wad=(max(0, equity_wad),))


def share_of_equity(house: ClearingState, account: int, market: int) -> int:
    """What comes with an account's position: equity by maintenance margin, down."""
    health = house.health(account)
    worth_wad = notional(house.held(account, market).size_wad, house.prices[market].mark_wad)
    leg_wad = maintenance(worth_wad, house.risks[market])
    return floor(Fraction(health.equity_wad * leg_wad, health.maintenance_wad))


def lacking(house: ClearingState, backstop: int, market: int, taken: int | None = None) -> int:
    """What the pool's account lacks to hold its position, joined by another account's if any."""
    price, risk = house.prices[market], house.risks[market]
    size_wad = house.held(backstop, market).size_wad
    has_wad = house.health(backstop).margin_equity_wad
    if taken is not None:
        size_wad += house.held(taken, market).size_wad
        has_wad += share_of_equity(house, taken, market)
    worth_wad = notional(size_wad, price.mark_wad)
    needed_wad = initial(worth_wad, risk, house.open_interest(market), price.index_wad)
    needed_wad += worth_wad // PAD
    if TABLE[price.status, Act.OPEN] == "edge":
        needed_wad += ceil(Fraction(worth_wad * price.conf_wad, price.mark_wad))
    return max(0, needed_wad - has_wad)


def absorb(house: ClearingState, cap: LossCap, pool: int, market: int, account: int) -> LossCap:
    """The pool takes an account's position over, if what that needs may be put there."""
    lacks_wad = lacking(house, pool + market, market, account)
    if lacks_wad > cap.left_wad:
        raise Refused("pool: losses at their cap")
    if lacks_wad > house.cash.get(pool, 0):
        raise Refused("clearinghouse: payer's cash too low")
    clearing.move(house, pool, pool + market, lacks_wad)
    clearing.seize(house, market, account, pool + market)
    return cap.put(lacks_wad)


def restore(house: ClearingState, cap: LossCap, pool: int, market: int) -> LossCap:
    """Cash goes behind the position: what it lacks, as far as there is any and the cap lets it."""
    lacks_wad = lacking(house, pool + market, market)
    amount_wad = min(lacks_wad, cap.spare(house.cash.get(pool, 0)))
    clearing.move(house, pool, pool + market, amount_wad)
    return cap.put(amount_wad)
