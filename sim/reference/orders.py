"""What goes into an order book and what comes out of it, as plain values.

Sizes and prices are WAD, times unix seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sim.types.codes import OrderEnd, OrderKind
from sim.units import mul_down

LIMIT = OrderKind.LIMIT
IOC = OrderKind.IOC
FOK = OrderKind.FOK
POST_ONLY = OrderKind.POST_ONLY
BY_OWNER = OrderEnd.BY_OWNER
EXPIRED = OrderEnd.EXPIRED
SELF_TRADE = OrderEnd.SELF_TRADE
REFUSED = OrderEnd.REFUSED
REPLACED = OrderEnd.REPLACED
LIQUIDATION = OrderEnd.LIQUIDATION
NOTHING_TO_REDUCE = OrderEnd.NOTHING_TO_REDUCE
OPENING_STOPPED = OrderEnd.OPENING_STOPPED

MAX_FILLS = 32
MAX_DEAD, MAX_PASSED, MAX_JUDGED = 128, 64, 32
MAX_OPEN = 64
MAX_SOLID_WALKED = 32  # besides the best level
MAX_TICK = 2**24 - 1
MAX_LOTS = 2**57


class BookError(Exception):
    """The book refuses; the text is its reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What an order must conform to."""

    tick_wad: int
    lot_wad: int
    min_notional_wad: int
    fill_band_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """What a trader asks for."""

    is_buy: bool
    size_wad: int
    price_wad: int
    kind: int = LIMIT
    reduce_only: bool = False
    expires_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """An order on the book."""

    number: int  # order of arrival, and its name
    account: int
    is_buy: bool
    price_wad: int
    size_wad: int
    reduce_only: bool
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MakerFill:
    """A trade proposed to the clearinghouse."""

    account: int
    size_wad: int
    price_wad: int
    reduce_only: bool


class Placed(NamedTuple):
    """An order came to rest."""

    order: Resting


class Filled(NamedTuple):
    """A resting order traded."""

    number: int
    account: int
    taker: int
    is_buy: bool
    price_wad: int
    size_wad: int
    left_wad: int


class Cancelled(NamedTuple):
    """A resting order was removed."""

    number: int
    account: int
    reason: int


Happening = Placed | Filled | Cancelled


class Clearing(Protocol):
    """What the book asks of the clearinghouse."""

    def fill(
        self, *, taker: int, is_buy: bool, forced: bool, fills: Sequence[MakerFill]
    ) -> tuple[frozenset[int], int]:
        """Trade; returns the places of the refused makers and the penalty taken."""
        ...

    def admit(self, account: int) -> None:
        """Raise BookError or Refused if the account may not have what rests for it."""
        ...

    def size_of(self, account: int) -> int:
        """Signed position."""
        ...

    def may_open(self) -> bool:
        """Whether positions may grow now."""
        ...


def check_order(order: NewOrder, grid: Grid, *, mark_wad: int, now_s: int) -> None:
    """Raise BookError if an order doesn't conform to its market's grid."""
    if order.price_wad % grid.tick_wad:
        raise BookError("book: price is not in ticks")
    if not 0 < order.price_wad <= MAX_TICK * grid.tick_wad:
        raise BookError("book: price out of range")
    if order.size_wad % grid.lot_wad:
        raise BookError("book: size is not in lots")
    if not 0 < order.size_wad <= MAX_LOTS * grid.lot_wad:
        raise BookError("book: size out of range")
    if order.kind not in (LIMIT, IOC, FOK, POST_ONLY):
        raise BookError("book: unknown kind of order")
    if 0 < order.expires_at <= now_s:
        raise BookError("book: already expired")
    judged_at_wad = mark_wad if order.kind in (IOC, FOK) else order.price_wad
    if mul_down(order.size_wad, judged_at_wad) < grid.min_notional_wad:
        raise BookError("book: notional too small")
