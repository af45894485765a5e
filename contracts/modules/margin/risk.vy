# pragma version 0.4.3
"""
@title Margin arithmetic
@notice What one position is worth and what it needs. Pure: prices, parameters and position come
        in, a health goes out.
@custom:units All 18 decimals. Values round down, requirements and funding owed round up.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams
from contracts.interfaces import IOrderBook
from contracts.modules import limits
from contracts.modules import oracle_status
from contracts.modules.math import fixed_point


# What a health is computed for: which unrealised profit counts, and at which price.
OPENING: constant(uint256) = 0
WITHDRAWING: constant(uint256) = 1
LIQUIDATING: constant(uint256) = 2  # at the kindest price where the status says so; no IM
MAINTAINING: constant(uint256) = 3  # at mark; no IM


@internal
@pure
def _funding_owed_up(position: IClearinghouse.Position, funding_index_wad: int256) -> int256:
    # Up for both signs: a payer pays the odd wei, a receiver goes without it.
    return fixed_point._signed_mul_wad_up(
        position.size_wad, funding_index_wad - position.funding_index_wad
    )


@internal
@pure
def _tiered_up(
    notional_wad: uint256,
    lower_wad: uint256[limits.TIERS],
    rate_wad: uint256[limits.TIERS],
) -> uint256:
    """
    @dev N * rate_k - D_k with D_k = D_{k-1} + lower_k * (rate_k - rate_{k-1}), kept unrounded
         (36 decimals) until the end, so that the requirement is continuous in N.
    """
    rate: uint256 = rate_wad[0]
    deduction: uint256 = 0
    for k: uint256 in range(1, limits.TIERS):
        if rate_wad[k] == 0 or notional_wad < lower_wad[k]:
            break
        deduction += lower_wad[k] * (rate_wad[k] - rate)
        rate = rate_wad[k]
    return fixed_point._mul_div_up(notional_wad * rate - deduction, 1, limits.WAD)


@internal
@pure
def _maintenance_up(notional_wad: uint256, risk: IMarketParams.Risk) -> uint256:
    return self._tiered_up(notional_wad, risk.tier_lower_wad, risk.tier_mmr_wad)


@internal
@pure
def _initial_up(
    notional_wad: uint256,
    risk: IMarketParams.Risk,
    open_interest_wad: uint256,
    index_wad: uint256,
) -> uint256:
    """
    @dev imr' = imr + (1 - imr) * u for every tier is the same as IM' = IM + (N - IM) * u.
    """
    base_wad: uint256 = self._tiered_up(notional_wad, risk.tier_lower_wad, risk.tier_imr_wad)
    interest_wad: uint256 = fixed_point._mul_wad_up(open_interest_wad, index_wad)
    if interest_wad <= risk.oi_lo_wad or base_wad >= notional_wad:
        return base_wad
    if interest_wad >= risk.oi_hi_wad:
        return notional_wad
    return base_wad + fixed_point._mul_div_up(
        notional_wad - base_wad, interest_wad - risk.oi_lo_wad, risk.oi_hi_wad - risk.oi_lo_wad
    )


@internal
@pure
def _leg(
    position: IClearinghouse.Position,
    price: IMarkPrice.MarketPrice,
    risk: IMarketParams.Risk,
    resting: IOrderBook.OpenSize,
    open_interest_wad: uint256,
    purpose: uint256,
) -> IClearinghouse.Health:
    """
    @dev One market's part of an account's health, funding owed up to now included.
    """
    size_wad: int256 = position.size_wad
    mark_wad: uint256 = price.mark_wad
    owed_wad: int256 = self._funding_owed_up(position, price.funding_index_wad)
    if (
        purpose == LIQUIDATING
        and oracle_status._mode(price.status, oracle_status.LIQUIDATE) == oracle_status.KIND
    ):
        mark_wad = (max(mark_wad, price.high_wad) if size_wad > 0 else min(mark_wad, price.low_wad))
    profit_wad: int256 = self._profit_down(position, mark_wad)
    magnitude_wad: uint256 = convert(abs(size_wad), uint256)
    notional_wad: uint256 = fixed_point._mul_wad_up(magnitude_wad, mark_wad)
    health: IClearinghouse.Health = IClearinghouse.Health(
        equity_wad=profit_wad - owed_wad,
        margin_equity_wad=0,
        initial_wad=0,
        maintenance_wad=self._maintenance_up(notional_wad, risk),
        notional_wad=notional_wad,
    )
    if purpose >= LIQUIDATING:
        return health

    weighed_wad: int256 = profit_wad
    action: uint256 = (oracle_status.OPEN if purpose == OPENING else oracle_status.WITHDRAW)
    if oracle_status._mode(price.status, action) == oracle_status.EDGE:
        edge_wad: uint256 = mark_wad - min(mark_wad, price.conf_wad)
        if size_wad < 0:
            edge_wad = mark_wad + price.conf_wad
        weighed_wad = self._profit_down(position, edge_wad)
    if weighed_wad > 0:
        weight_wad: uint256 = (
            risk.im_upnl_weight_wad if purpose == OPENING else risk.withdraw_upnl_weight_wad
        )
        weighed_wad = convert(
            fixed_point._mul_wad_down(convert(weighed_wad, uint256), weight_wad), int256
        )
    health.margin_equity_wad = weighed_wad - owed_wad

    if_bought_wad: uint256 = convert(abs(size_wad + convert(resting.buys_wad, int256)), uint256)
    if_sold_wad: uint256 = convert(abs(size_wad - convert(resting.sells_wad, int256)), uint256)
    worst_wad: uint256 = max(magnitude_wad, max(if_bought_wad, if_sold_wad))
    worst_wad = fixed_point._mul_wad_up(worst_wad, mark_wad)
    health.initial_wad = self._initial_up(worst_wad, risk, open_interest_wad, price.index_wad)
    if position.max_leverage != 0:
        health.initial_wad = max(
            health.initial_wad, fixed_point._mul_div_up(worst_wad, 1, position.max_leverage)
        )
    return health


@internal
@pure
def _profit_down(position: IClearinghouse.Position, price_wad: uint256) -> int256:
    return (
        fixed_point._signed_mul_wad_down(position.size_wad, convert(price_wad, int256))
        + position.quote_wad
    )


@internal
@pure
def _add(a: IClearinghouse.Health, b: IClearinghouse.Health) -> IClearinghouse.Health:
    return IClearinghouse.Health(
        equity_wad=a.equity_wad + b.equity_wad,
        margin_equity_wad=a.margin_equity_wad + b.margin_equity_wad,
        initial_wad=a.initial_wad + b.initial_wad,
        maintenance_wad=a.maintenance_wad + b.maintenance_wad,
        notional_wad=a.notional_wad + b.notional_wad,
    )


@internal
@pure
def _ratio_fell(before: IClearinghouse.Health, after: IClearinghouse.Health) -> bool:
    """
    @dev E/MM after < E/MM before, cross-multiplied; with nothing left to maintain the account
         must simply not owe.
    """
    return (
        after.equity_wad * convert(before.maintenance_wad, int256)
        < before.equity_wad * convert(after.maintenance_wad, int256)
    )


@internal
@pure
def _shrank(size_before_wad: int256, size_after_wad: int256) -> bool:
    if size_before_wad > 0:
        return size_after_wad >= 0 and size_after_wad < size_before_wad
    return size_after_wad <= 0 and size_after_wad > size_before_wad


@internal
@pure
def _bankruptcy_shift_down(
    size_wad: int256, equity_wad: int256, leg_maintenance_wad: uint256, maintenance_wad: uint256
) -> int256:
    """
    @dev E * (MM_i / sum MM) / |s|: how far mark may move against the position until its share of
         the account's equity is gone. Down, so that the price it gives is on the account's side.
    """
    return fixed_point._signed_div_down(
        equity_wad * convert(leg_maintenance_wad, int256) * convert(limits.WAD, int256),
        convert(maintenance_wad, int256) * abs(size_wad),
    )


@internal
@pure
def _bankruptcy_price(
    size_wad: int256,
    mark_wad: uint256,
    equity_wad: int256,
    leg_maintenance_wad: uint256,
    maintenance_wad: uint256,
) -> uint256:
    """
    @dev P_bk = P - sgn(s) * E * (MM_i / sum MM) / |s|, at least 0. A long's is rounded up and a
         short's down: closing there never leaves a deficit.
    """
    shift_wad: int256 = self._bankruptcy_shift_down(
        size_wad, equity_wad, leg_maintenance_wad, maintenance_wad
    )
    price_wad: int256 = convert(mark_wad, int256)
    price_wad += -shift_wad if size_wad > 0 else shift_wad
    return convert(max(price_wad, 0), uint256)
