"""What a transaction of each kind is reckoned to use, for orderings in which room is scarce.

Reckoned, not taken from the engine: the order of a block must not depend on the engine, and the
fastest one cannot tell. What nobody measured alone is reckoned from what it resembles.
"""

from __future__ import annotations

from collections.abc import Mapping

from sim.protocol.gas import gas_of

_TYPICAL: Mapping[str, str] = {
    "PlaceOrder": "market_order_opens_first_position",
    "PlaceMany": "place_many_8",
    "CancelOrders": "cancel_many_8",
    "Deposit": "deposit",
    "Withdraw": "withdraw_with_position",
    "MoveCash": "move",
    "PushPrice": "push_price",
    "Liquidate": "liquidate_1_fill",
    "Poke": "poke",
    "AllowTriggers": "move",
    "PlaceTriggers": "trigger_program",
    "OpenWithBracket": "open_with_bracket",
    "CancelTriggers": "cancel_many_8",
    "BuryTriggers": "cancel_many_8",
    "ExecuteTrigger": "trigger_execute",
    "Ratchet": "trigger_ratchet",
    "SwapSpot": "withdraw",
    "TakeOver": "take_over",
    "Deleverage": "deleverage_1",
    "SocialiseLoss": "deleverage_per_counterparty",
    "Restore": "absorb",
    "Unwind": "market_order_1_fill",
    "PoolDeposit": "pool_stake",
    "PoolRequestRedeem": "pool_request_redeem",
    "PoolRedeem": "pool_redeem",
    "MintToken": "open_with_bracket",
    "RedeemToken": "open_with_bracket",
    "RebalanceToken": "market_order_1_fill",
    "Ripcord": "market_order_1_fill",
    "RealiseToken": "open_with_bracket",
}
# A trade on a venue off the chain takes no room on it.
ACTION_GAS: Mapping[str, int] = {kind: gas_of(name) for kind, name in _TYPICAL.items()} | {
    "TradeVenue": 0
}
