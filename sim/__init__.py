"""Backstop's laboratory: real perpetual-futures bytecode driven by seeded agents.

From Python: `from sim import simulate, load_scenario`; `simulate("calm", seed=3)` gives a run
whose `events`, `blocks`, `markets`, `transactions` and `accounts` are pandas tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.api import CustomAgent, Replayed, Run, load_scenario, replay, simulate, summarise

__version__ = "0.1.0"
__all__ = ["CustomAgent", "Replayed", "Run", "load_scenario", "replay", "simulate", "summarise"]


def __getattr__(name: str) -> Any:
    """The interface for Python, loaded when first asked for: `import sim.units` stays cheap."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sim import api

    return getattr(api, name)


def __dir__() -> list[str]:
    """The interface for Python, and nothing of how it comes to be there."""
    return __all__
