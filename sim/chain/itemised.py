"""py-evm with an itemised bill: what each transaction's gas went on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from eth.abc import ComputationAPI, SignedTransactionAPI
from eth.constants import BLANK_ROOT_HASH
from eth.db.atomic import AtomicDB
from eth.vm.forks.cancun import CancunVM
from eth.vm.forks.cancun.computation import CancunComputation
from eth.vm.forks.cancun.state import CancunState

from sim.chain.port import Call
from sim.chain.pyevm import PyEvmChain

KINDS = ("transaction", "accounts", "reads", "writes", "logs", "code", "refund")
# By how py-evm's reasons begin; `code` is everything else that executes.
_BEGINNINGS = {
    **{f"{call} charges implicit account load": "accounts" for call in ("CALL", "STATICCALL")},
    "EXTCODECOPY": "accounts",
    "EXTCODEHASH": "accounts",  # so it says of EXTCODESIZE
    "SLOAD": "reads",
    "SSTORE": "writes",
    "Implicit SLOAD during SSTORE": "writes",
    **{f"LOG{topics}": "logs" for topics in range(5)},
    "Log topic and data gas cost": "logs",
}
_INITIALS = frozenset(beginning[0] for beginning in _BEGINNINGS)

Bill = Mapping[str, int]


class ItemisedChain(PyEvmChain):
    """As py-evm, with a bill by KINDS for each call of the open block, in order."""

    def __init__(self) -> None:
        super().__init__()
        self._state: _State = _State(AtomicDB(), self._state.execution_context, BLANK_ROOT_HASH)
        self.bills: list[Bill] = []

    def begin_block(self, *, number: int, timestamp_s: int) -> None:
        """Open a block; both values must be above those of the block before."""
        super().begin_block(number=number, timestamp_s=timestamp_s)
        self.bills = []

    def submit(self, calls: Sequence[Call]) -> None:
        """Execute the calls in the open block."""
        for call in calls:
            super().submit([call])
            self.bills.append(self._state.bill)


class _Computation(CancunComputation):  # type: ignore[misc]  # eth is Any to mypy
    """Counts what is spent on state; the rest is left to a subtraction."""

    state: _State

    def consume_gas(self, amount: int, reason: str) -> None:
        if reason[0] in _INITIALS:
            for beginning, kind in _BEGINNINGS.items():
                if reason.startswith(beginning):
                    self.state.spent[kind] += amount
                    break
        super().consume_gas(amount, reason)


class _State(CancunState):  # type: ignore[misc]
    computation_class = _Computation
    spent: Counter[str]
    bill: Bill

    def apply_transaction(self, transaction: SignedTransactionAPI) -> ComputationAPI:
        self.spent = Counter()
        computation = super().apply_transaction(transaction)
        left = computation.get_gas_remaining()
        executed = computation.msg.gas - left
        charged = CancunVM.finalize_gas_used(transaction, computation)
        items = self.spent | {
            "code": executed - self.spent.total(),
            "transaction": transaction.gas - computation.msg.gas,
            "refund": charged - (transaction.gas - left),
        }
        self.bill = {kind: items.get(kind, 0) for kind in KINDS}
        return computation
