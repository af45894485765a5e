"""The protocol in this process, with named actors: what most tests start from."""

from __future__ import annotations

from typing import Any

from sim.abi.events import Event
from sim.chain.revm import RevmChain
from sim.protocol.config import ProtocolConfig
from sim.protocol.driver import Point
from sim.protocol.reference_markets import reference_config
from sim.types import account_id
from tests.support.contracts import address_of, bare_driver

ROLES = ("owner", "maker", "taker", "keeper", "whale", "reporter", "stranger")
FEEDS = 5
BLOCK_S = 2


def reference_world_config(address: Any = address_of) -> ProtocolConfig:
    """The reference markets, all feeds pushed by the one reporter."""
    return reference_config(
        reporters=[address("reporter")] * FEEDS,
        guardian=address("guardian"),
        treasury=address("treasury"),
    )


class World:
    """The deployed protocol with a block open; every call executes at once."""

    def __init__(self, config: ProtocolConfig | None = None) -> None:
        self.chain = RevmChain()
        self.driver = bare_driver(self.chain)
        self.deployed = self.driver.deploy(config or reference_world_config())
        self.next_block()

    @property
    def number(self) -> int:
        """Of the open block."""
        return self.driver.number

    @property
    def now_s(self) -> int:
        """Time of the open block."""
        return self.driver.now_s

    def next_block(self, seconds: int = BLOCK_S) -> None:
        """Seal the block and open one `seconds` later."""
        self.driver.next_block(seconds)

    def send(self, role: str, name: str, method: str, *arguments: Any) -> list[Event]:
        """Let an actor call a contract; its events, or CallReverted with the reason."""
        return self.driver.send(address_of(role), name, method, *arguments)

    def read(self, name: str, method: str, *arguments: Any) -> Any:
        """What a view (or any other function) would return now."""
        return self.driver.ask(name, method, *arguments)

    def push(self, market: str, price_wad: int, *, conf_wad: int = 0) -> None:
        """Let every feed of a market report one price, observed now."""
        for feed in self.deployed.config.market(market).feeds:
            name = f"PriceFeed.{market}.{feed.name}"
            self.send("reporter", name, "push", price_wad, conf_wad, self.now_s, self.number)

    def deposit(self, role: str, amount_raw: int, bucket: int = 0) -> int:
        """Mint collateral to an actor and deposit it; the account it went to."""
        account = account_id(address_of(role), bucket)
        self.send("owner", "MockToken", "mint", address_of(role), amount_raw)
        self.send(role, "MockToken", "approve", self.deployed.address("MarginVault"), amount_raw)
        self.send(role, "MarginVault", "deposit", account, amount_raw)
        return account

    def snapshot(self) -> Point:
        """Remember everything, for one `revert`."""
        return self.driver.snapshot()

    def revert(self, point: Point) -> None:
        """Return to a snapshot."""
        self.driver.rewind(point)
