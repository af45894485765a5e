# pragma version 0.4.3
"""
@title How much of a position is liquidated, and at which price
@notice Size, worst price on the book, price of a takeover and when an account is failing. Pure:
        what one liquidation knows of its target comes in, a size or a price goes out.
@custom:units Sizes base, prices quote per base, everything else quote, 18 decimals.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarkPrice
from contracts.interfaces import IMarketParams
from contracts.modules import limits
from contracts.modules.margin import risk
from contracts.modules.math import fixed_point


# What one liquidation knows of its target.
struct Target:
    account: uint256
    market: uint256
    opens: bool  # whether positions may grow in it
    size_wad: int256
    price: IMarkPrice.MarketPrice
    risk: IMarketParams.Risk
    grid: IMarketParams.Grid
    rules: IMarketParams.Liquidation
    health: IClearinghouse.Health  # whole account at mark, which sizes and prices are made from
    leg_maintenance_wad: uint256
    notional_wad: uint256
    marginal_rate_wad: uint256  # see `_marginal_rate`


_WAD_PER_BPS: constant(uint256) = limits.WAD // limits.BPS


@internal
@pure
def _failing(t: Target) -> bool:
    """
    @dev Whether equity is below the backstop share of maintenance: all of the position must go.
    """
    return t.health.equity_wad < convert(
        fixed_point._mul_wad_up(t.health.maintenance_wad, t.risk.backstop_wad), int256
    )


@internal
@pure
def _size(t: Target) -> uint256:
    """
    @dev x = ceil_lot((h*M - E) / (P * (h*mmr - phi))), phi = penalty + slippage: after it
         E = h*M. All of it where the account is failing, where closing frees nothing, or where
         less than the smallest order would be left.
    """
    whole_wad: uint256 = convert(abs(t.size_wad), uint256)
    rate_wad: uint256 = t.marginal_rate_wad
    freed_wad: uint256 = fixed_point._mul_wad_down(rate_wad, t.rules.target_wad)
    cost_wad: uint256 = t.risk.liquidation_fee_bps * _WAD_PER_BPS + t.rules.slippage_wad
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
    return whole_wad if left_wad < t.grid.min_notional_wad else size_wad


@internal
@pure
def _rests_between_clips(t: Target) -> bool:
    """
    @dev A large position goes in clips, unless the account is so far gone that all of it must go.
    """
    return t.notional_wad > t.rules.large_notional_wad and not self._failing(t)


@internal
@pure
def _first_clip(t: Target) -> uint256:
    whole_wad: uint256 = convert(abs(t.size_wad), uint256)
    return self._lots_up(t, fixed_point._mul_wad_up(whole_wad, t.rules.first_clip_wad))


@internal
@pure
def _limit_price(t: Target) -> uint256:
    """
    @dev The first price of the book's grid that is better than the bankruptcy price: a part
         closed there leaves E/MM higher. Of an account that already owes, each part has to win
         back its share at the highest tier's rate, because that is what goes first.
    """
    leg_wad: uint256 = t.leg_maintenance_wad
    if t.health.equity_wad < 0:
        leg_wad = fixed_point._mul_wad_up(t.notional_wad, t.marginal_rate_wad)
    bankruptcy_wad: uint256 = risk._bankruptcy_price(
        t.size_wad,
        t.price.mark_wad,
        t.health.equity_wad,
        leg_wad,
        t.health.maintenance_wad,
    )
    tick_wad: uint256 = t.grid.tick_wad
    if t.size_wad > 0:
        return (fixed_point._mul_div_down(bankruptcy_wad, 1, tick_wad) + 1) * tick_wad
    ticks: uint256 = fixed_point._mul_div_up(bankruptcy_wad, 1, tick_wad)
    return (max(ticks, 1) - 1) * tick_wad


@internal
@pure
def _book_limit(t: Target) -> uint256:
    """
    @dev The worst price of the book rung. Only a failing account may go to the limit: for any other
         the auction in health would be the better deal, and stands below the book.
    """
    return self._limit_price(t) if self._failing(t) else self._takeover_price(t)


@internal
@pure
def _takeover_price(t: Target) -> uint256:
    """
    @dev P * (1 - sgn(s) * ABR * mmr * k), ABR = clamp(slope * (1 - E/MM), 0, 1), on the grid point
         in the giver's favour, and never beyond the limit that the book has too.
    """
    fallen_wad: int256 = limits.SIGNED_WAD - fixed_point._signed_div_up(
        t.health.equity_wad * limits.SIGNED_WAD, convert(t.health.maintenance_wad, int256)
    )
    ratio_wad: uint256 = min(
        fixed_point._mul_wad_down(convert(max(fallen_wad, 0), uint256), t.rules.takeover_slope_wad),
        limits.WAD,
    )
    discount_wad: uint256 = fixed_point._mul_wad_down(
        fixed_point._mul_wad_down(ratio_wad, t.marginal_rate_wad), t.rules.takeover_spread_wad
    )
    limit_wad: uint256 = self._limit_price(t)
    tick_wad: uint256 = t.grid.tick_wad
    if t.size_wad > 0:
        wanted_wad: uint256 = fixed_point._mul_wad_up(
            t.price.mark_wad, limits.WAD - min(discount_wad, limits.WAD)
        )
        return max(fixed_point._mul_div_up(wanted_wad, 1, tick_wad) * tick_wad, limit_wad)
    offered_wad: uint256 = fixed_point._mul_wad_down(t.price.mark_wad, limits.WAD + discount_wad)
    return min(offered_wad // tick_wad * tick_wad, limit_wad)


@internal
@pure
def _share_of_equity(t: Target) -> uint256:
    """
    @dev What the account still had of its own in this position, down; nothing where it owes.
    """
    return fixed_point._mul_div_down(
        convert(max(t.health.equity_wad, 0), uint256),
        t.leg_maintenance_wad,
        t.health.maintenance_wad,
    )


@internal
@pure
def _marginal_rate(notional_wad: uint256, terms: IMarketParams.Risk) -> uint256:
    """
    @dev The maintenance ratio of the tier that a position's last part lies in.
    """
    rate_wad: uint256 = terms.tier_mmr_wad[0]
    for k: uint256 in range(1, limits.TIERS):
        if terms.tier_mmr_wad[k] == 0 or notional_wad < terms.tier_lower_wad[k]:
            break
        rate_wad = terms.tier_mmr_wad[k]
    return rate_wad


@internal
@pure
def _lots_down(t: Target, size_wad: uint256) -> uint256:
    return size_wad // t.grid.lot_wad * t.grid.lot_wad


@internal
@pure
def _lots_up(t: Target, size_wad: uint256) -> uint256:
    return fixed_point._mul_div_up(size_wad, 1, t.grid.lot_wad) * t.grid.lot_wad
