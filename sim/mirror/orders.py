"""Resting orders, kept from the events of one market's book."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sim.mirror.parts import Account
from sim.types import OrderView


def order_handlers(market: str, account_of: Callable[[int], Account]) -> Mapping[str, Any]:
    """What to do with each event of the market's book."""

    def placed(
        order_id: int,
        account: int,
        is_buy: bool,
        price_wad: int,
        size_wad: int,
        reduce_only: bool,
        _expires_at: int,
    ) -> None:
        account_of(account).orders[market, order_id] = OrderView(
            order_id=order_id,
            market=market,
            size_wad=size_wad if is_buy else -size_wad,
            price_wad=price_wad,
            reduce_only=reduce_only,
        )

    def filled(
        order_id: int,
        account: int,
        _taker: int,
        is_buy: bool,
        _price_wad: int,
        _size_wad: int,
        left_wad: int,
    ) -> None:
        orders = account_of(account).orders
        if left_wad == 0:
            del orders[market, order_id]
            return
        left = left_wad if is_buy else -left_wad
        orders[market, order_id] = orders[market, order_id]._replace(size_wad=left)

    def cancelled(order_id: int, account: int, _reason: int) -> None:
        del account_of(account).orders[market, order_id]

    return {"OrderPlaced": placed, "OrderFilled": filled, "OrderCancelled": cancelled}
