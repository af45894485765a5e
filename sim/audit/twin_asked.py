"""A call of a run as the reference exchange is asked it, and what it is told beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.protocol.config import MarketConfig

Named = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event by name, with its values by name."""

    event: str
    values: Named


@dataclass(slots=True, kw_only=True)
class Asked:
    """A call of a run, what it did, and what of the chain it depends on beside prices."""

    contract: str
    function: str
    market: int  # of a book; 0 elsewhere
    arguments: tuple[Any, ...]
    keeper: int  # the sender's cross account
    events: Sequence[Told] = ()
    facts: Named = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Bookkeeping:
    """What rules need to know of the deployment and of the books so far."""

    markets: Mapping[int, MarketConfig]
    pool: int
    venue: int  # of trigger orders
    treasury: int
    pool_share_wad: int
    numbers: dict[int, dict[int, int]]  # by market: order id -> the reference's number
