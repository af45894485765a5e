# pragma version 0.4.3
"""
@title Matching of one book
@notice Price-time priority: what a taker takes and what it clears away on its way, proposed to the
        clearinghouse, which disposes. See `OrderBook` for the rules in words.
@custom:units `_wad` is 18 decimals; inside, prices are ticks and rungs, sizes lots.
"""

from contracts.interfaces import IClearinghouse
from contracts.modules import limits
from contracts.modules.book import book_head
from contracts.modules.book import book_views
from contracts.modules.book import order_queue
from contracts.modules.book import price_ladder
from contracts.modules.math import fixed_point

uses: order_queue
uses: price_ladder
uses: book_views


event OrderFilled:
    order_id: indexed(uint256)
    account: indexed(uint256)  # the maker
    taker: indexed(uint256)
    is_buy: bool  # the maker's side
    price_wad: uint256
    size_wad: uint256
    left_wad: uint256


event OrderCancelled:
    order_id: indexed(uint256)
    account: indexed(uint256)
    reason: uint256


struct Reach:  # rungs of the side to take from
    near: uint256  # anything better is outside the fill band
    far: uint256  # anything worse is outside the fill band
    limit: uint256  # the order's own price


struct Taken:
    unfinished: bool  # a budget ended the search, not the limit nor the book
    lots: uint256
    notional_wad: uint256
    penalty_wad: uint256


# Why an order was cancelled
BY_OWNER: constant(uint256) = 0
EXPIRED: constant(uint256) = 1
SELF_TRADE: constant(uint256) = 2
REFUSED: constant(uint256) = 3
REPLACED: constant(uint256) = 4
LIQUIDATION: constant(uint256) = 5
NOTHING_TO_REDUCE: constant(uint256) = 6
OPENING_STOPPED: constant(uint256) = 7

# What a taker clears away on its way: what this contract can tell to be dead, two accounts' whole
# allowance; and what the clearinghouse refuses. So many makers are judged by it in a call, which is
# what a call costs: a maker may hold positions in every market.
_MAX_DEAD: constant(uint256) = 128
_MAX_JUDGED: constant(uint256) = limits.MAX_FILLS
# Where opening is stopped so many orders that would open are passed over and stay; those behind
# them are in the way of who reduces, and dead.
_MAX_PASSED: constant(uint256) = 64
# A round of matching has something judged, or is the last; a step of it meets an order.
_MAX_ROUNDS: constant(uint256) = _MAX_JUDGED + 1
_MAX_STEPS: constant(uint256) = limits.MAX_FILLS + _MAX_DEAD + _MAX_PASSED + 1

MARKET: public(immutable(uint256))
_CLEARINGHOUSE: immutable(IClearinghouse)


@deploy
def __init__(market: uint256, clearinghouse: address):
    MARKET = market
    _CLEARINGHOUSE = IClearinghouse(clearinghouse)


@internal
def _take(
    taker: uint256,
    is_buy: bool,
    lots: uint256,
    reach: Reach,
    max_fills: uint256,
    forced: bool,
    opens: bool,
) -> Taken:
    """
    @dev Rounds of collecting makers off the book and proposing them to the clearinghouse. One
         round is enough unless makers were refused.
    @param opens Whether positions may grow now, where that is known; of others it is asked.
    """
    worst: uint256 = min(reach.limit, reach.far)
    taken: Taken = empty(Taken)
    accepted: uint256 = 0
    dead: uint256 = 0
    judged: uint256 = 0
    passes: uint256 = 0
    passed: uint256 = 0  # the order passed over last
    if price_ladder._best(not is_buy) > worst:
        return taken
    # Where nobody may open, all orders reduce only.
    closing: bool = not (opens if forced else staticcall _CLEARINGHOUSE.may_open(MARKET))
    for round: uint256 in range(_MAX_ROUNDS):
        # What filled moved the account's health, by which the limit was chosen.
        if forced and accepted != 0:
            break
        if judged == _MAX_JUDGED:
            taken.unfinished = True
            break
        fills: DynArray[IClearinghouse.MakerFill, limits.MAX_FILLS] = []
        ids: DynArray[uint256, limits.MAX_FILLS] = []
        lefts: DynArray[uint256, limits.MAX_FILLS] = []
        wanted: uint256 = lots - taken.lots
        for step: uint256 in range(_MAX_STEPS):
            if wanted == 0 or accepted + len(fills) == max_fills:
                break
            if judged + len(fills) == _MAX_JUDGED:
                break
            rung: uint256 = 0
            key: uint256 = 0
            rung, key = self._behind(passed, is_buy)
            if rung > worst:
                break
            maker: order_queue.Order = order_queue._order(key)
            account: uint256 = order_queue._account_of[key >> 6]
            size: uint256 = min(maker.lots, wanted)
            reason: uint256 = BY_OWNER
            if maker.expires_at != 0 and maker.expires_at <= block.timestamp:
                reason = EXPIRED
            elif account >> 96 == taker >> 96:
                reason = SELF_TRADE
            elif rung < reach.near:
                reason = REFUSED
            elif maker.reduce_only or closing:
                # What it may reduce is known only once its other fills are settled.
                if self._is_among(account, fills):
                    break
                size = min(size, self._reducible(account, not is_buy))
                if size == 0 and not maker.reduce_only and passes < _MAX_PASSED:
                    passed = key
                    passes += 1
                    continue
                if size == 0:
                    reason = NOTHING_TO_REDUCE if maker.reduce_only else OPENING_STOPPED
            if reason != BY_OWNER:
                if dead == _MAX_DEAD:
                    taken.unfinished = True
                    break
                self._cancel(key, account, reason)
                dead += 1
                continue
            wanted -= size
            ids.append(maker.generation << 40 | key)
            lefts.append(order_queue._shrink(key, maker, account, size))
            fills.append(
                IClearinghouse.MakerFill(
                    account=account,
                    size_wad=size * book_views.LOT_WAD,
                    price_wad=price_ladder._tick(rung) * book_views.TICK_WAD,
                    reduce_only=maker.reduce_only,
                )
            )
        if len(fills) == 0:
            break

        result: IClearinghouse.FillResult = extcall _CLEARINGHOUSE.fill(
            MARKET, taker, is_buy, forced, fills
        )
        judged += len(fills)
        taken.penalty_wad += result.penalty_wad
        for i: uint256 in range(len(fills), bound=limits.MAX_FILLS):
            fill: IClearinghouse.MakerFill = fills[i]
            if (result.refused >> i) & 1 == 1:
                if lefts[i] != 0:
                    self._cancel(ids[i] & book_views.LAST_KEY, fill.account, REFUSED)
                else:
                    log OrderCancelled(order_id=ids[i], account=fill.account, reason=REFUSED)
                continue
            accepted += 1
            size: uint256 = fill.size_wad // book_views.LOT_WAD
            tick: uint256 = fill.price_wad // book_views.TICK_WAD
            taken.lots += size
            taken.notional_wad += book_views._notional_wad(size, tick)
            price_ladder._head = (
                price_ladder._head & ~book_head.TRADE
                | tick << book_head.TICK_AT
                | block.timestamp << book_head.TIME_AT
            )
            log OrderFilled(
                order_id=ids[i],
                account=fill.account,
                taker=taker,
                is_buy=not is_buy,
                price_wad=fill.price_wad,
                size_wad=fill.size_wad,
                left_wad=lefts[i] * book_views.LOT_WAD,
            )
        if taken.lots == lots or taken.unfinished:
            break
    return taken


@internal
@view
def _behind(passed: uint256, is_buy: bool) -> (uint256, uint256):
    """
    @dev Rung and key of the order to be tried next: the first one, or the one behind another.
    """
    rung: uint256 = price_ladder._best(not is_buy)
    if passed != 0:
        before: order_queue.Order = order_queue._order(passed)
        rung = before.rung
        if order_queue._tail(rung) != passed:
            return rung, before.next
        rung = price_ladder._after(rung, False)
    return rung, order_queue._head(rung)


@internal
@pure
def _is_among(
    account: uint256, fills: DynArray[IClearinghouse.MakerFill, limits.MAX_FILLS]
) -> bool:
    for fill: IClearinghouse.MakerFill in fills:
        if fill.account == account:
            return True
    return False


@internal
@view
def _reach(is_buy: bool, tick: uint256, mark_wad: uint256, band_wad: uint256) -> Reach:
    # The band is rounded inwards: low up, high down.
    below_wad: uint256 = limits.WAD - min(band_wad, limits.WAD)
    low: uint256 = fixed_point._mul_div_up(mark_wad, below_wad, limits.WAD * book_views.TICK_WAD)
    high: uint256 = fixed_point._mul_div_down(
        mark_wad, limits.WAD + band_wad, limits.WAD * book_views.TICK_WAD
    )
    low = min(low, price_ladder.MAX_TICK)
    high = min(high, price_ladder.MAX_TICK)
    return Reach(
        near=price_ladder._rung(not is_buy, low if is_buy else high),
        far=price_ladder._rung(not is_buy, high if is_buy else low),
        limit=price_ladder._rung(not is_buy, tick),
    )


@internal
@view
def _reducible(account: uint256, is_buy: bool) -> uint256:
    """
    @dev Whole lots that an order on this side could take off the account's position.
    """
    size_wad: int256 = staticcall _CLEARINGHOUSE.size_of(account, MARKET)
    if size_wad == 0 or (size_wad < 0) != is_buy:
        return 0
    return convert(abs(size_wad), uint256) // book_views.LOT_WAD


@internal
@view
def _why_dead(order: order_queue.Order, account: uint256) -> uint256:
    """
    @dev Why an order can trade with nobody; BY_OWNER if it can, so that only its owner may end it.
    """
    if order.expires_at != 0 and order.expires_at <= block.timestamp:
        return EXPIRED
    if order.reduce_only and self._reducible(account, order.rung >= price_ladder.BIDS) == 0:
        return NOTHING_TO_REDUCE
    return BY_OWNER


@internal
def _cancel(key: uint256, account: uint256, reason: uint256):
    gone: order_queue.Order = order_queue._order(key)
    order_queue._shrink(key, gone, account, gone.lots)
    log OrderCancelled(order_id=gone.generation << 40 | key, account=account, reason=reason)
