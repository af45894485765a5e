# pragma version 0.4.3
# pragma nonreentrancy on
# pragma optimize codesize
"""
@title Liquidator
@license MIT
@notice Anyone may bring an account whose equity is below its maintenance margin. The account's
        orders are cancelled, then the rungs are tried in order: (a) the book, never worse than the
        bankruptcy price, by no more than restores health; (b) a keeper's own account takes over
        what the book can't, at a discount that grows as health falls; (c) the insurance pool takes
        position and remaining margin; where it refuses, that everything has failed is recorded
        for the deleverager. The keeper is paid from the penalty first, then by the pool.
@custom:units `_wad` is 18 decimals: sizes base, everything else quote.
@custom:invariant INV-10 only below maintenance; INV-11 E/MM rises in a partial liquidation;
                  INV-12 keeper pay within its clamp, never from a bystander.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IInsurancePool
from contracts.interfaces import ILiquidator
from contracts.interfaces import IMarginVault
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams
from contracts.interfaces import IOrderBook

implements: ILiquidator

from contracts.modules import codes
from contracts.modules import limits
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


event LadderExhausted:
    account: indexed(uint256)
    market: indexed(uint256)
    keeper: indexed(address)
    size_wad: int256
    mark_wad: uint256
    equity_wad: int256
    maintenance_wad: uint256


# A keeper may not keep the book from filling: not to hand the position to the pool instead, and
# not to cut one liquidation into many, each with the least reward.
LEAST_FILLS: constant(uint256) = 8
CLIP_MEMORY: constant(uint256) = 20  # cool-downs after which a large position starts over

_CLEARINGHOUSE: immutable(IClearinghouse)
_PARAMS: immutable(IMarketParams)
_MARK: immutable(IMarkPrice)
_POOL: immutable(IInsurancePool)
_VAULT: immutable(IMarginVault)

# When the first clip of a large position was taken, by account and market.
first_clip_at: public(HashMap[uint256, HashMap[uint256, uint256]])
# When neither book nor pool could act, by account and market: what deleveraging waits for.
exhausted_at: public(HashMap[uint256, HashMap[uint256, uint256]])
# Liquidated and paid for since a cool-down began, by account and market, lowest bits first:
# beginning 64 | notional 96 | paid 96.
_rewarded: HashMap[uint256, HashMap[uint256, uint256]]


# What one liquidation knows of its target.
struct Target:
    account: uint256
    market: uint256
    size_wad: int256
    price: IMarkPrice.MarketPrice
    risk: IMarketParams.Risk
    rules: IMarketParams.Liquidation
    health: IClearinghouse.Health  # whole account at mark, which sizes and prices are made from
    leg_maintenance_wad: uint256
    notional_wad: uint256


@deploy
def __init__(clearinghouse: address, params: address, mark: address, pool: address, vault: address):
    """
    @param pool The insurance pool, which stands behind the book.
    @param vault Who knows which operators may act for an account.
    """
    _CLEARINGHOUSE = IClearinghouse(clearinghouse)
    _PARAMS = IMarketParams(params)
    _MARK = IMarkPrice(mark)
    _POOL = IInsurancePool(pool)
    _VAULT = IMarginVault(vault)


@external
def liquidate(account: uint256, market: uint256, max_fills: uint256) -> uint256:
    """
    @notice Liquidate as much of `account` in `market` as its health asks for. Anyone may call.
    @param max_fills Most makers to trade with on the book, 8 or more.
    @return The rung that acted: 0 book, 2 backstop, 3 none: the account is failing, and the pool
            refused it, which is recorded.
    """
    assert max_fills >= LEAST_FILLS, "liquidator: too few fills"
    t: Target = self._begin(account, market)
    filled_wad: uint256 = 0
    notional_wad: uint256 = 0
    penalty_wad: uint256 = 0
    filled_wad, notional_wad, penalty_wad = self._take(t, max_fills)
    rung: uint256 = codes.RUNG_BOOK
    given_wad: uint256 = penalty_wad
    if filled_wad == 0:
        assert self._failing(t), "liquidator: no rung could act"
        if not self._try_backstop(t):
            self._record_exhausted(t)
            return codes.RUNG_NONE
        rung = codes.RUNG_BACKSTOP
        filled_wad = convert(abs(t.size_wad), uint256)
        notional_wad = t.notional_wad
        given_wad = fixed_point._mul_div_down(
            convert(max(t.health.equity_wad, 0), uint256),
            t.leg_maintenance_wad,
            t.health.maintenance_wad,
        )
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
    @return Size taken.
    """
    assert staticcall _VAULT.may_act(receiver, msg.sender), "liquidator: not the receiver's actor"
    t: Target = self._begin(account, market)
    asked_wad: uint256 = self._size(t)
    # Makers that can no longer pay are no book: they are tried, and cancelled, not believed.
    filled_wad: uint256 = 0
    notional_wad: uint256 = 0
    penalty_wad: uint256 = 0
    filled_wad, notional_wad, penalty_wad = extcall IOrderBook(t.risk.book).take_for(
        account, t.size_wad < 0, asked_wad, self._limit_price(t), limits.MAX_FILLS
    )
    assert filled_wad == 0, "liquidator: the book can fill"
    taken_wad: uint256 = min(asked_wad, self._lots_down(t, size_wad))
    assert taken_wad > 0, "liquidator: size below a lot"
    price_wad: uint256 = self._takeover_price(t)
    extcall _CLEARINGHOUSE.cross(market, account, receiver, taken_wad, price_wad)
    notional_wad = fixed_point._mul_wad_down(taken_wad, price_wad)
    self._log_liquidated(t, codes.RUNG_TAKEOVER, taken_wad, notional_wad, 0, 0)
    return taken_wad


@view
@external
def takeover_price(account: uint256, market: uint256) -> uint256:
    """
    @notice What a takeover would pay per base now: P * (1 - sgn(s) * ABR * mmr * k), with
            ABR = clamp(slope * (1 - E/MM), 0, 1), on the grid and better than bankruptcy. 0 where
            the account is not liquidatable or holds nothing in the market.
    """
    t: Target = self._liquidatable_target(account, market)
    return 0 if t.size_wad == 0 else self._takeover_price(t)


@view
@external
def liquidation_size(account: uint256, market: uint256) -> (uint256, uint256):
    """
    @notice What a liquidation would try on the book now: size, and the worst price it may take.
            Zeros where the account is not liquidatable or holds nothing in the market.
    """
    t: Target = self._liquidatable_target(account, market)
    if t.size_wad == 0:
        return 0, 0
    return self._size(t), self._limit_price(t)


@internal
def _begin(account: uint256, market: uint256) -> Target:
    """
    @dev Whoever comes: a market poked, an account below maintenance, and no orders left to it.
    """
    price: IMarkPrice.MarketPrice = extcall _MARK.poke(market)
    allowed: bool = False
    health: IClearinghouse.Health = empty(IClearinghouse.Health)
    allowed, health = staticcall _CLEARINGHOUSE.liquidation_health(account, market)
    assert allowed, "liquidator: liquidation not allowed now"
    assert health.equity_wad < convert(
        health.maintenance_wad, int256
    ), "liquidator: account is healthy"
    self._cancel_orders(account)
    t: Target = self._target(account, market, price)
    assert t.size_wad != 0, "liquidator: no position in this market"
    if account >> 96 == convert(_POOL.address, uint256):
        # What it may lose is insurance, and comes first: `restore` puts it behind the position.
        assert (
            staticcall _POOL.spare_wad(market) == 0
        ), "liquidator: pool has not put its cash behind it"
    return t


@internal
@view
def _liquidatable_target(account: uint256, market: uint256) -> Target:
    """
    @dev Empty where a liquidation would be refused.
    """
    allowed: bool = False
    health: IClearinghouse.Health = empty(IClearinghouse.Health)
    allowed, health = staticcall _CLEARINGHOUSE.liquidation_health(account, market)
    if not allowed or health.equity_wad >= convert(health.maintenance_wad, int256):
        return empty(Target)
    return self._target(account, market, staticcall _MARK.price(market))


@internal
def _cancel_orders(account: uint256):
    active: uint256 = staticcall _CLEARINGHOUSE.active_markets(account)
    for market: uint256 in range(1, limits.MAX_MARKETS + 1):
        if (active >> market) & 1 == 1:
            book: address = (staticcall _PARAMS.risk(market)).book
            extcall IOrderBook(book).cancel_all_of(account, limits.MAX_OPEN)


@internal
@view
def _target(
    account: uint256,
    market: uint256,
    price: IMarkPrice.MarketPrice,
) -> Target:
    t: Target = empty(Target)
    t.account = account
    t.market = market
    t.size_wad = staticcall _CLEARINGHOUSE.size_of(account, market)
    t.price = price
    t.risk = staticcall _PARAMS.risk(market)
    t.rules = staticcall _PARAMS.liquidation(market)
    t.health = staticcall _CLEARINGHOUSE.health(account)
    t.notional_wad = fixed_point._mul_wad_up(convert(abs(t.size_wad), uint256), price.mark_wad)
    t.leg_maintenance_wad = risk._maintenance_up(t.notional_wad, t.risk)
    return t


@internal
def _take(t: Target, max_fills: uint256) -> (uint256, uint256, uint256):
    """
    @dev Rung (a). A large position gives a first clip and then rests for a cool-down, unless
         the account is so far gone that all of it must go.
    """
    size_wad: uint256 = self._size(t)
    whole_wad: uint256 = convert(abs(t.size_wad), uint256)
    if t.notional_wad > t.rules.large_notional_wad and not self._failing(t):
        clipped_at: uint256 = self.first_clip_at[t.account][t.market]
        elapsed_s: uint256 = block.timestamp - clipped_at
        assert (
            clipped_at == 0 or elapsed_s >= t.rules.cooldown_s
        ), "liquidator: large position is cooling down"
        if clipped_at == 0 or elapsed_s > CLIP_MEMORY * t.rules.cooldown_s:
            clip_wad: uint256 = self._lots_up(
                t, fixed_point._mul_wad_up(whole_wad, t.rules.first_clip_wad)
            )
            size_wad = min(size_wad, clip_wad)
            self.first_clip_at[t.account][t.market] = block.timestamp
    return extcall IOrderBook(t.risk.book).take_for(
        t.account, t.size_wad < 0, size_wad, self._limit_price(t), max_fills
    )


@internal
def _try_backstop(t: Target) -> bool:
    """
    @dev Rung (c). The pool refuses by reverting, which must not stop the ladder.
    """
    return raw_call(
        _POOL.address,
        abi_encode(t.market, t.account, method_id=method_id("absorb(uint256,uint256)")),
        revert_on_failure=False,
    )


@internal
def _record_exhausted(t: Target):
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
def _log_liquidated(
    t: Target,
    rung: uint256,
    size_wad: uint256,
    notional_wad: uint256,
    penalty_wad: uint256,
    reward_wad: uint256,
):
    delta_wad: int256 = convert(size_wad, int256)
    if t.size_wad > 0:
        delta_wad = -delta_wad
    after: IClearinghouse.Health = staticcall _CLEARINGHOUSE.health(t.account)
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
def _reward(t: Target, notional_wad: uint256, penalty_wad: uint256, given_wad: uint256) -> uint256:
    """
    @dev Keeper reward = clamp(cost + ratio * N, min, max), from the penalty first and then from
         the pool; what the penalty leaves goes to the pool. N is all that was liquidated since
         the cool-down began, and what was paid in it is taken off: to cut one liquidation into
         many earns nothing. And at most what the account has just given, plus of the pool's own
         what opening such a position costs at least, the maker's fee: to make an account for
         its liquidation earns nothing either.
    """
    word: uint256 = self._rewarded[t.account][t.market]
    if block.timestamp >= (word & limits.LOW_64) + t.rules.cooldown_s:
        word = block.timestamp
    total_wad: uint256 = min(((word >> 64) & limits.LOW_96) + notional_wad, limits.LOW_96)
    before_wad: uint256 = word >> 160
    due_wad: uint256 = min(
        max(
            t.rules.reward_cost_wad
            + fixed_point._mul_wad_down(total_wad, t.rules.reward_ratio_wad),
            t.rules.reward_min_wad,
        ),
        t.rules.reward_max_wad,
    )
    due_wad = min(
        due_wad - min(due_wad, before_wad),
        given_wad + notional_wad * t.risk.maker_fee_bps // limits.BPS,
    )
    keeper: uint256 = convert(msg.sender, uint256) << 96
    paid_wad: uint256 = min(due_wad, penalty_wad)
    if paid_wad > 0:
        extcall _CLEARINGHOUSE.pay(keeper, paid_wad)
    if penalty_wad > paid_wad:
        extcall _CLEARINGHOUSE.pay(convert(_POOL.address, uint256) << 96, penalty_wad - paid_wad)
    if due_wad > paid_wad:
        paid_wad += extcall _POOL.top_up(keeper, due_wad - paid_wad)
    self._rewarded[t.account][t.market] = (
        (word & limits.LOW_64) | total_wad << 64 | min(before_wad + paid_wad, limits.LOW_96) << 160
    )
    return paid_wad


@internal
@view
def _size(t: Target) -> uint256:
    """
    @dev x = ceil_lot((h*M - E) / (P * (h*mmr - phi))), phi = penalty + slippage: after it
         E = h*M. All of it where the account is failing, where closing frees nothing, or where
         less than the smallest order would be left.
    """
    whole_wad: uint256 = convert(abs(t.size_wad), uint256)
    rate_wad: uint256 = self._marginal_rate(t)
    freed_wad: uint256 = fixed_point._mul_wad_down(rate_wad, t.rules.target_wad)
    cost_wad: uint256 = t.risk.liquidation_fee_bps * 10**14 + t.rules.slippage_wad
    if self._failing(t) or freed_wad <= cost_wad:
        return whole_wad
    aim_wad: uint256 = fixed_point._mul_wad_up(t.health.maintenance_wad, t.rules.target_wad)
    short_wad: int256 = convert(aim_wad, int256) - t.health.equity_wad
    size_wad: uint256 = fixed_point._mul_div_up(
        convert(short_wad, uint256) * limits.WAD,
        limits.WAD,
        t.price.mark_wad * (freed_wad - cost_wad),
    )
    size_wad = self._lots_up(t, size_wad)
    if size_wad >= whole_wad:
        return whole_wad
    left_wad: uint256 = fixed_point._mul_wad_down(whole_wad - size_wad, t.price.mark_wad)
    grid: IMarketParams.Grid = staticcall _PARAMS.grid(t.market)
    return whole_wad if left_wad < grid.min_notional_wad else size_wad


@internal
@pure
def _failing(t: Target) -> bool:
    return t.health.equity_wad < convert(
        fixed_point._mul_wad_up(t.health.maintenance_wad, t.risk.backstop_wad), int256
    )


@internal
@pure
def _marginal_rate(t: Target) -> uint256:
    rate_wad: uint256 = t.risk.tier_mmr_wad[0]
    for k: uint256 in range(1, 4):
        if t.risk.tier_mmr_wad[k] == 0 or t.notional_wad < t.risk.tier_lower_wad[k]:
            break
        rate_wad = t.risk.tier_mmr_wad[k]
    return rate_wad


@internal
@view
def _limit_price(t: Target) -> uint256:
    """
    @dev The first price of the book's grid that is better than the bankruptcy price: a part
         closed there leaves E/MM higher. Of an account that already owes, each part has to win
         back its share at the highest tier's rate, because that is what goes first.
    """
    leg_wad: uint256 = t.leg_maintenance_wad
    if t.health.equity_wad < 0:
        leg_wad = fixed_point._mul_wad_up(t.notional_wad, self._marginal_rate(t))
    bankruptcy_wad: uint256 = risk._bankruptcy_price(
        t.size_wad,
        t.price.mark_wad,
        t.health.equity_wad,
        leg_wad,
        t.health.maintenance_wad,
    )
    tick_wad: uint256 = (staticcall _PARAMS.grid(t.market)).tick_wad
    if t.size_wad > 0:
        return (fixed_point._mul_div_down(bankruptcy_wad, 1, tick_wad) + 1) * tick_wad
    ticks: uint256 = fixed_point._mul_div_up(bankruptcy_wad, 1, tick_wad)
    return (max(ticks, 1) - 1) * tick_wad


@internal
@view
def _takeover_price(t: Target) -> uint256:
    """
    @dev On the grid point in the giver's favour, and never beyond the limit that the book has too.
    """
    fallen_wad: int256 = convert(limits.WAD, int256) - fixed_point._signed_div_up(
        t.health.equity_wad * convert(limits.WAD, int256), convert(t.health.maintenance_wad, int256)
    )
    ratio_wad: uint256 = min(
        fixed_point._mul_wad_down(convert(max(fallen_wad, 0), uint256), t.rules.takeover_slope_wad),
        limits.WAD,
    )
    discount_wad: uint256 = fixed_point._mul_wad_down(
        fixed_point._mul_wad_down(ratio_wad, self._marginal_rate(t)), t.rules.takeover_spread_wad
    )
    limit_wad: uint256 = self._limit_price(t)
    tick_wad: uint256 = (staticcall _PARAMS.grid(t.market)).tick_wad
    if t.size_wad > 0:
        wanted_wad: uint256 = fixed_point._mul_wad_up(
            t.price.mark_wad, limits.WAD - min(discount_wad, limits.WAD)
        )
        return max(fixed_point._mul_div_up(wanted_wad, 1, tick_wad) * tick_wad, limit_wad)
    offered_wad: uint256 = fixed_point._mul_wad_down(t.price.mark_wad, limits.WAD + discount_wad)
    return min(offered_wad // tick_wad * tick_wad, limit_wad)


@internal
@view
def _lots_down(t: Target, size_wad: uint256) -> uint256:
    lot_wad: uint256 = (staticcall _PARAMS.grid(t.market)).lot_wad
    return size_wad // lot_wad * lot_wad


@internal
@view
def _lots_up(t: Target, size_wad: uint256) -> uint256:
    lot_wad: uint256 = (staticcall _PARAMS.grid(t.market)).lot_wad
    return fixed_point._mul_div_up(size_wad, 1, lot_wad) * lot_wad
