# pragma version 0.4.3
"""
@title A clearinghouse that judges as it is told
@notice For tests of the book: keeps sizes only, refuses whom the script says, and reads the book
        back while it is in a call, as the real one does.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IOrderBook
from contracts.modules import limits


event Proposed:
    taker: indexed(uint256)
    is_buy: bool
    forced: bool
    makers: uint256
    open_wad: uint256  # resting size of the makers, each counted per fill, seen from inside fill()
    best_bid_wad: uint256  # as seen from inside fill()
    best_ask_wad: uint256


event Admitted:
    account: indexed(uint256)
    open_buys_wad: uint256
    open_sells_wad: uint256


_sizes: HashMap[uint256, int256]
_refuses_maker: HashMap[uint256, bool]
_refuses_taker: HashMap[uint256, bool]
_refuses_order: HashMap[uint256, bool]
_most_wad: HashMap[uint256, uint256]  # of the position if a side of what rests is filled; 0: any
_heals_after: HashMap[uint256, uint256]  # accepted fills until a forced taker is healthy; 0: never
_forced_fills: HashMap[uint256, uint256]
_venue_kinds: HashMap[address, uint256]
_penalty_wad: uint256  # of notional
_opening_stopped: bool
watches: public(bool)


@external
def set_size(account: uint256, size_wad: int256):
    self._sizes[account] = size_wad


@external
def refuse_maker(account: uint256, refused: bool):
    self._refuses_maker[account] = refused


@external
def refuse_taker(account: uint256, refused: bool):
    self._refuses_taker[account] = refused


@external
def refuse_order(account: uint256, refused: bool):
    self._refuses_order[account] = refused


@external
def admit_up_to(account: uint256, most_wad: uint256):
    self._most_wad[account] = most_wad


@external
def heal_after(account: uint256, fill_count: uint256):
    self._heals_after[account] = fill_count


@external
def stop_opening(stopped: bool):
    self._opening_stopped = stopped


@external
def set_venue_kind(venue: address, kind: uint256):
    self._venue_kinds[venue] = kind


@external
def set_penalty(penalty_wad: uint256):
    self._penalty_wad = penalty_wad


@external
def set_watches(watched: bool):
    self.watches = watched


@external
def fill(
    market: uint256,
    taker: uint256,
    is_buy: bool,
    forced: bool,
    fills: DynArray[IClearinghouse.MakerFill, 32],
) -> IClearinghouse.FillResult:
    assert not self._refuses_taker[taker], "clearinghouse: taker refused"
    assert not (forced and self._is_healed(taker)), "clearinghouse: account is healthy"
    if self.watches:
        self._watch(taker, is_buy, forced, fills)
    result: IClearinghouse.FillResult = empty(IClearinghouse.FillResult)
    sign: int256 = 1 if is_buy else -1
    for i: uint256 in range(len(fills), bound=32):
        each: IClearinghouse.MakerFill = fills[i]
        assert each.account != taker, "clearinghouse: self-trade"
        delta_wad: int256 = sign * convert(each.size_wad, int256)
        before_wad: int256 = self._sizes[each.account]
        opens: bool = before_wad * sign <= 0 or abs(before_wad) < convert(each.size_wad, int256)
        only_reduces: bool = each.reduce_only or self._opening_stopped
        if self._refuses_maker[each.account] or (only_reduces and opens):
            result.refused |= 1 << i
            continue
        self._sizes[each.account] -= delta_wad
        self._sizes[taker] += delta_wad
        if forced:
            self._forced_fills[taker] += 1
            notional_wad: uint256 = each.size_wad * each.price_wad // limits.WAD
            result.penalty_wad += notional_wad * self._penalty_wad // limits.WAD
    return result


@external
def admit(market: uint256, account: uint256):
    assert not self._refuses_order[account], "clearinghouse: initial margin not met"
    resting: IOrderBook.OpenSize = staticcall IOrderBook(msg.sender).open_size(account)
    held_wad: int256 = self._sizes[account]
    worst_wad: uint256 = convert(
        max(
            abs(held_wad),
            max(
                abs(held_wad + convert(resting.buys_wad, int256)),
                abs(held_wad - convert(resting.sells_wad, int256)),
            ),
        ),
        uint256,
    )
    most_wad: uint256 = self._most_wad[account]
    assert most_wad == 0 or worst_wad <= most_wad, "clearinghouse: initial margin not met"
    if self.watches:
        log Admitted(
            account=account, open_buys_wad=resting.buys_wad, open_sells_wad=resting.sells_wad
        )


@view
@external
def size_of(account: uint256, market: uint256) -> int256:
    return self._sizes[account]


@view
@external
def may_open(market: uint256) -> bool:
    return not self._opening_stopped


@view
@external
def venue_kind(venue: address) -> uint256:
    return self._venue_kinds[venue]


@internal
@view
def _is_healed(account: uint256) -> bool:
    needed: uint256 = self._heals_after[account]
    return needed != 0 and self._forced_fills[account] >= needed


@internal
def _watch(
    taker: uint256, is_buy: bool, forced: bool, fills: DynArray[IClearinghouse.MakerFill, 32]
):
    open_wad: uint256 = 0
    for each: IClearinghouse.MakerFill in fills:
        resting: IOrderBook.OpenSize = staticcall IOrderBook(msg.sender).open_size(each.account)
        open_wad += resting.buys_wad + resting.sells_wad
    top: IOrderBook.Top = staticcall IOrderBook(msg.sender).top(0)
    log Proposed(
        taker=taker,
        is_buy=is_buy,
        forced=forced,
        makers=len(fills),
        open_wad=open_wad,
        best_bid_wad=top.best_bid_wad,
        best_ask_wad=top.best_ask_wad,
    )
