# pragma version 0.4.3
"""
@title Resting orders in price-time priority
@notice Every level is a first-in first-out list; adding, shrinking and removing an order touch a
        fixed number of words. Who may do so, and against whom orders match, is the book's matter.
@custom:units Sizes are lots, prices rungs (see `price_ladder`), times unix seconds.
@custom:invariant A level's lots are the sum of its orders' lots, and its rung is set while they
                  are not 0; a trader's open lots are the sum of its firm orders' lots.

Everything is packed into one word each, because a word is what storage costs:

order   lots 64 | next 40 | prev 40 | rung 25 | reduce_only 1 | expires_at 32 | generation 54
level   lots 88 | firm lots 88 | head 40 | tail 40
trader  open buys 64 | open sells 64 | taken slots 64 | number 32      (lowest bits first)

An order lives at key = trader number << 6 | slot. It is alive while its trader's slot is taken and
the generation is its own, so nothing has to be erased when it dies: its words, and those of a level
that ran empty, stay dirty and cost 5,000 gas to use again instead of 22,100. The generation is part
of the public id, so an id never comes to mean another order. `head` and `tail` bound the walk, so
the links that lead out of a level may be stale too.
"""

from contracts.modules.book import price_ladder

uses: price_ladder


struct Order:
    lots: uint256
    next: uint256  # key of the order behind, if this is not the tail
    prev: uint256  # key of the order before, if this is not the head
    rung: uint256
    reduce_only: bool
    expires_at: uint256  # 0: good till cancelled
    generation: uint256


MAX_LOTS: constant(uint256) = 2**57  # of one order: 64 of them fit a trader's 64 bits
MAX_EXPIRY: constant(uint256) = 2**32 - 1
_SLOTS: constant(uint256) = 64
_MASK_25: constant(uint256) = 2**25 - 1
_MASK_32: constant(uint256) = 2**32 - 1
_MASK_40: constant(uint256) = 2**40 - 1
_MASK_64: constant(uint256) = 2**64 - 1
_MASK_88: constant(uint256) = 2**88 - 1

_LEAST_SOLID: immutable(uint256)  # firm lots times tick of a level that counts in impact prices

_orders: HashMap[uint256, uint256]  # by key
_levels: HashMap[uint256, uint256]  # by rung
_traders: HashMap[uint256, uint256]  # by account
_account_of: HashMap[uint256, uint256]  # by trader number, from 1
_trader_count: uint256


@deploy
def __init__(least_solid: uint256):
    """
    @param least_solid Firm lots times tick of the smallest level that counts in impact prices.
    """
    _LEAST_SOLID = max(least_solid, 1)


@internal
def _append(
    account: uint256, rung: uint256, lots: uint256, reduce_only: bool, expires_at: uint256
) -> uint256:
    """
    @dev Put an order behind all others at its price. Returns its id.
    """
    trader: uint256 = self._traders[account]
    if trader == 0:
        self._trader_count += 1
        trader = self._trader_count << 192
        self._account_of[trader >> 192] = account
    free: uint256 = ~(trader >> 128) & _MASK_64
    assert free != 0, "book: too many open orders"
    slot: uint256 = price_ladder._lowest_bit(free)
    key: uint256 = (trader >> 192) << 6 | slot
    trader |= 1 << (128 + slot)
    if not reduce_only:
        trader += self._open_shift(rung, lots)
    self._traders[account] = trader

    added: uint256 = self._level_lots(lots, not reduce_only and expires_at == 0)
    level: uint256 = self._levels[rung]
    tail: uint256 = key
    if level & _MASK_88 == 0:
        level = key << 176  # whatever the emptied level left behind goes here
        price_ladder._set(rung, self._is_solid(rung, added))
    else:
        tail = level >> 216
        self._set_next(tail, key)
        level &= 2**216 - 1
        if self._is_solid(rung, level + added) and not self._is_solid(rung, level):
            price_ladder._raise(rung, True)
    self._levels[rung] = (level | key << 216) + added

    generation: uint256 = (self._orders[key] >> 202) + 1
    self._orders[key] = (
        lots
        | tail << 104
        | rung << 144
        | convert(reduce_only, uint256) << 169
        | expires_at << 170
        | generation << 202
    )
    return generation << 40 | key


@internal
def _shrink(key: uint256, order: Order, account: uint256, lots: uint256) -> uint256:
    """
    @dev Take `lots` off a living order, all of them to remove it. Returns what is left of it.
    """
    trader: uint256 = self._traders[account]
    if not order.reduce_only:
        trader -= self._open_shift(order.rung, lots)
    gone: uint256 = self._level_lots(lots, self._is_firm(order))
    level: uint256 = self._levels[order.rung] - gone
    left: uint256 = order.lots - lots
    if left != 0:
        self._orders[key] -= lots
    else:
        trader ^= 1 << (128 + (key & (_SLOTS - 1)))
        if level & _MASK_88 == 0:
            price_ladder._clear(order.rung)
        elif (level >> 176) & _MASK_40 == key:
            level = level & ~(_MASK_40 << 176) | order.next << 176
        elif level >> 216 == key:
            level = level & (2**216 - 1) | order.prev << 216
        else:
            self._set_next(order.prev, order.next)
            self._orders[order.next] = (
                self._orders[order.next] & ~(_MASK_40 << 104) | order.prev << 104
            )
    if level & _MASK_88 != 0 and self._is_solid(order.rung, level + gone):
        if not self._is_solid(order.rung, level):
            price_ladder._lower(order.rung, False)
    self._levels[order.rung] = level
    self._traders[account] = trader
    return left


@internal
def _set_next(key: uint256, next: uint256):
    self._orders[key] = self._orders[key] & ~(_MASK_40 << 64) | next << 64


@internal
@pure
def _open_shift(rung: uint256, lots: uint256) -> uint256:
    # Lots where a trader's word counts them: buys first, then sells.
    return lots if rung >= price_ladder.BIDS else lots << 64


@internal
@pure
def _is_firm(order: Order) -> bool:
    """
    @dev Whether an order counts in prices: margin stands behind it, and it will not be dead before
         anybody removed it.
    """
    return not order.reduce_only and order.expires_at == 0


@internal
@pure
def _level_lots(lots: uint256, firm: bool) -> uint256:
    return lots | lots << 88 if firm else lots


@internal
@view
def _is_solid(rung: uint256, level: uint256) -> bool:
    """
    @dev Whether a level's word has enough firm lots to count in impact prices.
    """
    return ((level >> 88) & _MASK_88) * price_ladder._tick(rung) >= _LEAST_SOLID


@internal
@view
def _order(key: uint256) -> Order:
    word: uint256 = self._orders[key]
    return Order(
        lots=word & _MASK_64,
        next=(word >> 64) & _MASK_40,
        prev=(word >> 104) & _MASK_40,
        rung=(word >> 144) & _MASK_25,
        reduce_only=(word >> 169) & 1 == 1,
        expires_at=(word >> 170) & _MASK_32,
        generation=word >> 202,
    )


@internal
@view
def _owner_of(order_id: uint256) -> uint256:
    """
    @dev The account of a living order; 0 if the id is of a dead one or of none.
    """
    key: uint256 = order_id & _MASK_40
    account: uint256 = self._account_of[key >> 6]
    taken: uint256 = self._traders[account] >> (128 + (key & (_SLOTS - 1)))
    alive: bool = taken & 1 == 1 and self._orders[key] >> 202 == order_id >> 40
    return account if alive else 0


@internal
@view
def _head(rung: uint256) -> uint256:
    return (self._levels[rung] >> 176) & _MASK_40


@internal
@view
def _tail(rung: uint256) -> uint256:
    return self._levels[rung] >> 216


@internal
@view
def _lots_at(rung: uint256) -> uint256:
    return self._levels[rung] & _MASK_88


@internal
@view
def _firm_lots_at(rung: uint256) -> uint256:
    return (self._levels[rung] >> 88) & _MASK_88


@internal
@view
def _open_lots(account: uint256) -> (uint256, uint256):
    trader: uint256 = self._traders[account]
    return trader & _MASK_64, (trader >> 64) & _MASK_64


@internal
@view
def _keys_of(account: uint256) -> DynArray[uint256, _SLOTS]:
    """
    @dev Keys of the account's living orders, by slot.
    """
    trader: uint256 = self._traders[account]
    taken: uint256 = (trader >> 128) & _MASK_64
    keys: DynArray[uint256, _SLOTS] = []
    for _: uint256 in range(_SLOTS):
        if taken == 0:
            break
        slot: uint256 = price_ladder._lowest_bit(taken)
        keys.append((trader >> 192) << 6 | slot)
        taken ^= 1 << slot
    return keys
