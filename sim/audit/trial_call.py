"""What it takes to let anybody make any call: likely arguments, and a sender without code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyrevm

from sim.chain.revm import RevmChain


def likely_value(parameter: Mapping[str, Any], caller: str, known: Mapping[str, Any]) -> Any:
    """Something that a call could well be made with: what its name is `known` by, or a default.

    `parameter` is as an ABI tells it, `caller` the address that every address is.
    """
    kind, name = str(parameter["type"]), str(parameter["name"])
    if kind.endswith("]"):
        inner, _, count = kind[:-1].rpartition("[")
        part = {**parameter, "type": inner, "name": name.removesuffix("s")}
        return [likely_value(part, caller, known)] * int(count or 1)
    if kind == "tuple":
        return tuple(likely_value(one, caller, known) for one in parameter["components"])
    if kind == "address":
        return caller
    if kind == "bool":
        return True
    if kind.startswith("bytes"):
        return bytes(int(kind.removeprefix("bytes") or 0))
    if kind == "string":
        return ""
    return known.get(name, 1)


@contextmanager
def without_code(chain: RevmChain, sender: str) -> Iterator[None]:
    """No transaction is taken from an account that has code: take it away meanwhile."""
    evm = chain._evm
    account = evm.basic(sender)
    evm.insert_account_info(sender, pyrevm.AccountInfo(nonce=account.nonce))
    yield
    evm.insert_account_info(sender, account)
