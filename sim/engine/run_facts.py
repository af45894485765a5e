"""What is known of a run before its first block, and what it has to show to be recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Protocol

from sim.abi.artifacts import artifact
from sim.abi.events import EventDecoder
from sim.chain.port import Chain
from sim.engine.invariant_checker import Checker
from sim.engine.leveraged_tokens import Tokens
from sim.engine.members import Member
from sim.engine.spot_pools import Pools
from sim.mirror import Mirror
from sim.prices.tell import quality_row
from sim.protocol.deployment import Deployed
from sim.protocol.unsafe import unsafe_methods
from sim.records.rows import REPORTER, UPKEEP, EventSchema, Recorder, RunStart
from sim.scenario import Scenario
from sim.scenario.world import World
from sim.types import MarketSpec


class Recorded(Protocol):
    """What is recorded: a run, or anything that can say the same of itself."""

    @property
    def scenario(self) -> Scenario: ...
    @property
    def seed(self) -> int: ...
    @property
    def recorder(self) -> Recorder: ...
    @property
    def chain(self) -> Chain: ...
    @property
    def deployed(self) -> Deployed: ...
    @property
    def decoder(self) -> EventDecoder: ...
    @property
    def world(self) -> World: ...
    @property
    def specs(self) -> Mapping[str, MarketSpec]: ...
    @property
    def members(self) -> Mapping[str, Member]: ...
    @property
    def system_accounts(self) -> Mapping[int, str]: ...
    @property
    def mirror(self) -> Mirror: ...
    @property
    def pools(self) -> Pools: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def checker(self) -> Checker: ...
    @property
    def shown(self) -> Mapping[str, tuple[int, ...]]: ...

    def is_checkpoint(self, block: int) -> bool:
        """Whether the block is one after which every account is recorded."""
        ...


def run_start(run: Recorded) -> RunStart:
    """Everything that stands in a manifest before the first block."""
    scenario, world, config = run.scenario, run.world, run.deployed.config
    return RunStart(
        scenario=scenario.name,
        scenario_sha256=scenario.sha256(),
        scenario_text=scenario.text,
        seed=run.seed,
        engine=run.chain.name,
        node=run.chain.node,
        blocks=world.blocks,
        markets=tuple(run.specs.values()),
        venues=world.venues,
        feeds={market.name: tuple(feed.name for feed in market.feeds) for market in config.markets},
        agents=kinds(run),
        contracts_sha256=contracts_sha256(run.deployed),
        schema=_schema(run.decoder),
        pools={pool.name: pool.market for pool in config.spot_pools},
        price_feeds=tuple(quality_row(one) for one in world.quality),
        unsafe=unsafe_methods(config),
    )


def kinds(run: Recorded) -> dict[str, str]:
    """Everybody who sends transactions, by name, and what they are."""
    found = {name: one.kind for name, one in run.members.items()}
    found |= {feed.name: REPORTER for configs in run.world.feeds.values() for feed in configs}
    return found | {UPKEEP: UPKEEP}


def contracts_sha256(deployed: Deployed) -> str:
    """A fingerprint of the bytecode deployed."""
    made = hashlib.sha256()
    for kind in sorted({kind for kind, _ in deployed.instances.values()}):
        made.update(kind.encode() + b"\0" + artifact(kind).initcode)
    return made.hexdigest()


def type_and_instance(name: str) -> tuple[str, str]:
    """The type of a contract, and which one: "OrderBook.BTC-USD" is the book of "BTC-USD"."""
    kind, _, which = name.partition(".")
    return kind, which.replace(".", "/")


def _schema(decoder: EventDecoder) -> EventSchema:
    schema = {}
    for instance, events in decoder.schemas.items():
        kind, _ = type_and_instance(instance)
        for event in events.values():
            pairs = tuple(zip(event.fields, event.types, strict=True))
            schema[kind, event.name] = pairs
    return schema
