# pragma version 0.4.3
# pragma nonreentrancy on
# pragma optimize codesize
"""
@title Lens
@license MIT
@notice Reads only. Whole pictures in one call: markets, accounts, positions, feeds, system.
        Everything is as if each market were poked and settled in this block.
@custom:units Prices quote per base, sizes base, values quote, 18 decimals; times unix seconds.
@custom:invariant Holds nothing and may do nothing; every figure comes from its owner.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams
from contracts.interfaces import IOrderBook
from contracts.interfaces import IPriceFeed
from contracts.modules import limits
from contracts.modules.margin import liquidation_price
from contracts.modules.margin import risk
from contracts.modules.math import fixed_point


interface IVault:
    def held_raw() -> uint256: view


interface IPool:
    def equity_wad() -> int256: view


interface IRanking:
    def keys(market: uint256, accounts: DynArray[uint256, KEYS_AT_ONCE]) -> DynArray[
        int256, KEYS_AT_ONCE
    ]: view


struct MarketState:
    mark_wad: uint256
    index_wad: uint256
    conf_wad: uint256
    status: uint256
    liquidations_from: uint256
    funding_rate_wad: int256
    funding_index_wad: int256
    best_bid_wad: uint256
    best_ask_wad: uint256
    last_price_wad: uint256
    impact_bid_wad: uint256
    impact_ask_wad: uint256
    open_interest_wad: uint256
    escrow_wad: int256


struct SystemState:
    vault_wad: uint256
    pool_cash_wad: int256
    pool_equity_wad: int256
    fees_wad: uint256
    dust_wad: uint256


struct AccountState:
    cash_wad: int256
    equity_wad: int256
    margin_equity_wad: int256
    initial_wad: uint256
    maintenance_wad: uint256
    notional_wad: uint256
    withdrawable_wad: uint256
    liquidatable: bool


struct Entry:
    cash_wad: int256
    size_wad: int256
    quote_wad: int256


struct PositionState:
    size_wad: int256
    quote_wad: int256
    funding_owed_wad: int256
    notional_wad: uint256
    maintenance_wad: uint256
    liquidation_price_wad: uint256  # 0: none for a long, any for a short
    bankruptcy_price_wad: uint256
    max_adverse_move_wad: uint256  # move of mark, as a fraction, that takes the equity to 0


struct Place:
    account: uint256
    key_wad: int256  # what the market's policy sorts by
    quintile: uint256  # 5: among the first fifth to be deleveraged, 1: among the last


MAX_ACCOUNTS: constant(uint256) = 64  # a page of accounts in one call
MAX_FEEDS: constant(uint256) = 32  # a page of feeds in one call
KEYS_AT_ONCE: constant(uint256) = 32  # as many as are ranked in one call

_CLEARINGHOUSE: immutable(IClearinghouse)
_PARAMS: immutable(IMarketParams)
_MARK: immutable(IMarkPrice)
_VAULT: immutable(IVault)
_POOL: immutable(IPool)
_RANKING: immutable(IRanking)


@deploy
def __init__(
    clearinghouse: address,
    params: address,
    mark: address,
    vault: address,
    pool: address,
    ranking: address,
):
    """
    @param pool The insurance pool.
    @param ranking Who ranks counterparties.
    """
    assert empty(address) not in [
        clearinghouse, params, mark, vault, pool, ranking
    ], "lens: peer is zero"
    _CLEARINGHOUSE = IClearinghouse(clearinghouse)
    _PARAMS = IMarketParams(params)
    _MARK = IMarkPrice(mark)
    _VAULT = IVault(vault)
    _POOL = IPool(pool)
    _RANKING = IRanking(ranking)


@view
@external
def snapshot(
    markets: DynArray[uint256, limits.MAX_MARKETS]
) -> (DynArray[MarketState, limits.MAX_MARKETS], SystemState):
    """
    @notice Markets and system in one call.
    """
    return self._markets(markets), self._system()


@view
@external
def markets(
    ids: DynArray[uint256, limits.MAX_MARKETS]
) -> DynArray[MarketState, limits.MAX_MARKETS]:
    """
    @notice Markets as if poked now: what whoever is to act in a block sees of them.
    """
    return self._markets(ids)


@view
@external
def unsafe_markets() -> DynArray[uint256, limits.MAX_MARKETS]:
    """
    @notice Markets whose index or mark is made by a method that is there to be beaten: what is held
            there is at the mercy of one source, or of one trade.
    """
    found: DynArray[uint256, limits.MAX_MARKETS] = []
    for market: uint256 in range(1, limits.MAX_MARKETS + 1):
        if staticcall _MARK.is_unsafe(market):
            found.append(market)
    return found


@view
@external
def system() -> SystemState:
    """
    @notice The vault's, the pool's and the pots' money: what a block's audit needs.
    """
    return self._system()


@view
@external
def accounts(ids: DynArray[uint256, MAX_ACCOUNTS]) -> DynArray[AccountState, MAX_ACCOUNTS]:
    """
    @notice Cash, equity and margins of a list of accounts.
    """
    states: DynArray[AccountState, MAX_ACCOUNTS] = []
    for account: uint256 in ids:
        health: IClearinghouse.Health = staticcall _CLEARINGHOUSE.health(account)
        states.append(
            AccountState(
                cash_wad=staticcall _CLEARINGHOUSE.cash_of(account),
                equity_wad=health.equity_wad,
                margin_equity_wad=health.margin_equity_wad,
                initial_wad=health.initial_wad,
                maintenance_wad=health.maintenance_wad,
                notional_wad=health.notional_wad,
                withdrawable_wad=staticcall _CLEARINGHOUSE.withdrawable(account),
                liquidatable=self._liquidatable(account),
            )
        )
    return states


@view
@external
def ledger(ids: DynArray[uint256, MAX_ACCOUNTS], market: uint256) -> DynArray[Entry, MAX_ACCOUNTS]:
    """
    @notice What is written down of the accounts in one market, nothing of it valued: who audits
            many accounts asks for this.
    """
    entries: DynArray[Entry, MAX_ACCOUNTS] = []
    for account: uint256 in ids:
        position: IClearinghouse.Position = staticcall _CLEARINGHOUSE.position(account, market)
        entries.append(
            Entry(
                cash_wad=staticcall _CLEARINGHOUSE.cash_of(account),
                size_wad=position.size_wad,
                quote_wad=position.quote_wad,
            )
        )
    return entries


@view
@external
def positions(
    ids: DynArray[uint256, MAX_ACCOUNTS], market: uint256
) -> DynArray[PositionState, MAX_ACCOUNTS]:
    """
    @notice The accounts' positions in one market, with liquidation and bankruptcy price.
    """
    states: DynArray[PositionState, MAX_ACCOUNTS] = []
    price: IMarkPrice.MarketPrice = staticcall _MARK.price(market)
    r: IMarketParams.Risk = staticcall _PARAMS.risk(market)
    for account: uint256 in ids:
        states.append(self._position(account, market, price, r))
    return states


@view
@external
def max_adverse_move(account: uint256, market: uint256) -> uint256:
    """
    @notice The move of mark against the position, as a fraction, that takes its share of the
            account's equity to zero: 1/L of a fresh position at leverage L without fees.
    """
    return self._position(
        account, market, staticcall _MARK.price(market), staticcall _PARAMS.risk(market)
    ).max_adverse_move_wad


@view
@external
def adl_queue(
    market: uint256, is_long: bool, accounts: DynArray[uint256, MAX_ACCOUNTS]
) -> DynArray[Place, MAX_ACCOUNTS]:
    """
    @notice Those of the accounts that are on a side of the market, in the order in which they would
            be deleveraged were somebody on the other side to fail now without owing.
    @param accounts All of the side for its whole queue, each once; others do no harm.
    """
    return self._queue(market, is_long, accounts)


@view
@external
def adl_rank(
    account: uint256, market: uint256, accounts: DynArray[uint256, MAX_ACCOUNTS]
) -> uint256:
    """
    @notice The quintile of an account among these, itself one of them: 5 is deleveraged first, 1
            last; 0 where it holds nothing in the market, or is not among them.
    """
    is_long: bool = staticcall _CLEARINGHOUSE.size_of(account, market) > 0
    queue: DynArray[Place, MAX_ACCOUNTS] = self._queue(market, is_long, accounts)
    for place: Place in queue:
        if place.account == account:
            return place.quintile
    return 0


@view
@external
def feeds(sources: DynArray[address, MAX_FEEDS]) -> DynArray[IPriceFeed.Reading, MAX_FEEDS]:
    """
    @notice Latest readings of a list of price sources.
    """
    readings: DynArray[IPriceFeed.Reading, MAX_FEEDS] = []
    for source: address in sources:
        readings.append(staticcall IPriceFeed(source).latest())
    return readings


@internal
@view
def _queue(
    market: uint256, is_long: bool, accounts: DynArray[uint256, MAX_ACCOUNTS]
) -> DynArray[Place, MAX_ACCOUNTS]:
    """
    @dev Highest key first, ties by lower account.
    """
    queue: DynArray[Place, MAX_ACCOUNTS] = []
    chunk: DynArray[uint256, KEYS_AT_ONCE] = []
    for i: uint256 in range(len(accounts), bound=MAX_ACCOUNTS):
        size_wad: int256 = staticcall _CLEARINGHOUSE.size_of(accounts[i], market)
        if size_wad != 0 and (size_wad > 0) == is_long:
            chunk.append(accounts[i])
        if len(chunk) < KEYS_AT_ONCE and i + 1 < len(accounts):
            continue
        keys: DynArray[int256, KEYS_AT_ONCE] = staticcall _RANKING.keys(market, chunk)
        for j: uint256 in range(len(chunk), bound=KEYS_AT_ONCE):
            queue = self._inserted(queue, Place(account=chunk[j], key_wad=keys[j], quintile=0))
        chunk = []
    for i: uint256 in range(len(queue), bound=MAX_ACCOUNTS):
        queue[i].quintile = 5 - 5 * i // len(queue)
    return queue


@internal
@pure
def _inserted(sorted: DynArray[Place, MAX_ACCOUNTS], new: Place) -> DynArray[Place, MAX_ACCOUNTS]:
    queue: DynArray[Place, MAX_ACCOUNTS] = sorted
    queue.append(new)
    for back: uint256 in range(len(sorted), bound=MAX_ACCOUNTS):
        at: uint256 = len(sorted) - back
        before: Place = queue[at - 1]
        if before.key_wad > new.key_wad or (
            before.key_wad == new.key_wad and before.account < new.account
        ):
            break
        queue[at] = before
        queue[at - 1] = new
    return queue


@internal
@view
def _liquidatable(account: uint256) -> bool:
    """
    @dev Below maintenance as judged from one of its markets that may be liquidated in now.
    """
    active: uint256 = staticcall _CLEARINGHOUSE.active_markets(account)
    for market: uint256 in range(1, limits.MAX_MARKETS + 1):
        if (active >> market) & 1 == 0 or staticcall _CLEARINGHOUSE.size_of(account, market) == 0:
            continue
        allowed: bool = False
        judged: IClearinghouse.Health = empty(IClearinghouse.Health)
        allowed, judged = staticcall _CLEARINGHOUSE.liquidation_health(account, market)
        if allowed and judged.equity_wad < convert(judged.maintenance_wad, int256):
            return True
    return False


@internal
@view
def _markets(
    ids: DynArray[uint256, limits.MAX_MARKETS]
) -> DynArray[MarketState, limits.MAX_MARKETS]:
    states: DynArray[MarketState, limits.MAX_MARKETS] = []
    for market: uint256 in ids:
        states.append(self._market(market))
    return states


@internal
@view
def _market(market: uint256) -> MarketState:
    price: IMarkPrice.MarketPrice = staticcall _MARK.price(market)
    book: address = (staticcall _PARAMS.risk(market)).book
    # The depth that the market's own mark and funding are made over.
    impact_wad: uint256 = staticcall _MARK.impact_notional(market)
    top: IOrderBook.Top = staticcall IOrderBook(book).top(impact_wad)
    open_interest_wad: uint256 = 0
    escrow_wad: int256 = 0
    open_interest_wad, escrow_wad = staticcall _CLEARINGHOUSE.market_totals(market)
    return MarketState(
        mark_wad=price.mark_wad,
        index_wad=price.index_wad,
        conf_wad=price.conf_wad,
        status=price.status,
        liquidations_from=price.liquidations_from,
        funding_rate_wad=price.funding_rate_wad,
        funding_index_wad=price.funding_index_wad,
        best_bid_wad=top.best_bid_wad,
        best_ask_wad=top.best_ask_wad,
        last_price_wad=top.last_price_wad,
        impact_bid_wad=top.impact_bid_wad,
        impact_ask_wad=top.impact_ask_wad,
        open_interest_wad=open_interest_wad,
        escrow_wad=escrow_wad,
    )


@internal
@view
def _system() -> SystemState:
    fees_wad: uint256 = 0
    dust_wad: uint256 = 0
    fees_wad, dust_wad = staticcall _CLEARINGHOUSE.pots()
    pool: uint256 = convert(_POOL.address, uint256) << 96
    return SystemState(
        vault_wad=(staticcall _VAULT.held_raw()) * limits.WAD_PER_RAW,
        pool_cash_wad=staticcall _CLEARINGHOUSE.cash_of(pool),
        pool_equity_wad=staticcall _POOL.equity_wad(),
        fees_wad=fees_wad,
        dust_wad=dust_wad,
    )


@internal
@view
def _position(
    account: uint256,
    market: uint256,
    price: IMarkPrice.MarketPrice,
    r: IMarketParams.Risk,
) -> PositionState:
    position: IClearinghouse.Position = staticcall _CLEARINGHOUSE.position(account, market)
    if position.size_wad == 0:
        return empty(PositionState)
    health: IClearinghouse.Health = staticcall _CLEARINGHOUSE.health(account)
    owed_wad: int256 = staticcall _CLEARINGHOUSE.funding_owed(account, market)
    profit_wad: int256 = risk._profit_down(position, price.mark_wad)
    notional_wad: uint256 = fixed_point._mul_wad_up(
        convert(abs(position.size_wad), uint256), price.mark_wad
    )
    leg_wad: uint256 = risk._maintenance_up(notional_wad, r)
    # What of the account does not move with this mark, less what its other markets must keep.
    rest_wad: int256 = health.equity_wad - profit_wad + position.quote_wad
    rest_wad -= convert(health.maintenance_wad - leg_wad, int256)
    shift_wad: int256 = risk._bankruptcy_shift_down(
        position.size_wad, health.equity_wad, leg_wad, health.maintenance_wad
    )
    return PositionState(
        size_wad=position.size_wad,
        quote_wad=position.quote_wad,
        funding_owed_wad=owed_wad,
        notional_wad=notional_wad,
        maintenance_wad=leg_wad,
        liquidation_price_wad=liquidation_price._liquidation_price(position.size_wad, rest_wad, r),
        bankruptcy_price_wad=risk._bankruptcy_price(
            position.size_wad,
            price.mark_wad,
            health.equity_wad,
            leg_wad,
            health.maintenance_wad,
        ),
        max_adverse_move_wad=convert(
            max(
                fixed_point._signed_div_down(
                    shift_wad * convert(limits.WAD, int256), convert(price.mark_wad, int256)
                ),
                0,
            ),
            uint256,
        ),
    )
