"""Spot pools on a chain of their own; every call executes at once in the open block."""

from __future__ import annotations

from typing import Any

from sim.abi.events import Event
from sim.chain.revm import RevmChain
from sim.protocol.driver import Point
from sim.reference.spot_pool import Method
from sim.units import wad
from tests.support.contracts import Contract, address_of, bare_driver, put

FUNDS_RAW = 2**120
TRADERS = ("maker", "taker", "whale")


class Ground:
    """A chain with a clock, on which contracts are put and called."""

    def __init__(self, chain: RevmChain | None = None) -> None:
        self.driver = bare_driver(chain)

    @property
    def number(self) -> int:
        """Of the open block."""
        return self.driver.number

    @property
    def now_s(self) -> int:
        """Time of the open block."""
        return self.driver.now_s

    def put(self, kind: str, *arguments: Any) -> Contract:
        return put(self.driver, kind, *arguments)

    def wait(self, seconds: int) -> None:
        """Open a block so much later."""
        self.driver.next_block(seconds)

    def send(self, role: str, to: Contract, method: str, *arguments: Any) -> list[Event]:
        """Let an actor call; the events, or CallReverted with the reason."""
        return self.driver.send(address_of(role), to.name, method, *arguments)

    def snapshot(self) -> Point:
        return self.driver.snapshot()

    def revert(self, point: Point) -> None:
        self.driver.rewind(point)


class PoolWorld(Ground):
    """One pool of two scripted tokens, of which every trader has plenty."""

    def __init__(
        self,
        *,
        base_decimals: int = 18,
        quote_decimals: int = 6,
        fee_bps: int = 0,
        min_liquidity_wad: int = 0,
        chain: RevmChain | None = None,
    ) -> None:
        super().__init__(chain)
        self.base = self.put("ScriptedToken", base_decimals)
        self.quote = self.put("ScriptedToken", quote_decimals)
        tokens = self.base.address, self.quote.address
        self.pool = self.put("SpotPool", *tokens, fee_bps, min_liquidity_wad)
        for token in (self.base, self.quote):
            for role in TRADERS:
                self.send("owner", token, "mint", address_of(role), FUNDS_RAW)
                self.send(role, token, "approve", self.pool.address, 2**256 - 1)

    def feed(self, method: Method, window_s: int = 0) -> Contract:
        return self.put("SpotPoolFeed", self.pool.address, method, window_s)

    def add(self, base_raw: int, quote_raw: int, role: str = "maker") -> Event:
        (event,) = self.events(
            self.send(role, self.pool, "add_liquidity", base_raw, quote_raw, 0, address_of(role))
        )
        return event

    def remove(self, shares: int, role: str = "maker") -> Event:
        (event,) = self.events(
            self.send(role, self.pool, "remove_liquidity", shares, 0, 0, address_of(role))
        )
        return event

    def swap(self, amount_raw: int, role: str = "taker", *, is_buy: bool) -> int:
        """What the trader got."""
        events = self.send(role, self.pool, "swap", is_buy, amount_raw, 0, address_of(role))
        (event,) = self.events(events)
        return int(event.values.amount_out_raw)

    def events(self, found: list[Event]) -> list[Event]:
        """The pool's own, without those of the shares."""
        own = ("Swapped", "LiquidityAdded", "LiquidityRemoved")
        return [event for event in found if event.name in own]

    def price_wad(self) -> int:
        return int(self.pool.read("spot_price_wad"))

    def reserves(self) -> tuple[int, int]:
        base_raw, quote_raw = self.pool.read("reserves")
        return base_raw, quote_raw

    def balances(self, role: str) -> tuple[int, int]:
        holder = address_of(role)
        return self.base.read("balanceOf", holder), self.quote.read("balanceOf", holder)


def whole(amount: str | int, decimals: int) -> int:
    """Raw units of a number of whole tokens."""
    return wad(amount) // 10 ** (18 - decimals)
