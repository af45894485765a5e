"""What a run leaves behind: facts, as the engine hands them to a recorder, block by block.

Rows that come by the ten thousand are named tuples, which cost a fraction of a dataclass to
make. Money, prices and sizes are `int` in WAD; 0 stands for "none" in prices of books and feeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sim.types import MarketSpec


class TxRecord(NamedTuple):
    """One executed transaction: who asked for what, and what came of it."""

    block: int
    position: int
    agent: str
    action: str
    ok: bool
    error: str


class EventRecord(NamedTuple):
    """One decoded log; `tx` is the position of its transaction in the block."""

    block: int
    tx: int
    contract: str
    name: str
    values: tuple[object, ...]


class AccountRecord(NamedTuple):
    """One account at the end of a block; `paid_in_wad` is deposits less withdrawals."""

    block: int
    agent: str
    kind: str
    account: int
    paid_in_wad: int
    cash_wad: int
    equity_wad: int
    notional_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRecord:
    """One market at the start of a block, after the reporters' pushes and before any trade."""

    true_price_wad: int
    venues_wad: tuple[int, ...]
    feeds_wad: tuple[int, ...]
    index_wad: int
    conf_wad: int
    mark_wad: int
    status: int
    best_bid_wad: int
    best_ask_wad: int
    last_price_wad: int
    open_interest_wad: int
    funding_rate_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRecord:
    """One block: its markets as agents saw them, and the system's money after it."""

    block: int
    time_s: int
    markets: Mapping[str, MarketRecord]
    pool_wad: int
    fees_wad: int
    dust_wad: int
    vault_wad: int
    open_accounts: int
    sick_accounts: int
    sent: int
    reverted: int
    violations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStart:
    """What is known before the first block; `owners` maps 0x owner addresses to agents' names."""

    scenario: str
    scenario_hash: str
    seed: int
    engine: str
    block_time_s: int
    markets: tuple[MarketSpec, ...]
    venues: tuple[str, ...]
    feeds: tuple[str, ...]
    owners: Mapping[str, str]
    kinds: Mapping[str, str]
    system_accounts: Mapping[str, int]


class Recorder(Protocol):
    """Takes facts in the order they happen; each block's rows arrive before its record."""

    def start(self, run: RunStart) -> None:
        """Called once, after deployment and funding and before the first block."""
        ...

    def transactions(self, rows: Sequence[TxRecord]) -> None:
        """The block's transactions in order of execution."""
        ...

    def events(self, rows: Sequence[EventRecord]) -> None:
        """The block's events in order of emission."""
        ...

    def accounts(self, rows: Sequence[AccountRecord]) -> None:
        """Every funded account; called for the last block and at sampled ones."""
        ...

    def block(self, record: BlockRecord) -> None:
        """The block is complete."""
        ...


class NoRecorder:
    """Keeps nothing: for timing and for tests that look at the result alone."""

    def start(self, run: RunStart) -> None:
        """Keeps nothing."""

    def transactions(self, rows: Sequence[TxRecord]) -> None:
        """Keeps nothing."""

    def events(self, rows: Sequence[EventRecord]) -> None:
        """Keeps nothing."""

    def accounts(self, rows: Sequence[AccountRecord]) -> None:
        """Keeps nothing."""

    def block(self, record: BlockRecord) -> None:
        """Keeps nothing."""
