from __future__ import annotations

import json

import pytest

from sim.chain.anvil import AnvilChain
from sim.chain.anvil_node import NEEDED_GAS, AnvilNode, find_anvil
from sim.chain.engines import open_chain
from sim.chain.json_rpc import JsonRpc, RpcError
from sim.chain.port import EngineError
from tests.sim.fake_node import Answerer, Question, fake_node, results


def changed(asked: list[Question], **changes: object) -> bytes:
    return json.dumps([{"id": one["id"], "result": "0x1"} | changes for one in asked]).encode()


WHOLE_ERROR = json.dumps({"id": None, "error": {"code": -32600, "message": "too many"}}).encode()
NONSENSE: list[tuple[Answerer, str]] = [
    (lambda _: (200, b"<html>proxy</html>"), "what cannot be read .JSONDecodeError"),
    (lambda _: (200, b"\xff\xfe"), "what cannot be read .Unicode"),
    (lambda _: (200, b""), "what cannot be read"),
    (lambda _: (200, b"[1, 2]"), "what cannot be read"),
    (lambda _: (200, b"{}"), "no list of answers"),
    (lambda _: (200, b"[]"), "out of turn"),
    (lambda _: (500, b"broken"), "with HTTP status 500"),
    (lambda _: (404, b"not here"), "with HTTP status 404"),
    (lambda asked: (200, changed(asked, id=9_999)), "out of turn"),
    (lambda asked: (200, changed(asked, id=None)), "out of turn"),
    (lambda asked: (200, changed(asked, id="x")), "out of turn"),
    (lambda _: (200, json.dumps([{"id": 0}]).encode()), "what cannot be read .KeyError"),
    (lambda asked: (200, changed(asked, error="no")), "what cannot be read"),
    (lambda _: (200, WHOLE_ERROR), "too many"),
    (lambda _: (200, None), "no answer within 0.3 s to eth_blockNumber"),
]


@pytest.mark.parametrize(("answer", "said"), NONSENSE)
def test_ask__node_that_answers_nonsense__is_one_sentence(answer: Answerer, said: str) -> None:
    with fake_node(answer) as url:
        rpc = JsonRpc(url, timeout_s=0.3)
        with pytest.raises(EngineError, match=said) as refused:
            rpc.ask_many([("eth_blockNumber", [])])
        rpc.close()
    assert "\n" not in str(refused.value)


def test_ask__answers_in_another_order__are_put_right() -> None:
    def backwards(asked: list[Question]) -> tuple[int, bytes]:
        answers = [{"id": one["id"], "result": one["method"]} for one in reversed(asked)]
        return 200, json.dumps(answers).encode()

    with fake_node(backwards) as url:
        rpc = JsonRpc(url, timeout_s=5)
        questions = [(f"method_{place}", ()) for place in range(1_203)]  # three batches
        assert rpc.ask_many(questions) == [method for method, _ in questions]
        rpc.close()


def test_ask__one_call_that_reverts__says_so_with_its_data() -> None:
    error = {"code": 3, "message": "execution reverted", "data": "0x1234"}

    def reverts(asked: list[Question]) -> tuple[int, bytes]:
        return 200, json.dumps([{"id": one["id"], "error": error} for one in asked]).encode()

    with fake_node(reverts) as url, pytest.raises(RpcError, match="execution reverted") as found:
        JsonRpc(url, timeout_s=5).ask_many([("eth_call", [])])
    assert (found.value.data, found.value.is_execution) == (b"\x12\x34", True)


def test_start__node_that_cannot_impersonate__is_refused_by_name() -> None:
    def geth(asked: list[Question]) -> tuple[int, bytes]:
        if asked[0]["method"] == "web3_clientVersion":
            return 200, results(asked, "Geth/v1.14")
        error = {"code": -32601, "message": "the method does not exist"}
        return 200, json.dumps([{"id": one["id"], "error": error} for one in asked]).encode()

    said = r"Geth/v1\.14.* has no anvil_autoImpersonateAccount.*anvil, or a node that takes"
    with fake_node(geth) as url, pytest.raises(EngineError, match=said):
        AnvilNode(url).start(number=0, timestamp_s=0)


def node_like(order: str, number: int, gas: int = 30_000_000, **known: object) -> Answerer:
    info = {
        "transactionOrder": order,
        "hardFork": "Osaka",
        "environment": {"gasLimit": hex(gas)},
    }
    head = {"number": hex(number), "timestamp": hex(1_000)}
    told = {"anvil_nodeInfo": info, "eth_getBlockByNumber": head} | known

    def answer(asked: list[Question]) -> tuple[int, bytes]:
        return 200, results(asked, told.get(asked[0]["method"], "ok"))

    return answer


@pytest.mark.parametrize(
    ("order", "number", "said"),
    [
        ("fifo", 0, "orders its pool by 'fifo'; start it with --order fees"),
        ("fees", 8, "stands at block 8, time 1000; a fresh one is needed, at most at block 0"),
    ],
)
def test_start__node_that_is_not_ready_for_a_run__says_how_to_start_one(
    order: str, number: int, said: str
) -> None:
    with fake_node(node_like(order, number)) as url, pytest.raises(EngineError, match=said):
        AnvilChain(url).begin_block(number=1, timestamp_s=2_000)


@pytest.mark.parametrize("told", ["anvil_nodeInfo", "eth_getBlockByNumber"])
def test_begin_block__answer_without_what_was_asked__is_one_sentence(told: str) -> None:
    nonsense = {"transactionOrder": "fees", "number": "none"}
    with fake_node(node_like("fees", 0, **{told: nonsense})) as url:
        chain = AnvilChain(url)
        with pytest.raises(EngineError, match=f"answered {told} with what cannot be read"):
            chain.begin_block(number=1, timestamp_s=2_000)
        chain.close()


@pytest.mark.parametrize(("gas", "allowed"), [(NEEDED_GAS, NEEDED_GAS), (2**53, 2**24)])
def test_start__node_with_a_gas_limit__transactions_ask_for_no_more(gas: int, allowed: int) -> None:
    with fake_node(node_like("fees", 0, gas)) as url:
        node = AnvilNode(url)
        node.start(number=0, timestamp_s=1_000)
        assert (node.transaction_gas, node.identity["hardfork"]) == (allowed, "Osaka")
        node.close()


def test_start__node_whose_blocks_hold_no_contract__is_refused() -> None:
    said = r"allows a transaction 5,999,999 gas; at least 6,000,000 is needed"
    answer = node_like("fees", 0, NEEDED_GAS - 1)
    with fake_node(answer) as url, pytest.raises(EngineError, match=said):
        AnvilNode(url).start(number=0, timestamp_s=1_000)


def test_start__nobody_listens__says_where() -> None:
    with pytest.raises(EngineError, match=r"no node answers at http://127\.0\.0\.1:1: connection"):
        AnvilNode("http://127.0.0.1:1").start(number=0, timestamp_s=0)


def test_find_anvil__nowhere__says_what_to_do(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sim.chain.anvil_node.ROOT", tmp_path)
    with pytest.raises(
        EngineError, match="anvil is not installed: run `make anvil` in a checkout, put"
    ):
        find_anvil()


@pytest.mark.parametrize("url", ["foo", "ftp://node", "http://", ""])
def test_json_rpc__what_is_no_address__is_refused(url: str) -> None:
    with pytest.raises(EngineError, match="http://host:port is allowed"):
        JsonRpc(url, timeout_s=1)


def test_open_chain__address_for_an_engine_in_process__is_refused() -> None:
    with pytest.raises(EngineError, match="only anvil takes one"):
        open_chain("revm", "http://127.0.0.1:8545")
