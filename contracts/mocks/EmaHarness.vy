# pragma version 0.4.3
"""
@title The exponential average, callable
@notice For tests of `modules/math/ema.vy`.
"""

from contracts.modules.math import ema


@pure
@external
def decays(first_s: uint256, count: uint256) -> DynArray[uint256, 1000]:
    """
    @notice The decay of each whole second from `first_s` on.
    """
    found: DynArray[uint256, 1000] = []
    for i: uint256 in range(count, bound=1000):
        found.append(ema._decay_wad_down(first_s + i))
    return found


@pure
@external
def average(sample_wad: int256, step_s: uint256, steps: uint256) -> int256:
    """
    @notice The average after a long history of zeroes and then one sample repeated.
    """
    kept: ema.Average = empty(ema.Average)
    for i: uint256 in range(5000):
        kept = ema._add(kept, 0, step_s)
    for i: uint256 in range(steps, bound=10_000):
        kept = ema._add(kept, sample_wad, step_s)
    return ema._value_wad(kept)


@pure
@external
def added(kept: ema.Average, sample_wad: int256, elapsed_s: uint256) -> (ema.Average, int256):
    """
    @notice The average after one more sample, and its value.
    """
    next: ema.Average = ema._add(kept, sample_wad, elapsed_s)
    return next, ema._value_wad(next)
