"""The floor of a bench: bare pyrevm and nothing around it, on calls recorded before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from time import perf_counter
from typing import Any, NamedTuple, Protocol

import pyrevm

from sim.chain.port import CHAIN_ID, Call, Chain, Receipt

_GAS_LIMIT = 2**62


class RecordedBlock(Protocol):
    """A block's place in time and what was called in it."""

    @property
    def number(self) -> int:
        """Its number."""
        ...

    @property
    def timestamp_s(self) -> int:
        """Its time."""
        ...

    @property
    def calls(self) -> Sequence[Call]:
        """Its calls, in order."""
        ...


class Replayed(NamedTuple):
    """What a replay took and what came of it."""

    seconds: float
    calls: int
    reverts: int
    logs: int


class BareChain:
    """As little as executes a block: it makes receipts without logs."""

    name = "pyrevm"

    def __init__(self) -> None:
        config = pyrevm.CfgEnv(chain_id=CHAIN_ID)
        self.evm: Any = pyrevm.EVM(pyrevm.Env(cfg=config), gas_limit=_GAS_LIMIT, spec_id="CANCUN")
        self._receipts: list[Receipt] = []

    @property
    def node(self) -> Mapping[str, str]:
        """There is none."""
        return {}

    def close(self) -> None:
        """Nothing is held outside this process."""

    def begin_block(self, *, number: int, timestamp_s: int) -> None:
        """Open a block."""
        self.evm.set_block_env(
            pyrevm.BlockEnv(number=number, timestamp=timestamp_s, gas_limit=_GAS_LIMIT)
        )

    def submit(self, calls: Sequence[Call]) -> None:
        """Execute calls at once."""
        for sender, to, data in calls:
            self.evm.reset_transient_storage()
            try:
                self.evm.message_call(sender, to, data, gas=_GAS_LIMIT)
            except RuntimeError as error:
                self._receipts.append(Receipt(False, str(error), (), None))
            else:
                self._receipts.append(Receipt(True, "", (), None))

    def read(self, to: str, data: bytes) -> bytes:
        """Nobody asks a bench."""
        raise NotImplementedError(f"{self.name} only replays, found a read of {to}")

    def seal(self) -> list[Receipt]:
        """Close the block."""
        receipts, self._receipts = self._receipts, []
        return receipts

    def deploy(self, sender: str, initcode: bytes) -> str:
        """Create a contract."""
        self.evm.reset_transient_storage()
        made: str = self.evm.deploy(sender, initcode, gas=_GAS_LIMIT)
        return made.lower()


def replay_bare(chain: BareChain, blocks: Iterable[RecordedBlock]) -> Replayed:
    """Execute recorded blocks with nothing kept but a count: what the EVM itself costs."""
    evm, calls, reverts = chain.evm, 0, 0
    call, reset = evm.message_call, evm.reset_transient_storage
    began_s = perf_counter()
    for block in blocks:
        chain.begin_block(number=block.number, timestamp_s=block.timestamp_s)
        for sender, to, data in block.calls:
            reset()
            try:
                call(sender, to, data, gas=_GAS_LIMIT)
            except RuntimeError:
                reverts += 1
        calls += len(block.calls)
    return Replayed(perf_counter() - began_s, calls, reverts, 0)


def replay_counting(chain: BareChain, blocks: Iterable[RecordedBlock]) -> Replayed:
    """The same, counting logs: slower, to show that the same thing happens."""
    calls = reverts = logs = 0
    began_s = perf_counter()
    for block in blocks:
        chain.begin_block(number=block.number, timestamp_s=block.timestamp_s)
        for one in block.calls:
            chain.submit([one])
            if chain.seal()[0].ok:
                logs += len(chain.evm.result.logs)
            else:
                reverts += 1
        calls += len(block.calls)
    return Replayed(perf_counter() - began_s, calls, reverts, logs)


def replay_through(chain: Chain, blocks: Iterable[RecordedBlock]) -> Replayed:
    """Execute recorded blocks through any engine, receipts and logs included."""
    calls = reverts = logs = 0
    began_s = perf_counter()
    for block in blocks:
        chain.begin_block(number=block.number, timestamp_s=block.timestamp_s)
        chain.submit(block.calls)
        for receipt in chain.seal():
            reverts += not receipt.ok
            logs += len(receipt.logs)
        calls += len(block.calls)
    return Replayed(perf_counter() - began_s, calls, reverts, logs)
