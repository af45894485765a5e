"""Turning an agent's wish into orders its market takes: ticks, lots, bounds, smallest size."""

from __future__ import annotations

from sim.types import MarketSpec, MarketView, OrderKind, PlaceOrder, Status
from sim.units import WAD, div_down, mul_down, mul_up

TRADEABLE = frozenset({Status.OK, Status.THIN})


def tick_down(price_wad: int, spec: MarketSpec) -> int:
    """The price cut down to a tick, at least one tick."""
    return max(price_wad // spec.tick_wad, 1) * spec.tick_wad


def tick_up(price_wad: int, spec: MarketSpec) -> int:
    """The price raised to a tick."""
    return -(-price_wad // spec.tick_wad) * spec.tick_wad


def lots(size_wad: int, spec: MarketSpec) -> int:
    """An unsigned size cut down to whole lots."""
    return size_wad // spec.lot_wad * spec.lot_wad


def size_for(notional_wad: int, price_wad: int, spec: MarketSpec) -> int:
    """The whole lots a notional buys at a price; 0 if below the market's smallest order."""
    size_wad = lots(div_down(notional_wad, price_wad), spec)
    return size_wad if mul_down(size_wad, price_wad) >= spec.min_notional_wad else 0


def limit_order(
    account: int,
    view: MarketView,
    size_wad: int,
    price_wad: int,
    *,
    kind: OrderKind = OrderKind.LIMIT,
    expires_at: int = 0,
) -> PlaceOrder:
    """An order at a price moved to the tick that is kinder to its owner."""
    spec = view.spec
    price_wad = tick_down(price_wad, spec) if size_wad > 0 else tick_up(price_wad, spec)
    return PlaceOrder(
        account=account,
        market=spec.name,
        size_wad=size_wad,
        price_wad=price_wad,
        kind=kind,
        expires_at=expires_at,
    )


def market_order(
    account: int,
    view: MarketView,
    size_wad: int,
    slippage_wad: int,
    *,
    reduce_only: bool = False,
) -> PlaceOrder:
    """An immediate-or-cancel order bounded at the mark plus or minus a slippage ratio."""
    spec = view.spec
    if size_wad > 0:
        bound_wad = tick_up(mul_up(view.mark_wad, WAD + slippage_wad), spec)
    else:
        bound_wad = tick_down(mul_down(view.mark_wad, WAD - slippage_wad), spec)
    return PlaceOrder(
        account=account,
        market=spec.name,
        size_wad=size_wad,
        price_wad=bound_wad,
        kind=OrderKind.IOC,
        reduce_only=reduce_only,
    )


def equity(cash_wad: int, size_wad: int, quote_wad: int, price_wad: int) -> int:
    """Cash plus the value of one position, rounded down; pending funding left aside."""
    return cash_wad + mul_down(size_wad, price_wad) + quote_wad
