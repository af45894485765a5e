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
from contracts.interfaces import IMarketParams
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IOrderBook

implements: IClearinghouse

from contracts.modules import fixed_point
from contracts.modules import oracle_status
from contracts.modules import risk

from contracts.modules import ledger

initializes: ledger


event PositionChanged:
    account: indexed(uint256)
    market: indexed(uint256)
    kind: uint256
    size_delta_wad: int256
    price_wad: uint256
    size_wad: int256
    quote_wad: int256
    cash_wad: int256
    fee_wad: uint256
    funding_wad: int256
    mark_wad: uint256


event MaxLeverageSet:
    account: indexed(uint256)
    market: indexed(uint256)
    leverage: uint256


event CashMoved:
    account: indexed(uint256)
    reason: uint256
    amount_wad: int256
    cash_wad: int256


event FeesSwept:
    pool_wad: uint256
    treasury_wad: uint256


event LossSocialised:
    market: indexed(uint256)
    account: indexed(uint256)
    loss_wad: uint256
    per_base_wad: uint256


event DustCollected:
    market: indexed(uint256)
    amount_wad: uint256


# Venue kinds.
LIQUIDATOR: constant(uint256) = 2
DELEVERAGER: constant(uint256) = 3
POOL: constant(uint256) = 4

# Kinds of PositionChanged.
TAKER: constant(uint256) = 0
MAKER: constant(uint256) = 1
FORCED: constant(uint256) = 2
SEIZED: constant(uint256) = 3  # and 4 for the pool, which took it
TAKEN_OVER: constant(uint256) = 5  # and 6 for the keeper, who took it
DELEVERAGED: constant(uint256) = 7  # and 8 for the counterparty

# Reasons of CashMoved.
DEPOSITED: constant(uint256) = 0
WITHDRAWN: constant(uint256) = 1
MOVED: constant(uint256) = 2
PAID: constant(uint256) = 3
PENALISED: constant(uint256) = 4
SWEPT: constant(uint256) = 5
SOCIALISED: constant(uint256) = 6
TIPPED: constant(uint256) = 7  # into, or out of, the account of the venue of trigger orders
WRITTEN_OFF: constant(uint256) = 8  # a debt nobody may be charged with, or repaid by the pool

MAX_MARKETS: constant(uint256) = 8  # a cross account's health loops over all of them
DEFICIT: constant(uint256) = 2**96 - 1  # bucket of the pool's where such debts wait for income
MAX_FILLS: constant(uint256) = 32  # makers of one taker in one call, bounds the gas of a trade
_LOW_96: constant(uint256) = 2**96 - 1
_WAD: constant(uint256) = 10**18
_TENTH_WAD: constant(uint256) = 10**17  # withdrawals leave 10 % of notional (SPEC 1)

_PARAMS: immutable(IMarketParams)
_MARK: immutable(IMarkPrice)
_DEPLOYER: immutable(address)
_POOL_FEE_SHARE_WAD: immutable(uint256)

vault: public(address)
liquidator: public(address)
deleverager: public(address)
pool: public(address)
treasury: public(address)
triggers: public(address)


# One account's working copy in the traded market.
struct Side:
    account: uint256
    cash_wad: int256
    active: uint256
    position: IClearinghouse.Position
    rest: IClearinghouse.Health  # the account's other markets, which this call does not change
    funding_wad: int256
    fee_wad: uint256


# What a call holds constant, and the market totals it updates.
struct Context:
    market: uint256
    price: IMarkPrice.MarketPrice
    risk: IMarketParams.Risk
    open_interest_wad: uint256
    escrow_wad: int256


@deploy
def __init__(params: address, mark: address, pool_fee_share_wad: uint256):
    """
    @param params Market parameters.
    @param mark Mark price and funding.
    @param pool_fee_share_wad Share of trading fees that goes to the insurance pool; the rest
           goes to the treasury.
    """
    assert pool_fee_share_wad <= 10**18, "clearinghouse: pool share above 100 %"
    _PARAMS = IMarketParams(params)
    _MARK = IMarkPrice(mark)
    _DEPLOYER = msg.sender
    _POOL_FEE_SHARE_WAD = pool_fee_share_wad


@external
def wire(
    vault: address, liquidator: address, deleverager: address, pool: address, treasury: address
):
    """
    @notice Name the peers, once and for ever. Only the deployer.
    @param deleverager May be zero where a deployment has no deleverager.
    """
    self._check_caller(_DEPLOYER)
    self._check_unwired(self.vault)
    assert empty(address) not in [vault, liquidator, pool, treasury], "clearinghouse: peer is zero"
    self.vault = vault
    self.liquidator = liquidator
    self.deleverager = deleverager
    self.pool = pool
    self.treasury = treasury


@external
def wire_triggers(triggers: address):
    """
    @notice Name the venue of trigger orders, once and for ever. Only the deployer.
    """
    self._check_caller(_DEPLOYER)
    self._check_unwired(self.triggers)
    self.triggers = triggers


# Collateral, proposed by the vault


@external
def credit(account: uint256, amount_wad: uint256):
    """
    @notice Count a deposit that the vault has received. Only the vault.
    """
    self._check_caller(self.vault)
    self._check_account(account)
    self._add_cash(account, convert(amount_wad, int256), DEPOSITED)


@external
def debit(account: uint256, amount_wad: uint256):
    """
    @notice Count a withdrawal that the vault is about to pay. Only the vault.
    """
    self._check_caller(self.vault)
    self._take_withdrawable(account, amount_wad, WITHDRAWN)


@external
def transfer(sender: uint256, recipient: uint256, amount_wad: uint256):
    """
    @notice Move withdrawable cash between two accounts of one owner, or prepay tips into the
            cross account of the venue of trigger orders. Only the vault.
    """
    self._check_caller(self.vault)
    assert sender != recipient, "clearinghouse: accounts are the same"
    self._check_account(recipient)
    reason: uint256 = MOVED
    if sender >> 96 != recipient >> 96:
        assert recipient == self._cross_account(
            self.triggers
        ), "clearinghouse: accounts have different owners"
        reason = TIPPED
    self._take_withdrawable(sender, amount_wad, reason)
    self._add_cash(recipient, convert(amount_wad, int256), reason)


@external
def pay(recipient: uint256, amount_wad: uint256):
    """
    @notice Pay out of the caller's own cross account. Only the liquidator, the venue of trigger
            orders and the pool, whose accounts hold nothing but cash.
    """
    if msg.sender not in [self.liquidator, self.triggers]:
        self._check_caller(self.pool)
    payer: uint256 = self._cross_account(msg.sender)
    self._check_account(recipient)
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(payer)
    assert active == 0, "clearinghouse: payer holds a position"
    assert cash_wad >= convert(amount_wad, int256), "clearinghouse: payer's cash too low"
    reason: uint256 = TIPPED if msg.sender == self.triggers else PAID
    self._add_cash(payer, -convert(amount_wad, int256), reason)
    if recipient == self._cross_account(self.pool):
        self._add_income(amount_wad, reason)
    else:
        self._add_cash(recipient, convert(amount_wad, int256), reason)


@external
def sweep_fees() -> (uint256, uint256):
    """
    @notice Share out the collected fees; dust goes to the pool. Anyone may call.
    @return What the pool and the treasury received.
    """
    fees_wad: uint256 = 0
    dust_wad: uint256 = 0
    fees_wad, dust_wad = ledger._load_pots()
    treasury_wad: uint256 = fees_wad - fixed_point._mul_wad_up(fees_wad, _POOL_FEE_SHARE_WAD)
    pool_wad: uint256 = fees_wad - treasury_wad + dust_wad
    ledger._store_pots(0, 0)
    self._add_income(pool_wad, SWEPT)
    self._add_cash(self._cross_account(self.treasury), convert(treasury_wad, int256), SWEPT)
    log FeesSwept(pool_wad=pool_wad, treasury_wad=treasury_wad)
    return pool_wad, treasury_wad


@internal
def _add_income(amount_wad: uint256, reason: uint256):
    """
    @dev The pool's: debts that nobody could be charged with come before its shares.
    """
    pool: uint256 = self._cross_account(self.pool)
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(pool | DEFICIT)
    income_wad: int256 = convert(amount_wad, int256)
    if cash_wad < 0:
        repaid_wad: int256 = min(income_wad, -cash_wad)
        self._add_cash(pool | DEFICIT, repaid_wad, WRITTEN_OFF)
        income_wad -= repaid_wad
    self._add_cash(pool, income_wad, reason)


@internal
def _take_withdrawable(account: uint256, amount_wad: uint256, reason: uint256):
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(account)
    self._poke_others(active, 0)
    self._check_not_stopped(self._may_withdraw(account, active))
    assert amount_wad <= self._withdrawable(account), "clearinghouse: above withdrawable"
    self._add_cash(account, -convert(amount_wad, int256), reason)


@internal
def _add_cash(account: uint256, amount_wad: int256, reason: uint256):
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(account)
    cash_wad += amount_wad
    ledger._store_account(account, cash_wad, active)
    log CashMoved(account=account, reason=reason, amount_wad=amount_wad, cash_wad=cash_wad)


@external
def set_max_leverage(account: uint256, market: uint256, leverage: uint8):
    """
    @notice Bound one's own leverage in a market: what opens there, and what is withdrawn, needs at
            least 1/`leverage` of the notional. 0 leaves it to the market. Only the account's owner,
            not an operator; what stands already stays.
    """
    self._check_caller(convert(account >> 96, address))
    self._check_may_hold(account, market)
    ledger._set_max_leverage(account, market, convert(leverage, uint256))
    log MaxLeverageSet(account=account, market=market, leverage=convert(leverage, uint256))


# Trades, proposed by the market's book


@external
def fill(
    market: uint256,
    taker: uint256,
    is_buy: bool,
    forced: bool,
    fills: DynArray[IClearinghouse.MakerFill, MAX_FILLS],
) -> IClearinghouse.FillResult:
    """
    @notice Trade `taker` against resting makers; see `IClearinghouse.fill`.
    """
    c: Context = self._open_context(market)
    self._check_caller(c.risk.book)
    self._check_may_hold(taker, market)
    side: Side = self._load_side(c, taker)
    if forced:
        self._check_liquidatable(c, taker, _WAD)
    c.escrow_wad += side.funding_wad
    result: IClearinghouse.FillResult = empty(IClearinghouse.FillResult)
    interest_before_wad: uint256 = c.open_interest_wad
    fees_wad: uint256 = 0
    filled_wad: uint256 = 0
    notional_wad: uint256 = 0
    for i: uint256 in range(len(fills), bound=MAX_FILLS):
        f: IClearinghouse.MakerFill = fills[i]
        assert f.account != taker, "clearinghouse: self-trade"
        delta_wad: int256 = convert(f.size_wad, int256)
        if not is_buy:
            delta_wad = -delta_wad
        worth_wad: uint256 = fixed_point._mul_wad_down(f.size_wad, f.price_wad)
        maker_fee_wad: uint256 = fixed_point._bps_up(worth_wad, c.risk.maker_fee_bps)
        maker: Side = self._load_side(c, f.account)
        maker = self._apply(maker, -delta_wad, worth_wad, maker_fee_wad)
        trial: Side = self._apply(side, delta_wad, worth_wad, 0)
        longs_wad: int256 = convert(c.open_interest_wad, int256)
        longs_wad += max(trial.position.size_wad, 0) - max(side.position.size_wad, 0)
        maker_before_wad: int256 = ledger._load_position(f.account, market).size_wad
        longs_wad += max(maker.position.size_wad, 0) - max(maker_before_wad, 0)
        grown: Context = c
        grown.open_interest_wad = convert(longs_wad, uint256)
        if not self._maker_passes(grown, maker, maker_before_wad, f.reduce_only):
            result.refused |= 1 << i
            continue
        side = trial
        c = grown
        c.escrow_wad += maker.funding_wad
        self._store_side(c, maker, MAKER, -delta_wad, f.price_wad)
        fees_wad += maker_fee_wad
        filled_wad += f.size_wad
        notional_wad += worth_wad

    if filled_wad == 0:
        return result
    if forced:
        side = self._penalise(c, side, notional_wad)
        result.penalty_wad = side.fee_wad
    else:
        side.fee_wad = fixed_point._bps_up(notional_wad, c.risk.taker_fee_bps)
        side.cash_wad -= convert(side.fee_wad, int256)
        fees_wad += side.fee_wad
        self._judge_taker(c, side, interest_before_wad)
    average_wad: uint256 = fixed_point._div_wad_down(notional_wad, filled_wad)
    signed_wad: int256 = convert(filled_wad, int256)
    if not is_buy:
        signed_wad = -signed_wad
    self._store_side(c, side, FORCED if forced else TAKER, signed_wad, average_wad)
    self._close_context(c, fees_wad)
    if result.penalty_wad > 0:
        self._add_cash(
            self._cross_account(self.liquidator), convert(result.penalty_wad, int256), PENALISED
        )
    return result


@external
def admit(market: uint256, account: uint256):
    """
    @notice Judge an account with its resting orders at their worst; see `IClearinghouse.admit`.
    """
    c: Context = self._open_context(market)
    self._check_caller(c.risk.book)
    self._check_may_hold(account, market)
    self._check_not_stopped(self._may_change(c, False))
    side: Side = self._load_side(c, account)
    if (side.active >> market) & 1 == 0:
        # Without a position there was no funding to settle into the copy.
        ledger._store_account(account, side.cash_wad, side.active | (1 << market))
    self._check_margin(self._passes(c, side))


@internal
def _open_context(market: uint256) -> Context:
    price: IMarkPrice.MarketPrice = self._poke(market)
    open_interest_wad: uint256 = 0
    escrow_wad: int256 = 0
    open_interest_wad, escrow_wad = ledger._load_market(market)
    return Context(
        market=market,
        price=price,
        risk=self._risk_of(market),
        open_interest_wad=open_interest_wad,
        escrow_wad=escrow_wad,
    )


@internal
def _close_context(c: Context, fees_wad: uint256):
    fees: uint256 = 0
    dust: uint256 = 0
    fees, dust = ledger._load_pots()
    escrow_wad: int256 = c.escrow_wad
    if c.open_interest_wad == 0 and escrow_wad > 0:
        # Nobody is left who could be owed: what rounding left in the escrow is dust.
        dust += convert(escrow_wad, uint256)
        log DustCollected(market=c.market, amount_wad=convert(escrow_wad, uint256))
        escrow_wad = 0
    ledger._store_market(c.market, c.open_interest_wad, escrow_wad)
    if fees_wad > 0 or c.escrow_wad != escrow_wad:
        ledger._store_pots(fees + fees_wad, dust)


@internal
def _load_side(c: Context, account: uint256) -> Side:
    """
    @dev Working copy with funding settled into it; the ledger keeps what was before.
    """
    side: Side = empty(Side)
    side.account = account
    side.cash_wad, side.active = ledger._load_account(account)
    self._poke_others(side.active, c.market)
    side.position = ledger._load_position(account, c.market)
    index_wad: int256 = self._owing_index(c, side.position)
    side.funding_wad = risk._funding_owed_up(side.position, index_wad)
    side.position.funding_index_wad = index_wad
    side.cash_wad -= side.funding_wad
    side.rest = self._rest(account, side.active, c.market, risk.OPENING)
    return side


@internal
def _store_side(c: Context, side: Side, kind: uint256, delta_wad: int256, price_wad: uint256):
    active: uint256 = side.active | (1 << c.market)
    position: IClearinghouse.Position = side.position
    position.funding_index_wad = self._owing_index(c, position)
    if side.position.size_wad == 0:
        resting: IOrderBook.OpenSize = self._resting(c.risk.book, side.account)
        if resting.buys_wad + resting.sells_wad == 0:
            active ^= 1 << c.market
    ledger._store_account(side.account, side.cash_wad, active)
    ledger._store_position(side.account, c.market, position)
    log PositionChanged(
        account=side.account,
        market=c.market,
        kind=kind,
        size_delta_wad=delta_wad,
        price_wad=price_wad,
        size_wad=side.position.size_wad,
        quote_wad=side.position.quote_wad,
        cash_wad=side.cash_wad,
        fee_wad=side.fee_wad,
        funding_wad=side.funding_wad,
        mark_wad=c.price.mark_wad,
    )


@internal
@pure
def _apply(side: Side, delta_wad: int256, worth_wad: uint256, fee_wad: uint256) -> Side:
    """
    @dev Trade `delta_wad` for `worth_wad` of quote. What opens goes into the quote balance; what
         closes takes its share of the quote balance with it into cash, rounded down, so that the
         odd wei stays in the position and cash + q is conserved.
    """
    after: Side = side
    after.fee_wad = fee_wad
    after.cash_wad -= convert(fee_wad, int256)
    size_wad: int256 = side.position.size_wad
    flow_wad: int256 = convert(worth_wad, int256)
    if delta_wad > 0:
        flow_wad = -flow_wad
    after.position.size_wad = size_wad + delta_wad
    if size_wad == 0 or (size_wad > 0) == (delta_wad > 0):
        after.position.quote_wad += flow_wad
        return after

    if abs(delta_wad) <= abs(size_wad):
        removed_wad: int256 = fixed_point._signed_div_down(
            side.position.quote_wad * abs(delta_wad), abs(size_wad)
        )
        after.position.quote_wad -= removed_wad
        after.cash_wad += flow_wad + removed_wad
    else:
        closing_wad: int256 = fixed_point._signed_div_down(flow_wad * abs(size_wad), abs(delta_wad))
        after.cash_wad += closing_wad + side.position.quote_wad
        after.position.quote_wad = flow_wad - closing_wad
    return after


@internal
def _maker_passes(c: Context, maker: Side, size_before_wad: int256, reduce_only: bool) -> bool:
    shrank: bool = risk._shrank(size_before_wad, maker.position.size_wad)
    return (shrank or not reduce_only) and self._may_change(c, shrank) and self._passes(c, maker)


@internal
def _judge_taker(c: Context, side: Side, interest_before_wad: uint256):
    size_before_wad: int256 = ledger._load_position(side.account, c.market).size_wad
    shrank: bool = risk._shrank(size_before_wad, side.position.size_wad)
    self._check_not_stopped(self._may_change(c, shrank))
    if c.open_interest_wad > interest_before_wad:
        quote_wad: uint256 = fixed_point._mul_wad_up(c.open_interest_wad, c.price.index_wad)
        assert (
            c.open_interest_wad <= c.risk.oi_cap_wad and quote_wad <= c.risk.oi_cap_quote_wad
        ), "clearinghouse: open interest at its cap"
    self._check_margin(self._passes(c, side))


@internal
@view
def _may_change(c: Context, shrank: bool) -> bool:
    """
    @dev Whether the oracle's status and the guardian let a position shrink or grow now.
    """
    action: uint256 = oracle_status.REDUCE if shrank else oracle_status.OPEN
    return self._lets(c.price, c.risk, action)


@internal
@view
def _passes(c: Context, side: Side) -> bool:
    """
    @dev The acceptance rule on a working copy; the ledger still holds what was before.
    """
    resting: IOrderBook.OpenSize = self._resting(c.risk.book, side.account)
    after: IClearinghouse.Health = self._with_rest(c, side, side.position, resting, risk.OPENING)
    after.equity_wad += side.cash_wad
    after.margin_equity_wad += side.cash_wad
    if after.margin_equity_wad >= convert(after.initial_wad, int256):
        return True
    before_position: IClearinghouse.Position = ledger._load_position(side.account, c.market)
    return risk._shrank(before_position.size_wad, side.position.size_wad) and not risk._ratio_fell(
        self._before(c, side), after
    )


@internal
@view
def _before(c: Context, side: Side) -> IClearinghouse.Health:
    """
    @dev From the ledger, which still holds what was, less the funding that the copy settled.
    """
    health: IClearinghouse.Health = self._with_rest(
        c,
        side,
        ledger._load_position(side.account, c.market),
        empty(IOrderBook.OpenSize),
        risk.MAINTAINING,
    )
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(side.account)
    health.equity_wad += cash_wad - side.funding_wad
    return health


@internal
@view
def _owing_index(c: Context, position: IClearinghouse.Position) -> int256:
    return ledger._owing_index(c.market, position.size_wad, c.price.funding_index_wad)


@internal
@pure
def _with_rest(
    c: Context,
    side: Side,
    position: IClearinghouse.Position,
    resting: IOrderBook.OpenSize,
    purpose: uint256,
) -> IClearinghouse.Health:
    # A working copy is settled, whichever side it is on by now; the ledger's is as it was.
    price: IMarkPrice.MarketPrice = c.price
    price.funding_index_wad = position.funding_index_wad
    return risk._add(
        side.rest, risk._leg(position, price, c.risk, resting, c.open_interest_wad, purpose)
    )


@internal
@view
def _penalise(c: Context, side: Side, notional_wad: uint256) -> Side:
    """
    @dev Take the liquidation fee out of what the fill left the account better off by.
    """
    room_wad: int256 = self._room(c, side)
    self._check_not_worse(room_wad)
    fined: Side = side
    fined.fee_wad = min(
        fixed_point._bps_up(notional_wad, c.risk.liquidation_fee_bps), convert(room_wad, uint256)
    )
    fined.cash_wad -= convert(fined.fee_wad, int256)
    return fined


@internal
@view
def _room(c: Context, side: Side) -> int256:
    """
    @dev Equity above the level at which E/MM would not have risen; with no maintenance left that
         level is zero equity, the bankruptcy price.
    """
    before: IClearinghouse.Health = self._before(c, side)
    after: IClearinghouse.Health = self._with_rest(
        c, side, side.position, empty(IOrderBook.OpenSize), risk.MAINTAINING
    )
    floor_wad: int256 = 0
    if after.maintenance_wad > 0:
        floor_wad = 1 + fixed_point._signed_div_down(
            before.equity_wad * convert(after.maintenance_wad, int256),
            convert(before.maintenance_wad, int256),
        )
    return after.equity_wad + side.cash_wad - floor_wad


# The rungs past the book, proposed by pool, liquidator and deleverager


@external
def seize(market: uint256, account: uint256):
    """
    @notice Hand a failing account's whole position in `market` and its share of the account's
            equity (positive or negative) to the pool's isolated account of that market. The
            position goes at mark, so that closing every market this way leaves exactly zero.
            Only the pool; only an account whose equity is below the backstop share of its
            maintenance margin. The pool's account must then hold its own initial margin.
    """
    self._check_caller(self.pool)
    c: Context = self._open_context(market)
    giver: Side = self._load_side(c, account)
    receiver: Side = self._load_side(c, self._cross_account(self.pool) | market)
    self._check_liquidatable(c, account, c.risk.backstop_wad)
    size_wad: uint256 = convert(abs(giver.position.size_wad), uint256)
    before: IClearinghouse.Health = self._before(c, giver)
    leg_wad: uint256 = risk._maintenance_up(
        fixed_point._mul_wad_up(size_wad, c.price.mark_wad), c.risk
    )
    share_wad: int256 = fixed_point._signed_div_down(
        before.equity_wad * convert(leg_wad, int256), convert(before.maintenance_wad, int256)
    )
    giver, receiver, c.open_interest_wad = self._exchange(
        c, giver, receiver, size_wad, c.price.mark_wad
    )
    giver.cash_wad -= share_wad
    receiver.cash_wad += share_wad
    self._check_margin(self._passes(c, receiver))
    self._store_exchange(c, giver, receiver, size_wad, c.price.mark_wad, SEIZED)


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
    takeover: bool = msg.sender == self.liquidator
    if not takeover:
        self._check_caller(self.deleverager)
    self._check_may_hold(receiver, market)
    c: Context = self._open_context(market)
    from_side: Side = self._load_side(c, giver)
    to_side: Side = self._load_side(c, receiver)
    self._check_liquidatable(c, giver, _WAD)
    held_wad: int256 = to_side.position.size_wad
    from_side, to_side, c.open_interest_wad = self._exchange(
        c, from_side, to_side, size_wad, price_wad
    )
    if takeover:
        self._check_not_stopped(self._may_change(c, False))
        self._check_margin(self._passes(c, to_side))
        self._check_not_worse(self._room(c, from_side))
    else:
        self._check_not_stopped((c.risk.paused >> oracle_status.DELEVERAGE) & 1 == 0)
        assert risk._shrank(
            held_wad, to_side.position.size_wad
        ), "clearinghouse: not a counterparty"
        after: IClearinghouse.Health = self._with_rest(
            c, to_side, to_side.position, empty(IOrderBook.OpenSize), risk.MAINTAINING
        )
        # Who is below zero already may close as well, as long as it loses nothing by it.
        assert after.equity_wad + to_side.cash_wad >= min(
            self._before(c, to_side).equity_wad, 0
        ), "clearinghouse: counterparty below zero"
    self._store_exchange(
        c, from_side, to_side, size_wad, price_wad, TAKEN_OVER if takeover else DELEVERAGED
    )


@external
def socialise(market: uint256, account: uint256) -> uint256:
    """
    @notice Spread what an account without positions owes over the open positions of a market,
            by size, both sides alike; each pays when it settles. Only the deleverager, after
            everything before has failed. An account without a position there is never charged:
            where nobody holds one, the debt waits for the pool's income.
    @return The loss, quote.
    """
    self._check_caller(self.deleverager)
    c: Context = self._open_context(market)
    cash_wad: int256 = 0
    active: uint256 = 0
    cash_wad, active = ledger._load_account(account)
    for held: uint256 in range(1, MAX_MARKETS + 1):
        assert (
            ledger._load_position(account, held).size_wad == 0
        ), "clearinghouse: account holds a position"
    assert cash_wad < 0, "clearinghouse: account owes nothing"
    loss_wad: uint256 = convert(-cash_wad, uint256)
    if c.open_interest_wad == 0:
        self._add_cash(account, -cash_wad, WRITTEN_OFF)
        self._add_cash(self._cross_account(self.pool) | DEFICIT, cash_wad, WRITTEN_OFF)
        return loss_wad
    per_base_wad: uint256 = fixed_point._div_wad_up(loss_wad, 2 * c.open_interest_wad)
    ledger._losses[market] += per_base_wad
    c.escrow_wad -= convert(loss_wad, int256)
    self._add_cash(account, convert(loss_wad, int256), SOCIALISED)
    self._close_context(c, 0)
    log LossSocialised(market=market, account=account, loss_wad=loss_wad, per_base_wad=per_base_wad)
    return loss_wad


@internal
def _exchange(
    c: Context, giver: Side, receiver: Side, size_wad: uint256, price_wad: uint256
) -> (Side, Side, uint256):
    """
    @dev Move `size_wad` of the giver's position at a price; the worth is rounded against the
         giver. Returns both copies and the open interest after.
    """
    assert giver.account != receiver.account, "clearinghouse: same account"
    held_wad: int256 = giver.position.size_wad
    assert size_wad > 0 and size_wad <= convert(
        abs(held_wad), uint256
    ), "clearinghouse: size outside the position"
    delta_wad: int256 = convert(size_wad, int256)
    worth_wad: uint256 = fixed_point._mul_wad_down(size_wad, price_wad)
    if held_wad < 0:
        delta_wad = -delta_wad
        worth_wad = fixed_point._mul_wad_up(size_wad, price_wad)
    longs_wad: int256 = convert(c.open_interest_wad, int256)
    longs_wad -= max(held_wad, 0) + max(receiver.position.size_wad, 0)
    less: Side = self._apply(giver, -delta_wad, worth_wad, 0)
    more: Side = self._apply(receiver, delta_wad, worth_wad, 0)
    longs_wad += max(less.position.size_wad, 0) + max(more.position.size_wad, 0)
    return less, more, convert(longs_wad, uint256)


@internal
def _store_exchange(
    c: Context, giver: Side, receiver: Side, size_wad: uint256, price_wad: uint256, kind: uint256
):
    """
    @dev Kinds come in pairs: the giver's, and one more for the receiver's.
    """
    delta_wad: int256 = convert(size_wad, int256)
    was_long: bool = ledger._load_position(giver.account, c.market).size_wad > 0
    if not was_long:
        delta_wad = -delta_wad
    settled: Context = c
    settled.escrow_wad += giver.funding_wad + receiver.funding_wad
    self._store_side(settled, giver, kind, -delta_wad, price_wad)
    self._store_side(settled, receiver, kind + 1, delta_wad, price_wad)
    self._close_context(settled, 0)


# Judgement


@internal
def _check_liquidatable(c: Context, account: uint256, share_wad: uint256):
    """
    @dev Equity below `share_wad` of maintenance, at prices that liquidation may use now.
    """
    self._check_not_stopped(self._lets(c.price, c.risk, oracle_status.LIQUIDATE))
    health: IClearinghouse.Health = self._liquidation_health(account)
    assert health.equity_wad < convert(
        fixed_point._mul_wad_up(health.maintenance_wad, share_wad), int256
    ), "clearinghouse: account is healthy"


@internal
@view
def _liquidation_health(account: uint256) -> IClearinghouse.Health:
    health: IClearinghouse.Health = self._health(account, risk.LIQUIDATING)
    health.margin_equity_wad = 0
    return health


@internal
@view
def _may_withdraw(account: uint256, active: uint256) -> bool:
    """
    @dev Whether every market the account depends on lets it be withdrawn from now.
    """
    for market: uint256 in range(1, MAX_MARKETS + 1):
        if (active >> market) & 1 == 0 or ledger._load_position(account, market).size_wad == 0:
            continue
        if not self._lets(self._price_of(market), self._risk_of(market), oracle_status.WITHDRAW):
            return False
    return True


@internal
@view
def _lets(price: IMarkPrice.MarketPrice, r: IMarketParams.Risk, action: uint256) -> bool:
    """
    @dev Whether a market's status, the guardian and the grace after them allow an action now.
    """
    return (
        oracle_status._mode(price.status, action) != oracle_status.NO
        and (r.paused >> action) & 1 == 0
        and (
            action != oracle_status.LIQUIDATE
            or block.timestamp >= max(price.liquidations_from, r.liquidations_from)
        )
    )


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
    for market: uint256 in range(1, MAX_MARKETS + 1):
        if active >> market == 0:
            break
        if market == skipped or (active >> market) & 1 == 0:
            continue
        r: IMarketParams.Risk = self._risk_of(market)
        resting: IOrderBook.OpenSize = empty(IOrderBook.OpenSize)
        if purpose == risk.OPENING or purpose == risk.WITHDRAWING:
            resting = self._resting(r.book, account)
        open_interest_wad: uint256 = 0
        escrow_wad: int256 = 0
        open_interest_wad, escrow_wad = ledger._load_market(market)
        position: IClearinghouse.Position = ledger._load_position(account, market)
        price: IMarkPrice.MarketPrice = self._price_of(market)
        price.funding_index_wad = ledger._owing_index(
            market, position.size_wad, price.funding_index_wad
        )
        at: uint256 = purpose
        if purpose == risk.LIQUIDATING and not self._lets(price, r, oracle_status.LIQUIDATE):
            # It may not be liquidated itself, nor keep what may from being liquidated.
            at = risk.KINDEST
        total = risk._add(
            total,
            risk._leg(
                position,
                price,
                r,
                resting,
                open_interest_wad,
                at,
            ),
        )
    return total


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


# One place for each question to a neighbour: decoding an answer is a good part of the code size.


@internal
def _poke(market: uint256) -> IMarkPrice.MarketPrice:
    return extcall _MARK.poke(market)


@internal
@view
def _price_of(market: uint256) -> IMarkPrice.MarketPrice:
    return staticcall _MARK.price(market)


@internal
@view
def _risk_of(market: uint256) -> IMarketParams.Risk:
    return staticcall _PARAMS.risk(market)


@internal
@view
def _resting(book: address, account: uint256) -> IOrderBook.OpenSize:
    return staticcall IOrderBook(book).open_size(account)


@internal
def _poke_others(active: uint256, skipped: uint256):
    for market: uint256 in range(1, MAX_MARKETS + 1):
        if active >> market == 0:
            break
        if market != skipped and (active >> market) & 1 == 1:
            self._poke(market)


# What more than one place refuses, in one place each: a reason costs a hundred bytes of code.


@internal
@view
def _check_caller(expected: address):
    assert msg.sender == expected, "clearinghouse: caller not allowed"


@internal
@pure
def _check_unwired(peer: address):
    assert peer == empty(address), "clearinghouse: already wired"


@internal
@pure
def _check_not_stopped(allowed: bool):
    assert allowed, "clearinghouse: stopped by oracle status or pause"


@internal
@pure
def _check_margin(met: bool):
    assert met, "clearinghouse: margin not met"


@internal
@pure
def _check_not_worse(room_wad: int256):
    assert room_wad >= 0, "clearinghouse: account left worse off"


@internal
@pure
def _check_account(account: uint256):
    assert account >> 96 != 0, "clearinghouse: account has no owner"
    assert account & _LOW_96 <= MAX_MARKETS, "clearinghouse: no such bucket"


@internal
@pure
def _check_may_hold(account: uint256, market: uint256):
    bucket: uint256 = account & _LOW_96
    assert bucket == 0 or bucket == market, "clearinghouse: isolated account of another market"


@internal
@pure
def _cross_account(owner: address) -> uint256:
    return convert(owner, uint256) << 96


# Views


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
    price: IMarkPrice.MarketPrice = self._price_of(market)
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
def health(account: uint256) -> IClearinghouse.Health:
    """
    @notice Equity and margins as if every market were poked and settled now.
    """
    return self._health(account, risk.OPENING)


@view
@external
def liquidation_health(account: uint256, market: uint256) -> (bool, IClearinghouse.Health):
    """
    @notice Whether positions in a market may be liquidated now, and the health that the account
            is judged by.
    """
    allowed: bool = self._lets(
        self._price_of(market), self._risk_of(market), oracle_status.LIQUIDATE
    )
    return allowed, self._liquidation_health(account)


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


@view
@external
@reentrant
def may_open(market: uint256) -> bool:
    """
    @notice Whether status and guardian let positions grow in a market now.
    """
    return self._lets(self._price_of(market), self._risk_of(market), oracle_status.OPEN)


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


@view
@external
@reentrant
def venue_kind(venue: address) -> uint256:
    """
    @notice What a peer may propose: 0 nothing, 2 liquidator, 3 deleverager, 4 pool.
    """
    if venue == self.liquidator:
        return LIQUIDATOR
    if venue == self.deleverager:
        return DELEVERAGER
    return POOL if venue == self.pool else 0
