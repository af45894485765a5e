"""Which chain an engine's name stands for."""

from __future__ import annotations

from sim.chain.port import Chain, EngineError

ENGINES = ("revm", "pyevm", "anvil")


def open_chain(engine: str, rpc_url: str | None = None) -> Chain:
    """A fresh chain of that engine; one with a `close` is its caller's to close.

    Engines are loaded when they are asked for: two of them take longer to load than a short run.
    """
    if rpc_url is not None and engine != "anvil":
        raise EngineError(f"found a node's address for the engine {engine}; only anvil takes one")
    if engine == "revm":
        from sim.chain.revm import RevmChain

        return RevmChain()
    if engine == "pyevm":
        from sim.chain.pyevm import PyEvmChain

        return PyEvmChain()
    if engine == "anvil":
        from sim.chain.anvil import AnvilChain

        return AnvilChain(rpc_url)
    raise ValueError(f"engine: found {engine!r}; allowed are {', '.join(ENGINES)}")
