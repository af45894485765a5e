"""Whole calls of the insurance pool: who stakes, and how a position comes back to the book."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from sim.reference import backstop, clearing
from sim.reference.books import Refused
from sim.reference.exchange import Exchange
from sim.reference.orders import NewOrder
from sim.reference.unwinding import Pace
from sim.types import Status
from sim.types.codes import OrderKind
from sim.units import WAD

MOST_FILLS = 16  # of a clip


def stake(x: Exchange, pool: int, treasury: int, *, fee_share_wad: int, amount_wad: int) -> None:
    """A deposit of stakers, refused while an index is not good where the pool holds a position."""
    for market in x.books:
        holds = x.house.held(pool + market, market).size_wad
        if holds and x.house.prices[market].status != Status.OK:
            raise Refused("pool: index is not good")
    clearing.sweep(x.house, pool, treasury, fee_share_wad)
    clearing.deposit(x.house, pool, amount_wad)


def restore(x: Exchange, pool: int, market: int) -> None:
    """Put the stakers' cash behind a position."""
    x.loss_caps[market] = backstop.restore(x.house, x.loss_caps[market], pool, market)


def unwind(x: Exchange, pool: int, market: int, *, clip_wad: int, cooldown_s: int) -> None:
    """A clip back to the book, and what the rest no longer needs back to the stakers.

    `clip_wad` is in quote.
    """
    restore(x, pool, market)
    account = pool + market
    if size_wad := x.house.held(account, market).size_wad:
        _sell_clip(x, account, market, size_wad, clip_wad, cooldown_s)
    x.show()
    if free_wad := x.house.withdrawable(account):
        x.move(account, pool, free_wad)
        x.loss_caps[market] = x.loss_caps[market].put(-free_wad)


def _sell_clip(
    x: Exchange, account: int, market: int, held_wad: int, clip_wad: int, cooldown_s: int
) -> None:
    """What is left of a clip, if it is an order, at the bound that the pace has come to."""
    grid, mark_wad, now_s = x.books[market].grid, x.house.prices[market].mark_wad, x.house.now_s
    pace = x.paces.get(market, Pace())
    lots = floor(Fraction(clip_wad * WAD, mark_wad * grid.lot_wad))
    least = max(1, ceil(Fraction(grid.min_notional_wad * WAD, mark_wad * grid.lot_wad)))
    whole_wad = max(lots, least) * grid.lot_wad
    left_wad = pace.left_wad(now_s, whole_wad, cooldown_s)
    if left_wad < least * grid.lot_wad:
        return
    bound_wad = pace.bound_wad(now_s, mark_wad=mark_wad, tick_wad=grid.tick_wad, sells=held_wad > 0)
    new = NewOrder(
        is_buy=held_wad < 0,
        size_wad=left_wad,
        price_wad=bound_wad,
        kind=OrderKind.IOC,
        reduce_only=True,
    )
    _, filled_wad = x.books[market].place(account, new, MOST_FILLS)
    if filled_wad:
        x.paces[market] = pace.filled(now_s, filled_wad, whole_wad, cooldown_s)
