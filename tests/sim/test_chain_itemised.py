from __future__ import annotations

import pytest

from sim.chain.anvil import AnvilChain
from sim.chain.itemised import KINDS, ItemisedChain
from sim.chain.revm import RevmChain
from sim.experiments.gas.safety_stories import liquidation
from sim.experiments.gas.testbed import GasTestbed
from sim.experiments.gas.trading_stories import prices
from tests.sim.chain_fixtures import OWNER, tiny_initcode
from tests.sim.chain_scripts import call, facts_of_a_script
from tests.sim.test_chain_anvil import has_anvil


def test_itemised__script_of_calls__says_what_revm_says():
    assert facts_of_a_script(ItemisedChain()) == facts_of_a_script(RevmChain())


def test_bills__writing_and_clearing_a_slot__add_up_to_the_gas():
    chain = ItemisedChain()
    counter = chain.deploy(OWNER, tiny_initcode(10))
    chain.begin_block(number=1, timestamp_s=1_000)
    chain.submit([call(counter, "keep", 1, 1), call(counter, "keep", 1, 0)])
    chain.submit([call(counter, "add", 1)])
    receipts = chain.seal()
    for receipt, bill in zip(receipts, chain.bills, strict=True):
        assert tuple(bill) == KINDS
        assert sum(bill.values()) == receipt.gas_used
    written, cleared, counted = chain.bills
    assert (written["writes"], cleared["writes"]) == (22_100, 5_000)
    assert (written["refund"], cleared["refund"]) == (0, -4_800)
    assert written["logs"] == 0
    assert counted["logs"] == 375 + 2 * 375 + 2 * 32 * 8
    assert counted["reads"] == 2_100 + 2 * 100


def test_stage__an_engine_that_does_not_know_its_gas__is_refused():
    testbed = GasTestbed(RevmChain())
    with pytest.raises(RuntimeError, match="revm cannot tell what a node would charge"):
        testbed.index(60_000)


@pytest.mark.skipif(not has_anvil(), reason="anvil is not installed")
@pytest.mark.parametrize("story", [prices, liquidation])
def test_gas__of_a_story__is_the_same_on_a_node(story):
    here = GasTestbed(ItemisedChain())
    story(here)
    node = AnvilChain()
    try:
        there = GasTestbed(node)
        story(there)
    finally:
        node.close()
    assert there.gas == here.gas
