# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Weighted quantiles and the rules on readings, callable
@notice Each array is one column of the same readings, in the order in which sources are listed.
@custom:units `_wad` is quote per base, 18 decimals; `_bps` is 1e-4; weights have no unit.
"""

from contracts.modules.index import index_rules
from contracts.modules.math import median


@external
@pure
def quartiles(
    values: DynArray[uint256, 8], confs: DynArray[uint256, 8], weights: DynArray[uint256, 8]
) -> (uint256, uint256, uint256):
    """
    @notice Of the three votes of each.
    """
    entries: uint256[median.MAX_ENTRIES] = empty(uint256[median.MAX_ENTRIES])
    weight: uint256 = 0
    entries, weight = self._entries(values, confs, weights)
    ordered: uint256[median.MAX_ENTRIES] = median._sorted(entries, len(values))
    low_wad: uint256 = 0
    middle_wad: uint256 = 0
    high_wad: uint256 = 0
    age_s: uint256 = 0
    low_wad, middle_wad, high_wad, age_s = median._poll(ordered, len(values), weight)
    return low_wad, middle_wad, high_wad


@external
@pure
def lower_median(values: DynArray[uint256, 8], weights: DynArray[uint256, 8]) -> uint256:
    entries: uint256[median.MAX_ENTRIES] = empty(uint256[median.MAX_ENTRIES])
    weight: uint256 = 0
    entries, weight = self._entries(values, values, weights)
    return median._quantile(median._sorted(entries, len(values)), 2, weight)


@external
@pure
def judge(
    values: DynArray[uint256, 8],
    confs: DynArray[uint256, 8],
    weights: DynArray[uint256, 8],
    outlier_bps: uint256,
) -> index_rules.Verdict:
    entries: uint256[median.MAX_ENTRIES] = empty(uint256[median.MAX_ENTRIES])
    weight: uint256 = 0
    entries, weight = self._entries(values, confs, weights)
    ordered: uint256[median.MAX_ENTRIES] = median._sorted(entries, len(values))
    return index_rules._judge(ordered, len(values), weight, outlier_bps)


@internal
@pure
def _entries(
    values: DynArray[uint256, 8], confs: DynArray[uint256, 8], weights: DynArray[uint256, 8]
) -> (uint256[median.MAX_ENTRIES], uint256):
    entries: uint256[median.MAX_ENTRIES] = empty(uint256[median.MAX_ENTRIES])
    weight: uint256 = 0
    for i: uint256 in range(len(values), bound=8):
        entries[i] = median._entry(values[i], confs[i], weights[i], 0, i)
        weight += weights[i]
    return entries, weight
