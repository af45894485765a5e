"""Contracts driven call by call: what laboratories and tests do to a chain, one block open.

The driver owns the count of blocks and the clock. Whoever needs more (a mirror, a log, roles with
names) holds a driver and adds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from sim.abi.artifacts import artifact
from sim.abi.events import Event, EventDecoder
from sim.chain.port import Call, CallReverted, Chain, EngineError, Receipt
from sim.protocol.config import ProtocolConfig
from sim.protocol.deployment import Deployed, Instance, deploy_in_block
from sim.protocol.views import ask, method


@runtime_checkable
class Rewindable(Protocol):
    """An engine that can go back to where it was."""

    def snapshot(self) -> Any:
        """Remember the state, for one `revert`."""
        ...

    def revert(self, snapshot: Any) -> None:
        """Return to a snapshot, which is used up."""
        ...


class Point(NamedTuple):
    """Where a driver can be taken back to, once."""

    state: Any
    number: int
    now_s: int


class Driver:
    """A chain with a block open, and its contracts by name; a call executes at once."""

    def __init__(self, chain: Chain, *, deployer: str, start_s: int) -> None:
        """Open the first block at `start_s`; `deployer` creates contracts and owns them."""
        self.chain, self.deployer = chain, deployer
        self.number, self.now_s = 1, start_s
        self.instances: dict[str, Instance] = {}
        self.decoder = EventDecoder()
        chain.begin_block(number=self.number, timestamp_s=self.now_s)

    # Contracts

    def deploy(self, config: ProtocolConfig) -> Deployed:
        """Deploy the whole protocol in the open block; RuntimeError if any call of it failed."""
        deployed = deploy_in_block(self.chain, config, sender=self.deployer)
        for name, instance in deployed.instances.items():
            self._know(name, instance)
        return deployed

    def create(self, name: str, contract: str, *arguments: Any) -> str:
        """Create one contract, known by `name` from now on; its address."""
        made = artifact(contract)
        data = made.initcode + made.constructor.encode(*arguments)
        address = self.chain.deploy(self.deployer, data)
        self._know(name, Instance(contract, address))
        return address

    def address(self, name: str) -> str:
        """Where the contract of that name is."""
        return self.instances[name].address

    # Blocks

    def next_block(self, seconds: int) -> None:
        """Seal the block and open one `seconds` later."""
        self.chain.seal()
        self.open_block(seconds)

    def open_block(self, seconds: int) -> None:
        """Open a block `seconds` after the last one, which is sealed."""
        self.number, self.now_s = self.number + 1, self.now_s + seconds
        self.chain.begin_block(number=self.number, timestamp_s=self.now_s)

    # Calls

    def call(self, sender: str, name: str, function: str, *arguments: Any) -> Call:
        """The transaction that calls a function of the contract of that name."""
        contract, address = self.instances[name]
        return Call(sender, address, method(contract, function).encode(*arguments))

    def execute(self, calls: Sequence[Call]) -> list[Receipt]:
        """Execute calls in the open block; what became of each."""
        self.chain.submit(calls)
        return self.chain.seal()

    def submit(self, call: Call) -> list[Event]:
        """Execute a call; its events, or CallReverted with the contract's reason."""
        receipt = self.execute([call])[-1]
        if not receipt.ok:
            raise CallReverted(receipt.error)
        return self.decoder.decode(self.number, receipt.logs)

    def send(self, sender: str, name: str, function: str, *arguments: Any) -> list[Event]:
        """Call a function of the contract of that name; as `submit`."""
        return self.submit(self.call(sender, name, function, *arguments))

    def ask(self, name: str, function: str, *arguments: Any) -> Any:
        """What a function would return now; leaves no trace."""
        contract, address = self.instances[name]
        return ask(self.chain, contract, address, function, *arguments)

    # Going back

    def snapshot(self) -> Point:
        """Remember everything, for one `rewind`; EngineError on an engine that cannot go back."""
        if not isinstance(self.chain, Rewindable):
            raise EngineError(f"{self.chain.name} cannot go back; revm is allowed")
        return Point(self.chain.snapshot(), self.number, self.now_s)

    def rewind(self, point: Point) -> None:
        """Return to a point, which is used up, as are those taken after it."""
        if not isinstance(self.chain, Rewindable):
            raise EngineError(f"{self.chain.name} cannot go back; revm is allowed")
        self.chain.revert(point.state)
        _, self.number, self.now_s = point

    def _know(self, name: str, instance: Instance) -> None:
        self.instances[name] = instance
        self.decoder.register(name, instance.address, artifact(instance.contract).events)
