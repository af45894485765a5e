"""Contracts that a test puts on a chain itself, one by one, and calls by the names of functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eth_hash.auto import keccak

from sim.abi.artifacts import artifact
from sim.chain.revm import RevmChain
from sim.protocol.driver import Driver

START_S = 1_700_000_000


def address_of(role: str) -> str:
    """The address an actor has in every test, derived from its name."""
    return "0x" + keccak(role.encode())[12:].hex()


def bare_driver(chain: RevmChain | None = None, *, start_s: int = START_S) -> Driver:
    """A chain with nothing on it and its first block open; the owner deploys."""
    return Driver(chain or RevmChain(), deployer=address_of("owner"), start_s=start_s)


class Contract:
    """One contract of a driver's."""

    def __init__(self, driver: Driver, name: str) -> None:
        self._driver, self.name = driver, name
        self.address = driver.address(name)

    @property
    def abi(self) -> Sequence[Mapping[str, Any]]:
        """What its compiler says of it."""
        return artifact(self._driver.instances[self.name].contract).abi

    def data(self, function: str, *arguments: Any) -> bytes:
        """The calldata of a call."""
        return self._driver.call(self._driver.deployer, self.name, function, *arguments).data

    def read(self, function: str, *arguments: Any) -> Any:
        """What a function would return now."""
        return self._driver.ask(self.name, function, *arguments)

    def send(self, function: str, *arguments: Any, sender: str | None = None) -> None:
        """Call in the open block, as the owner if nobody is named; `execute` has the receipt."""
        call = self._driver.call(sender or self._driver.deployer, self.name, function, *arguments)
        self._driver.chain.submit([call])


def put(driver: Driver, kind: str, *arguments: Any) -> Contract:
    """Create a contract; the second of a kind is `<kind>.2`."""
    count = 1 + sum(one.contract == kind for one in driver.instances.values())
    name = kind if count == 1 else f"{kind}.{count}"
    driver.create(name, kind, *arguments)
    return Contract(driver, name)


def lone(kind: str, *arguments: Any) -> Contract:
    """A contract on a chain of its own."""
    return put(bare_driver(), kind, *arguments)
