"""What each kind of action is on the chain: the contract, its function, arguments, and gas.

A new kind of action is a class in `sim.types`, and one row here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from sim.protocol.gas import gas_of
from sim.types import (
    AllowTriggers,
    BuryTriggers,
    CancelOrders,
    CancelTriggers,
    Deleverage,
    Deposit,
    ExecuteTrigger,
    Liquidate,
    MintToken,
    MoveCash,
    NewTrigger,
    OpenWithBracket,
    PlaceMany,
    PlaceOrder,
    PlaceTriggers,
    Poke,
    PoolDeposit,
    PoolRedeem,
    PoolRequestRedeem,
    PushPrice,
    Ratchet,
    RealiseToken,
    RebalanceToken,
    RedeemToken,
    Restore,
    Ripcord,
    SocialiseLoss,
    SwapSpot,
    TakeOver,
    TradeVenue,
    Unwind,
    Withdraw,
)


class Sender(Protocol):
    """Who sends an action, and what it needs to know of the deployment."""

    @property
    def owner(self) -> str:
        """The address that sends it."""
        ...

    def market_id(self, market: str) -> int:
        """The number of a market."""
        ...

    def address(self, name: str) -> str:
        """Where a contract is."""
        ...


class Row(NamedTuple):
    """One kind of action: `instance` is filled in from the action itself.

    `gas` names what a transaction of the kind is reckoned to use: as measured, or where nobody
    measured it alone, of what resembles it.
    """

    instance: str
    method: str
    gas: str
    arguments: Callable[[Any, Sender], tuple[Any, ...]]


def order_words(action: PlaceOrder) -> tuple[bool, int, int, int, bool, int]:
    """An order as the book takes it."""
    return (
        action.size_wad > 0,
        abs(action.size_wad),
        action.price_wad,
        action.kind,
        action.reduce_only,
        action.expires_at,
    )


def trigger_words(action: NewTrigger) -> tuple[int, int, int, int, int, int, int]:
    """A trigger as its venue takes it."""
    return (
        action.kind,
        action.size_wad,
        action.trigger_wad,
        action.trail_wad,
        action.slippage_wad,
        action.tip_wad,
        action.group,
    )


def _orders(one: PlaceMany, _by: Sender) -> tuple[Any, ...]:
    return one.account, [order_words(each) for each in one.orders]


def _programmed(one: PlaceTriggers, by: Sender) -> tuple[Any, ...]:
    words = [trigger_words(each) for each in one.triggers]
    return one.account, by.market_id(one.market), words, False


def _bracket(one: OpenWithBracket, by: Sender) -> tuple[Any, ...]:
    words = [trigger_words(each) for each in one.triggers]
    market = by.market_id(one.order.market)
    return one.order.account, market, order_words(one.order), words, False


def _takeover(one: TakeOver, by: Sender) -> tuple[Any, ...]:
    return one.account, by.market_id(one.market), one.size_wad, one.receiver


def _swap(one: SwapSpot, by: Sender) -> tuple[Any, ...]:
    return one.is_buy, one.amount_in_raw, one.min_out_raw, by.owner


def _reading(one: PushPrice, _by: Sender) -> tuple[Any, ...]:
    return one.price_wad, one.conf_wad, one.observed_at, one.seq


def _at(one: Any, by: Sender) -> tuple[Any, ...]:
    return one.account, by.market_id(one.market)


def _market(one: Any, by: Sender) -> tuple[Any, ...]:
    return (by.market_id(one.market),)


def _trigger(one: Any, _by: Sender) -> tuple[Any, ...]:
    return (one.trigger_id,)


def _nothing(_one: Any, _by: Sender) -> tuple[Any, ...]:
    return ()


_BOOK, _VAULT, _TRIGGERS = "OrderBook.{0.market}", "MarginVault", "TriggerOrders"
_POOL, _TOKEN = "InsurancePool", "LeveragedToken.{0.token}"

# fmt: off
ACTION_TABLE: Mapping[type, Row] = {
    PlaceOrder: Row(_BOOK, "place", "market_order_opens_first_position",
                    lambda one, _: (one.account, order_words(one), one.max_fills)),
    PlaceMany: Row(_BOOK, "place_many", "place_many_8", _orders),
    CancelOrders: Row(_BOOK, "cancel_many", "cancel_many_8", lambda one, _: (one.order_ids,)),
    Deposit: Row(_VAULT, "deposit", "deposit", lambda one, _: (one.account, one.amount_raw)),
    Withdraw: Row(_VAULT, "withdraw", "withdraw_with_position",
                  lambda one, by: (one.account, one.amount_raw, by.owner)),
    MoveCash: Row(_VAULT, "move", "move",
                  lambda one, _: (one.sender, one.recipient, one.amount_wad)),
    PushPrice: Row("PriceFeed.{0.market}.{0.feed}", "push", "push_price", _reading),
    Poke: Row("MarkPrice", "poke", "poke", _market),
    Liquidate: Row("Liquidator", "liquidate", "liquidate_1_fill",
                   lambda one, by: (*_at(one, by), one.max_fills)),
    TakeOver: Row("Liquidator", "take_over", "take_over", _takeover),
    # A whole round where 32 counterparties do not suffice, which `adl_rounds` knows.
    Deleverage: Row("Deleverager", "deleverage", "deleverage_1", _at),
    SocialiseLoss: Row("Deleverager", "socialise", "deleverage_per_counterparty",
                       lambda one, _: (one.account,)),
    Restore: Row(_POOL, "restore", "absorb", _market),
    Unwind: Row(_POOL, "unwind", "market_order_1_fill", _market),
    PoolDeposit: Row(_POOL, "deposit", "pool_stake", lambda one, by: (one.amount_raw, by.owner)),
    PoolRequestRedeem: Row(_POOL, "request_redeem", "pool_request_redeem",
                           lambda one, _: (one.shares_wad,)),
    PoolRedeem: Row(_POOL, "claim", "pool_redeem", lambda _, by: (by.owner,)),
    AllowTriggers: Row(_VAULT, "set_operator", "move",
                       lambda one, by: (by.address(_TRIGGERS), one.allowed)),
    PlaceTriggers: Row(_TRIGGERS, "program", "trigger_program", _programmed),
    OpenWithBracket: Row(_TRIGGERS, "open_with_bracket", "open_with_bracket", _bracket),
    CancelTriggers: Row(_TRIGGERS, "cancel", "cancel_many_8", lambda one, _: (one.trigger_ids,)),
    BuryTriggers: Row(_TRIGGERS, "bury", "cancel_many_8", _at),
    ExecuteTrigger: Row(_TRIGGERS, "execute", "trigger_execute", _trigger),
    Ratchet: Row(_TRIGGERS, "ratchet", "trigger_ratchet", _trigger),
    SwapSpot: Row("SpotPool.{0.pool}", "swap", "withdraw", _swap),
    MintToken: Row(_TOKEN, "mint", "open_with_bracket",
                   lambda one, by: (one.amount_raw, one.min_tokens_wad, by.owner)),
    RedeemToken: Row(_TOKEN, "redeem", "open_with_bracket",
                     lambda one, by: (one.tokens_wad, one.min_raw, by.owner)),
    RebalanceToken: Row(_TOKEN, "rebalance", "market_order_1_fill", _nothing),
    Ripcord: Row(_TOKEN, "ripcord", "market_order_1_fill", _nothing),
    RealiseToken: Row(_TOKEN, "realise", "open_with_bracket", _nothing),
}
# fmt: on

# Reckoned, not taken from the engine: the order of a block must not depend on the engine, and the
# fastest one cannot tell. A trade on a venue off the chain takes no room on it.
ACTION_GAS: Mapping[str, int] = {
    **{kind.__name__: gas_of(row.gas) for kind, row in ACTION_TABLE.items()},
    TradeVenue.__name__: 0,
}
