"""What is seen: markets, accounts, purses, the waterfall, as they stand at the start of a block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sim.types.codes import FloatArray, Status, TriggerKind
from sim.types.market_spec import MarketSpec
from sim.units import WAD


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
