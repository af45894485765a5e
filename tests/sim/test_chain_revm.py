from __future__ import annotations

import pytest
from eth_hash.auto import keccak

from sim.chain.port import Call, CallReverted, Chain
from sim.chain.revm import RevmChain
from sim.chain.revm_state import differences, read_state
from tests.sim.chain_fixtures import OWNER, STRANGER, tiny_initcode, tiny_methods


@pytest.fixture
def chain() -> RevmChain:
    return RevmChain()


@pytest.fixture
def counter(chain: Chain) -> str:
    address = chain.deploy(OWNER, tiny_initcode(limit=10))
    chain.begin_block(number=1, timestamp_s=1_000)
    return address


def read(chain: Chain, to: str, name: str, *arguments: object) -> object:
    method = tiny_methods()[name]
    return method.decode(chain.read(to, method.encode(*arguments)))


def call(to: str, name: str, *arguments: object) -> Call:
    return Call(STRANGER, to, tiny_methods()[name].encode(*arguments))


def test_deploy__two_senders__address_follows_sender_and_nonce(chain):
    addresses = [chain.deploy(sender, tiny_initcode(1)) for sender in (OWNER, OWNER, STRANGER)]
    assert len(set(addresses)) == 3
    assert all(address == address.lower() for address in addresses)
    # CREATE: keccak(rlp(sender, 0)), computed here by hand for the first one
    rlp = b"\xd6\x94" + bytes.fromhex(OWNER[2:]) + b"\x80"
    assert addresses[0] == "0x" + keccak(rlp)[12:].hex()


def test_deploy__constructor_reverts__says_its_reason(chain):
    with pytest.raises(CallReverted, match=r"^tiny: limit is zero$"):
        chain.deploy(OWNER, tiny_initcode(0))


def test_submit__calls_in_order__each_sees_the_one_before(chain, counter):
    chain.submit([call(counter, "add", 4), call(counter, "add", 5)])
    assert read(chain, counter, "count") == 9
    chain.submit([call(counter, "add", 2), call(counter, "add", 1)])
    outcomes = [(receipt.ok, receipt.error) for receipt in chain.seal()]
    assert outcomes == [(True, ""), (True, ""), (False, "tiny: over the limit"), (True, "")]
    assert read(chain, counter, "count") == 10


def test_submit__revert_without_reason__is_said_and_undone(chain, counter):
    chain.submit([call(counter, "fail_silently")])
    (receipt,) = chain.seal()
    assert (receipt.ok, receipt.error) == (False, "reverted without a reason")
    assert receipt.logs == ()
    assert read(chain, counter, "count") == 0


def test_seal__next_block__starts_without_receipts(chain, counter):
    chain.submit([call(counter, "add", 1)])
    assert len(chain.seal()) == 1
    chain.begin_block(number=2, timestamp_s=1_001)
    assert chain.seal() == []


def test_submit__logs__are_those_of_the_call_alone(chain, counter):
    chain.submit([call(counter, "add", 1), call(counter, "place", 3)])
    first, second = chain.seal()
    assert [len(first.logs), len(second.logs)] == [1, 2]
    assert {log.address for log in first.logs + second.logs} == {counter}
    assert second.logs[0].topics[1] == (3).to_bytes(32, "big")


def test_submit__transient_storage__is_fresh_in_every_call(chain, counter):
    chain.submit([call(counter, "scratch_once")] * 3)
    assert all(receipt.ok for receipt in chain.seal())
    assert read(chain, counter, "kept", 999) == 1
    assert read(chain, counter, "scratch_once") == 1


def test_read__function_that_writes__leaves_no_trace(chain, counter):
    before = read_state(chain._evm)
    chain.read(counter, tiny_methods()["keep"].encode(5, 6))
    with pytest.raises(CallReverted, match=r"^tiny: over the limit$"):
        chain.read(counter, tiny_methods()["add"].encode(11))
    assert read(chain, counter, "kept", 5) == 0
    assert not differences(before, read_state(chain._evm))
    assert chain.seal() == []


def test_begin_block__given_number_and_time__are_what_contracts_see(chain, counter):
    chain.begin_block(number=17, timestamp_s=2_000)
    assert read(chain, counter, "clock") == (17, 2_000)


@pytest.mark.parametrize(("number", "timestamp_s"), [(1, 2_000), (2, 1_000)])
def test_begin_block__time_or_number_not_after_the_last__is_refused(
    chain, counter, number, timestamp_s
):
    with pytest.raises(ValueError, match="does not follow block 1 at 1000 s"):
        chain.begin_block(number=number, timestamp_s=timestamp_s)


def test_revert__to_nested_snapshots__returns_state_block_and_receipts(chain, counter):
    outer = chain.snapshot()
    chain.submit([call(counter, "add", 1)])
    chain.seal()
    chain.begin_block(number=2, timestamp_s=1_002)
    inner = chain.snapshot()
    chain.submit([call(counter, "add", 2)])
    chain.revert(inner)
    assert (read(chain, counter, "count"), chain.seal()) == (1, [])
    chain.revert(outer)
    assert read(chain, counter, "count") == 0
    assert read(chain, counter, "clock") == (1, 1_000)


def test_compact__state_of_every_kind__is_equal_before_and_after(chain, counter):
    second = chain.deploy(STRANGER, tiny_initcode(limit=77))
    chain.submit([call(counter, "keep", slot, slot * 2**200) for slot in range(40)])
    chain.submit([call(counter, "keep", 3, 0), call(counter, "clone", second)])
    chain.seal()
    before = read_state(chain._evm)
    frames = chain._evm.journal_len
    for _ in range(2):  # twice: what was moved in must be found again
        chain.compact()
        assert differences(before, read_state(chain._evm)) == []
    assert chain._evm.journal_len < frames
    assert read(chain, second, "limit") == 77
    assert read(chain, counter, "kept", 39) == 39 * 2**200
    assert read(chain, counter, "clock") == (1, 1_000)


def test_compact__next_creation__has_the_address_it_would_have_had(counter, chain):
    twin = RevmChain()
    twin.deploy(OWNER, tiny_initcode(limit=10))
    chain.compact()
    assert chain.deploy(OWNER, tiny_initcode(1)) == twin.deploy(OWNER, tiny_initcode(1))


def test_differences__one_slot_changed__names_its_account(chain, counter):
    before = read_state(chain._evm)
    chain.submit([call(counter, "keep", 1, 1)])
    assert differences(before, read_state(chain._evm)) == [counter]


def test_begin_block__long_run__compacts_and_gives_the_same_logs():
    logs = []
    for frames in (50, 10**9):
        chain = RevmChain(compact_at_frames=frames)
        counter = chain.deploy(OWNER, tiny_initcode(limit=10**9))
        seen, most = [], 0
        for number in range(1, 101):
            chain.begin_block(number=number, timestamp_s=number)
            chain.submit([call(counter, "add", number), call(counter, "keep", number, 1)])
            seen += [receipt.logs for receipt in chain.seal()]
            most = max(most, chain._evm.journal_len)
        logs.append(seen)
        assert (most < 100) == (frames == 50)
    assert logs[0] == logs[1]


def test_compact__open_snapshot__is_refused(chain, counter):
    chain.snapshot()
    with pytest.raises(RuntimeError, match="a snapshot is open"):
        chain.compact()
