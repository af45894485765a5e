"""An agent that a caller brings along to a run, and what it may bring."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sim.agents.base import AgentContext
from sim.types import Agent
from sim.units import wad

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
MARGINS = ("cross", "isolated")
MONEY = ("capital", "wallet", "wallet_base", "venue_cash")
WHOLE = {"latency_ms": (0, 3_600_000), "accounts": (1, 64)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomAgent:
    """An agent that a caller brings along; `make` is given its context and returns the agent.

    An agent without `next_block` is asked every block. `capital` is what each of its `accounts`
    brings; `wallet` (quote) and `wallet_base` are for spot pools, `venue_cash` (quote) for venues.
    """

    name: str
    make: Callable[[AgentContext], Agent]
    market: str
    capital: int | str
    margin: Literal["cross", "isolated"] = "cross"
    latency_ms: int = 0
    accounts: int = 1
    wallet: int | str = 0
    wallet_base: int | str = 0
    venue_cash: int | str = 0

    def manifest(self) -> dict[str, str]:
        """Everything but the strategy, exact, as a manifest keeps it."""
        money = {f"{key}_wad": str(wad(getattr(self, key))) for key in MONEY}
        plain = ("market", "margin", "latency_ms", "accounts")
        return {key: str(getattr(self, key)) for key in plain} | money
