"""Which chain an engine's name stands for."""

from __future__ import annotations

from sim.chain.port import Chain
from sim.chain.revm import RevmChain

ENGINES = ("revm",)


def open_chain(engine: str) -> Chain:
    """A fresh chain of that engine."""
    if engine == "revm":
        return RevmChain()
    raise ValueError(f"engine: found {engine!r}; allowed are {', '.join(ENGINES)}")
