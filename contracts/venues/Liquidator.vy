# pragma version 0.4.3
# pragma nonreentrancy on
# pragma optimize codesize
"""
@title Liquidator
@license MIT
@notice Anyone may bring an account whose equity is below its maintenance margin. The account's
        orders are cancelled, then the rungs are tried in order: (a) the book, never worse than the
        bankruptcy price, by no more than restores health; (c) the insurance pool takes position
        and remaining margin. The keeper is paid from the penalty first, then by the pool.
@custom:units `_wad` is 18 decimals: sizes base, everything else quote.
@custom:invariant INV-10 only below maintenance; INV-11 E/MM rises in a partial liquidation;
                  INV-12 keeper pay within its clamp, never from a bystander.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IInsurancePool
from contracts.interfaces import IMarketParams
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IOrderBook
from contracts.modules import fixed_point
from contracts.modules import risk


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


RUNG_BOOK: constant(uint256) = 0
RUNG_BACKSTOP: constant(uint256) = 2
MAX_MARKETS: constant(uint256) = 8  # as in the clearinghouse
MAX_ORDERS: constant(uint256) = 64  # most open orders of an account in one book
# A keeper may not keep the book from filling: not to hand the position to the pool instead, and
# not to cut one liquidation into many, each with the least reward.
LEAST_FILLS: constant(uint256) = 8
CLIP_MEMORY: constant(uint256) = 20  # cool-downs after which a large position starts over
_WAD: constant(uint256) = 10**18

_CLEARINGHOUSE: immutable(IClearinghouse)
_PARAMS: immutable(IMarketParams)
_MARK: immutable(IMarkPrice)
_POOL: immutable(IInsurancePool)

# When the first clip of a large position was taken, by account and market.
first_clip_at: public(HashMap[uint256, HashMap[uint256, uint256]])


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
def __init__(clearinghouse: address, params: address, mark: address, pool: address):
    """
    @param pool The insurance pool, which stands behind the book.
    """
    _CLEARINGHOUSE = IClearinghouse(clearinghouse)
    _PARAMS = IMarketParams(params)
    _MARK = IMarkPrice(mark)
    _POOL = IInsurancePool(pool)


@external
def liquidate(account: uint256, market: uint256, max_fills: uint256) -> uint256:
    """
    @notice Liquidate as much of `account` in `market` as its health asks for. Anyone may call.
    @param max_fills Most makers to trade with on the book, 8 or more.
    @return The rung that acted: 0 book, 2 backstop.
    """
    assert max_fills >= LEAST_FILLS, "liquidator: too few fills"
    price: IMarkPrice.MarketPrice = extcall _MARK.poke(market)
    allowed: bool = False
    health: IClearinghouse.Health = empty(IClearinghouse.Health)
    allowed, health = staticcall _CLEARINGHOUSE.liquidation_health(account)
    assert allowed, "liquidator: liquidation not allowed now"
    assert health.equity_wad < convert(
        health.maintenance_wad, int256
    ), "liquidator: account is healthy"
    self._cancel_orders(account)

    t: Target = self._target(account, market, price)
    assert t.size_wad != 0, "liquidator: no position in this market"
    filled_wad: uint256 = 0
    notional_wad: uint256 = 0
    penalty_wad: uint256 = 0
    filled_wad, notional_wad, penalty_wad = self._take(t, max_fills)
    rung: uint256 = RUNG_BOOK
    if filled_wad == 0:
        assert self._try_backstop(t), "liquidator: no rung could act"
        rung = RUNG_BACKSTOP
        filled_wad = convert(abs(t.size_wad), uint256)
        notional_wad = t.notional_wad
    reward_wad: uint256 = self._reward(t, notional_wad, penalty_wad)
    delta_wad: int256 = convert(filled_wad, int256)
    if t.size_wad > 0:
        delta_wad = -delta_wad
    after: IClearinghouse.Health = staticcall _CLEARINGHOUSE.health(account)
    log AccountLiquidated(
        account=account,
        market=market,
        keeper=msg.sender,
        rung=rung,
        size_delta_wad=delta_wad,
        notional_wad=notional_wad,
        penalty_wad=penalty_wad,
        reward_wad=reward_wad,
        mark_wad=price.mark_wad,
        equity_before_wad=t.health.equity_wad,
        maintenance_before_wad=t.health.maintenance_wad,
        equity_after_wad=after.equity_wad,
        maintenance_after_wad=after.maintenance_wad,
    )
    return rung


@view
@external
def liquidation_size(account: uint256, market: uint256) -> (uint256, uint256):
    """
    @notice What a liquidation would try on the book now: size, and the worst price it may take.
            Zeros where the account is not liquidatable or holds nothing in the market.
    """
    allowed: bool = False
    health: IClearinghouse.Health = empty(IClearinghouse.Health)
    allowed, health = staticcall _CLEARINGHOUSE.liquidation_health(account)
    if not allowed or health.equity_wad >= convert(health.maintenance_wad, int256):
        return 0, 0
    t: Target = self._target(account, market, staticcall _MARK.price(market))
    if t.size_wad == 0:
        return 0, 0
    return self._size(t), self._limit_price(t)


@internal
def _cancel_orders(account: uint256):
    active: uint256 = staticcall _CLEARINGHOUSE.active_markets(account)
    for market: uint256 in range(1, MAX_MARKETS + 1):
        if (active >> market) & 1 == 1:
            book: address = (staticcall _PARAMS.risk(market)).book
            extcall IOrderBook(book).cancel_all_of(account, MAX_ORDERS)


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
    @dev Rung (c), only for an account below the backstop share of its maintenance margin. The
         pool refuses by reverting, which must not stop the ladder.
    """
    if not self._failing(t):
        return False
    return raw_call(
        _POOL.address,
        abi_encode(t.market, t.account, method_id=method_id("absorb(uint256,uint256)")),
        revert_on_failure=False,
    )


@internal
def _reward(t: Target, notional_wad: uint256, penalty_wad: uint256) -> uint256:
    """
    @dev Keeper reward = clamp(cost + ratio * N, min, max), from the penalty first and then from
         the pool; what the penalty leaves goes to the pool.
    """
    due_wad: uint256 = min(
        max(
            t.rules.reward_cost_wad
            + fixed_point._mul_wad_down(notional_wad, t.rules.reward_ratio_wad),
            t.rules.reward_min_wad,
        ),
        t.rules.reward_max_wad,
    )
    keeper: uint256 = convert(msg.sender, uint256) << 96
    paid_wad: uint256 = min(due_wad, penalty_wad)
    if paid_wad > 0:
        extcall _CLEARINGHOUSE.pay(keeper, paid_wad)
    if penalty_wad > paid_wad:
        extcall _CLEARINGHOUSE.pay(convert(_POOL.address, uint256) << 96, penalty_wad - paid_wad)
    if due_wad > paid_wad:
        paid_wad += extcall _POOL.top_up(keeper, due_wad - paid_wad)
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
        convert(short_wad, uint256) * _WAD, _WAD, t.price.mark_wad * (freed_wad - cost_wad)
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
def _lots_up(t: Target, size_wad: uint256) -> uint256:
    lot_wad: uint256 = (staticcall _PARAMS.grid(t.market)).lot_wad
    return fixed_point._mul_div_up(size_wad, 1, lot_wad) * lot_wad
