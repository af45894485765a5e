"""The open block of a run: calls in, receipts with their events out, time in the engine counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple

from sim.abi.events import Event, EventDecoder
from sim.chain.port import Call, Chain, Receipt
from sim.protocol.deployment import Deployed

Sealed = tuple[Receipt, list[Event]]


class SealedCalls(NamedTuple):
    """A block's calldata in order, as `bench` replays it."""

    number: int
    timestamp_s: int
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a finished run leaves in memory; `journal` is empty unless asked for."""

    digest: str
    blocks: int
    sent: int
    reverted: int
    violations: tuple[str, ...]
    setup_wall_s: float
    evm_wall_s: float
    deployed: Deployed
    journal: tuple[SealedCalls, ...]


class OpenBlock:
    """One block after the other on a chain; what was called is kept if asked for."""

    def __init__(
        self, chain: Chain, decoder: EventDecoder, number: int, time_s: int, *, keep_calls: bool
    ) -> None:
        """`number` and `time_s` are those of the block before the first one to open."""
        self._chain, self._decoder = chain, decoder
        self._number, self.time_s = number, time_s
        self._keep_calls = keep_calls
        self._calls: list[Call] = []
        self.journal: list[SealedCalls] = []
        self.evm_wall_s = 0.0
        # Told of each call, with its place in the block, just before it is executed.
        self.onlooker: Callable[[int, Call], None] | None = None

    def begin(self, time_s: int) -> None:
        """Open the next block."""
        self._number, self.time_s = self._number + 1, time_s
        self._calls = []
        self._chain.begin_block(number=self._number, timestamp_s=time_s)

    def submit(self, calls: list[Call]) -> None:
        """Add calls, in this order."""
        for part in [[call] for call in calls] if self.onlooker else [calls]:
            if self.onlooker is not None:
                self.onlooker(len(self._calls), part[0])
            with self.in_engine():
                self._chain.submit(part)
            self._calls += part

    def seal(self) -> Sequence[Sealed]:
        """Close the block; each receipt with its events."""
        with self.in_engine():
            receipts = self._chain.seal()
        if self._keep_calls:
            self.journal.append(SealedCalls(self._number, self.time_s, tuple(self._calls)))
        decode, number = self._decoder.decode, self._number
        return [
            (receipt, decode(number, receipt.logs) if receipt.logs else []) for receipt in receipts
        ]

    @contextmanager
    def in_engine(self) -> Iterator[None]:
        """What is done in here counts as time inside the engine."""
        began_s = perf_counter()
        yield
        self.evm_wall_s += perf_counter() - began_s
