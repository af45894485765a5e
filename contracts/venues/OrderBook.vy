# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Order book of one market, price-time priority
@notice Anyone may trade an account they own or operate; the liquidator takes for accounts it
        liquidates. The book proposes trades to the clearinghouse and holds no money.

Every entry point that changes the book pokes the mark first. Ordinary and liquidation orders match
alike, best price first, then first come first served, always at the resting order's price, and only
within the fill band around the mark. On its way a taker removes orders that can't trade: expired
ones, the taker's owner's own, reduce-only ones with nothing to reduce, those priced better for the
taker than the band allows (left standing, they would lock the book), and those whose maker the
clearinghouse refuses. These removals have budgets of their own, so a wall of dead orders costs the
taker nothing of `max_fills`, and they stay done where nothing is filled: `take_for` says whether it
has seen all that it might take. Where status or guardian stop opening, orders that would open are
passed over and stay, but for those that stand behind many such.

What is left of a LIMIT order rests, unless it crosses orders the budgets left standing or its
price is beyond the band: then it is dropped. Reduce-only orders are cut to the position they
reduce, a taker's when it arrives, a resting one's when it is met.

Expired orders count in `best`, `depth` and as open size until a taker meets them or anyone cancels
them: a level doesn't know its orders' ages. The mark is made from `top`, which, as `impact_price`,
counts what can be hit: see `book_views`.
@custom:units `_wad` is 18 decimals: prices quote per base, sizes base, notionals quote. Inside,
              prices are ticks and rungs (see `price_ladder`), sizes lots.
@custom:invariant Best bid < best ask. While the clearinghouse is called, the book has already
                  given up what the fills take from it.
"""

from contracts.interfaces import IMarginVault
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams
from contracts.interfaces import IOrderBook
from contracts.interfaces import IOrderEntry
from contracts.modules import codes
from contracts.modules import limits
from contracts.modules.book import book_head
from contracts.modules.book import book_views
from contracts.modules.book import matching
from contracts.modules.book import order_queue
from contracts.modules.book import price_ladder
from contracts.modules.math import fixed_point

implements: IOrderBook
implements: IOrderEntry
initializes: price_ladder
initializes: order_queue[price_ladder := price_ladder]
initializes: book_views[order_queue := order_queue, price_ladder := price_ladder]
initializes: matching[
    order_queue := order_queue, price_ladder := price_ladder, book_views := book_views
]

exports: (
    matching.MARKET,
    # The grid, fixed for the book's life since resting orders are counted in it. The smallest
    # order and the fill band may change and are read from the parameters when needed.
    book_views.TICK_WAD,
    book_views.LOT_WAD,
    # Levels and orders
    book_views.best,
    book_views.depth,
    book_views.impact_price,
    book_views.order,
    book_views.orders_of,
    book_views.queue,
)


event OrderPlaced:
    order_id: indexed(uint256)
    account: indexed(uint256)
    is_buy: bool
    price_wad: uint256
    size_wad: uint256
    reduce_only: bool
    expires_at: uint256


_MAX_PLACED: constant(uint256) = 16  # orders in one place_many
_MAX_CANCELLED: constant(uint256) = 32  # orders in one cancel_many

_MARK: immutable(IMarkPrice)
_PARAMS: immutable(IMarketParams)
_VAULT: immutable(IMarginVault)


@deploy
def __init__(
    market: uint256,
    clearinghouse: address,
    mark: address,
    params: address,
    vault: address,
    tick_wad: uint256,
    lot_wad: uint256,
    solid_notional_wad: uint256,
):
    """
    @param market The market it is the book of.
    @param clearinghouse Where positions are kept.
    @param mark Mark price and funding.
    @param params Market parameters. They learn the market from its book's address, so the grid
           is named here too; no order is taken while the two differ.
    @param vault Who may act for an account.
    @param tick_wad Price step.
    @param lot_wad Size step.
    @param solid_notional_wad The smallest level that counts in impact prices and in `top`: a 12th of
           the notional that the mark asks for, so that 12 levels hold it.
    """
    book_views.__init__(tick_wad, lot_wad)
    order_queue.__init__(solid_notional_wad // book_views._QUOTE_WAD)
    matching.__init__(market, clearinghouse)
    _MARK = IMarkPrice(mark)
    _PARAMS = IMarketParams(params)
    _VAULT = IMarginVault(vault)


# Trading


@external
def place(account: uint256, order: IOrderEntry.NewOrder, max_fills: uint256) -> (uint256, uint256):
    """
    @notice Take what the order may take from at most `max_fills` makers, then rest or drop the
            rest by its kind. Returns its id, 0 if nothing rests, and the size filled.
    """
    self._check_actor(account)
    return self._place_alone(account, order, max_fills, self._poke())


@external
def place_many(
    account: uint256, orders: DynArray[IOrderEntry.NewOrder, _MAX_PLACED]
) -> DynArray[uint256, _MAX_PLACED]:
    """
    @notice Place orders one after the other, all or none. Returns their ids, 0 where nothing rests.
            Orders that come to rest in a row are judged as one, by the last of them.
    """
    self._check_actor(account)
    mark_wad: uint256 = self._poke()
    grid: IMarketParams.Grid = self._grid()
    ids: DynArray[uint256, _MAX_PLACED] = []
    unjudged: bool = False
    for order: IOrderEntry.NewOrder in orders:
        order_id: uint256 = 0
        filled_wad: uint256 = 0
        order_id, filled_wad, unjudged = self._place(
            account, order, limits.MAX_FILLS, mark_wad, grid, unjudged
        )
        ids.append(order_id)
    if unjudged:
        extcall matching._CLEARINGHOUSE.admit(matching.MARKET, account)
    return ids


@external
def replace(order_id: uint256, order: IOrderEntry.NewOrder) -> (uint256, uint256):
    """
    @notice Cancel a resting order and place another for its account, as one. The new order has a
            new id and stands at the end of its level. Reverts if the old one is gone.
    """
    account: uint256 = order_queue._owner_of(order_id)
    assert account != 0, "book: no such order"
    self._check_actor(account)
    mark_wad: uint256 = self._poke()
    matching._cancel(order_id & book_views.LAST_KEY, account, matching.REPLACED)
    return self._place_alone(account, order, limits.MAX_FILLS, mark_wad)


@external
def cancel(order_id: uint256):
    """
    @notice Remove a resting order. Anyone may remove a dead one: expired, or reduce-only with
            nothing to reduce. Reverts if it is gone.
    """
    assert order_queue._owner_of(order_id) != 0, "book: no such order"
    self._poke()
    self._cancel_by_actor(order_id)


@external
def cancel_many(order_ids: DynArray[uint256, _MAX_CANCELLED]):
    """
    @notice Remove those of the orders that are still resting.
    """
    self._poke()
    for order_id: uint256 in order_ids:
        self._cancel_by_actor(order_id)


# Liquidation


@external
def take_for(
    account: uint256,
    is_buy: bool,
    size_wad: uint256,
    limit_price_wad: uint256,
    max_fills: uint256,
    opens: bool,
) -> (uint256, uint256, uint256, uint256):
    """
    @notice An immediate-or-cancel liquidation order on behalf of `account`. Only the
            liquidator. Returns (outcome, filled_wad, notional_wad, penalty_wad), the outcome one of
            the `codes`; never reverts for want of depth. The size is cut to lots, the price to the
            tick that is no worse.
    @param opens Whether positions may grow in the market now, which the liquidator knows already.
    """
    self._check_liquidator()
    mark_wad: uint256 = self._poke()
    tick: uint256 = limit_price_wad // book_views.TICK_WAD
    if not is_buy and limit_price_wad % book_views.TICK_WAD != 0:
        tick += 1
    if tick > price_ladder.MAX_TICK:
        if not is_buy:
            return codes.TAKE_NOTHING, 0, 0, 0  # no bid can be that high
        tick = price_ladder.MAX_TICK
    grid: IMarketParams.Grid = staticcall _PARAMS.grid(matching.MARKET)
    reach: matching.Reach = matching._reach(is_buy, tick, mark_wad, grid.fill_band_wad)
    taken: matching.Taken = matching._take(
        account,
        is_buy,
        size_wad // book_views.LOT_WAD,
        reach,
        min(max_fills, limits.MAX_FILLS),
        True,
        opens,
    )
    outcome: uint256 = codes.TAKE_FILLED
    if taken.lots == 0:
        outcome = codes.TAKE_UNFINISHED if taken.unfinished else codes.TAKE_NOTHING
    return outcome, taken.lots * book_views.LOT_WAD, taken.notional_wad, taken.penalty_wad


@external
def cancel_all_of(account: uint256, max_orders: uint256) -> uint256:
    """
    @notice Cancel up to `max_orders` resting orders of `account`. Only the liquidator.
            Returns how many went.
    """
    self._check_liquidator()
    self._poke()
    keys: DynArray[uint256, limits.MAX_OPEN] = order_queue._keys_of(account)
    cancelled: uint256 = min(len(keys), max_orders)
    for i: uint256 in range(cancelled, bound=limits.MAX_OPEN):
        matching._cancel(keys[i], account, matching.LIQUIDATION)
    return cancelled


# Views


@view
@external
@reentrant
def top(impact_notional_wad: uint256) -> IOrderBook.Top:
    """
    @notice The book as it stands, in one call. May be read while the book is in a call.
            Only firm orders in levels of some size count. Impact prices are 0 if 32 such levels
            don't hold the notional.
    """
    head: uint256 = price_ladder._head
    best_bid_wad: uint256 = 0
    best_ask_wad: uint256 = 0
    impact_bid_wad: uint256 = 0
    impact_ask_wad: uint256 = 0
    best_bid_wad, impact_bid_wad = book_views._walk(True, impact_notional_wad)
    best_ask_wad, impact_ask_wad = book_views._walk(False, impact_notional_wad)
    return IOrderBook.Top(
        best_bid_wad=best_bid_wad,
        best_ask_wad=best_ask_wad,
        last_price_wad=((head >> book_head.TICK_AT) & price_ladder.MAX_TICK) * book_views.TICK_WAD,
        last_traded_at=(head >> book_head.TIME_AT) & (2**40 - 1),
        impact_bid_wad=impact_bid_wad,
        impact_ask_wad=impact_ask_wad,
    )


@view
@external
@reentrant
def open_size(account: uint256) -> IOrderBook.OpenSize:
    """
    @notice Resting size of `account`. May be read while the book is in a call.
    """
    buys: uint256 = 0
    sells: uint256 = 0
    buys, sells = order_queue._open_lots(account)
    return IOrderBook.OpenSize(
        buys_wad=buys * book_views.LOT_WAD, sells_wad=sells * book_views.LOT_WAD
    )


# Placing


@internal
def _place_alone(
    account: uint256, order: IOrderEntry.NewOrder, max_fills: uint256, mark_wad: uint256
) -> (uint256, uint256):
    order_id: uint256 = 0
    filled_wad: uint256 = 0
    unjudged: bool = False
    order_id, filled_wad, unjudged = self._place(
        account, order, max_fills, mark_wad, self._grid(), False
    )
    if unjudged:
        extcall matching._CLEARINGHOUSE.admit(matching.MARKET, account)
    return order_id, filled_wad


@internal
@view
def _grid() -> IMarketParams.Grid:
    grid: IMarketParams.Grid = staticcall _PARAMS.grid(matching.MARKET)
    assert (
        grid.tick_wad == book_views.TICK_WAD and grid.lot_wad == book_views.LOT_WAD
    ), "book: not the market's grid"
    return grid


@internal
def _place(
    account: uint256,
    order: IOrderEntry.NewOrder,
    max_fills: uint256,
    mark_wad: uint256,
    grid: IMarketParams.Grid,
    unjudged: bool,
) -> (uint256, uint256, bool):
    """
    @dev What rests is not judged here. While it only grows, margin for all of it is margin for each
         part, so that it is enough to judge it once: before the account takes anything, which may
         change its position or what rests of it, and at the end of the call.
    @param unjudged Whether an order of the account came to rest since it was last judged.
    @return The id, the size filled, and whether the account has yet to be judged.
    """
    assert max_fills <= limits.MAX_FILLS, "book: too many fills"
    tick: uint256 = book_views._tick_of(order.price_wad)
    lots: uint256 = order.size_wad // book_views.LOT_WAD
    assert order.size_wad % book_views.LOT_WAD == 0, "book: size is not in lots"
    assert 0 < lots and lots <= order_queue.MAX_LOTS, "book: size out of range"
    assert order.kind <= codes.POST_ONLY, "book: unknown kind of order"
    if order.expires_at != 0:
        assert order.expires_at > block.timestamp, "book: already expired"
        assert order.expires_at <= order_queue.MAX_EXPIRY, "book: expiry out of range"
    rests: bool = order.kind == codes.LIMIT or order.kind == codes.POST_ONLY
    # A bound says nothing about what a taker's order is worth. Judged before a reduce-only order
    # is cut, so that a position too small for an order can still be closed.
    worth_wad: uint256 = fixed_point._mul_wad_down(
        order.size_wad, order.price_wad if rests else mark_wad
    )
    assert worth_wad >= grid.min_notional_wad, "book: notional too small"
    if order.reduce_only:
        lots = min(lots, matching._reducible(account, order.is_buy))
        assert lots != 0, "book: nothing to reduce"

    reach: matching.Reach = matching._reach(order.is_buy, tick, mark_wad, grid.fill_band_wad)
    waits: bool = unjudged
    filled: uint256 = 0
    if order.kind != codes.POST_ONLY:
        if waits and price_ladder._best(not order.is_buy) <= reach.limit:
            extcall matching._CLEARINGHOUSE.admit(matching.MARKET, account)
            waits = False
        taken: matching.Taken = matching._take(
            account, order.is_buy, lots, reach, max_fills, False, False
        )
        filled = taken.lots
        assert order.kind != codes.FOK or filled == lots, "book: can't be filled whole"
    order_id: uint256 = 0
    if rests and filled < lots:
        crosses: bool = price_ladder._best(not order.is_buy) <= reach.limit
        beyond: bool = reach.limit > reach.far
        if order.kind == codes.POST_ONLY:
            assert not crosses, "book: post-only order would trade"
            assert not beyond, "book: price outside the fill band"
        if not (crosses or beyond):
            order_id = self._rest(account, order, tick, lots - filled)
            waits = waits or not order.reduce_only
    return order_id, filled * book_views.LOT_WAD, waits


@internal
def _rest(account: uint256, order: IOrderEntry.NewOrder, tick: uint256, lots: uint256) -> uint256:
    order_id: uint256 = order_queue._append(
        account, price_ladder._rung(order.is_buy, tick), lots, order.reduce_only, order.expires_at
    )
    log OrderPlaced(
        order_id=order_id,
        account=account,
        is_buy=order.is_buy,
        price_wad=order.price_wad,
        size_wad=lots * book_views.LOT_WAD,
        reduce_only=order.reduce_only,
        expires_at=order.expires_at,
    )
    return order_id


# Cancelling


@internal
def _cancel_by_actor(order_id: uint256):
    account: uint256 = order_queue._owner_of(order_id)
    if account == 0:
        return
    key: uint256 = order_id & book_views.LAST_KEY
    reason: uint256 = matching._why_dead(order_queue._order(key), account)
    if reason == matching.BY_OWNER:
        self._check_actor(account)
    matching._cancel(key, account, reason)


# Shared


@internal
def _poke() -> uint256:
    """
    @dev The mark of this block. It can't change within one, so a second poke is spared.
    """
    head: uint256 = price_ladder._head
    if (head >> book_head.BLOCK_AT) & (2**48 - 1) == block.number:
        return head >> book_head.MARK_AT
    mark_wad: uint256 = extcall _MARK.poke_mark(matching.MARKET)
    assert mark_wad >> 96 == 0, "book: mark out of range"
    price_ladder._head = (
        mark_wad << book_head.MARK_AT
        | block.number << book_head.BLOCK_AT
        | head & (2**book_head.BLOCK_AT - 1)
    )
    return mark_wad


@internal
@view
def _check_actor(account: uint256):
    if account >> 96 != convert(msg.sender, uint256):
        assert staticcall _VAULT.may_act(account, msg.sender), "book: not owner or operator"


@internal
@view
def _check_liquidator():
    kind: uint256 = staticcall matching._CLEARINGHOUSE.venue_kind(msg.sender)
    assert kind == codes.LIQUIDATOR, "book: only the liquidator"
