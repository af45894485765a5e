# pragma version 0.4.3
"""
@title Which prices of a book have orders
@notice Both sides of a book as one bitmap of four levels, 128 ways each: the next price is found by
        reading at most four words up and three down, however wide the gap. Each word tells two
        things of its places, in its lower half where anything rests and in its upper half where
        enough rests to count in a price (`solid`): finding these is as cheap, whatever dust lies
        between. The best price of each side is kept beside it, so that only who clears one has to
        look for the next.
@custom:units A tick is a price in price steps, 1 to 2^24 - 1. A rung is a tick on a side, numbered
              so that a smaller rung is the better price: asks by tick, bids from the highest tick.
"""

MAX_TICK: constant(uint256) = 2**24 - 1
ASKS: constant(uint256) = 0  # the rung below every ask
BIDS: constant(uint256) = 2**24  # the rung below every bid
NO_RUNG: constant(uint256) = 2**25  # behind every rung
_LEVELS: constant(uint256) = 4
_HALF: constant(uint256) = 128  # places of a word, and where its upper half begins
_STEP: constant(uint256) = 7  # bits of a rung that choose a place
_LOW: constant(uint256) = 2**_HALF - 1

# level << 24 | index: a bit is set where the places below it hold a set bit. The last seven bits of
# a rung choose the bit in level 0; its first four, the side before all, the bit in level 3.
_words: HashMap[uint256, uint256]

# Best bid 24 | best ask 24, as ticks, 0 where there is none. The bits from ASIDE on are for the
# owner of the ladder: whoever needs the best prices mostly needs what it keeps there too.
_head: uint256
ASIDE: constant(uint256) = 48


@internal
@pure
def _rung(is_buy: bool, tick: uint256) -> uint256:
    return NO_RUNG - 1 - tick if is_buy else tick


@internal
@pure
def _tick(rung: uint256) -> uint256:
    return NO_RUNG - 1 - rung if rung >= BIDS else rung


@internal
def _set(rung: uint256, solid: bool):
    is_buy: bool = rung >= BIDS
    if rung < self._best(is_buy):
        self._set_best(is_buy, rung)
    self._raise(rung, solid)


@internal
def _raise(rung: uint256, solid: bool):
    at: uint256 = rung
    for level: uint256 in range(_LEVELS):
        key: uint256 = level << 24 | at >> _STEP
        word: uint256 = self._words[key]
        bits: uint256 = 1 << (at & (_HALF - 1))
        if solid:
            bits |= bits << _HALF
        self._words[key] = word | bits
        if word & _LOW != 0 and (not solid or word >> _HALF != 0):
            return  # the levels above know already
        at >>= _STEP


@internal
def _clear(rung: uint256):
    self._lower(rung, True)
    is_buy: bool = rung >= BIDS
    if rung == self._best(is_buy):
        self._set_best(is_buy, self._first_from(rung, False))


@internal
def _lower(rung: uint256, all_gone: bool):
    """
    @dev Nothing solid rests there any more, and nothing at all if `all_gone`.
    """
    at: uint256 = rung
    any: bool = all_gone
    solid: bool = (self._words[at >> _STEP] >> (_HALF + (at & (_HALF - 1)))) & 1 == 1
    for level: uint256 in range(_LEVELS):
        if not (any or solid):
            return  # others below the same bits keep them set above
        key: uint256 = level << 24 | at >> _STEP
        bit: uint256 = 1 << (at & (_HALF - 1))
        bits: uint256 = bit if any else 0
        if solid:
            bits |= bit << _HALF
        word: uint256 = self._words[key] & ~bits
        self._words[key] = word
        any = any and word & _LOW == 0
        solid = solid and word >> _HALF == 0
        at >>= _STEP


@internal
@view
def _best(is_buy: bool) -> uint256:
    """
    @dev The best rung of a side; NO_RUNG if it is empty.
    """
    tick: uint256 = (self._head if is_buy else self._head >> 24) & MAX_TICK
    return self._rung(is_buy, tick) if tick != 0 else NO_RUNG


@internal
def _set_best(is_buy: bool, rung: uint256):
    tick: uint256 = self._tick(rung) if rung != NO_RUNG else 0
    place: uint256 = 0 if is_buy else 24
    self._head = self._head & ~(MAX_TICK << place) | tick << place


@internal
@view
def _first_from(rung: uint256, solid: bool) -> uint256:
    """
    @dev The best rung with orders, or with enough of them, at `rung` or worse on the same side;
         NO_RUNG if there is none.
    """
    half: uint256 = _HALF if solid else 0
    at: uint256 = rung
    for level: uint256 in range(_LEVELS):
        word: uint256 = self._words[level << 24 | at >> _STEP] >> half
        word = (word & _LOW) >> (at & (_HALF - 1))
        if word != 0:
            at += self._lowest_bit(word)
            for down: uint256 in range(level, bound=_LEVELS):
                below: uint256 = self._words[(level - 1 - down) << 24 | at] >> half
                at = at << _STEP | self._lowest_bit(below & _LOW)
            # Past the worst ask the climb runs into the bids.
            return at if at >> 24 == rung >> 24 else NO_RUNG
        at = (at >> _STEP) + 1
    return NO_RUNG


@internal
@view
def _after(rung: uint256, solid: bool) -> uint256:
    # The rung behind the worst ask is a bid's.
    return NO_RUNG if rung == MAX_TICK else self._first_from(rung + 1, solid)


@internal
@pure
def _lowest_bit(word: uint256) -> uint256:
    """
    @dev Index of the lowest set bit of a word that has one.
    """
    bit: uint256 = word & unsafe_add(~word, 1)
    index: uint256 = 0
    if bit >> 128 != 0:
        bit >>= 128
        index = 128
    if bit >> 64 != 0:
        bit >>= 64
        index |= 64
    if bit >> 32 != 0:
        bit >>= 32
        index |= 32
    if bit >> 16 != 0:
        bit >>= 16
        index |= 16
    if bit >> 8 != 0:
        bit >>= 8
        index |= 8
    if bit >> 4 != 0:
        bit >>= 4
        index |= 4
    if bit >> 2 != 0:
        bit >>= 2
        index |= 2
    return index | bit >> 1
