from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sim.chain.anvil import AnvilChain, created_address
from sim.chain.anvil_node import find_anvil
from sim.chain.engines import open_chain
from sim.chain.json_rpc import JsonRpc
from sim.chain.port import CallReverted, EngineError
from sim.chain.revm import RevmChain
from tests.sim.chain_fixtures import OWNER, tiny_initcode
from tests.sim.chain_scripts import call, digest_of_a_trade, facts_of_a_script
from tests.support.contracts import START_S

ROOT = Path(__file__).resolve().parents[2]


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
    with pytest.raises(ValueError, match=r"block 3 at \d+ s does not follow block 3"):
        anvil.begin_block(number=3, timestamp_s=START_S + 1)


@pytest.mark.parametrize("chain", ["anvil", "revm", "pyevm"])
def test_begin_block__time_of_the_block_before__is_refused_on_every_engine(chain):
    opened = open_chain(chain)
    try:
        opened.begin_block(number=3, timestamp_s=START_S)
        opened.seal()
        with pytest.raises(ValueError, match=f"block 4 at {START_S} s does not follow block 3"):
            opened.begin_block(number=4, timestamp_s=START_S)
    finally:
        opened.close()


def test_begin_block__gap_in_numbers__takes_no_time_from_the_clock_on_the_wall(anvil):
    anvil.begin_block(number=1, timestamp_s=START_S)
    anvil.seal()
    anvil._node.ask("evm_increaseTime", hex(1_000))  # as if the run had waited so long
    anvil.begin_block(number=5, timestamp_s=START_S + 1)
    anvil.seal()
    blocks = [anvil._node.ask("eth_getBlockByNumber", hex(number), False) for number in range(1, 6)]
    times = [int(block["timestamp"], 16) for block in blocks]
    assert times == [START_S] * 4 + [START_S + 1]


def test_rpc__node_with_a_cap_on_the_gas_of_a_transaction__creates_and_calls():
    with node_of("--hardfork", "osaka", "--enable-tx-gas-limit") as url:
        capped = AnvilChain(url)
        assert digest_of_a_trade(capped) == digest_of_a_trade(RevmChain())
        told = dict(capped.node)
        capped.close()
    assert told.pop("client").startswith("anvil/")
    assert told == {"hardfork": "Osaka"}


@contextmanager
def node_of(*options: str) -> Iterator[str]:
    """A node that somebody else started, waiting for transactions in the order of their price."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    told = ["--silent", "--order", "fees", "--timestamp", "1", "--port", port, *options]
    process = subprocess.Popen([find_anvil(), *told], start_new_session=True)
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}"))
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=10)


RUN = """
import os, sys
from sim.chain.anvil import AnvilChain
chain = AnvilChain()
chain.begin_block(number=1, timestamp_s=1_700_000_000)
print(chain._node.url, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_node__run_that_is_killed__ends_with_it(how):
    run = subprocess.Popen(
        [sys.executable, "-c", RUN], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    url = run.stdout.readline().decode().strip()
    assert answers(url)
    run.send_signal(how)
    run.wait(timeout=10)
    wait_until(lambda: not answers(url))


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answers(url: str) -> bool:
    rpc = JsonRpc(url, timeout_s=5)
    try:
        return bool(rpc.ask_many([("web3_clientVersion", [])]))
    except EngineError:
        return False
    finally:
        rpc.close()


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
