"""What an agent wants done, once it is seen to be something that can be."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, get_args

from sim.agents.base import AgentContext
from sim.agents.custom import MARGINS, MONEY, NAME, WHOLE, CustomAgent
from sim.ordering import BUILDER
from sim.records.rows import UPKEEP
from sim.scenario import Scenario, ScenarioError
from sim.types import Action, ActionRequest, Agent, Urgent
from sim.units import wad

_INTEGERS = ("int", "OrderKind")
_ALLOWED: frozenset[object] = frozenset({*get_args(Action), Urgent})


class AgentError(RuntimeError):
    """One sentence: the agent, the block, what it asked for, what is allowed."""

    def __init__(self, agent: str, block: int, message: str) -> None:
        super().__init__(f"{agent}, block {block}: {message}")


def check_wanted(
    agent: str, block: int, found: Any, markets: Container[str]
) -> Sequence[ActionRequest]:
    """The actions themselves; anything else that `act` may have returned is refused."""
    if found is None:
        return ()
    if not isinstance(found, list | tuple):
        message = f"act returned {a_or_an(found)}; a list or a tuple of actions is allowed"
        raise AgentError(agent, block, message)
    for one in found:
        for part in (one, one.action) if type(one) is Urgent else (one,):
            if wrong := _wrong(part, markets):
                raise AgentError(agent, block, wrong)
    return found


def check_next(agent: str, block: int, found: Any) -> int:
    """The block an agent names for its next turn."""
    if not isinstance(found, int):
        message = f"next_block returned {a_or_an(found)}; the number of a block is allowed"
        raise AgentError(agent, block, message)
    return max(found, block + 1)


def _wrong(one: Any, markets: Container[str]) -> str | None:
    """What is wrong with an action or a bid, if anything is."""
    kind: Any = type(one)
    if kind not in _ALLOWED:
        return f"act returned {a_or_an(one)} in its list; actions of sim.types are allowed"
    for name in _whole(kind):
        value = getattr(one, name)
        if not isinstance(value, int):
            return f"{kind.__name__}.{name}: found {_not_int(value)}"
    if (market := getattr(one, "market", None)) is not None and market not in markets:
        return f"{kind.__name__}.market: found {market!r}; a market of the run is allowed"
    return None


def _not_int(value: object) -> str:
    """What stands in place of an int; of another library's whole number, how it becomes one."""
    if hasattr(value, "__index__"):
        return f"{value} as {a_or_an(value)} of {type(value).__module__}; int() of it is allowed"
    return f"{value!r}; an int is allowed"


@cache
def _whole(kind: Any) -> tuple[str, ...]:
    """The fields of an action that are whole numbers."""
    return tuple(one.name for one in fields(kind) if str(one.type) in _INTEGERS)


def a_or_an(found: object) -> str:
    """How a sentence names what was found in place of something else."""
    if found is None:
        return "None"
    if isinstance(found, type):
        return f"the class {found.__name__}"
    kind = type(found).__name__
    return f"{'an' if kind[0] in 'AEIOUaeiou' else 'a'} {kind}"


def check_custom_agent(scenario: Scenario, asked: object) -> None:
    """Refuse what cannot join a run of the scenario, in one sentence."""
    if not isinstance(asked, CustomAgent):
        raise ScenarioError(f"agents: found {a_or_an(asked)}; a CustomAgent is allowed")
    name: object = asked.name
    if not isinstance(name, str) or not NAME.fullmatch(name) or name in (UPKEEP, BUILDER):
        raise ScenarioError(
            f"agents: found the name {name!r}; letters, digits, '_', '-' and '.' are allowed, "
            f"but not {UPKEEP!r} or {BUILDER!r}"
        )
    if asked.market not in scenario.markets:
        known = ", ".join(scenario.markets)
        raise ScenarioError(
            f"{name}: found the market {asked.market!r}; the markets {known} are allowed"
        )
    if asked.margin not in MARGINS:
        raise ScenarioError(f"{name}: margin: found {asked.margin!r}; cross, isolated are allowed")
    for key, (least, most) in WHOLE.items():
        value = getattr(asked, key)
        if type(value) is not int or not least <= value <= most:
            raise ScenarioError(f"{name}: {key}: found {value!r}; {least} to {most} are allowed")
    make: object = asked.make
    if not callable(make):
        raise ScenarioError(f"{name}: make: found {a_or_an(make)}; a function is allowed")
    for key in MONEY:
        _check_money(asked.name, key, getattr(asked, key))


def made(asked: CustomAgent, context: AgentContext) -> Agent:
    """The agent itself, which has to be one."""
    agent: object = asked.make(context)
    if not hasattr(agent, "name") or not callable(getattr(agent, "act", None)):
        found = f"{asked.name}: make returned {a_or_an(agent)}"
        raise ScenarioError(f"{found}; an object with a name and act is allowed")
    if agent.name != asked.name:
        raise ScenarioError(f"{asked.name}: the agent made calls itself {agent.name!r}")
    return agent  # type: ignore[return-value]


def _check_money(name: str, key: str, value: object) -> None:
    message = f"{name}: {key}: found {value!r}; an integer or a decimal string, "
    message += "above 0" if key == "capital" else "0 or more"
    try:
        amount_wad = wad(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"{message}, is allowed") from error
    if amount_wad < 0 or (key == "capital" and not amount_wad):
        raise ScenarioError(f"{message}, is allowed")
