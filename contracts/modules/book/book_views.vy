# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title What anyone may read of an order book
@notice A book's grid, and its levels and orders in prices and sizes. Expired orders count
        everywhere but in impact prices and in `top`, which the mark is made from: these count firm
        orders alone (not reduce-only, because no margin stands behind such; not with an expiry,
        because a dead one looks alive) and only levels of some size, so that dust hides nothing.
@custom:units `_wad` is 18 decimals: prices quote per base, sizes base, notionals quote.
"""

from contracts.modules import limits
from contracts.modules.book import order_queue
from contracts.modules.book import price_ladder
from contracts.modules.math import fixed_point

uses: order_queue
uses: price_ladder


struct RestingOrder:
    order_id: uint256
    account: uint256
    is_buy: bool
    price_wad: uint256
    size_wad: uint256  # 0: no such order
    reduce_only: bool
    expires_at: uint256


struct Level:
    price_wad: uint256
    size_wad: uint256


_MAX_VIEWED: constant(uint256) = 64  # levels or orders in one view
# Levels read on a side to find an impact price: the best, which may be dust, and 32 solid ones, more
# than hold the notional of the mark.
_MAX_WALKED: constant(uint256) = 33
LAST_KEY: constant(uint256) = 2**40 - 1

TICK_WAD: public(immutable(uint256))
LOT_WAD: public(immutable(uint256))
_QUOTE_WAD: immutable(uint256)  # one lot at one tick


@deploy
def __init__(tick_wad: uint256, lot_wad: uint256):
    # So that the notional of any fill is exact and nothing in the book needs rounding.
    assert tick_wad * lot_wad % limits.WAD == 0, "book: tick times lot is not whole wei"
    assert tick_wad * lot_wad != 0, "book: tick or lot is zero"
    TICK_WAD = tick_wad
    LOT_WAD = lot_wad
    _QUOTE_WAD = fixed_point._mul_wad_down(tick_wad, lot_wad)


@view
@external
def best() -> (uint256, uint256):
    """
    @notice The best bid and the best ask of any order; 0: none.
    """
    return self._best_price(True), self._best_price(False)


@view
@external
def depth(is_buy: bool, count: uint256) -> DynArray[Level, _MAX_VIEWED]:
    """
    @notice The best `count` levels of a side (at most 64), best first, all orders counted.
    """
    levels: DynArray[Level, _MAX_VIEWED] = []
    rung: uint256 = price_ladder._best(is_buy)
    for _: uint256 in range(min(count, _MAX_VIEWED), bound=_MAX_VIEWED):
        if rung == price_ladder.NO_RUNG:
            break
        levels.append(
            Level(
                price_wad=price_ladder._tick(rung) * TICK_WAD,
                size_wad=order_queue._lots_at(rung) * LOT_WAD,
            )
        )
        rung = price_ladder._after(rung, False)
    return levels


@view
@external
def impact_price(is_buy: bool, notional_wad: uint256) -> uint256:
    """
    @notice The average price to buy or sell `notional_wad`, rounded against the trader; 0 if
            32 levels don't hold it. Only firm orders in levels of some size count.
    """
    best_wad: uint256 = 0
    price_wad: uint256 = 0
    best_wad, price_wad = self._walk(not is_buy, notional_wad)
    return price_wad


@view
@external
def order(order_id: uint256) -> RestingOrder:
    """
    @notice A resting order; all zero if it is gone.
    """
    account: uint256 = order_queue._owner_of(order_id)
    return self._resting(order_id & LAST_KEY, account) if account != 0 else empty(RestingOrder)


@view
@external
def orders_of(account: uint256) -> DynArray[RestingOrder, limits.MAX_OPEN]:
    """
    @notice All resting orders of `account`, in no particular order.
    """
    found: DynArray[RestingOrder, limits.MAX_OPEN] = []
    keys: DynArray[uint256, limits.MAX_OPEN] = order_queue._keys_of(account)
    for key: uint256 in keys:
        found.append(self._resting(key, account))
    return found


@view
@external
def queue(is_buy: bool, price_wad: uint256, count: uint256) -> DynArray[uint256, _MAX_VIEWED]:
    """
    @notice Ids of the first `count` orders at a price (at most 64), first to be filled first.
    """
    ids: DynArray[uint256, _MAX_VIEWED] = []
    rung: uint256 = price_ladder._rung(is_buy, self._tick_of(price_wad))
    if order_queue._lots_at(rung) == 0:
        return ids
    key: uint256 = order_queue._head(rung)
    for _: uint256 in range(min(count, _MAX_VIEWED), bound=_MAX_VIEWED):
        found: order_queue.Order = order_queue._order(key)
        ids.append(found.generation << 40 | key)
        if key == order_queue._tail(rung):
            break
        key = found.next
    return ids


@internal
@view
def _tick_of(price_wad: uint256) -> uint256:
    tick: uint256 = price_wad // TICK_WAD
    assert price_wad % TICK_WAD == 0, "book: price is not in ticks"
    assert 0 < tick and tick <= price_ladder.MAX_TICK, "book: price out of range"
    return tick


@internal
@view
def _best_price(is_buy: bool) -> uint256:
    rung: uint256 = price_ladder._best(is_buy)
    return 0 if rung == price_ladder.NO_RUNG else price_ladder._tick(rung) * TICK_WAD


@internal
@view
def _walk(is_buy: bool, notional_wad: uint256) -> (uint256, uint256):
    """
    @dev Best price of a side and the average price of taking `notional_wad` from it, of solid
         levels; 0 where there are none or not enough. Bids round down, asks up.
    """
    best: uint256 = 0
    base: uint256 = 0  # lots
    quote: uint256 = 0  # lots times ticks
    needed: uint256 = (notional_wad + _QUOTE_WAD - 1) // _QUOTE_WAD
    rung: uint256 = price_ladder._best(is_buy)
    for _: uint256 in range(_MAX_WALKED):
        if rung == price_ladder.NO_RUNG:
            break
        tick: uint256 = price_ladder._tick(rung)
        lots: uint256 = order_queue._firm_lots_at(rung)
        here: uint256 = unsafe_mul(lots, tick)  # 88 bits and 24
        if here >= order_queue._LEAST_SOLID:  # only the best of all may be less
            if best == 0:
                best = tick
            if unsafe_add(quote, here) >= needed:
                price_wad: uint256 = tick * TICK_WAD
                # N / (base + (N - quote) / price), multiplied out so that it is rounded once;
                # base * price is exact on the grid.
                divisor_wad: uint256 = (
                    base * tick * _QUOTE_WAD + notional_wad - quote * _QUOTE_WAD
                )
                if divisor_wad != 0:
                    product: uint256 = notional_wad * price_wad
                    price_wad = product // divisor_wad
                    if not is_buy and product % divisor_wad != 0:
                        price_wad += 1
                return best * TICK_WAD, price_wad
            base = unsafe_add(base, lots)
            quote = unsafe_add(quote, here)
        rung = price_ladder._after(rung, True)
    return best * TICK_WAD, 0


@internal
@view
def _resting(key: uint256, account: uint256) -> RestingOrder:
    found: order_queue.Order = order_queue._order(key)
    return RestingOrder(
        order_id=found.generation << 40 | key,
        account=account,
        is_buy=found.rung >= price_ladder.BIDS,
        price_wad=price_ladder._tick(found.rung) * TICK_WAD,
        size_wad=found.lots * LOT_WAD,
        reduce_only=found.reduce_only,
        expires_at=found.expires_at,
    )


@internal
@view
def _notional_wad(lots: uint256, tick: uint256) -> uint256:
    return lots * tick * _QUOTE_WAD
