# pragma version 0.4.3
"""
@title What a share of the insurance pool is worth
@notice Conversions between raw collateral and shares, all rounded against whoever asks. Pure.
@custom:units Assets and totals raw collateral (6 decimals), shares and supply 18 decimals.
"""

from contracts.modules import limits
from contracts.modules.math import fixed_point


# Virtual shares make the first deposit's rounding too expensive to exploit (EIP-4626, inflation).
_VIRTUAL_SHARES: constant(uint256) = 10**12
_VIRTUAL_ASSETS: constant(uint256) = 1


@internal
@pure
def _shares_down(assets: uint256, total: uint256, supply: uint256) -> uint256:
    return fixed_point._mul_div_down(assets, supply + _VIRTUAL_SHARES, total + _VIRTUAL_ASSETS)


@internal
@pure
def _share_value_down(total: uint256, supply: uint256) -> uint256:
    # Raw a share would be too coarse: 18 more decimals.
    return fixed_point._mul_div_down(
        (total + _VIRTUAL_ASSETS) * limits.WAD, limits.WAD, supply + _VIRTUAL_SHARES
    )


@internal
@pure
def _assets_down(shares: uint256, total: uint256, supply: uint256) -> uint256:
    return fixed_point._mul_div_down(shares, total + _VIRTUAL_ASSETS, supply + _VIRTUAL_SHARES)
