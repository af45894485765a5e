"""Everything an agent may return, and a bid for its place."""

from __future__ import annotations

from dataclasses import dataclass

from sim.types.keeper_actions import (
    Deleverage,
    MintToken,
    PoolDeposit,
    PoolRedeem,
    PoolRequestRedeem,
    RealiseToken,
    RebalanceToken,
    RedeemToken,
    Restore,
    Ripcord,
    SocialiseLoss,
    TakeOver,
    Unwind,
)
from sim.types.trader_actions import (
    AllowTriggers,
    BuryTriggers,
    CancelOrders,
    CancelTriggers,
    Deposit,
    ExecuteTrigger,
    Liquidate,
    MoveCash,
    OpenWithBracket,
    PlaceMany,
    PlaceOrder,
    PlaceTriggers,
    Poke,
    PushPrice,
    Ratchet,
    SwapSpot,
    TradeVenue,
    Withdraw,
)

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
class Urgent:
    """An action with a bid for its place: a tip for a unit of gas, and the most it pays in all.

    Where places are free the bid means nothing; without it the agent's own tip stands.
    """

    action: Action
    tip_wei: int
    max_fee_wei: int | None = None


ActionRequest = Action | Urgent
