"""The deployed protocol for attacks: markets at will, and what an attacker's purse holds."""

from __future__ import annotations

from collections.abc import Sequence

from sim.types import OrderKind, Status, account_id
from sim.units import WAD, WAD_PER_RAW, wad
from tests.adl_world import AdlWorld
from tests.liquidation_world import RAW
from tests.support.contracts import address_of

ETHER, THIN = "ETH-USD", "THIN-USD"
DEAD_AFTER_S = 301  # of the last good index


class AttackWorld(AdlWorld):
    """Bitcoin as the world's market, the others priced and traded when a test wants them."""

    def push_all(self, prices: dict[str, int | str], *, seconds: int = 2) -> None:
        """Move several indices, and with them the marks, in a block of its own."""
        self.next_block(seconds)
        for name, price in prices.items():
            self.push(name, wad(price))
        for name in prices:
            self.send("keeper", "MarkPrice", "poke", self.market_id(name))

    def push_some(self, name: str, price: int | str, feeds: Sequence[str]) -> None:
        """Let only some feeds of a market report."""
        for feed in feeds:
            words = (wad(price), 0, self.now_s, self.number)
            self.send("reporter", f"PriceFeed.{name}.{feed}", "push", *words)

    def market_id(self, name: str) -> int:
        """The number of a market."""
        return self.deployed.config.market(name).market_id

    def trade_in(self, name: str, role: str, size: str, price: str) -> None:
        """An account's order in another market, filled by the maker's."""
        against = size[1:] if size.startswith("-") else f"-{size}"
        self.order_in(name, "maker", against, price)
        self.order_in(name, role, size, price, taking=True)

    def let_die(self, name: str, price: int | str) -> None:
        """Let a market's feeds fall silent for good, while bitcoin's go on at a price."""
        for _ in range(8):
            self.index(price, seconds=DEAD_AFTER_S // 7)
        status = self.read("MarkPrice", "price", self.market_id(name)).status
        assert Status(status) is Status.DEAD

    def purse_wad(self, *roles: str) -> int:
        """Tokens and equity of all accounts of some actors, at mark."""
        total_wad = 0
        for role in roles:
            held_raw: int = self.read("MockToken", "balanceOf", address_of(role))
            total_wad += held_raw * WAD_PER_RAW
            for bucket in (0, self.market):
                total_wad += self.health(account_id(address_of(role), bucket)).equity_wad
        return total_wad

    def flatten(self, role: str, price: int | str) -> None:
        """Close an actor's position against the maker at a price."""
        size_wad = self.size(account_id(address_of(role)))
        if size_wad:
            self.order("maker", f"{size_wad / WAD:f}", price)
            self.order(role, f"{-size_wad / WAD:f}", price, kind=OrderKind.IOC)

    def fund(self, role: str, quote: int) -> int:
        """Deposit to an actor's cross account and count it; the account."""
        account = self.deposit(role, quote * RAW)
        self.everybody.add(account)
        return account
