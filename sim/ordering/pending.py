"""The values of the sequencer: what is wanted, what got a place, what a block was like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sim.types import Action, Observation

UNKNOWN_GAS = 300_000  # of a kind of action nobody has measured


class PendingAction(NamedTuple):
    """An action on its way, as the sequencer sorts it; fees in wei for a unit of gas."""

    block: int
    rank: int
    agent: str
    number: int
    action: Action
    tip_wei: int
    cap_wei: int | None  # the most it pays, base fee and tip together; None: whatever it takes


class OrderedAction(NamedTuple):
    """An action with a place in the block, and what the place costs its agent, off chain."""

    agent: str
    action: Action
    fee_wei: int


class Space(NamedTuple):
    """What a block was like for those who wanted a place in it."""

    base_fee_wei: int
    gas_used: int
    waiting: int
    dropped: int


class Ordered(NamedTuple):
    """One block's actions in order."""

    placed: list[OrderedAction]
    space: Space


class Level(NamedTuple):
    """What rests in a book at one price."""

    price_wad: int
    size_wad: int


# Levels of a market that an order takes: the asks for a buy, the bids for a sale; best first.
Depth = Callable[[str, bool], Sequence[Level]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockContext:
    """What whoever orders a block may look at; `reserved_gas` is taken before anybody's turn."""

    block: int
    reserved_gas: int = 0
    seen: Observation | None = None
    depth: Depth | None = None


class Rule(Protocol):
    """Gives the actions that have arrived their places."""

    def place(self, scene: BlockContext, due: list[PendingAction]) -> Ordered:
        """This block's order; `due` is sorted by arrival, name and number."""
        ...


class GasTable:
    """Gas of a transaction by its action's class name."""

    def __init__(self, gas: Mapping[str, int]) -> None:
        self._gas = dict(gas)

    def of(self, action: Action) -> int:
        """What the action is reckoned to use."""
        return self._gas.get(type(action).__name__, UNKNOWN_GAS)


def in_turn(wish: PendingAction) -> tuple[int, int, str, int]:
    """The total order of arrival: block, place in it, name, number."""
    return wish[:4]
