"""A scenario: everything a run is made of besides its seed and its engine's name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from sim.agents.base import DEFAULT_MARKET, Group
from sim.agents.registry import AnyGroup
from sim.ordering import Adversarial, AnyOrdering, Fifo
from sim.scenario.feeds import CollusionConfig, FeedConfig, VenueConfig
from sim.scenario.gas import GasConfig
from sim.scenario.incident import IncidentConfig
from sim.scenario.markets import MARKET_NAME, MAX_MARKETS, MarketConfig, with_defaults
from sim.scenario.pools import SpotPoolConfig
from sim.scenario.prices import AnchoredPrice, AnyPrices, Replay, Time
from sim.scenario.tokens import TokenConfig
from sim.types.fields import NotNegativeWad, Ratio, StrictModel
from sim.units import wad

MIN_FEEDS = 3  # the index's quorum
DEFAULT_FEEDS = 5  # for files of few venues: five equal feeds survive two outages
LEVERAGE_SLACK = 1e-9


def refuse(path: str, words: str) -> PydanticCustomError:
    """A refusal that concerns several fields and therefore names its own path."""
    text = f"{path}: {words}".replace("{", "(").replace("}", ")")
    return PydanticCustomError("scenario", text)


def _in_first_market(agents: Any, markets: list[str]) -> Any:
    """The agents' groups; where the market they trade in by default is none, in the first."""
    if not isinstance(agents, list | tuple) or DEFAULT_MARKET in markets or not markets:
        return agents
    return tuple(
        {"market": markets[0], **group} if isinstance(group, Mapping) else group for group in agents
    )


class Scenario(StrictModel):
    """One experiment: markets, true prices, who reports them, who trades, in which order."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
    description: str = ""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    blocks: Annotated[int, Field(ge=1, le=1_000_000)]
    block_time_s: Annotated[int, Field(ge=1, le=86_400)] = 2
    start_time: Time = 1_700_000_000
    engine: Literal["revm", "pyevm", "anvil"] = "revm"
    markets: Annotated[Mapping[str, MarketConfig], Field(min_length=1)]
    prices: Mapping[str, AnyPrices]
    correlation: tuple[tuple[float, ...], ...] | None = None
    venues: Annotated[tuple[VenueConfig, ...], Field(min_length=1)] = tuple(
        VenueConfig(name=f"venue_{letter}") for letter in "abcde"
    )
    feeds: tuple[FeedConfig, ...] = ()
    pools: tuple[SpotPoolConfig, ...] = ()
    tokens: tuple[TokenConfig, ...] = ()
    collusions: tuple[CollusionConfig, ...] = ()
    agents: Annotated[tuple[AnyGroup, ...], Field(min_length=1)]
    ordering: AnyOrdering = Fifo()
    insurance: NotNegativeWad = wad(1_000_000)
    insurance_drawdown_limit: Annotated[Ratio, Field(gt=0)] = wad("0.3")
    gas: GasConfig = GasConfig()
    observe_true_price: bool = False
    stop_on_violation: bool = False
    check_every_blocks: Annotated[int, Field(ge=1)] = 50
    sweep_every_blocks: Annotated[int, Field(ge=1)] = 25
    incident: IncidentConfig | None = None
    _text: str = PrivateAttr(default="")

    @model_validator(mode="before")
    @classmethod
    def fill_in(cls, data: Any) -> Any:
        """Lays reference parameters under the markets and one feed under each venue."""
        if not isinstance(data, Mapping):
            return data
        data = dict(data)
        markets = data.get("markets")
        if isinstance(markets, Mapping):
            for name in markets:
                if not MARKET_NAME.fullmatch(name):
                    words = "COIN-USD in capitals and digits is allowed, for instance SOL-USD"
                    raise refuse(f"markets.{name}", f"no name of a market; {words}")
            if len(markets) > MAX_MARKETS:
                words = f"found {len(markets)} markets; up to {MAX_MARKETS} are allowed"
                raise refuse("markets", words)
            data["markets"] = with_defaults(markets)
            data["agents"] = _in_first_market(data.get("agents"), list(markets))
        return data

    @model_validator(mode="after")
    def check(self) -> Scenario:
        """What no field can know of another."""
        for found in self._complaints():
            raise found
        return self

    def _complaints(self) -> Iterator[PydanticCustomError]:
        known = ", ".join(self.markets)
        for name in self.prices.keys() ^ self.markets.keys():
            yield refuse(f"prices.{name}", f"exactly the markets {known} are allowed")
        files = [isinstance(one, Replay) for one in self.prices.values()]
        if any(files) and not all(files):
            yield refuse("prices", "replay for all markets or for none is allowed")
        if self.correlation is not None and len(self.correlation) != len(self.markets):
            yield refuse("correlation", f"a row for each of the {len(self.markets)} markets")
        yield from self._feed_complaints()
        yield from self._anchor_complaints()
        yield from self._token_complaints()
        yield from self._agent_complaints()
        yield from self._ordering_complaints()

    def _feed_complaints(self) -> Iterator[PydanticCustomError]:
        venues = [venue.name for venue in self.venues]
        feeds = [feed.name for feed in self.all_feeds(venues)]
        for label, names in (("venues", venues), ("feeds", feeds)):
            if len(set(names)) != len(names):
                yield refuse(label, f"found {', '.join(names)}; names that differ are allowed")
        for i, feed in enumerate(self.feeds):
            if not self.is_replay and feed.source is None and feed.venue not in venues:
                yield refuse(
                    f"feeds.{i}.venue",
                    f"found {feed.venue!r}; the venues {', '.join(venues)} are allowed",
                )
        yield from self._pool_complaints(feeds)
        for market, config in self.markets.items():
            found = len(self.feeds_of(market, venues))
            if config.oracle.method == "weighted_median" and found < MIN_FEEDS:
                yield refuse("feeds", f"found {found}; weighted_median allows {MIN_FEEDS} or more")
        scripted = [
            (f"venues.{i}.dislocations.{k}", one.market)
            for i, venue in enumerate(self.venues)
            for k, one in enumerate(venue.dislocations)
        ] + [
            (f"feeds.{i}.faults.{k}", one.market)
            for i, feed in enumerate(self.feeds)
            for k, one in enumerate(feed.faults)
        ]
        for path, market in scripted:
            yield from self._market_complaints(path, market)

    def _pool_complaints(self, feeds: list[str]) -> Iterator[PydanticCustomError]:
        pools = [pool.name for pool in self.pools]
        if len(set(pools)) != len(pools):
            yield refuse("pools", f"found {', '.join(pools)}; names that differ are allowed")
        for i, pool in enumerate(self.pools):
            yield from self._market_complaints(f"pools.{i}", pool.market)
        for i, feed in enumerate(self.feeds):
            if feed.source is not None and feed.source.pool not in pools:
                known = ", ".join(pools) or "none"
                words = f"found {feed.source.pool!r}; the pools ({known}) are allowed"
                yield refuse(f"feeds.{i}.source.pool", words)
        for i, one in enumerate(self.collusions):
            yield from self._market_complaints(f"collusions.{i}", one.market)
            for name in one.feeds:
                if name not in feeds:
                    words = f"found {name!r}; the feeds {', '.join(feeds)} are allowed"
                    yield refuse(f"collusions.{i}.feeds", words)

    def _anchor_complaints(self) -> Iterator[PydanticCustomError]:
        end_s = self.start_time + self.blocks * self.block_time_s
        for name, price in self.prices.items():
            for i, one in enumerate(price.anchors if isinstance(price, AnchoredPrice) else ()):
                if not self.start_time <= one.time <= end_s:
                    yield refuse(
                        f"prices.{name}.anchors.{i}.time",
                        f"found {one.time}; the run's {self.start_time} to {end_s} is allowed",
                    )

    def _token_complaints(self) -> Iterator[PydanticCustomError]:
        names = [one.name for one in self.tokens]
        if len(set(names)) != len(names):
            yield refuse("tokens", f"found {', '.join(names)}; names that differ are allowed")
        for i, one in enumerate(self.tokens):
            yield from self._market_complaints(f"tokens.{i}", one.market)
        for i, group in enumerate(self.agents):
            wanted = getattr(group, "token", None)
            if wanted is not None and wanted not in names:
                known = ", ".join(names) or "(none)"
                words = f"found {wanted!r}; the tokens {known} are allowed"
                yield refuse(f"agents.{i}.token", words)

    def _agent_complaints(self) -> Iterator[PydanticCustomError]:
        seen: set[str] = set()
        for i, group in enumerate(self.agents):
            name = group.name or group.kind
            if name in seen:
                yield refuse(f"agents.{i}.name", f"found {name!r} twice; names that differ")
            seen.add(name)
            for market in group.all_markets():
                yield from self._market_complaints(f"agents.{i}", market)
            yield from self._spot_complaints(i, group)
            highest = group.highest_leverage()
            allowed = self.markets[group.market].max_leverage if group.market in self.markets else 0
            if highest > allowed * (1 + LEVERAGE_SLACK):
                yield refuse(
                    f"agents.{i}.leverage",
                    f"found up to {highest:g}; {group.market} allows at most {allowed}",
                )

        for i, name in enumerate(self.incident.attackers if self.incident else ()):
            if name not in seen:
                yield refuse(
                    f"incident.attackers.{i}",
                    f"found {name!r}; the groups {', '.join(sorted(seen))} are allowed",
                )

    def _ordering_complaints(self) -> Iterator[PydanticCustomError]:
        ordering = self.ordering
        if not isinstance(ordering, Adversarial) or ordering.censors is None:
            return
        groups = [group.name or group.kind for group in self.agents]
        for i, name in enumerate(ordering.censors.agents):
            if name not in groups:
                yield refuse(
                    f"ordering.censors.agents.{i}",
                    f"found {name!r}; the groups {', '.join(groups)} are allowed",
                )

    def _spot_complaints(self, i: int, group: Group) -> Iterator[PydanticCustomError]:
        """A group trades spot where its market has a pool, or a venue whose depth is known."""
        pools = [pool.name for pool in self.pools if pool.market == group.market]
        deep = [venue.name for venue in self.venues if venue.depth is not None]
        for name in group.spots():
            if name not in (*pools, *deep):
                known = ", ".join((*deep, *pools)) or "none"
                words = f"found {name!r}; venues with a depth and the market's pools ({known})"
                yield refuse(f"agents.{i}", f"{words} are allowed")

    def _market_complaints(self, path: str, market: str) -> Iterator[PydanticCustomError]:
        if market not in self.markets:
            known = ", ".join(self.markets)
            yield refuse(f"{path}.market", f"found {market!r}; the markets {known} are allowed")

    @property
    def text(self) -> str:
        """The YAML it was read from, overrides laid in; empty if it was made in Python."""
        return self._text

    def with_text(self, text: str) -> Scenario:
        """Itself, remembering the YAML it was read from."""
        self._text = text
        return self

    @property
    def is_replay(self) -> bool:
        """Whether prices come from files."""
        return any(isinstance(one, Replay) for one in self.prices.values())

    @property
    def window_start_s(self) -> int | None:
        """Where in its files a replay begins, if the scenario says it."""
        return self.start_time if "start_time" in self.model_fields_set else None

    def all_feeds(self, venues: list[str]) -> tuple[FeedConfig, ...]:
        """The feeds described; by default one for each venue, or five shared by fewer files."""
        if self.feeds:
            return self.feeds
        count = max(len(venues), DEFAULT_FEEDS) if self.is_replay else len(venues)
        return tuple(
            FeedConfig(name=f"feed_{i + 1}", venue=venues[i % len(venues)]) for i in range(count)
        )

    def feeds_of(self, market: str, venues: list[str]) -> tuple[FeedConfig, ...]:
        """The feeds of one market: those of venues, and the readings of its own pools."""
        own = {pool.name for pool in self.pools if pool.market == market}
        return tuple(
            feed
            for feed in self.all_feeds(venues)
            if feed.source is None or feed.source.pool in own
        )

    def sha256(self) -> str:
        """Fingerprint of everything the scenario says, defaults included."""
        plain = self.model_dump(mode="json")
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
