"""A pytest plugin: what the tests deploy on revm is executed by py-evm, whose steps can be seen."""

from __future__ import annotations

from typing import Any, NamedTuple

from eth.constants import BLANK_ROOT_HASH
from eth.db.atomic import AtomicDB
from eth.vm.forks.cancun.state import CancunState

import sim.chain.revm
from sim.chain.pyevm import PyEvmChain, _context


class Snapshot(NamedTuple):
    """A state to return to."""

    state_root: Any
    block: tuple[int, int]


class TracedChain(PyEvmChain):
    """The reference engine, with the snapshots that tests take and gas that never ends."""

    name = "revm"

    def __init__(self, **_: object) -> None:
        super().__init__()
        self._db = AtomicDB()
        self._state = CancunState(self._db, _context(0, 0), BLANK_ROOT_HASH)

    def snapshot(self) -> Snapshot:
        """Remember the state between two blocks, for one `revert`; snapshots nest."""
        self._state.lock_changes()
        self._state.persist()
        return Snapshot(self._state.state_root, self._block)

    def revert(self, snapshot: Snapshot) -> None:
        """Return to a snapshot, which is used up, as are those taken after it."""
        self._block = snapshot.block
        self._state = CancunState(self._db, _context(*self._block), snapshot.state_root)
        self._receipts.clear()


sim.chain.revm.RevmChain = TracedChain  # type: ignore[misc, assignment]
