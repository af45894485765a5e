from __future__ import annotations

import pytest

from sim.chain.port import TRANSACTION_GAS, CallReverted
from sim.chain.pyevm import PyEvmChain
from sim.chain.revm import RevmChain
from tests.sim.chain_fixtures import OWNER, tiny_initcode
from tests.sim.chain_scripts import call, digest_of_a_trade, facts_of_a_script, read


@pytest.fixture
def chain() -> PyEvmChain:
    return PyEvmChain()


@pytest.fixture
def counter(chain: PyEvmChain) -> str:
    address = chain.deploy(OWNER, tiny_initcode(limit=10))
    chain.begin_block(number=1, timestamp_s=1_000)
    return address


def test_pyevm__script_of_calls__says_what_revm_says(chain):
    assert facts_of_a_script(chain) == facts_of_a_script(RevmChain())


def test_digest__the_protocol_traded_on__is_the_same_in_both_processes(chain):
    assert digest_of_a_trade(chain) == digest_of_a_trade(RevmChain())


def test_submit__gas__is_what_a_node_charges(chain, counter):
    chain.submit([call(counter, "keep", 1, 1), call(counter, "keep", 1, 1)])
    first, second = chain.seal()
    assert first.gas_used is not None
    assert second.gas_used is not None
    # A fresh slot costs 22,100; the second call finds it cold again, unchanged: 2,200.
    assert first.gas_used - second.gas_used == 22_100 - 2_200
    assert second.gas_used > 21_000 + 2_200


def test_submit__clearing_a_slot__is_refunded_up_to_a_fifth(chain, counter):
    chain.submit([call(counter, "keep", 1, 1), call(counter, "keep", 1, 0)])
    _, cleared = chain.seal()
    chain.begin_block(number=2, timestamp_s=1_001)
    chain.submit([call(counter, "keep", 1, 0)])
    (unchanged,) = chain.seal()
    # 5,000 for the write instead of 2,200, less the refund of 4,800.
    assert cleared.gas_used == unchanged.gas_used + 2_800 - 4_800


def test_submit__halted_call__is_an_outcome(chain, counter):
    chain.submit([call("0x" + "77" * 20, "add", 1), call(counter, "add", 1)])
    assert [receipt.ok for receipt in chain.seal()] == [True, True]  # nobody lives there
    forever = chain.deploy(OWNER, bytes.fromhex("635b600056600052600460" + "1cf3"))
    chain.submit([call(forever, "add", 1)])
    (receipt,) = chain.seal()
    assert (receipt.ok, receipt.error, receipt.logs) == (False, "halted: OutOfGas", ())
    assert receipt.gas_used == TRANSACTION_GAS


def test_read__function_that_writes__leaves_no_trace(chain, counter):
    chain.submit([call(counter, "add", 3)])
    assert read(chain, counter, "scratch_once") == 1
    assert read(chain, counter, "kept", 999) == 0
    with pytest.raises(CallReverted, match=r"^tiny: over the limit$"):
        read(chain, counter, "add", 8)
    assert read(chain, counter, "count") == 3
    assert len(chain.seal()) == 1


def test_deploy__constructor_reverts__says_its_reason_and_uses_no_nonce(chain):
    with pytest.raises(CallReverted, match=r"^tiny: limit is zero$"):
        chain.deploy(OWNER, tiny_initcode(0))
    assert chain.deploy(OWNER, tiny_initcode(1)) == RevmChain().deploy(OWNER, tiny_initcode(1))


@pytest.mark.parametrize(("number", "timestamp_s"), [(1, 2_000), (2, 1_000)])
def test_begin_block__not_after_the_last__is_refused(chain, counter, number, timestamp_s):
    with pytest.raises(ValueError, match="does not follow block 1 at 1000 s"):
        chain.begin_block(number=number, timestamp_s=timestamp_s)
