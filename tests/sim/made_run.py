"""A small run with known figures, told to a recorder as the engine would tell it."""

from __future__ import annotations

from pathlib import Path

from sim.records.recorder import FolderRecorder
from sim.records.rows import (
    AccountRecord,
    BlockRecord,
    EventRecord,
    MarketRecord,
    Recorder,
    RunEnd,
    RunStart,
    TxRecord,
)
from sim.types import MarketSpec
from sim.units import WAD

START_S = 1_760_130_000
BLOCK_S = 2
LIQUIDATED = "AccountLiquidated"
SCHEMA = {
    ("OrderBook", "OrderPlaced"): (
        ("order_id", "uint256"),
        ("is_buy", "bool"),
        ("price_wad", "uint256"),
        ("size_wad", "uint256"),
    ),
    ("Clearinghouse", "PositionChanged"): (
        ("account", "uint256"),
        ("market", "uint256"),
        ("kind", "uint256"),
        ("size_delta_wad", "int256"),
        ("size_wad", "int256"),
        ("quote_wad", "int256"),
        ("cash_wad", "int256"),
        ("fee_wad", "uint256"),
        ("funding_wad", "int256"),
        ("mark_wad", "uint256"),
    ),
    ("Clearinghouse", "FundingSettled"): (
        ("account", "uint256"),
        ("market", "uint256"),
        ("funding_wad", "int256"),
        ("cash_wad", "int256"),
    ),
    ("Liquidator", LIQUIDATED): (
        ("account", "uint256"),
        ("market", "uint256"),
        ("keeper", "address"),
        ("rung", "uint256"),
        ("size_delta_wad", "int256"),
        ("notional_wad", "uint256"),
        ("penalty_wad", "uint256"),
        ("reward_wad", "uint256"),
        ("mark_wad", "uint256"),
        ("equity_before_wad", "int256"),
        ("maintenance_before_wad", "uint256"),
        ("equity_after_wad", "int256"),
        ("maintenance_after_wad", "uint256"),
    ),
}
MARKET = MarketSpec(
    name="BTC-USD",
    market_id=1,
    tick_wad=WAD // 10,
    lot_wad=WAD // 10_000,
    min_notional_wad=10 * WAD,
    taker_fee_bps=5,
    max_leverage=100,
)
START = RunStart(
    scenario="made",
    scenario_sha256="ab" * 32,
    scenario_text="name: made\n",
    seed=7,
    engine="revm",
    node={"client": "anvil/v1", "hardfork": "Cancun"},
    blocks=5,
    markets=(MARKET,),
    venues={"BTC-USD": ("binance", "coinbase")},
    feeds={"BTC-USD": ("feed 0", "feed 1", "feed 2")},
    agents={"maker": "MarketMaker", "whale": "Whale"},
    contracts_sha256="cd" * 32,
    schema=SCHEMA,
    price_feeds=({"venue": "prices", "rows": 5, "gaps": 0},),
)

# What happens in the five blocks, in whole units.
TRUE = (100, 98, 90, 85, 88)
INDEX = (100, 99, 92, 85, 87)
MARK = (100, 99, 93, 86, 87)
POOL = (50, 52, 40, 45, 47)
# block: (account, size delta, notional, equity after)
STRUCK = {2: [(11, -2, 186, 3)], 3: [(12, -1, 86, 0), (13, -1, 86, -4)]}


def market_row(block: int) -> MarketRecord:
    """The one market at a block."""
    true, index, mark = (values[block] * WAD for values in (TRUE, INDEX, MARK))
    return MarketRecord(
        block=block,
        time_s=START_S + BLOCK_S * block,
        market="BTC-USD",
        true_wad=true,
        venues_wad=(true, true + WAD // 2),
        feeds_wad=(0 if block == 0 else index, index, index + WAD // 10),
        index_wad=index,
        conf_wad=WAD // 10,
        mark_wad=mark,
        status=3 if block == 3 else 0,
        funding_rate_wad=WAD // 10_000,
        best_bid_wad=mark - WAD // 10,
        best_ask_wad=mark + WAD // 10,
        last_price_wad=mark,
        open_interest_wad=(10 - 2 * block) * WAD,
    )


def event_rows(block: int) -> list[EventRecord]:
    """The logs of a block: an order, funding both ways, and this block's liquidations."""
    paid = WAD // 4
    found: list[tuple[str, str, str, tuple[int | bool | str, ...]]] = [
        ("OrderBook", "BTC-USD", "OrderPlaced", (block, block % 2 == 0, MARK[block] * WAD, WAD)),
        (
            "Clearinghouse",
            "",
            "PositionChanged",
            (1 << 200, 1, 0, 0, 0, 0, 0, 0, paid, MARK[block] * WAD),
        ),
        ("Clearinghouse", "", "FundingSettled", (2, 1, -paid, 5 * WAD)),
    ]
    for account, delta, notional, left in STRUCK.get(block, []):
        money = (delta, notional, 2, 1, MARK[block], 1, 2, left, 1)
        values = (account, 1, "0x" + "11" * 20, 0, *(value * WAD for value in money))
        found.append(("Liquidator", "", LIQUIDATED, values))
    return [
        EventRecord(block, 0, log, contract, instance, event, values)
        for log, (contract, instance, event, values) in enumerate(found)
    ]


def account_rows(block: int) -> list[AccountRecord]:
    """Three accounts, one of which ends below zero."""
    rows = (("maker", "MarketMaker", 110), ("whale", "Whale", -4), ("whale", "Whale", 60))
    return [
        AccountRecord(block, at, agent, kind, 100 * WAD, equity * WAD, WAD, 100 * WAD)
        for at, (agent, kind, equity) in enumerate(rows, start=11)
    ]


def tell(recorder: Recorder, blocks: int = 5, *, conservation_error_wad: int = 0) -> None:
    """Tell the first `blocks` blocks of the run to a recorder, and the end after the fifth."""
    recorder.start(START)
    for block in range(blocks):
        txs = [
            TxRecord(block, 0, "maker", "PlaceOrder", "BTC-USD", True, "", None, 7),
            TxRecord(block, 1, "whale", "PlaceOrder", "BTC-USD", False, "book: no", 21_000, 5),
        ]
        row = BlockRecord(
            block=block,
            time_s=START_S + BLOCK_S * block,
            txs=2,
            reverts=1,
            insurance_wad=POOL[block] * WAD,
            conservation_error_wad=conservation_error_wad if block == 1 else 0,
            violations=(),
            digest=f"{block:064x}",
            base_fee_wei=10**9,
            gas_reckoned=400_000,
            waiting=block,
            dropped=0,
            evm_wall_s=0.01,
            wall_s=0.02,
            markets=(market_row(block),),
        )
        recorder.block(row, txs, event_rows(block))
    if blocks == len(TRUE):
        recorder.accounts(account_rows(blocks - 1))
        recorder.end(RunEnd(digest="ef" * 32, blocks=blocks, setup_wall_s=0.5))


def made_run(path: Path) -> Path:
    """The run's folder, written."""
    tell(FolderRecorder(path, {}))
    return path
