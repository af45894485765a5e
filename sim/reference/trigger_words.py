"""What goes into trigger orders and what comes out of them, as plain values in WAD."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sim.types.codes import TriggerEnd, TriggerKind

MAX_TRIGGERS = 16
BY_OWNER = TriggerEnd.BY_OWNER
SIBLING_FILLED = TriggerEnd.SIBLING_FILLED
TOO_SMALL = TriggerEnd.TOO_SMALL
Kind = TriggerKind


class TriggerError(Exception):
    """The rules refuse; the text is the reason."""


class Programmed(NamedTuple):
    """A trigger was programmed."""

    number: int
    trigger_wad: int


class Ratcheted(NamedTuple):
    """A trailing stop followed the mark."""

    number: int
    trigger_wad: int


class Executed(NamedTuple):
    """A keeper executed a trigger."""

    number: int
    trigger_wad: int
    limit_wad: int
    filled_wad: int
    average_wad: int
    left_wad: int
    tip_wad: int


class Reduced(NamedTuple):
    """What a sibling filled was taken off a trigger."""

    number: int
    size_wad: int


class Cancelled(NamedTuple):
    """A trigger ended before it was done."""

    number: int
    reason: int
    refund_wad: int


class Died(NamedTuple):
    """A trigger's position was gone."""

    number: int
    refund_wad: int


Happening = Programmed | Ratcheted | Executed | Reduced | Cancelled | Died


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerRequest:
    """What the owner programs; a size of None is the whole position, whatever it is by then."""

    kind: Kind
    size_wad: int | None
    price_wad: int = 0
    trail_wad: int = 0
    slippage_wad: int
    tip_wad: int
    group: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a market asks of orders."""

    tick_wad: int
    lot_wad: int
    min_notional_wad: int
