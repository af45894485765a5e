# pragma version 0.4.3
"""
@title Shares of the insurance pool
@notice What assets are in shares and back, with the virtual share and asset that make inflation of
        the first deposit too expensive (EIP-4626). Pure; the direction is in the name.
@custom:units Assets are raw collateral (6 decimals), shares have 18, a value per share is raw for
              10**18 shares with 18 more decimals.
"""

from contracts.modules import limits
from contracts.modules.math import fixed_point

VIRTUAL_SHARES: constant(uint256) = 10**12
VIRTUAL_ASSETS: constant(uint256) = 1
# A millionth of what a share is worth at first. Below it no share is sold: a stake of a unit would
# buy the pool, and the number of shares would grow beyond any bound.
LEAST_VALUE: constant(uint256) = limits.WAD // VIRTUAL_SHARES // 10**6


@internal
@pure
def _shares_down(assets: uint256, total: uint256, supply: uint256) -> uint256:
    return fixed_point._mul_div_down(assets, supply + VIRTUAL_SHARES, total + VIRTUAL_ASSETS)


@internal
@pure
def _shares_up(assets: uint256, total: uint256, supply: uint256) -> uint256:
    return fixed_point._mul_div_up(assets, supply + VIRTUAL_SHARES, total + VIRTUAL_ASSETS)


@internal
@pure
def _assets_down(shares: uint256, total: uint256, supply: uint256) -> uint256:
    return fixed_point._mul_div_down(shares, total + VIRTUAL_ASSETS, supply + VIRTUAL_SHARES)


@internal
@pure
def _assets_up(shares: uint256, total: uint256, supply: uint256) -> uint256:
    return fixed_point._mul_div_up(shares, total + VIRTUAL_ASSETS, supply + VIRTUAL_SHARES)


@internal
@pure
def _value_down(total: uint256, supply: uint256) -> uint256:
    """
    @dev Value per share.
    """
    return fixed_point._mul_div_down(
        (total + VIRTUAL_ASSETS) * limits.WAD, limits.WAD, supply + VIRTUAL_SHARES
    )


@internal
@pure
def _sells(total: uint256, supply: uint256) -> bool:
    """
    @dev Whether shares have a value that they can be sold at: never at zero total assets while
         there are shares of the past, nor close to it.
    """
    if supply == 0:
        return True
    return total > 0 and self._value_down(total, supply) >= LEAST_VALUE * limits.WAD
