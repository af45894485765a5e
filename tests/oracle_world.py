"""An index over sources that say what a test wants, on a chain of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from sim.abi.artifacts import artifact
from sim.abi.events import Event, EventDecoder
from sim.abi.methods import constructor, methods
from sim.chain.port import Call, CallReverted
from sim.chain.revm import RevmChain
from sim.reference.index_rules import Reading, Rules
from sim.reference.oracle import Index
from sim.types import Status
from sim.units import wad
from tests.world import START_S, address_of

MARKET = 1
STALE_S = 60


@dataclass(frozen=True, slots=True)
class Said:
    """What a source says: a price, its doubt, and how long ago it was seen."""

    price_wad: int
    conf_wad: int = 0
    age_s: int = 0


class OracleWorld:
    """An aggregator and its scripted sources, with a block open; every call executes at once."""

    def __init__(
        self, rules: Rules, weights: Sequence[int] = (10,) * 5, stale_s: int = STALE_S
    ) -> None:
        self.chain = RevmChain()
        self.number, self.now_s = 1, START_S
        self.chain.begin_block(number=self.number, timestamp_s=self.now_s)
        self.sources = [self.create("ScriptedFeed") for _ in weights]
        self.aggregator = self.create("OracleAggregator")
        self._decoder = EventDecoder()
        abi = artifact("OracleAggregator").abi
        self._decoder.register("OracleAggregator", self.aggregator, abi)
        self._methods = {
            name: methods(name, artifact(name).abi)
            for name in ("OracleAggregator", "ScriptedFeed", "PriceFeed")
        }
        self.readings = [
            Reading(price_wad=0, conf_wad=0, observed_at=0, weight=weight, stale_s=stale_s)
            for weight in weights
        ]
        self.set_market(rules)

    def create(self, name: str, *arguments: Any) -> str:
        made = artifact(name)
        data = made.initcode + constructor(name, made.abi).encode(*arguments)
        return self.chain.deploy(address_of("owner"), data)

    def set_market(self, rules: Rules, *, sender: str = "owner") -> None:
        """Set the rules over the sources as they are."""
        self.rules = rules
        sources = [
            (address, reading.weight, reading.stale_s)
            for address, reading in zip(self.sources, self.readings, strict=True)
        ]
        self.send("set_market", MARKET, astuple(rules), sources, sender=sender)

    def next_block(self, elapsed_s: int = 2) -> None:
        self.number += 1
        self.now_s += elapsed_s
        self.chain.begin_block(number=self.number, timestamp_s=self.now_s)

    def say(self, *said: Said) -> None:
        """Let each source in turn say something; those left out say what they said."""
        for place, (address, one) in enumerate(zip(self.sources, said, strict=False)):
            seen_at = self.now_s - one.age_s
            self.readings[place] = replace(
                self.readings[place],
                price_wad=one.price_wad,
                conf_wad=one.conf_wad,
                observed_at=seen_at,
            )
            data = self._methods["ScriptedFeed"]["set_reading"].encode(
                one.price_wad, one.conf_wad, seen_at
            )
            self._submit("stranger", address, data)

    def serve(self, *prices: int | str, elapsed_s: int = 2, conf_wad: int = 0) -> Index:
        """A block in which the sources say these prices, in whole units: the index."""
        self.next_block(elapsed_s)
        self.say(*[Said(wad(price), conf_wad) for price in prices])
        return self.refresh()[0]

    def sources_of(self, *weights: int) -> list[tuple[str, int, int]]:
        """The first sources, with these weights."""
        return [
            (feed, weight, STALE_S) for feed, weight in zip(self.sources, weights, strict=False)
        ]

    def break_source(self, place: int, fault: int) -> None:
        data = self._methods["ScriptedFeed"]["set_fault"].encode(fault)
        self._submit("stranger", self.sources[place], data)

    def send(self, method: str, *arguments: Any, sender: str = "stranger") -> list[Event]:
        """Call the aggregator; its events, or CallReverted with the reason."""
        data = self._methods["OracleAggregator"][method].encode(*arguments)
        return self._submit(sender, self.aggregator, data)

    def read(self, method: str, *arguments: Any) -> Any:
        called = self._methods["OracleAggregator"][method]
        return called.decode(self.chain.read(self.aggregator, called.encode(*arguments)))

    def index(self) -> Index:
        return as_index(self.read("index", MARKET))

    def refresh(self) -> tuple[Index, Event]:
        """Refresh in the open block: the index, and what was logged."""
        before = self.index()
        assert as_index(self.read("refresh", MARKET)) == before  # state path and view agree
        (event,) = self.send("refresh", MARKET)
        assert self.index() == before
        return before, event

    def call(self, name: str, to: str, method: str, *arguments: Any, sender: str) -> None:
        """Call any contract by the name of what it is."""
        self._submit(sender, to, self._methods[name][method].encode(*arguments))

    def _submit(self, sender: str, to: str, data: bytes) -> list[Event]:
        self.chain.submit([Call(address_of(sender), to, data)])
        receipt = self.chain.seal()[-1]
        if not receipt.ok:
            raise CallReverted(receipt.error)
        logs = [log for log in receipt.logs if log.address == self.aggregator]
        return self._decoder.decode(self.number, logs)


def as_index(found: Any) -> Index:
    price_wad, conf_wad, low_wad, high_wad, status, observed_at, liquidations_from = found
    return Index(
        price_wad=price_wad,
        conf_wad=conf_wad,
        low_wad=low_wad,
        high_wad=high_wad,
        status=Status(status),
        observed_at=observed_at,
        liquidations_from=liquidations_from,
    )
