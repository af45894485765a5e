"""Which chain an engine's name stands for."""

from __future__ import annotations

from sim.chain.port import Chain, EngineError, EngineMissingError

ENGINES = ("revm", "pyevm", "anvil")


def open_chain(engine: str, rpc_url: str | None = None) -> Chain:
    """A fresh chain of that engine; one with a `close` is its caller's to close.

    Engines are loaded when they are asked for: two of them take longer to load than a short run.
    """
    if rpc_url is not None and engine != "anvil":
        raise EngineError(f"found a node's address for the engine {engine}; only anvil takes one")
    if engine == "revm":
        return _open_revm()
    if engine == "pyevm":
        from sim.chain.pyevm import PyEvmChain

        return PyEvmChain()
    if engine == "anvil":
        from sim.chain.anvil import AnvilChain

        return AnvilChain(rpc_url)
    raise ValueError(f"engine: found {engine!r}; allowed are {', '.join(ENGINES)}")


def _open_revm() -> Chain:
    try:
        from sim.chain.revm import RevmChain
    except ModuleNotFoundError as error:
        if error.name != "pyrevm":
            raise
        raise EngineMissingError(
            "the engine revm needs pyrevm, which is not installed here (it has wheels for Python "
            "3.11 and 3.12, none for 3.13); the engines pyevm and anvil go without it"
        ) from error
    return RevmChain()
