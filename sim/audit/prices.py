"""What a market's price is made of at one moment: its sources, its index, the mark's candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sim.protocol.config import MarketConfig
from sim.reference.index_rules import MAX_AHEAD_S, MAX_PRICE_WAD
from sim.reference.mark import book_price
from sim.types import Status
from sim.types.codes import IndexMethod, MarkMethod
from sim.units import BPS, WAD

_BASED = "index + basis"


class Asking(Protocol):
    """Who can ask a contract."""

    @property
    def tops(self) -> dict[str, Any]:
        """The top of each book as the last block left it."""
        ...

    @property
    def basis_wad(self) -> dict[str, int]:
        """The average basis of each market at its last poke."""
        ...

    def ask(self, contract: str, name: str, *arguments: Any, at: str = "") -> Any:
        """What a view says now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFacts:
    """A source's reading, and why the index does or does not hear it."""

    name: str
    price_wad: int
    conf_wad: int
    age_s: int
    weight: int
    stale_s: int
    unheard: str  # "" if it is live


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFacts:
    """An index and what it was made from."""

    method: str
    price_wad: int
    conf_wad: int
    low_wad: int
    high_wad: int
    status: Status
    observed_at: int
    liquidations_from: int
    feeds: tuple[FeedFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkFacts:
    """A mark and its candidates by name; a candidate of 0 is none."""

    method: str
    mark_wad: int
    candidates_wad: tuple[tuple[str, int], ...]
    chosen: str


def index_facts(asking: Asking, market: MarketConfig, now_s: int) -> IndexFacts:
    """The index of a market as if refreshed now, with each source's reading."""
    number = market.market_id
    index = asking.ask("OracleAggregator", "index", number)
    rules = asking.ask("OracleAggregator", "rules", number)
    sources = asking.ask("OracleAggregator", "sources", number)
    readings = asking.ask("Lens", "feeds", [one.feed for one in sources])
    feeds = [
        FeedFacts(
            name=feed.name,
            price_wad=read.price_wad,
            conf_wad=read.conf_wad,
            age_s=now_s - read.observed_at if read.price_wad else 0,
            weight=source.weight,
            stale_s=source.stale_s,
            unheard=unheard(read, source.stale_s, rules.conf_max_bps, now_s),
        )
        for feed, source, read in zip(market.feeds, sources, readings, strict=True)
    ]
    return IndexFacts(
        method=IndexMethod(rules.method).name.lower(),
        price_wad=index.price_wad,
        conf_wad=index.conf_wad,
        low_wad=index.low_wad,
        high_wad=index.high_wad,
        status=Status(index.status),
        observed_at=index.observed_at,
        liquidations_from=index.liquidations_from,
        feeds=tuple(feeds),
    )


def unheard(read: Any, stale_s: int, conf_max_bps: int, now_s: int) -> str:
    """Why a reading is not live, by the index's first rule; "" if it is."""
    if not 0 < read.price_wad <= MAX_PRICE_WAD:
        return "has no price"
    if read.conf_wad * BPS > conf_max_bps * read.price_wad:
        share = read.conf_wad * BPS // read.price_wad
        return f"confidence of {share} bp is above {conf_max_bps} bp"
    if now_s - read.observed_at > stale_s:
        return f"{now_s - read.observed_at} s old, allowed are {stale_s} s"
    if read.observed_at > now_s + MAX_AHEAD_S:
        return f"{read.observed_at - now_s} s ahead of the block"
    return ""


def mark_facts(asking: Asking, market: MarketConfig, price: Any, now_s: int) -> MarkFacts:
    """The candidates of a market's mark in this block, and which of them it is."""
    terms = asking.ask("MarkPrice", "mark_terms", market.market_id)
    funding = asking.ask("MarkPrice", "funding_terms", market.market_id)
    method = MarkMethod(terms.method)
    index_wad, top = price.index_wad, asking.tops.get(market.name)
    ends_at = now_s - now_s % funding.interval_s + funding.interval_s
    carry_wad = index_wad * price.funding_rate_wad * (ends_at - now_s)
    candidates = [
        ("index + carry", max(0, index_wad + carry_wad // (funding.interval_s * WAD))),
        (_BASED, max(0, index_wad + asking.basis_wad.get(market.name, 0))),
        ("book", (top and book_price(top)) or 0),
    ]
    if method is not MarkMethod.MEDIAN3:
        candidates = [("index", index_wad), *candidates[2:]]
    return MarkFacts(
        method=method.name.lower(),
        mark_wad=price.mark_wad,
        candidates_wad=tuple(candidates),
        chosen=_chosen(price.mark_wad, index_wad, candidates),
    )


def with_basis(facts: MarkFacts, index_wad: int, basis_wad: int) -> MarkFacts:
    """The same once the block has told what its average basis was."""
    based_wad = max(0, index_wad + basis_wad)
    candidates = tuple(
        (name, based_wad if name == _BASED else value) for name, value in facts.candidates_wad
    )
    chosen = _chosen(facts.mark_wad, index_wad, candidates)
    return replace(facts, candidates_wad=candidates, chosen=chosen)


def _chosen(mark_wad: int, index_wad: int, candidates: Sequence[tuple[str, int]]) -> str:
    named = next((name for name, value in candidates if value == mark_wad), "")
    return named or ("index" if mark_wad == index_wad else "the edge of the band")
