"""What traders ask for: orders, money, triggers, spot; prices pushed and markets poked."""

from __future__ import annotations

from dataclasses import dataclass

from sim.types.codes import WHOLE_POSITION_WAD, OrderKind, TriggerKind


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
