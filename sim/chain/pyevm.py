"""The reference engine: py-evm, the Python statement of the yellow paper, in this process.

Slow and plain, which is its use: a second reading of every opcode, and gas as a node charges it.
Transactions are unsigned with a sender given, free of charge, and use up no nonce, so that a
creation has the address it has in the other engines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from eth.constants import BLANK_ROOT_HASH, ZERO_ADDRESS, ZERO_HASH32
from eth.db.atomic import AtomicDB
from eth.exceptions import Revert
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.cancun import CancunVM
from eth.vm.forks.cancun.state import CancunState
from eth.vm.spoof import SpoofTransaction

from sim.abi.events import RawLog, revert_reason
from sim.chain.port import (
    CHAIN_ID,
    READER,
    TRANSACTION_GAS,
    Call,
    CallReverted,
    Receipt,
    check_follows,
)

_NEW = CancunVM.get_transaction_builder().new_unsigned_dynamic_fee_transaction


class PyEvmChain:
    """A chain in this process; submitted calls execute at once, in order."""

    name = "pyevm"

    def __init__(self) -> None:
        self._block = (0, 0)
        self._state = CancunState(AtomicDB(), _context(0, 0), BLANK_ROOT_HASH)
        self._receipts: list[Receipt] = []

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
        self._state.execution_context = _context(number, timestamp_s)

    def submit(self, calls: Sequence[Call]) -> None:
        """Execute the calls in the open block."""
        for sender, to, data in calls:
            done = self._apply(_bytes(sender), _bytes(to), data)
            self._receipts.append(done.receipt)

    def read(self, to: str, data: bytes) -> bytes:
        """What a call would return now; the state is rolled back, so nothing stays."""
        self._state.lock_changes()
        before = self._state.snapshot()
        done = self._execute(_bytes(READER), _bytes(to), data)
        self._state.revert(before)
        if not done.receipt.ok:
            raise CallReverted(done.receipt.error)
        return done.output

    def seal(self) -> list[Receipt]:
        """Close the block; one receipt for each call submitted in it, in order."""
        receipts, self._receipts = self._receipts, []
        return receipts

    def deploy(self, sender: str, initcode: bytes) -> str:
        """Create a contract; its address depends on the sender's earlier creations only."""
        creator = _bytes(sender)
        done = self._apply(creator, b"", initcode)
        if not done.receipt.ok:
            raise CallReverted(done.receipt.error)
        self._state.increment_nonce(creator)
        return "0x" + done.created.hex()

    def _apply(self, sender: bytes, to: bytes, data: bytes) -> _Done:
        self._state.lock_changes()  # what is warm and what is refunded is a transaction's own
        return self._execute(sender, to, data)

    def _execute(self, sender: bytes, to: bytes, data: bytes) -> _Done:
        state = self._state
        nonce = state.get_nonce(sender)
        unsigned = _NEW(
            chain_id=CHAIN_ID,
            nonce=nonce,
            max_priority_fee_per_gas=0,
            max_fee_per_gas=0,
            gas=TRANSACTION_GAS,
            to=to,
            value=0,
            data=data,
            access_list=(),
        )
        transaction = SpoofTransaction(unsigned, from_=sender)
        computation = state.apply_transaction(transaction)
        state.set_nonce(sender, nonce)
        gas_used = CancunVM.finalize_gas_used(transaction, computation)
        receipt = Receipt(
            computation.is_success, _reason(computation), _logs(computation), gas_used
        )
        return _Done(receipt, computation.output, computation.msg.storage_address)


class _Done(NamedTuple):
    """What became of one transaction."""

    receipt: Receipt
    output: bytes
    created: bytes  # where, if it was a creation


def _context(number: int, timestamp_s: int) -> ExecutionContext:
    return ExecutionContext(
        coinbase=ZERO_ADDRESS,
        timestamp=timestamp_s,
        block_number=number,
        difficulty=0,
        mix_hash=ZERO_HASH32,
        gas_limit=TRANSACTION_GAS,
        prev_hashes=(),
        chain_id=CHAIN_ID,
        base_fee_per_gas=0,
        excess_blob_gas=0,
    )


def _logs(computation: Any) -> tuple[RawLog, ...]:
    if computation.is_error:
        return ()
    entries: Iterable[tuple[bytes, Sequence[int], bytes]] = computation.get_log_entries()
    return tuple(
        RawLog(
            "0x" + address.hex(), tuple(topic.to_bytes(32, "big") for topic in topics), bytes(data)
        )
        for address, topics, data in entries
    )


def _reason(computation: Any) -> str:
    """Why a transaction failed, in words; empty if it did not."""
    if computation.is_success:
        return ""
    if isinstance(computation.error, Revert):
        return revert_reason(bytes(computation.output))
    return f"halted: {type(computation.error).__name__}"


def _bytes(address: str) -> bytes:
    return bytes.fromhex(address[2:])
