"""Which chain an engine's name stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sim.chain.anvil import AnvilChain
from sim.chain.port import Chain
from sim.chain.revm import RevmChain

_MAKERS: Mapping[str, Callable[[], Chain]] = {"revm": RevmChain, "anvil": AnvilChain}
ENGINES = tuple(_MAKERS)


def open_chain(engine: str) -> Chain:
    """A fresh chain of that engine; one with a `close` is its caller's to close."""
    if engine not in _MAKERS:
        raise ValueError(f"engine: found {engine!r}; allowed are {', '.join(ENGINES)}")
    return _MAKERS[engine]()
