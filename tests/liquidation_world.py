"""The whole protocol with one bitcoin market traded by hand: orders, index moves, liquidations.

Books are kept one-sided while prices move, so that the mark is the index to the wei.
"""

from __future__ import annotations

from typing import Any

from sim.abi.events import Event
from sim.protocol.config import ProtocolConfig
from sim.types import OrderKind, account_id
from sim.units import WAD, wad
from tests.support.contracts import address_of
from tests.world import World, reference_world_config

MARKET, NAME = 1, "BTC-USD"
ENTRY = 60_000
RAW = 10**6


class LiquidationWorld(World):
    """Actors that trade, an index that moves, a keeper that liquidates."""

    def __init__(self, config: ProtocolConfig | None = None, name: str = NAME) -> None:
        super().__init__(config or reference_world_config())
        self.name = name
        self.market = self.deployed.config.market(name).market_id
        self.index(ENTRY)

    def index(self, price: int | str, *, conf: int | str = 0, seconds: int = 2) -> None:
        """Move the index, and with it the mark, in a block of its own."""
        self.next_block(seconds)
        self.push(self.name, wad(price), conf_wad=wad(conf))
        self.send("keeper", "MarkPrice", "poke", self.market)

    def order(
        self,
        role: str,
        size: int | str,
        price: int | str,
        *,
        kind: OrderKind = OrderKind.LIMIT,
        bucket: int = 0,
        reduce_only: bool = False,
    ) -> list[Event]:
        """An order of signed size (positive buys)."""
        size_wad = wad(size)
        words = (size_wad > 0, abs(size_wad), wad(price), kind, reduce_only, 0)
        account = account_id(address_of(role), bucket)
        return self.send(role, f"OrderBook.{self.name}", "place", account, words, 32)

    def open(
        self,
        role: str,
        size: int | str,
        margin_raw: int,
        *,
        price: int | str = ENTRY,
        bucket: int = 0,
    ) -> int:
        """Deposit and trade with the maker at a price; the account."""
        account = self.deposit(role, margin_raw, bucket)
        size_wad = wad(size)
        self.order("maker", f"{-size_wad / WAD:f}", price)
        self.order(role, size, price, kind=OrderKind.IOC, bucket=bucket)
        assert self.size(account) == size_wad
        return account

    def liquidate(self, account: int, *, role: str = "keeper", max_fills: int = 32) -> Any:
        """Let a keeper liquidate; the one AccountLiquidated of it."""
        found = self.send(role, "Liquidator", "liquidate", account, self.market, max_fills)
        (event,) = [each.values for each in found if each.name == "AccountLiquidated"]
        return event

    def act_as(self, sender: str, name: str, method: str, *arguments: Any) -> None:
        """Call as an address, which may be a contract's; CallReverted if refused."""
        self.driver.send(sender, name, method, *arguments)

    def price(self) -> Any:
        """What the market is judged at now."""
        return self.read("MarkPrice", "price", self.market)

    @property
    def feeds(self) -> list[str]:
        """Names of the market's feeds."""
        return [feed.name for feed in self.deployed.config.market(self.name).feeds]

    def size(self, account: int) -> int:
        """Signed size of an account's position."""
        found: int = self.read("Clearinghouse", "size_of", account, self.market)
        return found

    def cash(self, account: int) -> int:
        """Cash of an account."""
        found: int = self.read("Clearinghouse", "cash_of", account)
        return found

    def health(self, account: int) -> Any:
        """Health of an account at mark."""
        return self.read("Clearinghouse", "health", account)

    def pool_account(self, bucket: int = 0) -> int:
        """The insurance pool's account in a bucket."""
        return account_id(self.deployed.address("InsurancePool"), bucket)

    def stake(self, role: str, amount_raw: int) -> int:
        """Stake collateral in the insurance pool; the shares."""
        self.send("owner", "MockToken", "mint", address_of(role), amount_raw)
        self.send(role, "MockToken", "approve", self.deployed.address("InsurancePool"), amount_raw)
        before: int = self.read("InsurancePool", "balanceOf", address_of(role))
        self.send(role, "InsurancePool", "deposit", amount_raw, address_of(role))
        after: int = self.read("InsurancePool", "balanceOf", address_of(role))
        return after - before
