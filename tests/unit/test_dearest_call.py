"""The dearest call that anybody can bring about fits a transaction with room to spare."""

from __future__ import annotations

from sim.chain.pyevm import PyEvmChain
from sim.experiments.gas.obstacle_stories import DEAREST, everywhere, everywhere_config
from sim.experiments.gas.testbed import BOOK, MARKET, GasTestbed, account_of


def test_liquidate__everything_that_can_stand_in_the_way__costs_less_than_the_bound():
    testbed = GasTestbed(PyEvmChain(), everywhere_config())
    everywhere(testbed)
    # A refund comes back when all is paid: the limit a sender must set is a fifth more at most.
    assert testbed.gas["liquidate_everywhere"] <= DEAREST
    victim = account_of("victim")
    assert testbed.read("Clearinghouse", "size_of", victim, MARKET) == 0
    assert not testbed.read(BOOK, "orders_of", victim)
