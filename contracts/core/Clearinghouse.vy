# pragma version 0.4.3
# pragma nonreentrancy on
# pragma optimize codesize
"""
@title Clearinghouse
@license MIT
@notice Venues propose, the clearinghouse disposes. It keeps every account's cash and positions,
        settles funding, applies fills, and judges each change by one acceptance rule. Nobody but
        the vault, the venues and the pool, fixed before opening, may change anything here.
@custom:units Sizes in base (positive is long), cash and quote in quote, 18 decimals.
              `account = owner << 96 | bucket`; bucket 0 is cross, bucket m isolated in market m.
@custom:invariant INV-1 sizes sum to zero; INV-2 vault tokens = sum(cash + q) + escrows + fees +
                  dust; INV-4 each touched account passes the acceptance rule; INV-10, INV-11 a
                  forced fill needs E < MM and leaves E/MM higher.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IOrderBook

implements: IClearinghouse

from contracts.modules import accounts
from contracts.modules import limits
from contracts.modules import oracle_status
from contracts.modules import refusal
from contracts.modules.margin import risk
from contracts.modules.math import fixed_point

from contracts.modules.clearing import ledger

initializes: ledger

from contracts.modules.clearing import peers

initializes: peers

from contracts.modules.clearing import market_data

initializes: market_data

from contracts.modules.clearing import account_health

initializes: account_health[ledger := ledger, market_data := market_data]

from contracts.modules.clearing import cash

initializes: cash[
    ledger := ledger, market_data := market_data, account_health := account_health, peers := peers
]

from contracts.modules.clearing import settlement

initializes: settlement[
    ledger := ledger, market_data := market_data, account_health := account_health
]

from contracts.modules.clearing import acceptance

initializes: acceptance[ledger := ledger]

exports: (
    peers.vault,
    peers.liquidator,
    peers.deleverager,
    peers.pool,
    peers.treasury,
    peers.triggers,
    peers.wire,
    peers.wire_triggers,
    peers.venue_kind,
    market_data.may_open,
    account_health.health,
    account_health.maintenance_health,
    account_health.liquidation_health,
    account_health.liquidation_subject,
    account_health.poke_for_liquidation,
    account_health.withdrawable,
    ledger.round_start,
    ledger.best_entry,
    cash.credit,
    cash.debit,
    cash.transfer,
    cash.pay,
    cash.sweep_fees,
    cash.fees_due,
)


event MaxLeverageSet:
    account: indexed(uint256)
    market: indexed(uint256)
    leverage: uint256


event LossSocialised:
    market: indexed(uint256)
    account: indexed(uint256)
    loss_wad: uint256
    per_base_wad: uint256


@deploy
def __init__(params: address, mark: address, pool_fee_share_wad: uint256):
    """
    @param params Market parameters.
    @param mark Mark price and funding.
    @param pool_fee_share_wad Share of trading fees that goes to the insurance pool; the rest
           goes to the treasury.
    """
    peers.__init__()
    market_data.__init__(params, mark)
    cash.__init__(pool_fee_share_wad)


@external
def set_max_leverage(account: uint256, market: uint256, leverage: uint8):
    """
    @notice Bound one's own leverage in a market: what opens there, and what is withdrawn, needs at
            least 1/`leverage` of the notional. 0 leaves it to the market. Only the account's owner,
            not an operator; what stands already stays.
    """
    peers._check_caller(convert(account >> 96, address))
    accounts._check_may_hold(account, market)
    ledger._set_max_leverage(account, market, convert(leverage, uint256))
    log MaxLeverageSet(account=account, market=market, leverage=convert(leverage, uint256))


@external
def fill(
    market: uint256,
    taker: uint256,
    is_buy: bool,
    forced: bool,
    fills: DynArray[IClearinghouse.MakerFill, limits.MAX_FILLS],
) -> IClearinghouse.FillResult:
    """
    @notice Trade `taker` against resting makers; see `IClearinghouse.fill`.
    """
    c: settlement.Context = settlement._open_context(market)
    peers._check_caller(c.risk.book)
    accounts._check_may_hold(taker, market)
    side: settlement.Side = settlement._load_side(c, taker)
    if forced:
        acceptance._check_liquidatable(c, side, limits.WAD)
    c.escrow_wad += side.funding_wad
    result: IClearinghouse.FillResult = empty(IClearinghouse.FillResult)
    interest_before_wad: uint256 = c.open_interest_wad
    fees_wad: uint256 = 0
    filled_wad: uint256 = 0
    notional_wad: uint256 = 0
    for i: uint256 in range(len(fills), bound=limits.MAX_FILLS):
        f: IClearinghouse.MakerFill = fills[i]
        if f.account == taker:
            refusal._refuse("self-trade")
        delta_wad: int256 = convert(f.size_wad, int256)
        if not is_buy:
            delta_wad = -delta_wad
        worth_wad: uint256 = fixed_point._mul_wad_down(f.size_wad, f.price_wad)
        maker_fee_wad: uint256 = fixed_point._bps_up(worth_wad, c.risk.maker_fee_bps)
        maker: settlement.Side = settlement._load_side(c, f.account)
        maker = settlement._apply(maker, -delta_wad, worth_wad, maker_fee_wad)
        trial: settlement.Side = settlement._apply(side, delta_wad, worth_wad, 0)
        longs_wad: int256 = convert(c.open_interest_wad, int256)
        longs_wad += max(trial.position.size_wad, 0) - max(side.position.size_wad, 0)
        maker_before_wad: int256 = ledger._load_position(f.account, market).size_wad
        longs_wad += max(maker.position.size_wad, 0) - max(maker_before_wad, 0)
        grown: settlement.Context = c
        grown.open_interest_wad = convert(longs_wad, uint256)
        if not acceptance._accepts_maker(grown, maker, maker_before_wad, f.reduce_only):
            result.refused |= 1 << i
            continue
        side = trial
        c = grown
        c.escrow_wad += maker.funding_wad
        settlement._store_side(c, maker, settlement.MAKER, -delta_wad, f.price_wad)
        fees_wad += maker_fee_wad
        filled_wad += f.size_wad
        notional_wad += worth_wad

    if filled_wad == 0:
        return result
    if forced:
        side = acceptance._penalise(c, side, notional_wad)
        result.penalty_wad = side.fee_wad
    else:
        side.fee_wad = fixed_point._bps_up(notional_wad, c.risk.taker_fee_bps)
        side.cash_wad -= convert(side.fee_wad, int256)
        fees_wad += side.fee_wad
        acceptance._check_taker(c, side, interest_before_wad)
    average_wad: uint256 = fixed_point._div_wad_down(notional_wad, filled_wad)
    signed_wad: int256 = convert(filled_wad, int256)
    if not is_buy:
        signed_wad = -signed_wad
    settlement._store_side(
        c, side, settlement.FORCED if forced else settlement.TAKER, signed_wad, average_wad
    )
    settlement._close_context(c, fees_wad)
    if result.penalty_wad > 0:
        cash._add_cash(
            accounts._cross_account(peers.liquidator),
            convert(result.penalty_wad, int256),
            cash.PENALISED,
        )
    return result


@external
def admit(market: uint256, account: uint256):
    """
    @notice Judge an account with its resting orders at their worst; see `IClearinghouse.admit`.
    """
    c: settlement.Context = settlement._open_context(market)
    peers._check_caller(c.risk.book)
    accounts._check_may_hold(account, market)
    market_data._check_not_stopped(acceptance._may_change(c, False))
    side: settlement.Side = settlement._load_side(c, account)
    if (side.active >> market) & 1 == 0:
        # Without a position there was no funding to settle into the copy.
        ledger._store_account(account, side.cash_wad, side.active | (1 << market))
    acceptance._check_margin(acceptance._accepts(c, side))


@external
def seize(market: uint256, account: uint256):
    """
    @notice Hand a failing account's whole position in `market` and its share of the account's
            equity (positive or negative) to the pool's isolated account of that market. The
            position goes at mark, so that closing every market this way leaves exactly zero.
            Only the pool; only an account whose equity is below the backstop share of its
            maintenance margin. The pool's account must then hold its own initial margin.
    """
    peers._check_caller(peers.pool)
    c: settlement.Context = settlement._open_context(market)
    giver: settlement.Side = settlement._load_side(c, account)
    receiver: settlement.Side = settlement._load_side(
        c, accounts._cross_account(peers.pool) | market
    )
    acceptance._check_liquidatable(c, giver, c.risk.backstop_wad)
    size_wad: uint256 = convert(abs(giver.position.size_wad), uint256)
    before: IClearinghouse.Health = acceptance._before(c, giver)
    leg_wad: uint256 = risk._maintenance_up(
        fixed_point._mul_wad_up(size_wad, c.price.mark_wad), c.risk
    )
    share_wad: int256 = fixed_point._signed_div_down(
        before.equity_wad * convert(leg_wad, int256), convert(before.maintenance_wad, int256)
    )
    giver, receiver, c.open_interest_wad = settlement._exchange(
        c, giver, receiver, size_wad, c.price.mark_wad
    )
    giver.cash_wad -= share_wad
    receiver.cash_wad += share_wad
    acceptance._check_margin(acceptance._accepts(c, receiver))
    settlement._store_exchange(c, giver, receiver, size_wad, c.price.mark_wad, settlement.SEIZED)


@external
def cross(
    market: uint256, giver: uint256, receiver: uint256, size_wad: uint256, price_wad: uint256
):
    """
    @notice Hand `size_wad` of a liquidatable account's position to another account at a price,
            without fees. From the liquidator it is a takeover: the receiver must pass the
            acceptance rule and the giver end no worse. From the deleverager the receiver must
            hold the opposite side, shrink, and not end below zero.
    """
    takeover: bool = msg.sender == peers.liquidator
    if not takeover:
        peers._check_caller(peers.deleverager)
    accounts._check_may_hold(receiver, market)
    c: settlement.Context = settlement._open_context(market)
    from_side: settlement.Side = settlement._load_side(c, giver)
    to_side: settlement.Side = settlement._load_side(c, receiver)
    acceptance._check_liquidatable(c, from_side, limits.WAD)
    held_wad: int256 = to_side.position.size_wad
    from_side, to_side, c.open_interest_wad = settlement._exchange(
        c, from_side, to_side, size_wad, price_wad
    )
    if takeover:
        market_data._check_not_stopped(acceptance._may_change(c, False))
        acceptance._check_margin(acceptance._accepts(c, to_side))
        acceptance._check_not_worse(acceptance._room(c, from_side))
    else:
        market_data._check_not_stopped(
            market_data._allows(c.price, c.risk, oracle_status.DELEVERAGE)
        )
        if not risk._shrank(held_wad, to_side.position.size_wad):
            refusal._refuse("not a counterparty")
        after: IClearinghouse.Health = acceptance._with_rest(
            c, to_side, to_side.position, empty(IOrderBook.OpenSize), risk.MAINTAINING
        )
        # Who is below zero already may close as well, as long as it loses nothing by it.
        if after.equity_wad + to_side.cash_wad < min(acceptance._before(c, to_side).equity_wad, 0):
            refusal._refuse("counterparty below zero")
    kind: uint256 = settlement.TAKEN_OVER if takeover else settlement.DELEVERAGED
    settlement._store_exchange(c, from_side, to_side, size_wad, price_wad, kind)


@external
def socialise(market: uint256, account: uint256) -> uint256:
    """
    @notice Spread what an account without positions owes over the open positions of a market,
            by size, both sides alike; each pays when it settles. Only the deleverager, after
            everything before has failed. An account without a position there is never charged:
            where nobody holds one, the debt waits for the pool's income.
    @return The loss, quote.
    """
    peers._check_caller(peers.deleverager)
    c: settlement.Context = settlement._open_context(market)
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(account)
    for held: uint256 in range(1, limits.MAX_MARKETS + 1):
        if ledger._load_position(account, held).size_wad != 0:
            refusal._refuse("account holds a position")
    if cash_wad >= 0:
        refusal._refuse("account owes nothing")
    loss_wad: uint256 = convert(-cash_wad, uint256)
    if c.open_interest_wad == 0:
        cash._add_cash(account, -cash_wad, cash.WRITTEN_OFF)
        cash._add_cash(
            accounts._cross_account(peers.pool) | accounts.DEFICIT, cash_wad, cash.WRITTEN_OFF
        )
        return loss_wad
    per_base_wad: uint256 = fixed_point._div_wad_up(loss_wad, 2 * c.open_interest_wad)
    ledger._losses[market] += per_base_wad
    c.escrow_wad -= convert(loss_wad, int256)
    cash._add_cash(account, convert(loss_wad, int256), cash.SOCIALISED)
    settlement._close_context(c, 0)
    log LossSocialised(market=market, account=account, loss_wad=loss_wad, per_base_wad=per_base_wad)
    return loss_wad


@external
def begin_round(market: uint256) -> uint256:
    """
    @notice Count positions of a market for a round of deleveraging; see
            `IClearinghouse.begin_round`.
    """
    peers._check_caller(peers.deleverager)
    return ledger._begin_round(market)


@view
@external
def position(account: uint256, market: uint256) -> IClearinghouse.Position:
    """
    @notice The stored position; pending funding is not yet in it.
    """
    return ledger._load_position(account, market)


@view
@external
@reentrant
def size_of(account: uint256, market: uint256) -> int256:
    """
    @notice Signed size; may be read while the clearinghouse is in a call.
    """
    return ledger._load_position(account, market).size_wad


@view
@external
def funding_owed(account: uint256, market: uint256) -> int256:
    """
    @notice Funding, and loss socialised in the market, that the position has yet to settle.
    """
    stored: IClearinghouse.Position = ledger._load_position(account, market)
    price: IMarkPrice.MarketPrice = market_data._price_of(market)
    return risk._funding_owed_up(
        stored, ledger._owing_index(market, stored.size_wad, price.funding_index_wad)
    )


@view
@external
def epoch(account: uint256, market: uint256) -> uint256:
    """
    @notice Counts how often the account's position in the market closed or changed sign.
    """
    return ledger._epoch(account, market)


@view
@external
def cash_of(account: uint256) -> int256:
    """
    @notice Cash balance.
    """
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(account)
    return cash_wad


@view
@external
def active_markets(account: uint256) -> uint256:
    """
    @notice Bitmap of the markets where the account has, or lately had, a position or orders.
    """
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(account)
    return active


@view
@external
def market_totals(market: uint256) -> (uint256, int256):
    """
    @notice Open interest (base, one side) and the signed funding escrow (quote).
    """
    return ledger._load_market(market)


@view
@external
def pots() -> (uint256, uint256):
    """
    @notice Fees not yet shared out, and dust.
    """
    return ledger._load_pots()
