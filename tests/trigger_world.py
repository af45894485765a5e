"""A market, a trader with a position and the trigger venue: what their tests start from."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pytest

from sim.abi.events import Event
from sim.chain.port import CallReverted
from sim.types import account_id
from sim.units import WAD, WAD_PER_RAW, wad
from tests.support.contracts import address_of
from tests.world import World

MARKET, NAME, BOOK = 1, "BTC-USD", "OrderBook.BTC-USD"
PRICE = 60_000
LOT_WAD, TICK_WAD, MIN_NOTIONAL_WAD = WAD // 10_000, WAD // 10, 10 * WAD
LIMIT, IOC, FOK = 0, 1, 2
STOP_LOSS, TAKE_PROFIT, TRAILING_STOP = 0, 1, 2
BY_OWNER, SIBLING_FILLED, TOO_SMALL = 0, 1, 2
WHOLE = 2**128 - 1


class NewTrigger(NamedTuple):
    """What the owner programs, as the contract takes it."""

    kind: int
    size_wad: int = WHOLE
    trigger_wad: int = 0
    trail_wad: int = 0
    slippage_wad: int = wad("0.01")
    tip_wad: int = wad(2)
    group: int = 0


def stop(price: int | str, **terms: Any) -> NewTrigger:
    """A stop-loss at a price."""
    return NewTrigger(kind=STOP_LOSS, trigger_wad=wad(price), **terms)


def profit(price: int | str, **terms: Any) -> NewTrigger:
    """A take-profit at a price."""
    return NewTrigger(kind=TAKE_PROFIT, trigger_wad=wad(price), **terms)


def trailing(ratio: str, **terms: Any) -> NewTrigger:
    """A trailing stop at a distance."""
    return NewTrigger(kind=TRAILING_STOP, trail_wad=wad(ratio), **terms)


class TriggerStage:
    """The deployed protocol with verbs for traders, keepers and prices."""

    def __init__(self, world: World, capital: int = 20_000, bucket: int = 0) -> None:
        self.world = world
        self.venue = world.deployed.address("TriggerOrders")
        self.purse = account_id(self.venue)
        for role in ("maker", "whale"):
            world.deposit(role, 50_000_000 * 10**6)
        self.trader = world.deposit("taker", capital * 10**6, bucket)
        self.send("taker", "MarginVault", "set_operator", self.venue, True)
        self.price(PRICE)

    # Verbs

    def send(self, role: str, name: str, method: str, *arguments: Any) -> list[Event]:
        """Let an actor call a contract."""
        return self.world.send(role, name, method, *arguments)

    def ask(self, method: str, *arguments: Any) -> Any:
        """A view of the trigger venue."""
        return self.world.read("TriggerOrders", method, *arguments)

    def price(self, price: int | str, seconds: int = 2) -> None:
        """A new block, with the index at a price; poked, since the breaker counts what was seen."""
        self.world.next_block(seconds)
        self.world.push(NAME, wad(price))
        self.send("stranger", "MarkPrice", "poke", MARKET)

    def walk(self, price: int, step: int = 4_000) -> None:
        """Blocks a quarter of an hour apart, none of them a jump, until the index is there."""
        now = self.world.read("MarkPrice", "price", MARKET).index_wad // WAD
        while now != price:
            now = min(now + step, price) if price > now else max(now - step, price)
            self.price(now, seconds=900)

    def rest(self, role: str, is_buy: bool, size: int | str, price: int | str) -> None:
        """Rest a limit order."""
        order = (is_buy, wad(size), wad(price), LIMIT, False, 0)
        self.send(role, BOOK, "place", account_id(address_of(role)), order, 32)

    def open(self, size: int | str, *, price: int | str | None = None) -> None:
        """Let the trader trade a signed size against the maker, at the price of the day."""
        at = self.mark_wad() // WAD if price is None else price
        amount = str(size).lstrip("-")
        is_buy = amount == str(size)
        self.rest("maker", not is_buy, amount, at)
        order = (is_buy, wad(amount), wad(at), FOK, False, 0)
        self.send("taker", BOOK, "place", self.trader, order, 32)

    def program(self, *triggers: NewTrigger, from_cross: bool = False) -> list[int]:
        """Let the trader program triggers; their ids."""
        arguments = (self.trader, MARKET, triggers, from_cross)
        found = self.send("taker", "TriggerOrders", "program", *arguments)
        return [one.values.trigger_id for one in found if one.name == "TriggerProgrammed"]

    def bracket(self, size: str, *triggers: NewTrigger, **terms: Any) -> list[Event]:
        """Let the trader open a signed size with triggers, at 60,000 and whole if not said."""
        price_wad, kind = terms.get("price", wad(PRICE)), terms.get("kind", FOK)
        amount = size.lstrip("-")
        order = (amount == size, wad(amount), price_wad, kind, terms.get("reduce_only", False), 0)
        arguments = (self.trader, MARKET, order, triggers, False)
        return self.send("taker", "TriggerOrders", "open_with_bracket", *arguments)

    def execute(self, trigger_id: int, role: str = "keeper") -> Any:
        """Let a keeper execute; the values of the event."""
        found = self.send(role, "TriggerOrders", "execute", trigger_id)
        return next(one.values for one in found if one.name == "TriggerExecuted")

    # What is

    def mark_wad(self) -> int:
        """The mark of this block."""
        mark: int = self.world.read("MarkPrice", "price", MARKET).mark_wad
        return mark

    def size_wad(self, account: int | None = None) -> int:
        """A position."""
        size: int = self.world.read(
            "Clearinghouse", "size_of", self.trader if account is None else account, MARKET
        )
        return size

    def cash_wad(self, account: int | None = None) -> int:
        """An account's cash."""
        cash: int = self.world.read(
            "Clearinghouse", "cash_of", self.trader if account is None else account
        )
        return cash

    def tips_wad(self) -> int:
        """The tips of every trigger of the trader that stands, checked against the purse."""
        found = sum(one.tip_wad for one in self.ask("triggers_of", self.trader, MARKET))
        assert self.cash_wad(self.purse) == found
        return found

    def held_wad(self) -> int:
        """What the vault holds."""
        raw: int = self.world.read("MarginVault", "held_raw")
        return raw * WAD_PER_RAW


def refused(reason: str) -> Any:
    """Expect a call to be refused with exactly these words."""
    return pytest.raises(CallReverted, match=f"^{re.escape(reason)}$")


def named(events: list[Event], name: str) -> list[Any]:
    """The values of the events of one name."""
    return [one.values for one in events if one.name == name]
