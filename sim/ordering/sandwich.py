"""The sandwich that pays best in an order book whose levels are known.

In a book a victim's purchase does not lift the bids, so buying before it and selling into the bids
after it gains nothing. What gains is to buy every offer below some price and to stand at that
price oneself: the victim then has nobody cheaper to buy from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sim.ordering.pending import Level
from sim.types import MarketView, PlaceOrder
from sim.units import BPS, WAD, mul_down, mul_up

BPS_WAD = WAD // BPS


class Plan(NamedTuple):
    """What to take, what of it the victim leaves (signed), up to which price, where to offer it."""

    market: str
    taken_wad: int
    left_wad: int
    front_price_wad: int
    offer_price_wad: int
    gain_wad: int


def best_plan(
    victim: PlaceOrder,
    view: MarketView,
    takes: Sequence[Level],
    leaves: Sequence[Level],
    *,
    bound_wad: int,
    most_wad: int,
) -> Plan | None:
    """The plan with the largest gain after fees, if any gains.

    `takes` are the levels the victim's order takes, best first; `leaves` the other side, to which
    what the victim does not want is sold; `bound_wad` is the worst price the victim may get, and
    `most_wad` bounds the size taken.
    """
    side = 1 if victim.size_wad > 0 else -1
    wanted_wad, tick_wad = abs(victim.size_wad), view.spec.tick_wad
    exit_wad = leaves[0].price_wad if leaves else 0
    plans = []
    for held_wad, cost_wad, last_wad, next_wad in _steps(takes, bound_wad, side * tick_wad):
        if held_wad > most_wad or side * (next_wad - last_wad) < 0:
            continue
        sold_wad = min(held_wad, wanted_wad)
        got_wad = side * mul_down(sold_wad, next_wad)
        got_wad += side * mul_down(held_wad - sold_wad, exit_wad)
        fees_wad = mul_up(cost_wad + mul_up(held_wad, next_wad), view.spec.taker_fee_bps * BPS_WAD)
        gain_wad = got_wad - side * cost_wad - fees_wad
        left_wad = side * (held_wad - sold_wad)
        taken_wad = side * held_wad
        plans.append(Plan(view.spec.name, taken_wad, left_wad, last_wad, next_wad, gain_wad))
    best = max(plans, key=lambda plan: (plan.gain_wad, -abs(plan.taken_wad)), default=None)
    return best if best is not None and best.gain_wad > 0 else None


def _steps(
    levels: Sequence[Level], bound_wad: int, signed_tick_wad: int
) -> Iterator[tuple[int, int, int, int]]:
    """After each level: size and cost so far, its price, and the best price left to offer at.

    An offer stands a tick in front of the next level, or at the bound if that is nearer.
    """
    nearer = min if signed_tick_wad > 0 else max
    held_wad = cost_wad = 0
    for place, level in enumerate(levels):
        if nearer(level.price_wad, bound_wad) != level.price_wad:
            return
        held_wad += level.size_wad
        cost_wad += mul_up(level.size_wad, level.price_wad)
        ahead = levels[place + 1 : place + 2]
        offers_wad = [bound_wad, *(one.price_wad - signed_tick_wad for one in ahead)]
        yield held_wad, cost_wad, level.price_wad, nearer(offers_wad)
