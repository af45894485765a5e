"""The one seam between the simulator and an EVM: what every engine must do, and nothing else.

The records are NamedTuples: they are made by the million, and a tuple costs a third of a frozen
dataclass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from sim.abi.events import RawLog

CHAIN_ID = 31_337  # anvil's, so that signed messages mean the same on every engine
READER = "0x" + "00" * 19 + "01"  # who asks when nobody in particular does
# Where gas is counted: what EIP-7825 lets a transaction use at most, three times our largest.
TRANSACTION_GAS = 2**24


class Call(NamedTuple):
    """A transaction before it is ordered; addresses are lower-case 0x strings."""

    sender: str
    to: str
    data: bytes


class Receipt(NamedTuple):
    """What became of one call; `error` is empty if and only if `ok`."""

    ok: bool
    error: str
    logs: tuple[RawLog, ...]
    gas_used: int | None  # None where the engine cannot tell what a node would charge


class CallReverted(Exception):  # noqa: N818 - a revert is an outcome, not an error of ours
    """A read or a deployment was refused by the contract; the text is its reason."""


class EngineError(RuntimeError):
    """The engine itself failed: a node missing, gone or talking nonsense; one sentence."""


class EngineMissingError(EngineError):
    """An engine that is not there: a library, a program or a node that was named; one sentence."""


def check_follows(before: tuple[int, int], block: tuple[int, int]) -> None:
    """Refuse a block (number, seconds) that does not come after the one before."""
    if block[0] <= before[0] or block[1] <= before[1]:
        raise ValueError(
            f"block {block[0]} at {block[1]} s does not follow block {before[0]} at {before[1]} s"
        )


class Chain(Protocol):
    """An EVM that executes blocks whose number, time and order of calls are given."""

    @property
    def name(self) -> str:
        """The engine's name, as it stands in a run's manifest."""
        ...

    @property
    def node(self) -> Mapping[str, str]:
        """Client and hardfork of the node behind the engine, once it is there; empty without."""
        ...

    def close(self) -> None:
        """Let go of what the engine holds outside this process, if anything."""
        ...

    def begin_block(self, *, number: int, timestamp_s: int) -> None:
        """Open a block; both values must be above those of the block before."""
        ...

    def submit(self, calls: Sequence[Call]) -> None:
        """Add calls to the open block, in this order."""
        ...

    def read(self, to: str, data: bytes) -> bytes:
        """What a call would return after everything submitted so far; leaves no trace."""
        ...

    def seal(self) -> list[Receipt]:
        """Close the block; one receipt for each call submitted in it, in order."""
        ...

    def deploy(self, sender: str, initcode: bytes) -> str:
        """Create a contract at once; its address depends on the sender's earlier creations only."""
        ...
