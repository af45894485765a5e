# pragma version 0.4.3
"""
@title The clearinghouse's books
@notice Cash, positions, open interest and the funding escrow, packed into words. Reading and
        writing go through here; the rules about what may be written live in the clearinghouse.
@custom:units Signed quantities are 18 decimals: cash fits 192 bits, sizes and quotes 128.
"""

from contracts.interfaces import IClearinghouse
from contracts.modules import limits

_accounts: HashMap[uint256, uint256]  # cash 192 | bitmap of markets the account is active in 64
_trades: HashMap[uint256, HashMap[uint256, uint256]]  # size 128 | quote 128
# funding index 192 | most leverage the owner allows itself 8, 0: the market's | epoch 56
_settled: HashMap[uint256, HashMap[uint256, uint256]]
_markets: HashMap[uint256, uint256]  # open interest 128 | funding escrow 128
_losses: HashMap[uint256, uint256]  # socialised loss so far, quote per base of either side
_pots: uint256  # fees not yet distributed 128 | dust 128
_rounds: HashMap[uint256, uint256]  # open interest 128 when rounds began to count | that time 128
# size 128 before its first change since rounds began to count | that time 128
_starts: HashMap[uint256, HashMap[uint256, uint256]]

# best entry an owner gave up on a side today 112 | the day before 112 | the day 32, by owner and
# market << 1 | is long
_entries: HashMap[uint256, HashMap[uint256, uint256]]


@internal
@view
def _load_account(account: uint256) -> (int256, uint256):
    word: uint256 = self._accounts[account]
    return self._signed(word) >> 64, word & limits.LOW_64


@internal
def _store_account(account: uint256, cash_wad: int256, active: uint256):
    self._accounts[account] = (
        self._bits(convert(convert(cash_wad, int192), int256)) << 64
    ) | active


@internal
@view
def _load_position(account: uint256, market: uint256) -> IClearinghouse.Position:
    word: uint256 = self._trades[account][market]
    settled: uint256 = self._settled[account][market]
    return IClearinghouse.Position(
        size_wad=self._signed(word) >> 128,
        quote_wad=self._signed(word << 128) >> 128,
        funding_index_wad=self._signed(settled) >> 64,
        max_leverage=settled >> 56 & 255,
    )


@internal
def _store_position(
    account: uint256, market: uint256, position: IClearinghouse.Position, keeps_entry: bool
):
    """
    @dev Write a position; its epoch moves on when it closed or changed sign, so that orders
         made for the position that was can tell that it is gone.
    """
    before: uint256 = self._trades[account][market]
    size_before_wad: int256 = self._signed(before) >> 128
    word: uint256 = (self._bits(convert(convert(position.size_wad, int128), int256)) << 128) | (
        self._bits(convert(convert(position.quote_wad, int128), int256)) & limits.LOW_128
    )
    if word != before:
        if keeps_entry:
            self._keep_entry(account, market, before, word)
        self._keep_start(account, market, before)
        self._trades[account][market] = word

    settled: uint256 = self._settled[account][market]
    rest: uint256 = settled & limits.LOW_64
    was_long: bool = size_before_wad > 0
    is_long: bool = position.size_wad > 0
    if size_before_wad != 0 and (position.size_wad == 0 or was_long != is_long):
        rest += 1  # the epoch, which is lowest
    word = (self._bits(convert(convert(position.funding_index_wad, int192), int256)) << 64) | rest
    if word != settled:
        self._settled[account][market] = word


@internal
def _keep_entry(account: uint256, market: uint256, before: uint256, after: uint256):
    """
    @dev What a position cost per base, where it ends or is averaged with something worse, if that
         is the best of the day: closing and opening again, or trading more, cannot make its owner
         forget what he had gained.
    """
    size_wad: int256 = self._signed(before) >> 128
    size_after_wad: int256 = self._signed(after) >> 128
    if size_wad == 0:
        return
    is_long: bool = size_wad > 0
    entry_wad: uint256 = self._entry(before)
    if size_after_wad != 0 and is_long == (size_after_wad > 0):
        after_wad: uint256 = self._entry(after)
        if (
            abs(size_after_wad) < abs(size_wad)
            or self._better(entry_wad, after_wad, is_long) == after_wad
        ):
            return
    side: uint256 = market << 1 | convert(is_long, uint256)
    stored: uint256 = self._entries[account >> 96][side]
    word: uint256 = self._entries_today(stored)
    best_wad: uint256 = self._better(word >> 144, entry_wad, is_long)
    word = word & limits.LOW_144 | best_wad << 144
    if word != stored:
        self._entries[account >> 96][side] = word


@internal
@pure
def _entry(trade: uint256) -> uint256:
    size_wad: uint256 = convert(abs(self._signed(trade) >> 128), uint256)
    quote_wad: uint256 = convert(abs(self._signed(trade << 128) >> 128), uint256)
    return min(quote_wad * limits.WAD // size_wad, limits.LOW_112)


@internal
@view
def _best_entry(account: uint256, market: uint256) -> uint256:
    """
    @dev Of the owner, on the side the account is on; 0: none today or the day before.
    """
    is_long: bool = self._signed(self._trades[account][market]) > 0
    word: uint256 = self._entries_today(
        self._entries[account >> 96][market << 1 | convert(is_long, uint256)]
    )
    return self._better(word >> 144, word >> 32 & limits.LOW_112, is_long)


@internal
@view
def _entries_today(word: uint256) -> uint256:
    day: uint256 = block.timestamp // limits.DAY_S
    if word & limits.LOW_32 == day:
        return word
    if word & limits.LOW_32 == day - 1:
        return word >> 144 << 32 | day
    return day


@internal
@pure
def _better(a_wad: uint256, b_wad: uint256, is_long: bool) -> uint256:
    if a_wad == 0 or b_wad == 0:
        return max(a_wad, b_wad)
    return min(a_wad, b_wad) if is_long else max(a_wad, b_wad)


@internal
def _keep_start(account: uint256, market: uint256, before: uint256):
    """
    @dev While rounds of deleveraging count positions as they were, what a position was before it
         first changed is kept. At any other time this is one read.
    """
    began_at: uint256 = self._rounds[market] & limits.LOW_128
    if (
        block.timestamp < began_at + limits.ROUND_S
        and self._starts[account][market] & limits.LOW_128 != began_at
    ):
        self._starts[account][market] = before & ~limits.LOW_128 | began_at


@internal
def _begin_round(market: uint256) -> uint256:
    """
    @dev Rounds count positions as they are now, or as they were when an earlier round of the last
         ten minutes began. Returns that time.
    """
    began_at: uint256 = self._rounds[market] & limits.LOW_128
    if block.timestamp < began_at + limits.ROUND_S:
        return began_at
    self._rounds[market] = self._markets[market] & ~limits.LOW_128 | block.timestamp
    return block.timestamp


@internal
@view
def _round_start(account: uint256, market: uint256) -> (int256, uint256):
    """
    @dev A position's size, and the open interest, as rounds count them. Sizes of one side add up to
         the interest, whatever was traded since.
    """
    interest: uint256 = self._markets[market]
    word: uint256 = self._trades[account][market]
    began: uint256 = self._rounds[market]
    if block.timestamp < (began & limits.LOW_128) + limits.ROUND_S:
        interest = began
        start: uint256 = self._starts[account][market]
        if start & limits.LOW_128 == began & limits.LOW_128:
            word = start
    return self._signed(word) >> 128, interest >> 128


@internal
def _set_max_leverage(account: uint256, market: uint256, leverage: uint256):
    settled: uint256 = self._settled[account][market]
    self._settled[account][market] = settled & ~(255 << 56) | leverage << 56


@internal
@view
def _epoch(account: uint256, market: uint256) -> uint256:
    return self._settled[account][market] & limits.LOW_56


@internal
@view
def _load_market(market: uint256) -> (uint256, int256):
    word: uint256 = self._markets[market]
    return word >> 128, self._signed(word << 128) >> 128


@internal
def _store_market(market: uint256, open_interest_wad: uint256, escrow_wad: int256):
    self._markets[market] = (convert(convert(open_interest_wad, uint128), uint256) << 128) | (
        self._bits(convert(convert(escrow_wad, int128), int256)) & limits.LOW_128
    )


@internal
@view
def _owing_index(market: uint256, size_wad: int256, funding_index_wad: int256) -> int256:
    """
    @dev What a position settles against: funding moves longs and shorts apart, a socialised loss
         is owed by both sides. A position stores the index of its own side.
    """
    if size_wad == 0:
        return funding_index_wad
    loss_wad: int256 = convert(self._losses[market], int256)
    return funding_index_wad + (loss_wad if size_wad > 0 else -loss_wad)


@internal
@view
def _load_pots() -> (uint256, uint256):
    return self._pots >> 128, self._pots & limits.LOW_128


@internal
def _store_pots(fees_wad: uint256, dust_wad: uint256):
    self._pots = (convert(convert(fees_wad, uint128), uint256) << 128) | convert(
        convert(dust_wad, uint128), uint256
    )


@internal
@pure
def _signed(word: uint256) -> int256:
    return convert(convert(word, bytes32), int256)


@internal
@pure
def _bits(number: int256) -> uint256:
    return convert(convert(number, bytes32), uint256)


@view
@external
def round_start(account: uint256, market: uint256) -> (int256, uint256):
    """
    @notice The signed size of a position, and the market's open interest, as a round of
            deleveraging opened now would count them: as they are, or were when one began within
            the last ten minutes.
    """
    return self._round_start(account, market)


@view
@external
def best_entry(account: uint256, market: uint256) -> uint256:
    """
    @notice The best average entry price that the account's owner gave up in the market, on the side
            that it is on, today or the day before; 0: none. Deleveraging ranks by it, where it is
            better than the position's own.
    """
    return self._best_entry(account, market)
