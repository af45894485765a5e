"""Backstop's laboratory: real perpetual-futures bytecode driven by seeded agents.

From Python: `from sim import simulate, load_scenario`; `simulate("calm", seed=3)` gives a run
whose `events`, `blocks`, `markets`, `transactions` and `accounts` are pandas tables.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sim.version import __version__ as __version__

if TYPE_CHECKING:
    from sim.api import CustomAgent, Replayed, Run, load_scenario, replay, simulate, summarise
    from sim.experiments.sweep.sweep import Sweep, sweep

__all__ = [
    "CustomAgent",
    "Replayed",
    "Run",
    "Sweep",
    "load_scenario",
    "replay",
    "simulate",
    "summarise",
    "sweep",
]


def __getattr__(name: str) -> Any:
    """The interface for Python, loaded when first asked for: `import sim.units` stays cheap."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "sim.experiments.sweep.sweep" if name in ("Sweep", "sweep") else "sim.api"
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    """The interface for Python, and nothing of how it comes to be there."""
    return __all__
