# pragma version 0.4.3
"""
@title Fixed-point arithmetic, callable
@notice For tests of `modules/math/fixed_point.vy`.
@custom:units `_wad` is 18 decimals.
"""

from contracts.modules.math import fixed_point


@pure
@external
def unsigned(a: uint256, b: uint256, c: uint256) -> uint256[2]:
    """
    @notice a * b / c, down and up.
    """
    return [fixed_point._mul_div_down(a, b, c), fixed_point._mul_div_up(a, b, c)]


@pure
@external
def products(a_wad: uint256, b_wad: uint256) -> uint256[2]:
    """
    @notice Product of two WADs, down and up.
    """
    return [fixed_point._mul_wad_down(a_wad, b_wad), fixed_point._mul_wad_up(a_wad, b_wad)]


@pure
@external
def quotients(a_wad: uint256, b_wad: uint256) -> uint256[2]:
    """
    @notice Quotient of two WADs, down and up.
    """
    return [fixed_point._div_wad_down(a_wad, b_wad), fixed_point._div_wad_up(a_wad, b_wad)]


@pure
@external
def bps_up(amount_wad: uint256, rate_bps: uint256) -> uint256:
    """
    @notice Basis points of an amount, up.
    """
    return fixed_point._bps_up(amount_wad, rate_bps)


@pure
@external
def signed_quotients(a: int256, b: int256) -> int256[2]:
    """
    @notice a / b, down and up, whatever the signs.
    """
    return [fixed_point._signed_div_down(a, b), fixed_point._signed_div_up(a, b)]


@pure
@external
def signed_products(a_wad: int256, b_wad: int256) -> int256[2]:
    """
    @notice Product of two signed WADs, down and up.
    """
    return [
        fixed_point._signed_mul_wad_down(a_wad, b_wad), fixed_point._signed_mul_wad_up(a_wad, b_wad)
    ]
