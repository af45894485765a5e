"""Methods of contracts by name, and the answer of a view as a value."""

from __future__ import annotations

from functools import cache
from typing import Any

from sim.abi.artifacts import artifact
from sim.abi.methods import Method, methods
from sim.chain.port import Chain


@cache
def _methods(contract: str) -> dict[str, Method]:
    return methods(contract, artifact(contract).abi)


def method(contract: str, name: str) -> Method:
    """A function of a contract."""
    return _methods(contract)[name]


def ask(chain: Chain, contract: str, address: str, name: str, *arguments: Any) -> Any:
    """What a view returns now."""
    asked = method(contract, name)
    return asked.decode(chain.read(address, asked.encode(*arguments)))
