from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.chain.anvil_node import AnvilNode
from sim.cli import cli
from tests.sim.test_chain_anvil import has_anvil


def deploy(out: Path, *more: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli(["deploy", "--out", str(out), *more])
    code: int = ended.value.code or 0
    return code


@pytest.mark.skipif(not has_anvil(), reason="anvil is not installed")
def test_deploy__to_a_running_node__leaves_contracts_there_and_says_where(tmp_path: Path):
    node, out = AnvilNode(), tmp_path / "made" / "deployment.json"
    try:
        node.start(number=0, timestamp_s=1_700_000_000)
        node.ask("evm_setAutomine", True)
        assert deploy(out, "--network", node.url, "--delay-s", "3600") == 0
        told = json.loads(out.read_text())
        code = {
            name: node.ask("eth_getCode", one["address"], "latest")
            for name, one in told["instances"].items()
        }
    finally:
        node.close()
    assert told["markets"] == {"BTC-USD": 1, "ETH-USD": 2, "THIN-USD": 3}
    assert {"Clearinghouse", "MarginVault", "OrderBook.THIN-USD", "Timelock"} <= set(code)
    assert all(len(one) > 100 for one in code.values())
    assert len(set(told["roles"]["reporters"])) == 5


@pytest.mark.parametrize(
    ("network", "found"),
    [("nowhere", "No ecosystem named 'nowhere'"), ("http://127.0.0.1:9", "No (supported) node")],
)
def test_deploy__network_that_is_none__is_one_sentence(tmp_path: Path, capsys, network, found):
    assert deploy(tmp_path / "out.json", "--network", network) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert found in said
    assert "is allowed" in said


def test_deploy__file_that_cannot_be_written__is_refused_before_anything(tmp_path: Path, capsys):
    (tmp_path / "file").write_text("")
    assert deploy(tmp_path / "file" / "out.json") == 2
    assert "cannot write --out" in capsys.readouterr().err
