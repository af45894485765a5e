# pragma version 0.4.3
"""
@title Margin arithmetic, callable
@notice For tests of `margin/risk.vy`, `margin/liquidation_price.vy` and `oracle_status.vy`, modules.
@custom:units All 18 decimals.
"""

from contracts.interfaces import IMarketParams
from contracts.modules import oracle_status
from contracts.modules.margin import liquidation_price
from contracts.modules.margin import risk


@pure
@external
def maintenance(notional_wad: uint256, terms: IMarketParams.Risk) -> uint256:
    """
    @notice Maintenance margin of a notional.
    """
    return risk._maintenance_up(notional_wad, terms)


@pure
@external
def initial(
    notional_wad: uint256,
    terms: IMarketParams.Risk,
    open_interest_wad: uint256,
    index_wad: uint256,
) -> uint256:
    """
    @notice Initial margin of a notional while so much is open.
    """
    return risk._initial_up(notional_wad, terms, open_interest_wad, index_wad)


@pure
@external
def price_of_liquidation(size_wad: int256, rest_wad: int256, terms: IMarketParams.Risk) -> uint256:
    """
    @notice Where a position is liquidated, the rest of its account frozen.
    """
    return liquidation_price._liquidation_price(size_wad, rest_wad, terms)


@pure
@external
def price_of_bankruptcy(
    size_wad: int256,
    mark_wad: uint256,
    equity_wad: int256,
    leg_maintenance_wad: uint256,
    maintenance_wad: uint256,
) -> uint256:
    """
    @notice Where a position's share of its account's equity is gone.
    """
    return risk._bankruptcy_price(
        size_wad, mark_wad, equity_wad, leg_maintenance_wad, maintenance_wad
    )


@pure
@external
def mode(status: uint256, action: uint256) -> uint256:
    """
    @notice How a status allows an action.
    """
    return oracle_status._mode(status, action)
