# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Liquidator
@license MIT
@notice Anyone may bring an account whose equity is below its maintenance margin. The account's
        orders are cancelled, then the rungs are tried in order: (a) the book, by no more than
        restores health, never worse than (b) pays or, once the account is failing, than the
        bankruptcy price; (b) a keeper's own account takes over what the book can't, at a discount
        that grows as health falls; (c) the insurance pool takes position and remaining margin;
        where it refuses, that everything has failed is recorded for the deleverager. The keeper is paid from the penalty first, then by the pool.
@custom:units `_wad` is 18 decimals: sizes base, everything else quote.
@custom:invariant INV-10 only below maintenance; INV-11 E/MM rises in a partial liquidation;
                  INV-12 keeper pay within its clamp, never from a bystander.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IInsurancePool
from contracts.interfaces import ILiquidator
from contracts.interfaces import IMarginVault
from contracts.interfaces import IMarketParams
from contracts.interfaces import IOrderBook

implements: ILiquidator

from contracts.modules import accounts
from contracts.modules import codes
from contracts.modules import limits
from contracts.modules.liquidation import keeper_reward
from contracts.modules.liquidation import liquidation_rules
from contracts.modules.margin import risk
from contracts.modules.math import fixed_point


event AccountLiquidated:
    account: indexed(uint256)
    market: indexed(uint256)
    keeper: indexed(address)
    rung: uint256
    size_delta_wad: int256
    notional_wad: uint256
    penalty_wad: uint256
    reward_wad: uint256
    mark_wad: uint256
    equity_before_wad: int256
    maintenance_before_wad: uint256
    equity_after_wad: int256
    maintenance_after_wad: uint256


event BookSwept:
    account: indexed(uint256)
    market: indexed(uint256)
    keeper: indexed(address)


event LadderExhausted:
    account: indexed(uint256)
    market: indexed(uint256)
    keeper: indexed(address)
    size_wad: int256
    mark_wad: uint256
    equity_wad: int256
    maintenance_wad: uint256


struct Clip:
    at: uint256  # when it was last filled; 0: never
    left_wad: uint256  # what it lacks; 0: whole, and the cool-down runs from `at`


# A keeper may not keep the book from filling: not to hand the position to the pool instead, and
# not to cut one liquidation into many, each with the least reward.
LEAST_FILLS: constant(uint256) = 8
MOST_ELSEWHERE: constant(uint256) = 32  # orders cancelled in other markets than the liquidated one
CLIP_MEMORY: constant(uint256) = 20  # cool-downs after which a large position starts over
LEAST_GAS_LEFT: constant(uint256) = 8  # the part of the gas that a real refusal leaves, at least

_CLEARINGHOUSE: immutable(IClearinghouse)
_PARAMS: immutable(IMarketParams)
_POOL: immutable(IInsurancePool)
_VAULT: immutable(IMarginVault)

# The first clip of a large position, by account and market.
clips: public(HashMap[uint256, HashMap[uint256, Clip]])
# When neither book nor pool could act, by account and market: what deleveraging waits for.
exhausted_at: public(HashMap[uint256, HashMap[uint256, uint256]])
# Liquidated and paid for since a cool-down began, by account and market: a `keeper_reward` word.
_rewarded: HashMap[uint256, HashMap[uint256, uint256]]


@deploy
def __init__(clearinghouse: address, params: address, pool: address, vault: address):
    """
    @param pool The insurance pool, which stands behind the book.
    @param vault Who knows which operators may act for an account.
    """
    _CLEARINGHOUSE = IClearinghouse(clearinghouse)
    _PARAMS = IMarketParams(params)
    _POOL = IInsurancePool(pool)
    _VAULT = IMarginVault(vault)


@external
def liquidate(account: uint256, market: uint256, max_fills: uint256) -> uint256:
    """
    @notice Liquidate as much of `account` in `market` as its health asks for. Anyone may call.
    @param max_fills Most makers to trade with on the book, 8 or more.
    @return The rung that acted: 0 book, 2 backstop, 3 none: the account is failing, and the pool
            refused it, which is recorded; 4 none yet: dead orders were cleared off the book, and
            behind them it is still to be searched.
    """
    assert max_fills >= LEAST_FILLS, "liquidator: too few fills"
    t: liquidation_rules.Target = self._begin(account, market)
    outcome: uint256 = 0
    filled_wad: uint256 = 0
    notional_wad: uint256 = 0
    penalty_wad: uint256 = 0
    outcome, filled_wad, notional_wad, penalty_wad = self._take(t, max_fills)
    if outcome == codes.TAKE_UNFINISHED:
        self._log_swept(t)
        return codes.RUNG_SWEPT
    rung: uint256 = codes.RUNG_BOOK
    given_wad: uint256 = penalty_wad
    if filled_wad == 0:
        assert liquidation_rules._failing(t), "liquidator: no rung could act"
        if not self._try_backstop(t):
            self._record_exhausted(t)
            return codes.RUNG_NONE
        rung = codes.RUNG_BACKSTOP
        filled_wad = convert(abs(t.size_wad), uint256)
        notional_wad = t.notional_wad
        given_wad = liquidation_rules._share_of_equity(t)
    reward_wad: uint256 = self._reward(t, notional_wad, penalty_wad, given_wad)
    self._log_liquidated(t, rung, filled_wad, notional_wad, penalty_wad, reward_wad)
    return rung


@external
def take_over(account: uint256, market: uint256, size_wad: uint256, receiver: uint256) -> uint256:
    """
    @notice Take over as much of a liquidatable position as its health asks for, at
            `takeover_price`, into an account of the caller, which must hold its margin. Only where
            the book can't fill at the account's limit. The discount is the whole reward.
    @param size_wad Most to take; more than health asks for takes just that.
    @param receiver An account that the caller owns or operates.
    @return Size taken; 0 where the book is still to be searched, see `liquidate`.
    """
    assert staticcall _VAULT.may_act(receiver, msg.sender), "liquidator: not the receiver's actor"
    t: liquidation_rules.Target = self._begin(account, market)
    asked_wad: uint256 = liquidation_rules._size(t)
    # Makers that can no longer pay are no book: they are tried, and cancelled, not believed.
    outcome: uint256 = 0
    filled_wad: uint256 = 0
    notional_wad: uint256 = 0
    penalty_wad: uint256 = 0
    outcome, filled_wad, notional_wad, penalty_wad = extcall IOrderBook(t.risk.book).take_for(
        account,
        t.size_wad < 0,
        asked_wad,
        liquidation_rules._book_limit(t),
        limits.MAX_FILLS,
        t.opens,
    )
    if outcome == codes.TAKE_UNFINISHED:
        self._log_swept(t)
        return 0
    assert filled_wad == 0, "liquidator: the book can fill"
    taken_wad: uint256 = min(asked_wad, liquidation_rules._lots_down(t, size_wad))
    assert taken_wad > 0, "liquidator: size below a lot"
    price_wad: uint256 = liquidation_rules._takeover_price(t)
    extcall _CLEARINGHOUSE.cross(market, account, receiver, taken_wad, price_wad)
    notional_wad = fixed_point._mul_wad_down(taken_wad, price_wad)
    self._log_liquidated(t, codes.RUNG_TAKEOVER, taken_wad, notional_wad, 0, 0)
    return taken_wad


@view
@external
def takeover_price(account: uint256, market: uint256) -> uint256:
    """
    @notice What a takeover would pay per base now: see `liquidation_rules._takeover_price`. 0 where
            the account is not liquidatable or holds nothing in the market.
    """
    t: liquidation_rules.Target = self._liquidatable_target(account, market)
    return 0 if t.size_wad == 0 else liquidation_rules._takeover_price(t)


@view
@external
def takeover_size(account: uint256, market: uint256) -> uint256:
    """
    @notice The most that a takeover would take now: what health asks for, clip or no clip. 0 where
            the account is not liquidatable or holds nothing in the market.
    """
    t: liquidation_rules.Target = self._liquidatable_target(account, market)
    return 0 if t.size_wad == 0 else liquidation_rules._size(t)


@view
@external
def liquidation_size(account: uint256, market: uint256) -> (uint256, uint256):
    """
    @notice What a liquidation would try on the book now: size, and the worst price it may take.
            Zeros where the account is not liquidatable or holds nothing in the market; no size
            while a large position cools down.
    """
    t: liquidation_rules.Target = self._liquidatable_target(account, market)
    if t.size_wad == 0:
        return 0, 0
    size_wad: uint256 = 0
    left_wad: uint256 = 0
    size_wad, left_wad = self._clipped(t)
    return size_wad, liquidation_rules._book_limit(t)


@internal
def _begin(account: uint256, market: uint256) -> liquidation_rules.Target:
    """
    @dev Whoever comes: a market poked, an account below maintenance, and no orders left to it.
    """
    subject: IClearinghouse.Subject = extcall _CLEARINGHOUSE.poke_for_liquidation(account, market)
    assert subject.allowed, "liquidator: liquidation not allowed now"
    assert self._is_below(subject.judged), "liquidator: account is healthy"
    self._cancel_orders(account, market, subject)
    assert subject.size_wad != 0, "liquidator: no position in this market"
    if account >> 96 == convert(_POOL.address, uint256):
        # What it may lose is insurance, and comes first: `restore` puts it behind the position.
        assert (
            staticcall _POOL.spare_wad(market) == 0
        ), "liquidator: pool has not put its cash behind it"
    return self._target(account, market, subject)


@internal
@view
def _liquidatable_target(account: uint256, market: uint256) -> liquidation_rules.Target:
    """
    @dev Empty where a liquidation would be refused.
    """
    subject: IClearinghouse.Subject = staticcall _CLEARINGHOUSE.liquidation_subject(account, market)
    if not (subject.allowed and self._is_below(subject.judged)):
        return empty(liquidation_rules.Target)
    return self._target(account, market, subject)


@internal
@pure
def _is_below(health: IClearinghouse.Health) -> bool:
    return health.equity_wad < convert(health.maintenance_wad, int256)


@internal
def _cancel_orders(account: uint256, market: uint256, subject: IClearinghouse.Subject):
    """
    @dev All in the market that is liquidated, and elsewhere as many as leave the call affordable:
         what stays binds no maintenance, and could only be filled where it reduces.
    """
    extcall IOrderBook(subject.risk.book).cancel_all_of(account, limits.MAX_OPEN)
    left: uint256 = MOST_ELSEWHERE
    for other: uint256 in range(1, limits.MAX_MARKETS + 1):
        if left == 0 or subject.active >> other == 0:
            break
        if other != market and (subject.active >> other) & 1 == 1:
            book: address = (staticcall _PARAMS.risk(other)).book
            left -= extcall IOrderBook(book).cancel_all_of(account, left)


@internal
@view
def _target(
    account: uint256, market: uint256, subject: IClearinghouse.Subject
) -> liquidation_rules.Target:
    t: liquidation_rules.Target = empty(liquidation_rules.Target)
    t.account = account
    t.market = market
    t.opens = subject.opens
    t.size_wad = subject.size_wad
    t.price = subject.price
    t.risk = subject.risk
    t.grid, t.rules = staticcall _PARAMS.liquidation_terms(market)
    t.health = subject.at_mark
    t.notional_wad = fixed_point._mul_wad_up(convert(abs(t.size_wad), uint256), t.price.mark_wad)
    t.leg_maintenance_wad = risk._maintenance_up(t.notional_wad, t.risk)
    t.marginal_rate_wad = liquidation_rules._marginal_rate(t.notional_wad, t.risk)
    return t


@internal
def _take(t: liquidation_rules.Target, max_fills: uint256) -> (uint256, uint256, uint256, uint256):
    """
    @dev Rung (a). A large position gives a first clip and then rests for a cool-down, unless
         the account is so far gone that all of it must go. A clip filled in part is not over.
    """
    size_wad: uint256 = 0
    left_wad: uint256 = 0
    size_wad, left_wad = self._clipped(t)
    assert size_wad != 0, "liquidator: large position is cooling down"
    outcome: uint256 = 0
    filled_wad: uint256 = 0
    notional_wad: uint256 = 0
    penalty_wad: uint256 = 0
    outcome, filled_wad, notional_wad, penalty_wad = extcall IOrderBook(t.risk.book).take_for(
        t.account, t.size_wad < 0, size_wad, liquidation_rules._book_limit(t), max_fills, t.opens
    )
    if left_wad != 0 and filled_wad != 0:
        self.clips[t.account][t.market] = Clip(
            at=block.timestamp, left_wad=left_wad - min(filled_wad, left_wad)
        )
    return outcome, filled_wad, notional_wad, penalty_wad


@internal
@view
def _clipped(t: liquidation_rules.Target) -> (uint256, uint256):
    """
    @dev What the book is asked for, 0 in a cool-down; and what a first clip lacks, 0 if it is none.
         One that nobody went on with for a cool-down begins anew: its rest says nothing of today's
         position.
    """
    size_wad: uint256 = liquidation_rules._size(t)
    if not liquidation_rules._rests_between_clips(t):
        return size_wad, 0
    clip: Clip = self.clips[t.account][t.market]
    if clip.at != 0:
        elapsed_s: uint256 = block.timestamp - clip.at
        if elapsed_s < t.rules.cooldown_s:
            return min(size_wad, clip.left_wad), clip.left_wad
        if clip.left_wad == 0 and elapsed_s <= CLIP_MEMORY * t.rules.cooldown_s:
            return size_wad, 0
    left_wad: uint256 = liquidation_rules._first_clip(t)
    return min(size_wad, left_wad), left_wad


@internal
def _try_backstop(t: liquidation_rules.Target) -> bool:
    """
    @dev Rung (c). The pool refuses by reverting, which must not stop the ladder. Who runs out of gas
         at any depth leaves a few of the 64 parts of what was there: not asked, so not refused.
    """
    gas_before: uint256 = msg.gas
    absorbed: bool = raw_call(
        _POOL.address,
        abi_encode(t.market, t.account, method_id=method_id("absorb(uint256,uint256)")),
        revert_on_failure=False,
    )
    assert absorbed or msg.gas >= gas_before // LEAST_GAS_LEFT, "liquidator: too little gas"
    return absorbed


@internal
def _record_exhausted(t: liquidation_rules.Target):
    self.exhausted_at[t.account][t.market] = block.timestamp
    log LadderExhausted(
        account=t.account,
        market=t.market,
        keeper=msg.sender,
        size_wad=t.size_wad,
        mark_wad=t.price.mark_wad,
        equity_wad=t.health.equity_wad,
        maintenance_wad=t.health.maintenance_wad,
    )


@internal
def _log_swept(t: liquidation_rules.Target):
    log BookSwept(account=t.account, market=t.market, keeper=msg.sender)


@internal
def _log_liquidated(
    t: liquidation_rules.Target,
    rung: uint256,
    size_wad: uint256,
    notional_wad: uint256,
    penalty_wad: uint256,
    reward_wad: uint256,
):
    delta_wad: int256 = convert(size_wad, int256)
    if t.size_wad > 0:
        delta_wad = -delta_wad
    after: IClearinghouse.Health = staticcall _CLEARINGHOUSE.maintenance_health(t.account)
    log AccountLiquidated(
        account=t.account,
        market=t.market,
        keeper=msg.sender,
        rung=rung,
        size_delta_wad=delta_wad,
        notional_wad=notional_wad,
        penalty_wad=penalty_wad,
        reward_wad=reward_wad,
        mark_wad=t.price.mark_wad,
        equity_before_wad=t.health.equity_wad,
        maintenance_before_wad=t.health.maintenance_wad,
        equity_after_wad=after.equity_wad,
        maintenance_after_wad=after.maintenance_wad,
    )


@internal
def _reward(
    t: liquidation_rules.Target, notional_wad: uint256, penalty_wad: uint256, given_wad: uint256
) -> uint256:
    """
    @dev From the penalty first and then from the pool; what the penalty leaves goes to the pool.
    """
    tally: keeper_reward.Tally = keeper_reward._tally(
        self._rewarded[t.account][t.market], block.timestamp, t.rules.cooldown_s
    )
    tally.notional_wad += notional_wad
    due_wad: uint256 = keeper_reward._due_wad(
        tally, t.rules, notional_wad, given_wad, t.risk.maker_fee_bps
    )
    keeper: uint256 = accounts._cross_account(msg.sender)
    paid_wad: uint256 = min(due_wad, penalty_wad)
    if paid_wad > 0:
        extcall _CLEARINGHOUSE.pay(keeper, paid_wad)
    if penalty_wad > paid_wad:
        extcall _CLEARINGHOUSE.pay(accounts._cross_account(_POOL.address), penalty_wad - paid_wad)
    if due_wad > paid_wad:
        paid_wad += extcall _POOL.top_up(keeper, due_wad - paid_wad)
    tally.paid_wad += paid_wad
    self._rewarded[t.account][t.market] = keeper_reward._word(tally)
    return paid_wad
