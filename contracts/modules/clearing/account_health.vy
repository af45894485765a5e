# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Account health
@notice Equity and margins of an account over all its markets, for a purpose of `risk`.
@custom:units 18 decimals.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams
from contracts.interfaces import IOrderBook
from contracts.modules import limits
from contracts.modules import oracle_status
from contracts.modules.clearing import ledger
from contracts.modules.clearing import market_data
from contracts.modules.margin import risk
from contracts.modules.math import fixed_point

uses: ledger
uses: market_data

_TENTH_WAD: constant(uint256) = 10**17  # withdrawals leave 10 % of notional (SPEC 1)


@internal
@view
def _may_withdraw(account: uint256, active: uint256) -> bool:
    """
    @dev Whether every market the account depends on lets it be withdrawn from now.
    """
    for market: uint256 in range(1, limits.MAX_MARKETS + 1):
        if (active >> market) & 1 == 0 or ledger._load_position(account, market).size_wad == 0:
            continue
        if not market_data._allows(
            market_data._price_of(market), market_data._risk_of(market), oracle_status.WITHDRAW
        ):
            return False
    return True


@internal
@view
def _health(account: uint256, purpose: uint256) -> IClearinghouse.Health:
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(account)
    health: IClearinghouse.Health = self._rest(account, active, 0, purpose)
    health.equity_wad += cash_wad
    health.margin_equity_wad += cash_wad
    return health


@internal
@view
def _rest(
    account: uint256, active: uint256, skipped: uint256, purpose: uint256
) -> IClearinghouse.Health:
    """
    @dev Health of every active market but `skipped`, without cash.
    """
    total: IClearinghouse.Health = empty(IClearinghouse.Health)
    for market: uint256 in range(1, limits.MAX_MARKETS + 1):
        if active >> market == 0:
            break
        if market == skipped or (active >> market) & 1 == 0:
            continue
        r: IMarketParams.Risk = market_data._risk_of(market)
        resting: IOrderBook.OpenSize = empty(IOrderBook.OpenSize)
        if purpose == risk.OPENING or purpose == risk.WITHDRAWING:
            resting = market_data._resting(r.book, account)
        open_interest_wad: uint256 = 0
        escrow_wad: int256 = 0
        open_interest_wad, escrow_wad = ledger._load_market(market)
        position: IClearinghouse.Position = ledger._load_position(account, market)
        price: IMarkPrice.MarketPrice = market_data._price_of(market)
        price.funding_index_wad = ledger._owing_index(
            market, position.size_wad, price.funding_index_wad
        )
        total = risk._add(total, risk._leg(position, price, r, resting, open_interest_wad, purpose))
    return total


@internal
@view
def _subject(
    account: uint256, market: uint256, price: IMarkPrice.MarketPrice
) -> IClearinghouse.Subject:
    """
    @dev The account in this market twice, at mark and at the kindest price still believed where the
         status says so, all others at mark, which is the last good one where a market is in doubt.
    """
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(account)
    rest: IClearinghouse.Health = self._rest(account, active, market, risk.MAINTAINING)
    rest.equity_wad += cash_wad
    r: IMarketParams.Risk = market_data._risk_of(market)
    position: IClearinghouse.Position = ledger._load_position(account, market)
    owing: IMarkPrice.MarketPrice = price
    owing.funding_index_wad = ledger._owing_index(
        market, position.size_wad, price.funding_index_wad
    )
    nothing: IOrderBook.OpenSize = empty(IOrderBook.OpenSize)
    at_mark: IClearinghouse.Health = risk._add(
        rest, risk._leg(position, owing, r, nothing, 0, risk.MAINTAINING)
    )
    judged: IClearinghouse.Health = at_mark
    if oracle_status._mode(price.status, oracle_status.LIQUIDATE) == oracle_status.KIND:
        judged = risk._add(rest, risk._leg(position, owing, r, nothing, 0, risk.LIQUIDATING))
    return IClearinghouse.Subject(
        allowed=market_data._allows(price, r, oracle_status.LIQUIDATE),
        opens=market_data._allows(price, r, oracle_status.OPEN),
        judged=judged,
        at_mark=at_mark,
        size_wad=position.size_wad,
        active=active,
        price=price,
        risk=r,
    )


@internal
@view
def _withdrawable(account: uint256) -> uint256:
    """
    @dev min(cash, E_w - max(IM, 10 % of N)): profit not yet realised backs no withdrawal beyond
         its weight, so that a pumped mark cannot be cashed.
    """
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(account)
    health: IClearinghouse.Health = self._health(account, risk.WITHDRAWING)
    kept_wad: uint256 = max(
        health.initial_wad, fixed_point._mul_wad_up(health.notional_wad, _TENTH_WAD)
    )
    free_wad: int256 = min(cash_wad, health.margin_equity_wad - convert(kept_wad, int256))
    return convert(max(free_wad, 0), uint256)


@view
@external
def health(account: uint256) -> IClearinghouse.Health:
    """
    @notice Equity and margins as if every market were poked and settled now.
    """
    return self._health(account, risk.OPENING)


@view
@external
def maintenance_health(account: uint256) -> IClearinghouse.Health:
    """
    @notice Equity, maintenance margin and notional alone, for less gas.
    """
    return self._health(account, risk.MAINTAINING)


@view
@external
def liquidation_health(account: uint256, market: uint256) -> (bool, IClearinghouse.Health):
    """
    @notice Whether positions in a market may be liquidated now, and the health that the account
            is judged by there: its position in this market at the kindest price still believed
            where the status says so, all others at mark, which is the last good one where a
            market is in doubt.
    """
    subject: IClearinghouse.Subject = self._subject(account, market, market_data._price_of(market))
    return subject.allowed, subject.judged


@view
@external
def liquidation_subject(account: uint256, market: uint256) -> IClearinghouse.Subject:
    """
    @notice All that a liquidation has to know of an account in a market, by marks as they stand.
    """
    return self._subject(account, market, market_data._price_of(market))


@external
def poke_for_liquidation(account: uint256, market: uint256) -> IClearinghouse.Subject:
    """
    @notice The same once this market and all others of the account are poked. Anyone may call.
    """
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(account)
    market_data._poke_others(active, market)
    return self._subject(account, market, market_data._poke(market))


@view
@external
def withdrawable(account: uint256) -> uint256:
    """
    @notice Most that could be withdrawn now: nothing where status or guardian stop withdrawing.
    """
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(account)
    if not self._may_withdraw(account, active):
        return 0
    return self._withdrawable(account)
