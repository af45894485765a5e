"""The in-process engine: revm, through pyrevm. Exact in results, silent about gas.

pyrevm keeps one transaction open for ever. So slots stay warm (its gas is too low and is not
reported), transient storage has to be cleared by hand between calls, and its journal grows with
every call: `compact` leaves it behind when it has become large.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyrevm

from sim.abi.events import RawLog, revert_reason
from sim.chain.port import CHAIN_ID, READER, Call, CallReverted, Receipt, check_follows
from sim.chain.revm_state import Created, read_state, write_state

# A frame (call or sub-call) leaves about 0.6 kB, and reading the journal takes twice its size.
COMPACT_AT_FRAMES = 300_000
KEPT_FRAMES = 50_000  # a journal of more is not kept in memory for a next run
_GAS_LIMIT = 2**62
_REVERT = re.compile(r"Revert \{ gas_used: \d+, output: 0x([0-9a-f]*) \}")
_HALT = re.compile(r"Halt \{ reason: (.+), gas_used: \d+ \}")


class Snapshot(NamedTuple):
    """A state to return to."""

    journal: Any
    block: tuple[int, int]
    created: dict[str, Created]


class RevmChain:
    """A chain in this process; submitted calls execute at once, in order."""

    name = "revm"

    def __init__(
        self, *, compact_at_frames: int = COMPACT_AT_FRAMES, evm: Any | None = None
    ) -> None:
        self._evm = _new_evm() if evm is None else evm
        self._compact_at_frames = compact_at_frames
        self._created: dict[str, Created] = {}
        self._block = (0, 0)
        self._receipts: list[Receipt] = []
        self._kept: Snapshot | None = None

    @property
    def node(self) -> Mapping[str, str]:
        """There is none."""
        return {}

    def close(self) -> None:
        """Nothing is held outside this process."""

    def begin_block(self, *, number: int, timestamp_s: int) -> None:
        """Open a block; both values must be above those of the block before."""
        check_follows(self._block, (number, timestamp_s))
        self._block = (number, timestamp_s)
        if self._evm.journal_len > self._compact_at_frames and not self._open_snapshots:
            self.compact()
        self._set_block()

    def submit(self, calls: Sequence[Call]) -> None:
        """Execute the calls in the open block."""
        evm = self._evm
        for sender, to, data in calls:
            evm.reset_transient_storage()
            try:
                evm.message_call(sender, to, data, gas=_GAS_LIMIT)
            except RuntimeError as error:
                self._receipts.append(Receipt(False, _reason(error), (), None))
            else:
                self._receipts.append(Receipt(True, "", _logs(evm), None))

    def read(self, to: str, data: bytes) -> bytes:
        """What a call would return now; the journal is rolled back, so nothing stays."""
        evm = self._evm
        evm.reset_transient_storage()
        before = evm.snapshot()
        try:
            returned: bytes = evm.message_call(READER, to, data, gas=_GAS_LIMIT)
        except RuntimeError as error:
            raise CallReverted(_reason(error)) from None
        finally:
            evm.revert(before)
        return returned

    def seal(self) -> list[Receipt]:
        """Close the block; one receipt for each call submitted in it, in order."""
        receipts, self._receipts = self._receipts, []
        return receipts

    def deploy(self, sender: str, initcode: bytes) -> str:
        """Create a contract; its address depends on the sender's earlier creations only."""
        evm = self._evm
        evm.reset_transient_storage()
        nonce = evm.basic(sender).nonce
        try:
            address: str = evm.deploy(sender, initcode, gas=_GAS_LIMIT).lower()
        except RuntimeError as error:
            raise CallReverted(_reason(error)) from None
        self._created[address] = Created(sender, nonce)
        return address

    def compact(self) -> None:
        """Move the state into a fresh EVM, which frees the journal; no snapshot may be open."""
        if self._open_snapshots:
            raise RuntimeError("a snapshot is open: it lives in the journal that would go")
        self._kept = None
        fresh = _new_evm()
        write_state(fresh, read_state(self._evm), self._created)
        self._evm = fresh
        self._set_block()

    def snapshot(self) -> Snapshot:
        """Remember the state between two blocks, for one `revert`; snapshots nest."""
        return Snapshot(self._evm.snapshot(), self._block, dict(self._created))

    def revert(self, snapshot: Snapshot) -> None:
        """Return to a snapshot, which is used up, as are those taken after it."""
        self._evm.revert(snapshot.journal)
        self._block = snapshot.block
        self._created = snapshot.created
        self._receipts.clear()
        self._set_block()

    def keep(self) -> None:
        """Mark the state, between two blocks, as the one that another chain may begin from."""
        self._kept = self.snapshot()

    def begin_again(self) -> RevmChain | None:
        """A chain as it was when kept, which takes the EVM over; None if that has gone.

        This one is of no use after.
        """
        if self._kept is None or self._open_snapshots or self._evm.journal_len > KEPT_FRAMES:
            return None
        self.revert(self._kept)
        other = RevmChain(compact_at_frames=self._compact_at_frames, evm=self._evm)
        other._block, other._created = self._block, self._created
        other.keep()
        del self._evm
        return other

    @property
    def _open_snapshots(self) -> int:
        """How many there are besides what is kept."""
        depth: int = self._evm.journal_depth
        return depth - (self._kept is not None)

    def _set_block(self) -> None:
        number, timestamp_s = self._block
        self._evm.set_block_env(
            pyrevm.BlockEnv(number=number, timestamp=timestamp_s, gas_limit=_GAS_LIMIT)
        )


def _new_evm() -> Any:
    cfg = pyrevm.CfgEnv(chain_id=CHAIN_ID)
    return pyrevm.EVM(pyrevm.Env(cfg=cfg), gas_limit=_GAS_LIMIT, spec_id="CANCUN")


def _logs(evm: Any) -> tuple[RawLog, ...]:
    # A named tuple's own constructor costs more than all that is done here.
    new = tuple.__new__
    return tuple(
        [
            new(RawLog, (log.address.lower(), tuple(topics), data))
            for log in evm.result.logs
            for topics, data in (log.data,)
        ]
    )


def _reason(error: RuntimeError) -> str:
    """What a failed call says; pyrevm puts it in the text of the exception only."""
    text = str(error)
    if revert := _REVERT.search(text):
        return revert_reason(bytes.fromhex(revert[1]))
    halt = _HALT.search(text)
    return f"halted: {halt[1]}" if halt else text
