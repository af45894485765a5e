"""Methods of contracts by name, and the answer of a view as a value."""

from __future__ import annotations

from typing import Any

from sim.abi.artifacts import artifact
from sim.abi.methods import Method
from sim.chain.port import Chain


def method(contract: str, name: str) -> Method:
    """A function of a contract."""
    return artifact(contract).methods[name]


def ask(chain: Chain, contract: str, address: str, name: str, *arguments: Any) -> Any:
    """What a view returns now."""
    asked = method(contract, name)
    return asked.decode(chain.read(address, asked.encode(*arguments)))
