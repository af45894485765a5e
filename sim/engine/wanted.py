"""What an agent wants done, once it is seen to be something that can be."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from sim.chain.port import Call
from sim.types import Action, Urgent, Wanted

if TYPE_CHECKING:
    from sim.engine.population import Member
    from sim.engine.transact import Translator

_INTEGERS = ("int", "OrderKind")
_ALLOWED: frozenset[object] = frozenset({*get_args(Action), Urgent})


class AgentError(RuntimeError):
    """One sentence: the agent, the block, what it asked for, what is allowed."""

    def __init__(self, agent: str, block: int, told: str) -> None:
        super().__init__(f"{agent}, block {block}: {told}")


def check_wanted(agent: str, block: int, found: Any, markets: Container[str]) -> Sequence[Wanted]:
    """The actions themselves; anything else that `act` may have returned is refused."""
    if found is None:
        return ()
    if not isinstance(found, list | tuple):
        told = f"act returned {a_or_an(found)}; a list or a tuple of actions is allowed"
        raise AgentError(agent, block, told)
    for one in found:
        for part in (one, one.action) if type(one) is Urgent else (one,):
            if wrong := _wrong(part, markets):
                raise AgentError(agent, block, wrong)
    return found


def call_for(translate: Translator, member: Member, block: int, action: Action) -> Call:
    """The transaction an action stands for; one that no contract could read is refused."""
    try:
        return translate.call(member.sender(action), action)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        is_name = isinstance(error, KeyError)
        told = f"the run has no {error}" if is_name else str(error)
        raise AgentError(member.agent.name, block, f"{type(action).__name__}: {told}") from error


def check_next(agent: str, block: int, found: Any) -> int:
    """The block an agent names for its next turn."""
    if not isinstance(found, int):
        told = f"next_block returned {a_or_an(found)}; the number of a block is allowed"
        raise AgentError(agent, block, told)
    return max(found, block + 1)


def _wrong(one: Any, markets: Container[str]) -> str | None:
    """What is wrong with an action or a bid, if anything is."""
    kind: Any = type(one)
    if kind not in _ALLOWED:
        return f"act returned {a_or_an(one)} in its list; actions of sim.types are allowed"
    for name in _whole(kind):
        value = getattr(one, name)
        if not isinstance(value, int):
            return f"{kind.__name__}.{name}: found {value!r}; an int is allowed"
    if (market := getattr(one, "market", None)) is not None and market not in markets:
        return f"{kind.__name__}.market: found {market!r}; a market of the run is allowed"
    return None


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
