"""Spot pools on a chain of their own; every call executes at once in the open block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.abi.artifacts import artifact
from sim.abi.events import Event, EventDecoder
from sim.abi.methods import constructor, methods
from sim.chain.port import Call, CallReverted
from sim.chain.revm import RevmChain, Snapshot
from sim.reference.spot_pool import Method
from sim.units import wad
from tests.world import address_of

START_S = 1_700_000_000
FUNDS_RAW = 2**120
TRADERS = ("maker", "taker", "whale")


class Instance:
    """A contract by the names of its functions."""

    def __init__(self, chain: RevmChain, name: str, *arguments: Any) -> None:
        made = artifact(name)
        self.name = name
        self.abi: Sequence[Mapping[str, Any]] = made.abi
        self._methods = methods(name, made.abi)
        self._chain = chain
        data = made.initcode + constructor(name, made.abi).encode(*arguments)
        self.address = chain.deploy(address_of("owner"), data)

    def read(self, method: str, *arguments: Any) -> Any:
        called = self._methods[method]
        return called.decode(self._chain.read(self.address, called.encode(*arguments)))

    def data(self, method: str, *arguments: Any) -> bytes:
        return self._methods[method].encode(*arguments)


class Ground:
    """A chain with a clock, on which contracts are put and called."""

    def __init__(self, chain: RevmChain | None = None) -> None:
        self.chain = chain or RevmChain()
        self.number, self.now_s = 1, START_S
        self._decoder = EventDecoder()
        self.chain.begin_block(number=self.number, timestamp_s=self.now_s)

    def put(self, name: str, *arguments: Any) -> Instance:
        instance = Instance(self.chain, name, *arguments)
        self._decoder.register(name, instance.address, instance.abi)
        return instance

    def wait(self, seconds: int) -> None:
        """Open a block so much later."""
        self.chain.seal()
        self.number += 1
        self.now_s += seconds
        self.chain.begin_block(number=self.number, timestamp_s=self.now_s)

    def send(self, role: str, to: Instance, method: str, *arguments: Any) -> list[Event]:
        """Let an actor call; the events, or CallReverted with the reason."""
        self.chain.submit([Call(address_of(role), to.address, to.data(method, *arguments))])
        receipt = self.chain.seal()[-1]
        if not receipt.ok:
            raise CallReverted(receipt.error)
        return self._decoder.decode(self.number, receipt.logs)

    def snapshot(self) -> tuple[Snapshot, int, int]:
        return self.chain.snapshot(), self.number, self.now_s

    def revert(self, snapshot: tuple[Snapshot, int, int]) -> None:
        state, self.number, self.now_s = snapshot
        self.chain.revert(state)


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

    def feed(self, method: Method, window_s: int = 0) -> Instance:
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
