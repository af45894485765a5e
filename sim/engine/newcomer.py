"""An agent that a caller brings along, and whether it can be taken in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sim.agents.base import Seat
from sim.engine.telling import UPKEEP
from sim.engine.wanted import a_or_an
from sim.ordering import BUILDER
from sim.scenario import Scenario, ScenarioError
from sim.types import Agent
from sim.units import wad

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_MARGINS = ("cross", "isolated")
_MONEY = ("capital", "wallet", "wallet_base", "venue_cash")
_WHOLE = {"latency_ms": (0, 3_600_000), "accounts": (1, 64)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """An agent that a caller brings along; `make` is given its seat and returns the agent.

    An agent without `next_block` is asked every block. `capital` is what each of its `accounts`
    brings; `wallet` (quote) and `wallet_base` are for spot pools, `venue_cash` (quote) for venues.
    """

    name: str
    make: Callable[[Seat], Agent]
    market: str
    capital: int | str
    margin: Literal["cross", "isolated"] = "cross"
    latency_ms: int = 0
    accounts: int = 1
    wallet: int | str = 0
    wallet_base: int | str = 0
    venue_cash: int | str = 0

    def told(self) -> dict[str, str]:
        """Everything but the strategy, exact, as a manifest keeps it."""
        money = {f"{key}_wad": str(wad(getattr(self, key))) for key in _MONEY}
        plain = ("market", "margin", "latency_ms", "accounts")
        return {key: str(getattr(self, key)) for key in plain} | money


def check_newcomer(scenario: Scenario, asked: object) -> None:
    """Refuse what cannot join a run of the scenario, in one sentence."""
    if not isinstance(asked, Newcomer):
        raise ScenarioError(f"agents: found {a_or_an(asked)}; a Newcomer is allowed")
    name: object = asked.name
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in (UPKEEP, BUILDER):
        raise ScenarioError(
            f"agents: found the name {name!r}; letters, digits, '_', '-' and '.' are allowed, "
            f"but not {UPKEEP!r} or {BUILDER!r}"
        )
    if asked.market not in scenario.markets:
        known = ", ".join(scenario.markets)
        raise ScenarioError(
            f"{name}: found the market {asked.market!r}; the markets {known} are allowed"
        )
    if asked.margin not in _MARGINS:
        raise ScenarioError(f"{name}: margin: found {asked.margin!r}; cross, isolated are allowed")
    for key, (least, most) in _WHOLE.items():
        value = getattr(asked, key)
        if type(value) is not int or not least <= value <= most:
            raise ScenarioError(f"{name}: {key}: found {value!r}; {least} to {most} are allowed")
    make: object = asked.make
    if not callable(make):
        raise ScenarioError(f"{name}: make: found {a_or_an(make)}; a function is allowed")
    for key in _MONEY:
        _check_money(asked.name, key, getattr(asked, key))


def made(asked: Newcomer, seat: Seat) -> Agent:
    """The agent itself, which has to be one."""
    agent: object = asked.make(seat)
    if not hasattr(agent, "name") or not callable(getattr(agent, "act", None)):
        found = f"{asked.name}: make returned {a_or_an(agent)}"
        raise ScenarioError(f"{found}; an object with a name and act is allowed")
    if agent.name != asked.name:
        raise ScenarioError(f"{asked.name}: the agent made calls itself {agent.name!r}")
    return agent  # type: ignore[return-value]


def _check_money(name: str, key: str, value: object) -> None:
    told = f"{name}: {key}: found {value!r}; an integer or a decimal string, "
    told += "above 0" if key == "capital" else "0 or more"
    try:
        amount_wad = wad(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"{told}, is allowed") from error
    if amount_wad < 0 or (key == "capital" and not amount_wad):
        raise ScenarioError(f"{told}, is allowed")
