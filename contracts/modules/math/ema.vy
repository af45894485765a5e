# pragma version 0.4.3
"""
@title Time-weighted exponential average
@notice num = num*e^(-dt/tau) + sample*dt, den = den*e^(-dt/tau) + dt, value = num/den. Only time
        with a sample passes: in a gap the average stands still, so that the first sample after it
        weighs no more than any other. A sample that stood for no time changes nothing.
@custom:units A weighted sum is WAD times seconds, a weight is seconds with 18 decimals, `_s` is
              seconds. Everything rounds towards zero, so a value never exceeds its samples.
"""

from snekmate.utils import math

from contracts.modules import limits
from contracts.modules.math import fixed_point


struct Average:
    sum_wad: int256
    weight_wad: uint256


TAU_S: constant(uint256) = 150

# e^(-50) is zero in 18 decimals: a longer sample gives the same value. Bounds what is stored.
_LONGEST_S: constant(uint256) = 50 * TAU_S


@internal
@pure
def _value_wad(average: Average) -> int256:
    """
    @dev Zero before the first sample.
    """
    if average.weight_wad == 0:
        return 0
    return self._scaled(average.sum_wad, limits.WAD, average.weight_wad)


@internal
@pure
def _add(average: Average, sample_wad: int256, elapsed_s: uint256) -> Average:
    """
    @dev Let `sample_wad` stand for the last `elapsed_s`. e^0 is exactly 1: no time, no change.
    """
    held_s: uint256 = min(elapsed_s, _LONGEST_S)
    decay_wad: uint256 = self._decay_wad_down(held_s)
    return Average(
        sum_wad=self._scaled(average.sum_wad, decay_wad, limits.WAD)
        + sample_wad * convert(held_s, int256),
        weight_wad=fixed_point._mul_wad_up(average.weight_wad, decay_wad) + held_s * limits.WAD,
    )


@internal
@pure
def _decay_wad_down(elapsed_s: uint256) -> uint256:
    """
    @dev e^x with x = -elapsed/tau in 18 decimals, x rounded up. The approximation is good to less
         than a unit in its last place; without that place it is the exact value rounded down to
         17 decimals, for every whole second (all of them are tested).
    """
    exponent_wad: int256 = -convert(elapsed_s * limits.WAD // TAU_S, int256)
    return convert(math._wad_exp(exponent_wad), uint256) // 10 * 10


@internal
@pure
def _scaled(amount: int256, numerator: uint256, denominator: uint256) -> int256:
    """
    @dev Towards zero for both signs.
    """
    size: uint256 = fixed_point._mul_div_down(convert(abs(amount), uint256), numerator, denominator)
    return convert(size, int256) if amount >= 0 else -convert(size, int256)
