"""The engine on a real node: anvil over batched JSON-RPC. Slow, but its gas is what a node charges.

Nothing is mined before a block is sealed. Senders are impersonated and given ether. A gas price
that falls from one call to the next keeps the order of a block. Nonces are counted here, so that a
creation has the address it has in the in-process engine, where calls use up no nonce.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from eth_hash.auto import keccak

from sim.abi.events import RawLog, revert_reason
from sim.chain.anvil_node import ANSWER_TIMEOUT_S, AnvilNode
from sim.chain.json_rpc import RpcError, readable
from sim.chain.port import READER, Call, CallReverted, EngineError, Receipt, check_follows

_FIRST_PRICE = 10**6  # more than a block has calls
_PLENTY = hex(2**100)
_TRACE = {"tracer": "callTracer", "tracerConfig": {"onlyTopCall": True}}


class AnvilChain:
    """A chain on an anvil node; submitted calls wait in its pool until the block is sealed."""

    name = "anvil"

    def __init__(self, rpc_url: str | None = None, *, timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self._node = AnvilNode(rpc_url, timeout_s=timeout_s)
        self._block: tuple[int, int] | None = None  # number and time of the last one
        self._nonces: dict[str, int] = {}
        self._created: dict[str, int] = {}
        self._calls: list[str] = []  # transaction hashes of the open block
        self._creations: list[str] = []
        self._senders: set[str] = set()  # of calls in the open block
        self._price = _FIRST_PRICE  # of the open block's next transaction

    @property
    def node(self) -> Mapping[str, str]:
        """Client and hardfork of the node, once it is there."""
        return self._node.identity

    def close(self) -> None:
        """Stop the node, if it was started here."""
        self._node.close()

    def begin_block(self, *, number: int, timestamp_s: int) -> None:
        """Open a block; both values must be above those of the block before."""
        self._node.start(number=number - 1, timestamp_s=timestamp_s - 1)
        before = self._block or self._node.head()
        check_follows(before, (number, timestamp_s))
        if number > before[0] + 1:
            # At their parent's time: left to itself a node stamps them by the clock on the wall.
            self._node.ask("evm_setNextBlockTimestamp", hex(before[1]))
            self._node.ask("anvil_mine", hex(number - before[0] - 1), "0x0")
        self._node.ask_many(
            [
                ("evm_setNextBlockTimestamp", [hex(timestamp_s)]),
                ("anvil_setNextBlockBaseFeePerGas", ["0x0"]),
            ]
        )
        self._block = number, timestamp_s

    def submit(self, calls: Sequence[Call]) -> None:
        """Put the calls into the node's pool, in this order."""
        sends = []
        for sender, to, data in calls:
            self._senders.add(sender)
            sends.append(self._transaction(sender, data) | {"to": to})
        self._calls += self._send(sends)

    def read(self, to: str, data: bytes) -> bytes:
        """What a call would return after everything submitted so far."""
        call = {"from": READER, "to": to, "data": "0x" + data.hex()}
        try:
            returned: str = self._node.ask("eth_call", call, "pending")
        except RpcError as error:
            if not error.is_execution:
                raise
            raise CallReverted(revert_reason(error.data)) from None
        with self._reading("eth_call"):
            return bytes.fromhex(returned[2:])

    def seal(self) -> list[Receipt]:
        """Mine the block; one receipt for each call submitted in it, in order."""
        assert self._block is not None, "a block is open"
        self._node.ask("evm_mine")
        number = self._block[0]
        wanted = self._creations + self._calls
        with self._reading("eth_getBlockReceipts"):
            listed = self._node.ask("eth_getBlockReceipts", hex(number))
            mined = {one["transactionHash"]: one for one in listed}
        if missing := [one for one in wanted if one not in mined]:
            raise EngineError(f"block {number} left out {len(missing)} of {len(wanted)}")
        reasons = self._reasons([one for one in wanted if mined[one]["status"] != "0x1"])
        for creation in self._creations:
            if creation in reasons:
                raise CallReverted(reasons[creation])
        with self._reading("eth_getBlockReceipts"):
            receipts = [_receipt(mined[call], reasons.get(call, "")) for call in self._calls]
        self._calls, self._creations, self._senders = [], [], set()
        self._price = _FIRST_PRICE
        return receipts

    def deploy(self, sender: str, initcode: bytes) -> str:
        """Create a contract in the open block; a refusal is raised when it is sealed."""
        self._nonce(sender)
        place = self._created[sender]
        if self._nonces[sender] != place:
            if sender in self._senders:
                raise RuntimeError(
                    f"{sender} has calls in this block: create contracts before them"
                )
            self._node.ask("anvil_setNonce", sender, hex(place))
            self._nonces[sender] = place
        self._created[sender] = place + 1
        self._creations += self._send([self._transaction(sender, initcode)])
        return created_address(sender, place)

    def _transaction(self, sender: str, data: bytes) -> dict[str, str]:
        nonce = self._nonce(sender)
        self._nonces[sender] = nonce + 1
        self._price -= 1
        return {
            "from": sender,
            "data": "0x" + data.hex(),
            "gas": hex(self._node.transaction_gas),
            "gasPrice": hex(self._price),
            "nonce": hex(nonce),
        }

    def _nonce(self, sender: str) -> int:
        if sender not in self._nonces:
            with self._reading("eth_getTransactionCount"):
                nonce = int(self._node.ask("eth_getTransactionCount", sender, "latest"), 16)
            self._nonces[sender] = self._created[sender] = nonce
            self._node.ask("anvil_setBalance", sender, _PLENTY)
        return self._nonces[sender]

    def _send(self, transactions: Sequence[Mapping[str, str]]) -> list[str]:
        return self._node.ask_many([("eth_sendTransaction", [one]) for one in transactions])

    def _reasons(self, failed: Sequence[str]) -> dict[str, str]:
        """Why transactions failed; receipts do not say, traces do."""
        traces = self._node.ask_many([("debug_traceTransaction", [one, _TRACE]) for one in failed])
        with self._reading("debug_traceTransaction"):
            return {one: _failure(trace) for one, trace in zip(failed, traces, strict=True)}

    def _reading(self, what: str) -> AbstractContextManager[None]:
        return readable(self._node.url, what)


def created_address(sender: str, nonce: int) -> str:
    """Where CREATE puts a contract: the hash of the list of sender and nonce."""
    number = nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    digits = number if 0 < nonce < 0x80 else bytes([0x80 + len(number)]) + number
    body = b"\x94" + bytes.fromhex(sender[2:]) + digits
    return "0x" + keccak(bytes([0xC0 + len(body)]) + body)[12:].hex()


def _failure(trace: Mapping[str, Any]) -> str:
    if trace.get("error") == "execution reverted":
        return revert_reason(bytes.fromhex(trace.get("output", "0x")[2:]))
    return f"halted: {trace.get('error', 'no reason given')}"


def _receipt(mined: Mapping[str, Any], reason: str) -> Receipt:
    logs = tuple(
        RawLog(
            log["address"].lower(),
            tuple(bytes.fromhex(topic[2:]) for topic in log["topics"]),
            bytes.fromhex(log["data"][2:]),
        )
        for log in mined["logs"]
    )
    return Receipt(mined["status"] == "0x1", reason, logs, int(mined["gasUsed"], 16))
