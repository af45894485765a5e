"""The seam between the laboratory and a strategy: what it sees, what it does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from sim.types.actions import ActionRequest
from sim.types.market_spec import GasView
from sim.types.views import (
    AccountView,
    BackstopView,
    HoldingView,
    InsuranceView,
    MarginTable,
    MarketView,
    PoolView,
    StakeView,
    TakeoverView,
    TokenView,
    TriggerView,
    WalletView,
)


class Observation(Protocol):
    """What an agent may know at the start of a block. Read-only."""

    @property
    def block(self) -> int:
        """Number of the block being built."""
        ...

    @property
    def time_s(self) -> int:
        """Timestamp of the block being built."""
        ...

    @property
    def markets(self) -> Mapping[str, MarketView]:
        """Every market by name."""
        ...

    def account(self, account: int) -> AccountView:
        """One account; an unknown one is empty."""
        ...

    def margins(self) -> MarginTable:
        """All open positions with their health, computed once per block."""
        ...

    def triggers(self) -> Collection[TriggerView]:
        """Every trigger whose position stands, in order of programming."""
        ...

    @property
    def pools(self) -> Mapping[str, PoolView]:
        """Every spot pool by name."""
        ...

    def wallet(self, account: int) -> WalletView:
        """What the account's owner holds outside the vault."""
        ...

    def holding(self, account: int, market: str) -> HoldingView:
        """What the account's owner holds on the venues off the chain."""
        ...

    @property
    def gas(self) -> GasView:
        """What transactions cost now."""
        ...

    def insurance(self) -> InsuranceView:
        """The insurance pool, read once per block."""
        ...

    def stake(self, account: int) -> StakeView:
        """What the owner of an account has in the insurance pool."""
        ...

    def backstop(self) -> Sequence[BackstopView]:
        """What the insurance pool took over and still holds."""
        ...

    def exhausted(self) -> Sequence[tuple[int, str]]:
        """Accounts and markets where neither book nor pool could act and a position stands."""
        ...

    def owing(self) -> Sequence[int]:
        """Accounts below zero without a position, lowest first."""
        ...

    def takeover(self, account: int, market: str) -> TakeoverView | None:
        """What taking the account's position over offers; None where it may not be."""
        ...

    @property
    def tokens(self) -> Mapping[str, TokenView]:
        """Every leveraged token by name, read once per block."""
        ...

    def tokens_of(self, account: int) -> Mapping[str, int]:
        """How many of each leveraged token the account's owner holds."""
        ...


class Agent(Protocol):
    """A strategy. It decides on what it sees and returns actions; it never touches the chain."""

    @property
    def name(self) -> str:
        """Unique in a run; names the agent's random stream and its on-chain owner address."""
        ...

    def act(self, seen: Observation) -> Sequence[ActionRequest]:
        """What the agent wants done in this block."""
        ...
