"""The one seam between the simulator and an EVM: what every engine must do, and nothing else.

The records are NamedTuples: they are made by the million, and a tuple costs a third of a frozen
dataclass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Call(NamedTuple):
    """A transaction before it is ordered; addresses are lower-case 0x strings."""

    sender: str
    to: str
    data: bytes


class RawLog(NamedTuple):
    """An event as the EVM wrote it."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes


class Receipt(NamedTuple):
    """What became of one call; `error` is empty if and only if `ok`."""

    ok: bool
    error: str
    logs: tuple[RawLog, ...]
    gas_used: int | None  # None where the engine cannot tell what a node would charge


class CallReverted(Exception):  # noqa: N818 - a revert is an outcome, not an error of ours
    """A read or a deployment was refused by the contract; the text is its reason."""


class Chain(Protocol):
    """An EVM that executes blocks whose number, time and order of calls are given."""

    @property
    def name(self) -> str:
        """The engine's name, as it stands in a run's manifest."""
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
