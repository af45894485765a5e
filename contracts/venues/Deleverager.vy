# pragma version 0.4.3
# pragma nonreentrancy on
# pragma optimize codesize
"""
@title Deleverager
@license MIT
@notice The last rungs of the liquidation ladder. When the book could not close a failing account
        and the insurance pool refused it, its position is closed against the other side of the
        market at its bankruptcy price, counterparties chosen by the market's policy. That nobody
        who matters was skipped is proved by size: what those named held when positions were
        counted must be all of the open interest then, but for one per cent.
        For few counterparties a round is one call. For many it is three passes, each over as many
        calls, and blocks of ten minutes, as it takes: `enlist` looks at every counterparty, `rank`
        goes through what it saw in order, `take` closes with the shares that were ranked. A round
        belongs to its caller, and what it is judged by no trade can change: nobody can stand in the
        way of another's.
        Where counterparties together can't pay the bankruptcy price, the rest closes at mark, also
        against those who are bankrupt themselves, and what is then owed without a position is
        spread over the market's open positions.
@custom:units Sizes base, values quote, 18 decimals.
@custom:invariant INV-13 only after book and pool refused, in the same block; never more than the
                  position is taken; open interest falls by the same on both sides.
"""

from snekmate.auth import ownable
from snekmate.auth import ownable_2step

initializes: ownable
initializes: ownable_2step[ownable := ownable]

from contracts.interfaces import IClearinghouse
from contracts.interfaces import ILiquidator
from contracts.interfaces import IMarkPrice
from contracts.modules import codes
from contracts.modules import limits
from contracts.modules.adl import adl_rank
from contracts.modules.adl import adl_share
from contracts.modules.adl import selection

initializes: selection

exports: (
    # Ownership
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
)


event PolicySet:
    market: indexed(uint256)
    policy: uint256


event RoundOpened:
    account: indexed(uint256)
    market: indexed(uint256)
    keeper: indexed(address)
    policy: uint256
    at_mark: bool
    size_wad: int256
    budget_wad: uint256
    price_wad: uint256
    mark_wad: uint256
    equity_wad: int256


event CandidatesEnlisted:
    account: indexed(uint256)
    market: indexed(uint256)
    keeper: indexed(address)
    candidates: DynArray[adl_rank.Candidate, selection.MAX_CHUNK]


event CounterpartyDeleveraged:
    account: indexed(uint256)
    market: indexed(uint256)
    counterparty: indexed(uint256)
    size_wad: uint256
    share_wad: uint256
    price_wad: uint256
    mark_wad: uint256
    profit_wad: int256
    equity_wad: int256
    key_wad: int256


event RoundClosed:
    account: indexed(uint256)
    market: indexed(uint256)
    keeper: indexed(address)
    taken_wad: uint256
    short_wad: uint256


# Both sides of the market were bankrupt, and all of it is closed: nobody is left to be charged, and
# the debt waits for the insurance pool's income.
event DebtLeft:
    account: indexed(uint256)
    market: indexed(uint256)
    debt_wad: uint256


# What a round at the bankruptcy price could not place, for the block it happened in.
struct Shortfall:
    block_number: uint256
    size_wad: uint256


# Where an account that owed and held other positions was last closed, and when.
struct Failure:
    market: uint256
    closed_at: uint256


CHARGE_WITHIN_S: constant(uint256) = 300  # later, those who hold positions are others

_MARK: immutable(IMarkPrice)
_LIQUIDATOR: immutable(ILiquidator)

policy: public(HashMap[uint256, uint256])
failures: public(HashMap[uint256, Failure])  # by account
shortfalls: public(HashMap[uint256, HashMap[uint256, Shortfall]])  # account, market
_opened: uint256  # rounds over several calls
_rounds: HashMap[bytes32, selection.Round]  # by keeper, account and market
_enlisted: HashMap[bytes32, HashMap[uint256, bytes32]]  # and counterparty
_chunks: HashMap[bytes32, HashMap[uint256, bytes32]]  # and place


@deploy
def __init__(clearinghouse: address, params: address, mark: address, liquidator: address):
    """
    @param liquidator Whose finding that the earlier rungs failed opens a round.
    """
    ownable.__init__()
    ownable_2step.__init__()
    selection.__init__(clearinghouse, params)
    _MARK = IMarkPrice(mark)
    _LIQUIDATOR = ILiquidator(liquidator)


@external
def set_policy(market: uint256, policy: uint256):
    """
    @notice How counterparties are chosen in a market: 0 queue, 1 pro rata, 2 water fill. Only the
            owner.
    """
    ownable._check_owner()
    assert market >= 1 and market <= limits.MAX_MARKETS, "deleverager: market id out of range"
    assert policy <= adl_rank.WATER_FILL, "deleverager: unknown policy"
    self.policy[market] = policy
    log PolicySet(market=market, policy=policy)


# A round in one call


@external
def deleverage(
    account: uint256,
    market: uint256,
    candidates: DynArray[uint256, selection.MAX_CHUNK],
    at_mark: bool,
) -> uint256:
    """
    @notice A whole round, for markets with few counterparties. Anyone may call. Asks the liquidator
            first, where it has not found in this block that nothing else can act.
    @param candidates Every account on the other side, in any order.
    @param at_mark At mark instead, for what a round at the bankruptcy price could not place in
           this block.
    @return Size closed.
    """
    r: selection.Round = self._open(account, market, at_mark)
    ranked: DynArray[adl_rank.Candidate, selection.MAX_CHUNK] = []
    r, ranked = selection._enlist(r, market, candidates)
    ranked = selection._sorted(ranked)
    r = selection._rank(r, ranked)
    selection._check_complete(r, market, ranked)
    r = self._take(r, account, market, ranked, True)
    self._close(r, account, market)
    return r.taken_wad


# A round in many calls


@external
def open_round(account: uint256, market: uint256, at_mark: bool):
    """
    @notice Begin a round of the caller's over several calls; one begun before is forgotten. Anyone
            may call. Good for ten minutes from when positions were counted: now, unless another
            round of the last ten minutes counted them.
    """
    r: selection.Round = self._open(account, market, at_mark)
    r.number = self._opened + 1
    self._opened = r.number
    self._rounds[self._id(account, market)] = r


@external
def enlist(
    account: uint256, market: uint256, accounts: DynArray[uint256, selection.MAX_CHUNK]
) -> DynArray[adl_rank.Candidate, selection.MAX_CHUNK]:
    """
    @notice Look at counterparties, lowest account first over all calls. What is seen is what they
            are ranked by. Returns what `rank` and `take` ask back, in the order given.
    """
    id: bytes32 = self._id(account, market)
    r: selection.Round = self._load(id)
    assert r.chunks == 0, "deleverager: ranking has begun"
    found: DynArray[adl_rank.Candidate, selection.MAX_CHUNK] = []
    r, found = selection._enlist(r, market, accounts)
    for c: adl_rank.Candidate in found:
        assert c.account > r.last_enlisted, "deleverager: not lowest account first"
        r.last_enlisted = c.account
        self._enlisted[id][c.account] = keccak256(abi_encode(r.number, c))
    self._rounds[id] = r
    log CandidatesEnlisted(account=account, market=market, keeper=msg.sender, candidates=found)
    return found


@external
def rank(
    account: uint256, market: uint256, candidates: DynArray[adl_rank.Candidate, selection.MAX_CHUNK]
):
    """
    @notice Go through those enlisted in order, best ranked first over all calls, each as `enlist`
            returned it.
    """
    id: bytes32 = self._id(account, market)
    r: selection.Round = self._load(id)
    assert r.next_chunk == 0, "deleverager: taking has begun"
    for c: adl_rank.Candidate in candidates:
        assert self._enlisted[id][c.account] == keccak256(
            abi_encode(r.number, c)
        ), "deleverager: not as enlisted"
    r = selection._rank(r, candidates)
    self._chunks[id][r.chunks] = keccak256(abi_encode(candidates))
    r.chunks += 1
    self._rounds[id] = r


@external
def take(
    account: uint256, market: uint256, candidates: DynArray[adl_rank.Candidate, selection.MAX_CHUNK]
) -> uint256:
    """
    @notice Close against the next chunk, exactly as it was ranked; the last one ends the round.
            Whoever can give up less than when enlisted gives less. In a later block than the one
            before, the ladder is asked again and the price is that block's.
    @return Size closed.
    """
    id: bytes32 = self._id(account, market)
    r: selection.Round = self._load(id)
    selection._check_complete(r, market, [])
    assert r.next_chunk < r.chunks, "deleverager: round is over"
    assert self._chunks[id][r.next_chunk] == keccak256(
        abi_encode(candidates)
    ), "deleverager: not the chunk ranked"
    if r.block_number != block.number:
        now: selection.Round = self._terms(account, market, r.at_mark)
        r.block_number = block.number
        r.price_wad = now.price_wad
        r.mark_wad = now.mark_wad
        r.adverse_wad = now.adverse_wad
    r.next_chunk += 1
    taken_wad: uint256 = r.taken_wad
    r = self._take(r, account, market, candidates, False)
    self._rounds[id] = r
    if r.next_chunk == r.chunks:
        self._close(r, account, market)
    return r.taken_wad - taken_wad


# What nobody could pay


@external
def socialise(account: uint256) -> uint256:
    """
    @notice Spread what a deleveraged account without positions owes over the market it was last
            closed in. A round that ends does it by itself; this is for accounts that still had
            other positions then. Anyone may call, for five minutes.
    """
    failure: Failure = self.failures[account]
    assert (
        failure.closed_at + CHARGE_WITHIN_S >= block.timestamp and failure.market != 0
    ), "deleverager: not deleveraged lately"
    return self._socialise(account, failure.market)


@internal
def _open(account: uint256, market: uint256, at_mark: bool) -> selection.Round:
    r: selection.Round = self._terms(account, market, at_mark)
    if at_mark:
        self._check_unplaced(account)
    r.counted_at = extcall selection._CLEARINGHOUSE.begin_round(market)
    log RoundOpened(
        account=account,
        market=market,
        keeper=msg.sender,
        policy=r.tally.policy,
        at_mark=at_mark,
        size_wad=r.size_wad,
        budget_wad=r.budget_wad,
        price_wad=r.price_wad,
        mark_wad=r.mark_wad,
        equity_wad=(staticcall selection._CLEARINGHOUSE.health(account)).equity_wad,
    )
    return r


@internal
def _terms(account: uint256, market: uint256, at_mark: bool) -> selection.Round:
    """
    @dev What a round that closes all there is would close now, and at what price, if its turn has
         come.
    """
    price: IMarkPrice.MarketPrice = extcall _MARK.poke(market)
    if staticcall _LIQUIDATOR.exhausted_at(account, market) != block.timestamp:
        rung: uint256 = extcall _LIQUIDATOR.liquidate(account, market, limits.MAX_FILLS)
        assert rung == codes.RUNG_NONE, "deleverager: an earlier rung can act"
    selection._check_failing(account, market)
    size_wad: int256 = staticcall selection._CLEARINGHOUSE.size_of(account, market)
    assert size_wad != 0, "deleverager: no position in this market"
    r: selection.Round = selection._terms(market, size_wad, price.mark_wad, self.policy[market])
    if at_mark:
        return selection._at_mark(r, market, self.shortfalls[account][market].size_wad)
    return selection._at_bankruptcy(r, market, staticcall selection._CLEARINGHOUSE.health(account))


@internal
@view
def _check_unplaced(account: uint256):
    """
    @dev Mark comes after the bankruptcy price in every market the account is in: what it loses at
         mark here would else be a part of what it is bankrupt by there. A market that may not be
         liquidated in now waits for its turn, and is not waited for.
    """
    active: uint256 = staticcall selection._CLEARINGHOUSE.active_markets(account)
    for market: uint256 in range(1, limits.MAX_MARKETS + 1):
        if (active >> market) & 1 == 0 or staticcall selection._CLEARINGHOUSE.size_of(
            account, market
        ) == 0:
            continue
        short: Shortfall = self.shortfalls[account][market]
        if short.block_number == block.number and short.size_wad > 0:
            continue
        allowed: bool = False
        judged: IClearinghouse.Health = empty(IClearinghouse.Health)
        allowed, judged = staticcall selection._CLEARINGHOUSE.liquidation_health(account, market)
        assert not allowed, "deleverager: the bankruptcy price comes first"


@internal
def _take(
    opened: selection.Round,
    account: uint256,
    market: uint256,
    candidates: DynArray[adl_rank.Candidate, selection.MAX_CHUNK],
    fresh: bool,
) -> selection.Round:
    r: selection.Round = opened
    for c: adl_rank.Candidate in candidates:
        share_wad: uint256 = 0
        r.tally, share_wad = adl_share._share(r.tally, c)
        size_wad: uint256 = min(share_wad, selection._left(r, account, market))
        if r.at_mark:
            size_wad = min(size_wad, self.shortfalls[account][market].size_wad)
        if size_wad > 0 and not fresh:
            # Somebody may have traded since.
            now: adl_rank.Candidate = selection._candidate(r, c.account, market)
            size_wad = min(size_wad, now.able_wad)
        if size_wad == 0:
            continue
        r.taken_wad += size_wad
        if r.at_mark:
            self.shortfalls[account][market].size_wad -= size_wad
        log CounterpartyDeleveraged(
            account=account,
            market=market,
            counterparty=c.account,
            size_wad=size_wad,
            share_wad=share_wad,
            price_wad=r.price_wad,
            mark_wad=r.mark_wad,
            profit_wad=c.profit_wad,
            equity_wad=c.equity_wad,
            key_wad=c.key_wad,
        )
        extcall selection._CLEARINGHOUSE.cross(market, account, c.account, size_wad, r.price_wad)
    for c: adl_rank.Candidate in candidates:
        # A bankrupt that closed here owes as well.
        if c.equity_wad < 0 and staticcall selection._CLEARINGHOUSE.size_of(c.account, market) == 0:
            self._bear_debt(c.account, market)
    return r


@internal
def _close(r: selection.Round, account: uint256, market: uint256):
    """
    @dev The end of a round: what is left for mark is known, and a debt without a position is
         spread before anybody can leave.
    """
    short_wad: uint256 = r.budget_wad - min(r.budget_wad, r.tally.able_wad)
    log RoundClosed(
        account=account,
        market=market,
        keeper=msg.sender,
        taken_wad=r.taken_wad,
        short_wad=short_wad,
    )
    if not r.at_mark:
        self.shortfalls[account][market] = Shortfall(block_number=block.number, size_wad=short_wad)
    if r.taken_wad > 0:
        self._bear_debt(account, market)


@internal
def _bear_debt(account: uint256, market: uint256):
    debt_wad: int256 = -staticcall selection._CLEARINGHOUSE.cash_of(account)
    if debt_wad <= 0:
        return
    if selection._holds_position(account):
        self.failures[account] = Failure(market=market, closed_at=block.timestamp)
        return
    self._socialise(account, market)


@internal
def _socialise(account: uint256, market: uint256) -> uint256:
    open_interest_wad: uint256 = 0
    escrow_wad: int256 = 0
    open_interest_wad, escrow_wad = staticcall selection._CLEARINGHOUSE.market_totals(market)
    loss_wad: uint256 = extcall selection._CLEARINGHOUSE.socialise(market, account)
    if open_interest_wad == 0:
        log DebtLeft(account=account, market=market, debt_wad=loss_wad)
    return loss_wad


@internal
@view
def _load(id: bytes32) -> selection.Round:
    r: selection.Round = self._rounds[id]
    assert (
        r.counted_at > 0 and block.timestamp < r.counted_at + limits.ROUND_S
    ), "deleverager: no round of the caller's that is still good"
    return r


@internal
@view
def _id(account: uint256, market: uint256) -> bytes32:
    return keccak256(abi_encode(msg.sender, account, market))


# Views


@view
@external
def candidates(
    account: uint256, market: uint256, others: DynArray[uint256, selection.MAX_CHUNK], at_mark: bool
) -> DynArray[adl_rank.Candidate, selection.MAX_CHUNK]:
    """
    @notice Counterparties as a round against `account` would see them now, in the order given:
            sorted by key, highest first, ties by lower account, they are the queue.
    """
    mark_wad: uint256 = (staticcall _MARK.price(market)).mark_wad
    r: selection.Round = selection._terms(
        market,
        staticcall selection._CLEARINGHOUSE.size_of(account, market),
        mark_wad,
        self.policy[market],
    )
    if not at_mark and r.size_wad != 0:
        r = selection._at_bankruptcy(r, market, staticcall selection._CLEARINGHOUSE.health(account))
    found: DynArray[adl_rank.Candidate, selection.MAX_CHUNK] = []
    for other: uint256 in others:
        found.append(selection._candidate(r, other, market))
    return found


@view
@external
def keys(
    market: uint256, accounts: DynArray[uint256, selection.MAX_CHUNK]
) -> DynArray[int256, selection.MAX_CHUNK]:
    """
    @notice What the market's policy sorts each of the accounts by, higher first, were somebody on
            its other side to fail now without owing. The lowest number there is: not at all.
    """
    mark_wad: uint256 = (staticcall _MARK.price(market)).mark_wad
    found: DynArray[int256, selection.MAX_CHUNK] = []
    for account: uint256 in accounts:
        opposite_wad: int256 = -staticcall selection._CLEARINGHOUSE.size_of(account, market)
        r: selection.Round = selection._terms(market, opposite_wad, mark_wad, self.policy[market])
        found.append(selection._candidate(r, account, market).key_wad)
    return found
