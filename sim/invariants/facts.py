"""The facts of a sealed block, by which the invariants are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.mirror import Mirror
from sim.types import Status
from sim.types.addresses import OWNER_SHIFT
from sim.types.codes import FundingPolicy, PositionChange

OPENING = frozenset({Status.OK, Status.THIN})
TRADES = frozenset({PositionChange.TAKER, PositionChange.MAKER})
# A margin has to be there.
TAKEN = frozenset({PositionChange.SEIZED_BY_POOL, PositionChange.TAKEN_BY_KEEPER})
FORCED = frozenset({PositionChange.FORCED, PositionChange.SEIZED, PositionChange.TAKEN_OVER})
BUCKET = 2**OWNER_SHIFT - 1  # of an account; 0 is its owner's cross account


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRules:
    """What a market's invariants are measured by; a `band_wad` of None: the method has no band."""

    market_id: int
    band_wad: int | None
    stale_s: int
    reward_max_wad: int
    maker_bps: int
    loss_cap_wad: int = 0  # of the insurance pool, as deployed
    step_bps: int  # of the index: what is more than this from the last good one is not believed
    min_wad: int
    max_wad: int
    funding_policy: FundingPolicy
    funding_interval_s: int
    rate_cap_wad: int  # of funding, whatever the margins


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """A leveraged token: its account, its market, and what it says of itself."""

    account: int
    market: str
    state: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A position before and after one call, with its account's health around it."""

    account: int
    size_before_wad: int
    size_wad: int
    equity_before_wad: int
    maintenance_before_wad: int
    equity_wad: int
    maintenance_wad: int
    margin_equity_wad: int
    initial_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """A position opened and closed at one price; what its account was worth, fees given back."""

    account: int
    before_wad: int
    after_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What an account was worth after one action, and after the same in parts."""

    account: int
    whole_wad: int
    parts_wad: int
    parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingPoint:
    """What a poke left of a market's funding, and whether it may have accrued from there."""

    time_s: int
    is_good: bool
    price_wad: int
    rate_wad: int
    index_wad: int


@dataclass(slots=True, kw_only=True)
class AtRisk:
    """The pool's loss cap in a market, and what of its cash went there since and is not back."""

    cap_wad: int
    put_wad: int = 0


@dataclass(slots=True, kw_only=True)
class Facts:
    """One sealed block: its events, the mirror after it, what the chain says of its own money.

    `readings` (price, conf, observed) of each feed and the `pool` (raw assets, shares, whether it
    holds a position) as it was live on from block to block; so does what it has `at_risk`, the last
    good index `good_wad` and the last poke's `funding`, all by market, and the markets where
    liquidation is `stopped`. `pool_readings` (price, conf), by market, are what feeds of spot pools
    may have said in this one, `reporters` who may push to each feed. `changes`, `trips` and
    `splits` are for who looks after every single call, or tries one out and takes it back.
    """

    time_s: int
    mirror: Mirror
    events: Sequence[tuple[str, str, Any]]
    states: Mapping[str, Any]
    rules: Mapping[str, MarketRules]
    system_accounts: frozenset[int]
    vault_wad: int
    fees_wad: int
    dust_wad: int
    chain_accounts: Mapping[int, int] = field(default_factory=dict)
    chain_positions: Mapping[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    chain_markets: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    chain_depth: Mapping[tuple[str, bool], Sequence[tuple[int, int]]] = field(default_factory=dict)
    readings: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    reporters: dict[str, str] = field(default_factory=dict)
    pool_accounts: frozenset[int] = frozenset()
    pool: dict[str, int] = field(default_factory=dict)
    at_risk: dict[int, AtRisk] = field(default_factory=dict)
    good_wad: dict[str, int] = field(default_factory=dict)
    funding: dict[str, FundingPoint] = field(default_factory=dict)
    stopped: set[int] = field(default_factory=set)
    pool_readings: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    tokens: Mapping[str, TokenFacts] = field(default_factory=dict)
    changes: Sequence[Change] = ()
    trips: Sequence[RoundTrip] = ()
    splits: Sequence[Split] = ()
    by_name: dict[str, list[Any]] = field(default_factory=dict)  # the events, sorted when asked

    def named(self, name: str) -> list[Any]:
        """The values of every event of one name, in order."""
        if not self.by_name:
            for _, event, values in self.events:
                self.by_name.setdefault(event, []).append(values)
        return self.by_name.get(name, [])

    def market(self, market_id: int) -> str:
        """The name of a market."""
        return next(name for name, one in self.rules.items() if one.market_id == market_id)
