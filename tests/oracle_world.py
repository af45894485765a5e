"""An index over sources that say what a test wants, on a chain of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from sim.abi.events import Event
from sim.chain.port import Call
from sim.protocol.views import method
from sim.reference.index_rules import Reading, Rules
from sim.reference.oracle import Index
from sim.types import Status
from sim.units import wad
from tests.support.contracts import address_of, bare_driver, put

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
        self,
        rules: Rules,
        weights: Sequence[int] = (10,) * 5,
        stale_s: int = STALE_S,
        *,
        pools: Sequence[int] = (),
    ) -> None:
        self.driver = bare_driver()
        self.sources = [self.create("ScriptedFeed") for _ in weights]
        self.aggregator = self.create("OracleAggregator")
        self.readings = [
            Reading(
                price_wad=0,
                conf_wad=0,
                observed_at=0,
                weight=weight,
                stale_s=stale_s,
                is_pool=place in pools,
            )
            for place, weight in enumerate(weights)
        ]
        for place in pools:
            somewhere = address_of("some pool")
            self.call(
                *("ScriptedFeed", self.sources[place], "set_pool", somewhere), sender="stranger"
            )
        self.set_market(rules)

    def create(self, name: str, *arguments: Any) -> str:
        """A contract more; its address."""
        return put(self.driver, name, *arguments).address

    @property
    def now_s(self) -> int:
        """Time of the open block."""
        return self.driver.now_s

    def set_market(self, rules: Rules, *, sender: str = "owner") -> None:
        """Set the rules over the sources as they are."""
        self.rules = rules
        sources = [
            (address, reading.weight, reading.stale_s)
            for address, reading in zip(self.sources, self.readings, strict=True)
        ]
        self.send("set_market", MARKET, astuple(rules), sources, sender=sender)

    def next_block(self, elapsed_s: int = 2) -> None:
        self.driver.next_block(elapsed_s)

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
            words = (one.price_wad, one.conf_wad, seen_at)
            self.call("ScriptedFeed", address, "set_reading", *words, sender="stranger")

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
        self.call("ScriptedFeed", self.sources[place], "set_fault", fault, sender="stranger")

    def send(self, method: str, *arguments: Any, sender: str = "stranger") -> list[Event]:
        """Call the aggregator; its events, or CallReverted with the reason."""
        return self.call("OracleAggregator", self.aggregator, method, *arguments, sender=sender)

    def read(self, method: str, *arguments: Any) -> Any:
        return self.driver.ask("OracleAggregator", method, *arguments)

    def index(self) -> Index:
        return as_index(self.read("index", MARKET))

    def refresh(self) -> tuple[Index, Event]:
        """Refresh in the open block: the index, and what was logged."""
        before = self.index()
        assert as_index(self.read("refresh", MARKET)) == before  # state path and view agree
        event, *others = self.send("refresh", MARKET)
        assert self.index() == before
        is_good = before.status in (Status.OK, Status.THIN)
        told = [(before.low_wad, before.high_wad)] if not is_good else []
        assert [(one.values.low_wad, one.values.high_wad) for one in others] == told
        return before, event

    def call(self, kind: str, to: str, function: str, *arguments: Any, sender: str) -> list[Event]:
        """Call any contract by the name of what it is; the aggregator's events."""
        data = method(kind, function).encode(*arguments)
        events = self.driver.submit(Call(address_of(sender), to, data))
        return [event for event in events if event.contract == "OracleAggregator"]


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
