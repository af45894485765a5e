"""The facts a run leaves behind, as the engine tells them to a recorder.

Facts only: measures are computed later from what is on disk (`sim.metrics`). Rows of which a run
has thousands are named tuples, because appending them must cost less than the EVM's own work.
Money, prices and sizes are `int` in WAD; times unix seconds; `*_wall_s` wall-clock seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from sim.types import MarketSpec

# Who sent a transaction, the action it stands for (None for upkeep), and what its place cost.
Sent = tuple[str, object, int]
REPORTER, UPKEEP = "reporter", "upkeep"

# (contract type, event name) -> (argument name, ABI type) in the order of `EventRecord.values`.
EventSchema = Mapping[tuple[str, str], tuple[tuple[str, str], ...]]


class EventRecord(NamedTuple):
    """One decoded log."""

    block: int
    tx: int  # index in the block, as in TxRecord
    log: int  # index in the block
    contract: str  # its type: "OrderBook", "PriceFeed", ...
    instance: str  # which one: the market of a book, "BTC-USD/2" of a feed, "" of a single one
    event: str
    values: tuple[int | bool | str, ...]


class TxRecord(NamedTuple):
    """One transaction and what became of it; a revert is an outcome, not an exception."""

    block: int
    tx: int
    agent: str
    action: str  # the action's class name: "PlaceOrder", "PushPrice", ...
    market: str  # "" where none is meant
    ok: bool
    error: str  # the revert's text, "" when ok
    gas_used: int | None  # None on an engine whose gas is not a node's
    fee_wei: int  # what the sequencer charged for its place, off chain; 0 where places are free


class MarketRecord(NamedTuple):
    """One market at the end of one block. A price of 0 means there is none."""

    block: int
    time_s: int
    market: str
    true_wad: int  # the price nobody on chain can see
    venues_wad: tuple[int, ...]
    feeds_wad: tuple[int, ...]  # what each reporter last pushed
    index_wad: int
    conf_wad: int
    mark_wad: int
    status: int
    funding_rate_wad: int  # per funding interval
    best_bid_wad: int
    best_ask_wad: int
    last_price_wad: int
    open_interest_wad: int  # base, one side


class VenueTradeRecord(NamedTuple):
    """A trade off the chain, or its refusal; flows are signed as the trader sees them."""

    block: int
    agent: str
    account: int
    venue: str
    market: str
    size_wad: int
    cash_wad: int  # fee included
    fee_wad: int
    before_wad: int  # the venue's price
    after_wad: int
    refusal: str  # "" when it was done


class BlockRecord(NamedTuple):
    """One block as a whole."""

    block: int
    time_s: int
    txs: int
    reverts: int
    insurance_wad: int  # equity of the insurance pool's account
    conservation_error_wad: int  # INV-2: what the vault holds minus what is owed, 0 if sound
    violations: tuple[str, ...]  # "INV-n: what was found", empty if all invariants hold
    digest: str  # of every event up to here, in order: equal on every engine
    base_fee_wei: int  # of a unit of gas; 0 where the ordering has none
    gas_reckoned: int  # by the sequencer, from the action's kind: equal on every engine
    waiting: int  # actions that found no room and wait
    dropped: int  # actions that waited too long and were forgotten in this block
    evm_wall_s: float  # inside the engine's own calls
    wall_s: float  # of the whole step
    markets: tuple[MarketRecord, ...]
    venue_trades: tuple[VenueTradeRecord, ...] = ()


class AccountRecord(NamedTuple):
    """One account at the end of a block."""

    block: int
    account: int
    agent: str
    kind: str  # the agent's strategy: "MarketMaker", "Keeper", "InsurancePool", ...
    cash_wad: int
    equity_wad: int
    maintenance_wad: int
    net_deposit_wad: int  # deposits - withdrawals, moves between own accounts included


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStart:
    """What is known before the first block."""

    scenario: str
    scenario_sha256: str
    scenario_text: str
    seed: int
    engine: str
    blocks: int
    markets: tuple[MarketSpec, ...]
    venues: Mapping[str, tuple[str, ...]]  # names by market, in the order of `venues_wad`
    feeds: Mapping[str, tuple[str, ...]]  # names by market, in the order of `feeds_wad`
    agents: Mapping[str, str]  # kind by name
    contracts_sha256: str
    schema: EventSchema
    price_feeds: Sequence[Mapping[str, object]]  # of a replay: what each venue's files were worth
    pools: Mapping[str, str] = field(default_factory=dict)  # market by spot pool
    node: Mapping[str, str] = field(default_factory=dict)  # client and hardfork, if there is one
    unsafe: Sequence[str] = ()  # methods of index and mark that are there to be beaten


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """What is known after the last block."""

    digest: str  # of every event in order: equal on every engine for one scenario and seed
    blocks: int
    setup_wall_s: float  # compile, deploy and fund, before the first block


class Recorder(Protocol):
    """Keeps what it is told. The engine calls start once, block in order, then accounts, end."""

    def start(self, run: RunStart) -> None:
        """Open the record."""
        ...

    def block(
        self, block: BlockRecord, txs: Sequence[TxRecord], events: Sequence[EventRecord]
    ) -> None:
        """Append one sealed block."""
        ...

    def accounts(self, rows: Sequence[AccountRecord]) -> None:
        """Append accounts as they stand: at least before the first block and after the last."""
        ...

    def end(self, run: RunEnd) -> None:
        """Close the record of a run that reached its last block."""
        ...
