"""The values that pass between the laboratory's rooms: actions out of agents, observations in.

Money, prices and sizes are `int` in WAD; times are unix seconds; accounts are
`owner << 96 | bucket` with bucket 0 the cross account and bucket m isolated in market m.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from sim.units import WAD

CROSS = 0
DEFICIT = 2**96 - 1  # the bucket of the pool's where debts nobody can be charged with wait
FloatArray = npt.NDArray[np.float64]


def account_id(owner: str, bucket: int = CROSS) -> int:
    """The account of `owner` (0x address) in a bucket."""
    return int(owner, 16) << 96 | bucket


class OrderKind(IntEnum):
    """How an order treats what it cannot fill at once; values as in the order book."""

    LIMIT = 0
    IOC = 1
    FOK = 2
    POST_ONLY = 3


class TriggerKind(IntEnum):
    """What a trigger is for; values as in the trigger venue."""

    STOP_LOSS = 0
    TAKE_PROFIT = 1
    TRAILING_STOP = 2


WHOLE_POSITION_WAD = 2**128 - 1


class Status(IntEnum):
    """State of an index; values as in contracts/modules/oracle_status.vy."""

    OK = 0
    THIN = 1
    DISPUTED = 2
    HALTED = 3
    STALE = 4
    DEAD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """An order; `size_wad` is signed (positive buys), `price_wad` its limit or bound."""

    account: int
    market: str
    size_wad: int
    price_wad: int
    kind: OrderKind = OrderKind.LIMIT
    reduce_only: bool = False
    expires_at: int = 0
    max_fills: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceMany:
    """Up to 16 orders of one account in one market, in one transaction."""

    account: int
    market: str
    orders: tuple[PlaceOrder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrders:
    """Cancel up to 32 resting orders of one account in one market."""

    account: int
    market: str
    order_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """Bring collateral (6 decimals) from the owner's wallet into an account."""

    account: int
    amount_raw: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """Take collateral (6 decimals) out to the owner's wallet."""

    account: int
    amount_raw: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveCash:
    """Move cash between two accounts of one owner."""

    sender: int
    recipient: int
    amount_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PushPrice:
    """A reporter's update of its own feed."""

    feed: str
    market: str
    price_wad: int
    conf_wad: int
    observed_at: int
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Liquidate:
    """Ask the liquidator to act on an account's position in a market."""

    account: int
    market: str
    max_fills: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Poke:
    """Fix this block's mark and funding of a market."""

    market: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowTriggers:
    """Let the trigger venue act for the owner's accounts, once, or stop it."""

    allowed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTrigger:
    """What is programmed: a price, or a trail as a ratio, and the most it takes off."""

    kind: TriggerKind
    size_wad: int = WHOLE_POSITION_WAD
    trigger_wad: int = 0
    trail_wad: int = 0
    slippage_wad: int
    tip_wad: int
    group: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceTriggers:
    """Program up to 16 triggers for a position that is there; tips come from the account."""

    account: int
    market: str
    triggers: tuple[NewTrigger, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWithBracket:
    """Open a position (IOC or FOK) and program its triggers in one transaction."""

    order: PlaceOrder
    triggers: tuple[NewTrigger, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTriggers:
    """Take up to 16 triggers and their tips back."""

    trigger_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuryTriggers:
    """Remove an account's triggers whose position is gone; the tips go back to it."""

    account: int
    market: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecuteTrigger:
    """Execute a trigger for its tip."""

    trigger_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratchet:
    """Let a trailing stop follow the mark."""

    trigger_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapSpot:
    """Trade in a spot pool from the wallet of an account's owner; a buy pays quote for base."""

    account: int
    pool: str
    is_buy: bool
    amount_in_raw: int
    min_out_raw: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeVenue:
    """Buy (or sell, if negative) base on a venue off the chain; done before the next block."""

    account: int
    venue: str
    market: str
    size_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """Take up to `size_wad` (unsigned) of a failing position into an account of one's own."""

    account: int
    market: str
    size_wad: int
    receiver: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleverage:
    """Close a failing position against the other side, which is ranked when its turn comes.

    At its bankruptcy price; `at_mark` closes what that left over in the same block, if anything.
    """

    account: int
    market: str
    at_mark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialiseLoss:
    """Spread what a deleveraged account without positions owes over its last market."""

    account: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """Put the insurance pool's cash behind its position in a market."""

    market: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwind:
    """Bring a clip of the insurance pool's position back to the book."""

    market: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolDeposit:
    """Stake collateral (6 decimals) from the owner's wallet in the insurance pool."""

    amount_raw: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRequestRedeem:
    """Ask to leave the insurance pool with shares; a new request replaces the old one."""

    shares_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRedeem:
    """Take out a request whose cool-down has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MintToken:
    """Bring collateral (6 decimals) from the owner's wallet into a leveraged token."""

    token: str
    amount_raw: int
    min_tokens_wad: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemToken:
    """Turn leveraged tokens into collateral in the owner's wallet."""

    token: str
    tokens_wad: int
    min_raw: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceToken:
    """Trade a chunk of a leveraged token back to its target."""

    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ripcord:
    """Trade a larger chunk of a token whose leverage is beyond its outer band."""

    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RealiseToken:
    """Turn a chunk of a leveraged token's unrealised profit into cash."""

    token: str


Action = (
    PlaceOrder
    | PlaceMany
    | CancelOrders
    | Deposit
    | Withdraw
    | MoveCash
    | PushPrice
    | Liquidate
    | Poke
    | AllowTriggers
    | PlaceTriggers
    | OpenWithBracket
    | CancelTriggers
    | BuryTriggers
    | ExecuteTrigger
    | Ratchet
    | SwapSpot
    | TradeVenue
    | TakeOver
    | Deleverage
    | SocialiseLoss
    | Restore
    | Unwind
    | PoolDeposit
    | PoolRequestRedeem
    | PoolRedeem
    | MintToken
    | RedeemToken
    | RebalanceToken
    | Ripcord
    | RealiseToken
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardTerms:
    """What a liquidation pays its keeper, in quote: clamp(cost + ratio * N, least, most)."""

    cost_wad: int = 0
    ratio_wad: int = 0
    least_wad: int = 0
    most_wad: int = 0

    def reward_wad(self, notional_wad: int) -> int:
        """For a notional, as long as penalty and insurance pool can pay it."""
        due_wad = self.cost_wad + self.ratio_wad * notional_wad // WAD
        return min(max(due_wad, self.least_wad), self.most_wad)


@dataclass(frozen=True, slots=True, kw_only=True)
class GasView:
    """What transactions cost now: quote per unit of gas and per coin, gas by kind of action."""

    price_wad: int = 0
    native_wad: int = 0
    used: Mapping[str, int] = field(default_factory=dict)

    def cost_wad(self, name: str) -> int:
        """What a transaction for an action of that name costs in quote."""
        return self.price_wad * self.used[name] if self.price_wad else 0

    def tip_wei(self, name: str, amount_wad: int) -> int:
        """The tip per unit of gas that such a transaction pays so much quote with."""
        return amount_wad * WAD // (self.native_wad * self.used[name]) if self.native_wad else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgent:
    """An action with a bid for its place: a tip for a unit of gas, and the most it pays in all.

    Where places are free the bid means nothing; without it the agent's own tip stands.
    """

    action: Action
    tip_wei: int
    max_fee_wei: int | None = None


Wanted = Action | Urgent


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSpec:
    """What never changes of a market during a run."""

    name: str
    market_id: int
    tick_wad: int
    lot_wad: int
    min_notional_wad: int
    taker_fee_bps: int
    max_leverage: int
    reward: RewardTerms = RewardTerms()


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketView:
    """One market as everybody sees it at the start of a block."""

    spec: MarketSpec
    mark_wad: int
    index_wad: int
    conf_wad: int
    status: Status
    funding_rate_wad: int
    best_bid_wad: int
    best_ask_wad: int
    last_price_wad: int
    open_interest_wad: int
    venues_wad: tuple[int, ...]


class OrderView(NamedTuple):
    """A resting order as its owner sees it; `size_wad` is signed and what is left of it."""

    order_id: int
    market: str
    size_wad: int
    price_wad: int
    reduce_only: bool


class PositionView(NamedTuple):
    """A position as its owner sees it."""

    size_wad: int
    quote_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerView:
    """A trigger whose position stands, as everybody sees it."""

    trigger_id: int
    account: int
    market: str
    kind: TriggerKind
    is_long: bool
    trigger_wad: int
    trail_wad: int
    tip_wad: int


class AccountView(NamedTuple):
    """One account as its owner sees it."""

    account: int
    cash_wad: int
    positions: Mapping[str, PositionView]
    orders: Sequence[OrderView]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolView:
    """A spot pool as everybody sees it at the start of a block; both tokens have 6 decimals."""

    name: str
    market: str
    base_raw: int
    quote_raw: int
    price_wad: int
    fee_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletView:
    """Tokens an owner holds outside the vault: collateral, and base by market."""

    quote_raw: int
    base_raw: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingView:
    """What an account's owner has off the chain: base of one market, and cash."""

    base_wad: int
    cash_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginTable:
    """Every open position's account with its health at mark, for screening (floats, quote)."""

    accounts: Sequence[int]
    markets: Sequence[str]
    sizes: FloatArray
    equity: FloatArray
    maintenance: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoverView:
    """What a takeover offers now: most size, price per base, and the worst the book may pay."""

    size_wad: int
    price_wad: int
    limit_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackstopView:
    """A position the insurance pool took over, in its isolated account, with its health."""

    account: int
    market: str
    size_wad: int
    equity_wad: int
    maintenance_wad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InsuranceView:
    """The insurance pool: worth, shares, and how far a share is below its highest of 8 hours."""

    equity_wad: int
    shares_wad: int
    drawdown_wad: int
    drawdown_limit_wad: int

    @property
    def share_value_wad(self) -> int:
        """Quote per share; 0 without shares."""
        return max(self.equity_wad, 0) * WAD // self.shares_wad if self.shares_wad else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StakeView:
    """Somebody's shares of the insurance pool; `requested_wad` are set aside until `ready_at`."""

    shares_wad: int = 0
    requested_wad: int = 0
    ready_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenView:
    """A leveraged token as everybody sees it at the start of a block; sizes are signed."""

    name: str
    market: str
    target_wad: int
    supply_wad: int
    nav_wad: int
    share_price_wad: int
    leverage_wad: int
    size_wad: int
    target_delta_wad: int
    next_rebalance_at: int
    slippage_wad: int
    chunk_wad: int
    is_due: bool
    is_ripcord: bool
    is_realisable: bool


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

    def act(self, seen: Observation) -> Sequence[Wanted]:
        """What the agent wants done in this block."""
        ...
