"""Moves the state of one revm into a fresh one, leaving its ever-growing journal behind.

pyrevm lists an EVM's storage slots in one place only, the debug text of its journal, where state
comes first and history after. Reading it costs about as long as executing what is in it, so this
is for runs whose journal would otherwise fill the memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyrevm

_ACCOUNT = re.compile(
    r"(0x[0-9a-f]{40}): Account \{ info: AccountInfo \{ balance: (\d+), nonce: (\d+), "
    r"code_hash: 0x[0-9a-f]{64}, code: (.*?) \}, storage: \{(.*?)\}, status: AccountStatus"
)
_CODE = re.compile(r"bytecode: 0x([0-9a-f]*), state: (?:Analysed \{ len: (\d+)|Raw)")
_SLOT = re.compile(
    r"(\d+): StorageSlot \{ previous_or_original_value: \d+, present_value: ([1-9]\d*) \}"
)
# Initcode that returns what follows it: PUSH2 length, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY, ...
_RETURN_REST = "61{length:04x}80600a3d393df3"


class Created(NamedTuple):
    """Where a contract came from: CREATE derives its address from these two."""

    sender: str
    nonce: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of the state; slots that are zero are left out."""

    balance: int
    nonce: int
    code: bytes
    storage: Mapping[int, int]


def read_state(evm: Any) -> dict[str, Account]:
    """Every account the EVM has touched."""
    text: str = evm.journal_str
    text = text[: text.index("}, transient_storage: {")]
    found = {}
    for address, balance, nonce, code, storage in _ACCOUNT.findall(text):
        found[address] = Account(
            balance=int(balance),
            nonce=int(nonce),
            code=_code(code),
            storage={int(slot): int(value) for slot, value in _SLOT.findall(storage)},
        )
    return found


def write_state(evm: Any, state: Mapping[str, Account], created: Mapping[str, Created]) -> None:
    """Give a fresh EVM this state; contracts are created again, so that their code is analysed.

    Code put in directly is analysed anew on each call: right but slow, so it is left to contracts
    that were made by contracts, or made some themselves (creation cannot give them their nonce).
    """
    again = {address: made for address, made in created.items() if state[address].nonce == 1}
    for address, (sender, nonce) in again.items():
        evm.insert_account_info(sender, pyrevm.AccountInfo(nonce=nonce))
        code = state[address].code
        made = evm.deploy(sender, bytes.fromhex(_RETURN_REST.format(length=len(code))) + code)
        if made.lower() != address:
            raise RuntimeError(f"{address} came back as {made}: its creation was not recorded")
    for address, account in state.items():
        if address not in again:
            info = pyrevm.AccountInfo(nonce=account.nonce, code=account.code or None)
            evm.insert_account_info(address, info)
            evm.basic(address)  # loads it into the journal, where the next move finds it
        for slot, value in account.storage.items():
            evm.insert_account_storage(address, slot, value)
        if account.balance:
            evm.set_balance(address, account.balance)


def differences(left: Mapping[str, Account], right: Mapping[str, Account]) -> Iterable[str]:
    """The addresses at which two states differ."""
    empty = Account(balance=0, nonce=0, code=b"", storage={})
    return sorted(
        address
        for address in left.keys() | right.keys()
        if left.get(address, empty) != right.get(address, empty)
    )


def _code(text: str) -> bytes:
    code = _CODE.search(text)
    if code is None:
        return b""
    raw = bytes.fromhex(code[1])
    return raw if code[2] is None else raw[: int(code[2])]  # analysed code is padded
