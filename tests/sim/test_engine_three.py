from __future__ import annotations

from functools import cache

import pytest

from sim.chain.anvil_node import find_anvil
from sim.chain.port import EngineError
from sim.records.rows import TxRecord
from sim.scenario import Scenario, parse_scenario
from tests.sim.engine_runs import Kept, calm, run_scenario

# Two longs at their limit and a price that falls through their bankruptcy, in as few transactions
# as that takes: py-evm executes some hundred and fifty thousand instructions a second.
_CRASH = """
name: small_crash
seed: 5
blocks: 8
block_time_s: 5
start_time: 2025-06-01T12:00:00Z
markets:
  BTC-USD: {}
prices:
  BTC-USD:
    kind: anchored
    vol_per_year: 0.05
    anchors:
      - {time: 2025-06-01T12:00:00Z, price: 60_000, source: made}
      - {time: 2025-06-01T12:00:20Z, price: 60_000, source: made}
      - {time: 2025-06-01T12:00:40Z, price: 57_000, source: made}
venues: [{name: one}, {name: two}, {name: three}]
insurance: 250_000
ordering: {kind: priority_fee, gas_limit: 4_000_000}
agents:
  - kind: market_maker
    name: maker
    capital: 500_000
    half_spread: 0.0003
    layers: 2
    layer_step: 0.0004
    layer_notional: 100_000
    max_inventory: 400_000
    skew: 0.0005
    refresh: 0.0004
    priority_fee_gwei: 2
  - kind: leveraged_long
    count: 2
    capital: 1_000
    leverage: 50
    opens_at_block: 2
    margin: isolated
  - {kind: liquidation_keeper, capital: 1_000, priority_fee_gwei: 5}
"""


def scenario(name: str) -> Scenario:
    if name == "calm":
        thin = ("agents.0.count=1", "agents.0.layers=2", "agents.1.layers=2")
        return calm("check_every_blocks=1000", *thin, blocks=3)
    return parse_scenario(_CRASH, label=name)


@cache
def on(engine: str, name: str) -> tuple[str, tuple[str, ...], list[TxRecord], set[str]]:
    """A run's digest, the digest of each of its blocks, its transactions, its kinds of event."""
    kept = Kept()
    result = run_scenario(scenario(name), 3, engine, kept)
    assert result.violations == ()
    assert kept.run is not None
    assert kept.run.node.get("hardfork") == ("Cancun" if engine == "anvil" else None)
    blocks = tuple(block.digest for block in kept.blocks)
    assert blocks[-1] == result.digest
    return result.digest, blocks, kept.txs, {log.event for log in kept.logs}


def without_gas(txs: list[TxRecord]) -> list[TxRecord]:
    return [tx._replace(gas_used=None) for tx in txs]


SCENARIOS = pytest.mark.parametrize("name", ["calm", "small_crash"])


@SCENARIOS
def test_run__reference_engine__comes_to_the_digest_of_every_block(name: str) -> None:
    digest, blocks, txs, _ = on("revm", name)
    assert on("pyevm", name)[:2] == (digest, blocks)
    assert without_gas(on("pyevm", name)[2]) == txs


@SCENARIOS
def test_run__real_node__comes_to_the_digest_of_every_block_and_the_reference_gas(
    name: str,
) -> None:
    try:
        find_anvil()
    except EngineError as error:
        pytest.skip(str(error))
    digest, blocks, txs, _ = on("revm", name)
    assert on("anvil", name)[:2] == (digest, blocks)
    assert without_gas(on("anvil", name)[2]) == txs
    # Two programs by different hands, one in Python and one in Rust, charge the same to the unit.
    assert [tx.gas_used for tx in on("anvil", name)[2]] == [
        tx.gas_used for tx in on("pyevm", name)[2]
    ]


def test_small_crash__on_any_engine__has_fills_reverts_or_liquidations_worth_comparing() -> None:
    _, _, txs, events = on("revm", "small_crash")
    assert {"OrderFilled", "AccountLiquidated", "MarketPoked"} <= events
    assert {"PushPrice", "PlaceMany", "PlaceOrder", "Liquidate"} <= {tx.action for tx in txs}
    assert all(tx.fee_wei > 0 for tx in txs if tx.action == "Liquidate")
