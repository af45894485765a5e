"""The protocol in this process, with named actors: what most tests start from."""

from __future__ import annotations

from typing import Any

from eth_hash.auto import keccak

from sim.abi.artifacts import artifact
from sim.abi.events import Event
from sim.abi.methods import Method, methods
from sim.chain.port import Call, CallReverted
from sim.chain.revm import RevmChain, Snapshot
from sim.protocol.config import ProtocolConfig
from sim.protocol.deployment import deploy_on_chain
from sim.protocol.reference_markets import reference_config
from sim.types import account_id

ROLES = ("owner", "maker", "taker", "keeper", "whale", "reporter", "stranger")
FEEDS = 5
START_S = 1_700_000_000
BLOCK_S = 2


def address_of(role: str) -> str:
    """The address an actor has in every test, derived from its name."""
    return "0x" + keccak(role.encode())[12:].hex()


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
        self.number, self.now_s = 1, START_S
        config = config or reference_world_config()
        at = {"number": self.number, "timestamp_s": self.now_s}
        self.deployed = deploy_on_chain(self.chain, config, sender=address_of("owner"), **at)
        self._decoder = self.deployed.decoder()
        self._methods: dict[str, dict[str, Method]] = {}
        self.next_block()

    def next_block(self, seconds: int = BLOCK_S) -> None:
        """Seal the block and open one `seconds` later."""
        self.chain.seal()
        self.number += 1
        self.now_s += seconds
        self.chain.begin_block(number=self.number, timestamp_s=self.now_s)

    def send(self, role: str, name: str, method: str, *arguments: Any) -> list[Event]:
        """Let an actor call a contract; its events, or CallReverted with the reason."""
        data = self._method(name, method).encode(*arguments)
        self.chain.submit([Call(address_of(role), self.deployed.address(name), data)])
        receipt = self.chain.seal()[-1]
        if not receipt.ok:
            raise CallReverted(receipt.error)
        return self._decoder.decode(self.number, receipt.logs)

    def read(self, name: str, method: str, *arguments: Any) -> Any:
        """What a view (or any other function) would return now."""
        found = self._method(name, method)
        return found.decode(self.chain.read(self.deployed.address(name), found.encode(*arguments)))

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

    def snapshot(self) -> tuple[Snapshot, int, int]:
        """Remember everything, for one `revert`."""
        return self.chain.snapshot(), self.number, self.now_s

    def revert(self, snapshot: tuple[Snapshot, int, int]) -> None:
        """Return to a snapshot."""
        state, self.number, self.now_s = snapshot
        self.chain.revert(state)

    def _method(self, name: str, method: str) -> Method:
        contract = self.deployed.instances[name].contract
        if contract not in self._methods:
            self._methods[contract] = methods(contract, artifact(contract).abi)
        return self._methods[contract][method]
