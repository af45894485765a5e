"""What all strategies share: how a scenario describes a group, and what a member is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
from pydantic import AfterValidator, Field

from sim.types import ActionRequest, MarketSpec, Observation
from sim.types.fields import Distribution, NotNegativeWad, StrictModel, above

NEVER = 2**62

PositiveDistribution = Annotated[Distribution, AfterValidator(above(0))]
NotNegativeDistribution = Annotated[Distribution, AfterValidator(above(0, or_equal=True))]


@runtime_checkable
class Strategy(Protocol):
    """An agent that also says when it wants to be asked again, so that sleepers cost nothing."""

    @property
    def name(self) -> str:
        """Unique in a run."""
        ...

    def act(self, seen: Observation) -> Sequence[ActionRequest]:
        """What the agent wants done in this block."""
        ...

    def next_block(self, block: int) -> int:
        """The first block after `block` in which `act` is worth calling; asked once after it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentContext:
    """What a member of a group is given: its name, its account, its stream, its market."""

    name: str
    account: int
    rng: np.random.Generator
    capital_wad: int
    market: MarketSpec
    block_time_s: int
    others: tuple[int, ...] = ()

    @property
    def accounts(self) -> tuple[int, ...]:
        """All of its accounts, each of an owner of its own."""
        return (self.account, *self.others)


DEFAULT_MARKET = "BTC-USD"


class Group(StrictModel):
    """A group of agents of one kind; what a number may be drawn from is a `Distribution`.

    `latency_ms` is the mean delay from seeing a block's start to reaching the sequencer, and
    `priority_fee_gwei` the tip for a unit of gas where places cost something. A member with
    several `accounts` has an owner for each, so that nothing on chain ties them together;
    `capital` is what each brings. `wallet` (quote) and `wallet_base` are tokens the first owner
    holds for spot pools, `venue_cash` (quote) what it may spend on venues off the chain.
    """

    stakes: ClassVar[bool] = False  # in the insurance pool, all of its capital, from the start

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)] | None = None
    count: Annotated[int, Field(ge=1, le=100_000)] = 1
    market: str = DEFAULT_MARKET
    capital: PositiveDistribution
    margin: Literal["cross", "isolated"] = "cross"
    latency_ms: Annotated[int, Field(ge=0, le=3_600_000)] = 0
    priority_fee_gwei: NotNegativeDistribution = Distribution(constant=0.0)
    accounts: Annotated[int, Field(ge=1, le=64)] = 1
    wallet: NotNegativeWad = 0
    wallet_base: NotNegativeWad = 0
    venue_cash: NotNegativeWad = 0

    def build(self, context: AgentContext) -> Strategy:
        """One member of the group, with its own numbers drawn from its own stream."""
        raise NotImplementedError

    def highest_leverage(self) -> float:
        """The most leverage a member may draw; 0 where the kind has no such parameter."""
        return 0.0

    def all_markets(self) -> tuple[str, ...]:
        """Every market its members trade in."""
        return (self.market,)

    def spots(self) -> tuple[str, ...]:
        """The venues and pools it trades spot on."""
        return ()
