"""One order book on a chain of its own; its mark, clearinghouse, vault and grid follow a script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.abi.events import Event
from sim.chain.port import READER
from sim.protocol.driver import Point
from sim.reference.orders import IOC, LIMIT, Grid, NewOrder
from sim.types import account_id
from sim.units import WAD
from tests.support.contracts import address_of, bare_driver

MARKET = 1
# A step of one and a mark of 1000: prices and sizes can be read as they stand.
GRID = Grid(tick_wad=WAD, lot_wad=WAD, min_notional_wad=1_900 * WAD, fill_band_wad=WAD // 20)
MARK_WAD = 1_000 * WAD
SOLID_WAD = 2_500 * WAD  # smaller levels do not count in impact prices
LIQUIDATOR = 2  # its venue kind


def account_of(role: str, bucket: int = 0) -> int:
    """The account number of an actor."""
    return account_id(address_of(role), bucket)


def order(
    is_buy: bool, size: int, price: int, kind: int = LIMIT, *, expires_at: int = 0, **flags: bool
) -> NewOrder:
    """An order in whole units of size and price."""
    return NewOrder(
        is_buy=is_buy,
        size_wad=size * WAD,
        price_wad=price * WAD,
        kind=kind,
        expires_at=expires_at,
        **flags,
    )


def buy(size: int, price: int, kind: int = LIMIT, **more: Any) -> NewOrder:
    """A buy order."""
    return order(True, size, price, kind, **more)


def sell(size: int, price: int, kind: int = LIMIT, **more: Any) -> NewOrder:
    """A sell order."""
    return order(False, size, price, kind, **more)


def words(new: NewOrder) -> tuple[Any, ...]:
    """An order as the ABI wants it."""
    return (
        new.is_buy,
        new.size_wad,
        new.price_wad,
        new.kind,
        new.reduce_only,
        new.expires_at,
    )


class BookWorld:
    """A book with everything it calls; each call is one transaction in the open block."""

    def __init__(self, grid: Grid = GRID) -> None:
        self.driver = bare_driver()
        create = self.driver.create
        peers = (
            create("house", "ScriptedClearinghouse"),
            create("mark", "ScriptedMark"),
            create("grid", "ScriptedGrid", _grid_words(grid)),
            create("vault", "ScriptedVault"),
        )
        create("book", "OrderBook", MARKET, *peers, grid.tick_wad, grid.lot_wad, SOLID_WAD)
        self.set("mark", "set_mark", MARKET, MARK_WAD)
        self.set("house", "set_venue_kind", address_of("liquidator"), LIQUIDATOR)
        self.set("house", "set_venue_kind", READER, LIQUIDATOR)

    @property
    def now_s(self) -> int:
        """Time of the open block."""
        return self.driver.now_s

    def next_block(self, seconds: int = 2) -> None:
        """Seal the block and open one `seconds` later."""
        self.driver.next_block(seconds)

    def send(self, role: str, method: str, *arguments: Any) -> list[Event]:
        """Let an actor call the book; its events, or CallReverted with the reason."""
        return self.driver.send(address_of(role), "book", method, *arguments)

    def ask(self, method: str, *arguments: Any, of: str = "book") -> Any:
        """What a call of the reader would return now; leaves no trace."""
        return self.driver.ask(of, method, *arguments)

    def set(self, name: str, method: str, *arguments: Any) -> None:
        """Write the script: what a neighbour of the book answers from now on."""
        self.driver.send(address_of("owner"), name, method, *arguments)

    def set_mark(self, price: int) -> None:
        """Move the mark; it is another block's, since a mark can't change within one."""
        self.next_block()
        self.set("mark", "set_mark", MARKET, price * WAD)

    def set_grid(self, grid: Grid) -> None:
        """Change what the market's parameters say."""
        self.set("grid", "set_grid", _grid_words(grid))

    def place(self, role: str, new: NewOrder, *, bucket: int = 0, max_fills: int = 32) -> int:
        """Let an actor place an order; the id of what rests, 0 if nothing does."""
        found = self.send(role, "place", account_of(role, bucket), words(new), max_fills)
        return next((each.values.order_id for each in found if each.name == "OrderPlaced"), 0)

    def take(self, role: str, new: NewOrder, *, max_fills: int = 32) -> list[Any]:
        """Let an actor place an order; the fills it got."""
        found = self.send(role, "place", account_of(role), words(new), max_fills)
        return named(found, "OrderFilled")

    def market(self, role: str, is_buy: bool, size: int) -> list[Any]:
        """Let an actor take without caring for the price; the fills it got."""
        return self.take(role, order(is_buy, size, 2_000 if is_buy else 1, IOC))

    def queue(self, is_buy: bool, price: int) -> tuple[int, ...]:
        """Ids of the orders at a price, first to be filled first."""
        found: tuple[int, ...] = self.ask("queue", is_buy, price * WAD, 64)
        return found

    def snapshot(self) -> Point:
        """Remember everything, for one `revert`."""
        return self.driver.snapshot()

    def revert(self, point: Point) -> None:
        """Return to a snapshot."""
        self.driver.rewind(point)


def named(events: Sequence[Event], name: str) -> list[Any]:
    """The values of the events of one name."""
    return [event.values for event in events if event.name == name]


def _grid_words(grid: Grid) -> tuple[int, int, int, int]:
    return grid.tick_wad, grid.lot_wad, grid.min_notional_wad, grid.fill_band_wad
