# pragma version 0.4.3
"""
@title Where closing a position leaves nothing owed
@notice Bankruptcy prices on a grid on which every lot is worth a whole number of wei, so that
        handing a position over in parts loses nothing to rounding. Pure.
@custom:units Prices quote per base, 18 decimals.
"""

from contracts.interfaces import IClearinghouse
from contracts.interfaces import IMarketParams
from contracts.modules import limits
from contracts.modules.margin import risk
from contracts.modules.math import fixed_point


@internal
@pure
def _step(grid: IMarketParams.Grid) -> uint256:
    """
    @dev A price step that makes a lot's worth whole wei. Ticks always do; most lots allow finer.
    """
    if grid.lot_wad % limits.WAD == 0:
        return 1
    if limits.WAD % grid.lot_wad == 0:
        return limits.WAD // grid.lot_wad
    return grid.tick_wad


@internal
@pure
def _price(
    size_wad: int256,
    mark_wad: uint256,
    health: IClearinghouse.Health,
    leg_maintenance_wad: uint256,
    step_wad: uint256,
) -> uint256:
    """
    @dev The bankruptcy price of one of an account's positions, on the grid point next to it that
         leaves no deficit: up for a long, down for a short.
    """
    price_wad: uint256 = risk._bankruptcy_price(
        size_wad, mark_wad, health.equity_wad, leg_maintenance_wad, health.maintenance_wad
    )
    if size_wad > 0:
        return fixed_point._mul_div_up(price_wad, 1, step_wad) * step_wad
    return price_wad // step_wad * step_wad
