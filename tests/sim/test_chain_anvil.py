from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.chain.anvil import AnvilChain, created_address
from sim.chain.anvil_node import find_anvil
from sim.chain.port import CallReverted
from sim.chain.revm import RevmChain
from tests.sim.chain_fixtures import OWNER, tiny_initcode
from tests.sim.chain_scripts import call, digest_of_a_trade, facts_of_a_script
from tests.support.contracts import START_S


def has_anvil() -> bool:
    try:
        find_anvil()
    except RuntimeError:
        return False
    return True


pytestmark = pytest.mark.skipif(not has_anvil(), reason="anvil is not installed")


@pytest.fixture
def anvil() -> Iterator[AnvilChain]:
    chain = AnvilChain()
    yield chain
    chain.close()


def test_anvil__script_of_calls__says_what_revm_says(anvil):
    assert facts_of_a_script(anvil) == facts_of_a_script(RevmChain())


def test_anvil__gas__is_what_a_node_charges(anvil):
    anvil.begin_block(number=1, timestamp_s=START_S)
    to = anvil.deploy(OWNER, tiny_initcode(10))
    anvil.seal()
    anvil.begin_block(number=2, timestamp_s=START_S + 1)
    anvil.submit([call(to, "keep", 1, 1), call(to, "keep", 1, 1)])
    first, second = anvil.seal()
    # A fresh slot costs 22,100; the second call finds it cold again, unchanged: 2,200.
    assert first.gas_used - second.gas_used == 22_100 - 2_200


def test_seal__constructor_refuses__raises_its_reason(anvil):
    anvil.begin_block(number=1, timestamp_s=START_S)
    anvil.deploy(OWNER, tiny_initcode(0))
    with pytest.raises(CallReverted, match=r"^tiny: limit is zero$"):
        anvil.seal()


def test_deploy__sender_has_calls_in_the_block__is_refused(anvil):
    anvil.begin_block(number=1, timestamp_s=START_S)
    to = anvil.deploy(OWNER, tiny_initcode(1))
    anvil.submit([call(to, "add", 1, sender=OWNER)])
    with pytest.raises(RuntimeError, match="create contracts before them"):
        anvil.deploy(OWNER, tiny_initcode(1))


def test_begin_block__number_not_after_the_last__is_refused(anvil):
    anvil.begin_block(number=3, timestamp_s=START_S)
    anvil.seal()
    with pytest.raises(ValueError, match="block 3 does not follow block 3"):
        anvil.begin_block(number=3, timestamp_s=START_S + 1)


@pytest.mark.parametrize("nonce", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 70_000])
def test_created_address__nonces_of_every_length__match_rlp(nonce):
    import rlp
    from eth_hash.auto import keccak

    encoded = rlp.encode([bytes.fromhex(OWNER[2:]), nonce])
    assert created_address(OWNER, nonce) == "0x" + keccak(encoded)[12:].hex()


def test_digest__the_protocol_traded_on__is_the_same_on_both_engines(anvil):
    on_revm = digest_of_a_trade(RevmChain())
    _, fills, (refused,) = on_revm
    # Two takers found a maker; the stranger, who has no margin, did not.
    assert fills == 2
    assert refused.endswith("margin not met")
    assert digest_of_a_trade(anvil) == on_revm
