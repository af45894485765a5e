# pragma version 0.4.3
"""
@title Fixed-point arithmetic with a rounding direction in every name
@notice The only place where two WADs are multiplied and where signed values are divided. Vyper's
        signed `//` truncates towards zero; `_down` means towards minus infinity, `_up` towards
        plus infinity, whatever the sign.
@custom:units `_wad` is 18 decimals.
"""

from contracts.modules import limits


@internal
@pure
def _mul_div_down(a: uint256, b: uint256, c: uint256) -> uint256:
    return a * b // c


@internal
@pure
def _mul_div_up(a: uint256, b: uint256, c: uint256) -> uint256:
    product: uint256 = a * b
    quotient: uint256 = product // c
    return quotient + 1 if product % c != 0 else quotient


@internal
@pure
def _mul_wad_down(a_wad: uint256, b_wad: uint256) -> uint256:
    return a_wad * b_wad // limits.WAD


@internal
@pure
def _mul_wad_up(a_wad: uint256, b_wad: uint256) -> uint256:
    return self._mul_div_up(a_wad, b_wad, limits.WAD)


@internal
@pure
def _div_wad_down(a_wad: uint256, b_wad: uint256) -> uint256:
    return a_wad * limits.WAD // b_wad


@internal
@pure
def _div_wad_up(a_wad: uint256, b_wad: uint256) -> uint256:
    return self._mul_div_up(a_wad, limits.WAD, b_wad)


@internal
@pure
def _bps_up(amount_wad: uint256, rate_bps: uint256) -> uint256:
    return self._mul_div_up(amount_wad, rate_bps, limits.BPS)


@internal
@pure
def _signed_div_down(a: int256, b: int256) -> int256:
    quotient: int256 = a // b
    # Truncation rounded a negative quotient up: take one unit off where a remainder was left.
    if quotient * b != a and ((a < 0) != (b < 0)):
        return quotient - 1
    return quotient


@internal
@pure
def _signed_div_up(a: int256, b: int256) -> int256:
    quotient: int256 = a // b
    if quotient * b != a and ((a < 0) == (b < 0)):
        return quotient + 1
    return quotient


@internal
@pure
def _signed_mul_wad_down(a_wad: int256, b_wad: int256) -> int256:
    return self._signed_div_down(a_wad * b_wad, convert(limits.WAD, int256))


@internal
@pure
def _signed_mul_wad_up(a_wad: int256, b_wad: int256) -> int256:
    return self._signed_div_up(a_wad * b_wad, convert(limits.WAD, int256))
