# pragma version 0.4.3
"""
@title Naive ways to make an index: UNSAFE, here to be compared under attack
@notice Each takes the live readings as they are. None has a quorum, outliers, a breaker or a
        recovery: one source is enough to move most of them, and the price of any live source
        within the market's [min, max] is served as if it were good.
        - SINGLE: the first source. Over a source that averages its price over time this is TWAP.
        - MEAN: weighted mean. A source with share a, d off the rest, moves it by a*d.
        - TRIMMED_MEAN: weighted mean without the lowest and the highest reading.
        - MEDIAN: lower median by head count, so that many light sources outvote a heavy one.
        - EMA: exponential average of MEAN with time constant `smoothing_s`, in observed time, so
          that it does not move within a block. Late by design.
@custom:units `_wad` is quote per base, 18 decimals; times are seconds; weights have no unit.
"""

from snekmate.utils import math

from contracts.modules import limits
from contracts.modules.math import fixed_point
from contracts.modules.math import median


struct Opinion:
    is_given: bool
    price_wad: uint256
    conf_wad: uint256
    age_s: uint256


WEIGHTED_MEDIAN: constant(uint256) = 0  # the default, which is not naive: see `index_rules`
SINGLE: constant(uint256) = 1
MEAN: constant(uint256) = 2
TRIMMED_MEAN: constant(uint256) = 3
MEDIAN: constant(uint256) = 4
EMA: constant(uint256) = 5


@internal
@pure
def _opinion(method: uint256, live: uint256[median.MAX_ENTRIES], count: uint256) -> Opinion:
    """
    @param live Entries in ascending order.
    """
    if method == SINGLE:
        for i: uint256 in range(count, bound=median.MAX_ENTRIES):
            if median._place(live[i]) == 0:
                return self._mean(live, i, i + 1)
        return empty(Opinion)
    if method == MEDIAN:
        return self._head_count(live, count)
    if method == TRIMMED_MEAN and count > 2:
        return self._mean(live, 1, count - 1)
    return self._mean(live, 0, count)


@internal
@pure
def _mean(live: uint256[median.MAX_ENTRIES], first: uint256, end: uint256) -> Opinion:
    """
    @dev Over the entries from `first` up to, not including, `end`. The price rounds down, the doubt up.
    """
    if first == end:
        return empty(Opinion)
    weight: uint256 = 0
    price_sum_wad: uint256 = 0
    conf_sum_wad: uint256 = 0
    age_s: uint256 = max_value(uint256)
    for i: uint256 in range(first, end, bound=median.MAX_ENTRIES):
        share: uint256 = median._weight(live[i])
        weight += share
        price_sum_wad += share * median._value(live[i])
        conf_sum_wad += share * median._conf(live[i])
        age_s = min(age_s, median._age_s(live[i]))
    return Opinion(
        is_given=True,
        price_wad=fixed_point._mul_div_down(price_sum_wad, 1, weight),
        conf_wad=fixed_point._mul_div_up(conf_sum_wad, 1, weight),
        age_s=age_s,
    )


@internal
@pure
def _head_count(live: uint256[median.MAX_ENTRIES], count: uint256) -> Opinion:
    if count == 0:
        return empty(Opinion)
    votes: uint256[median.MAX_ENTRIES] = empty(uint256[median.MAX_ENTRIES])
    age_s: uint256 = max_value(uint256)
    for i: uint256 in range(count, bound=median.MAX_ENTRIES):
        votes[i] = median._entry(median._value(live[i]), 0, 1, 0, 0)
        age_s = min(age_s, median._age_s(live[i]))
    low_wad: uint256 = median._quantile(votes, 1, count)
    price_wad: uint256 = median._quantile(votes, 2, count)
    high_wad: uint256 = median._quantile(votes, 3, count)
    conf_wad: uint256 = max(price_wad - low_wad, high_wad - price_wad)
    return Opinion(is_given=True, price_wad=price_wad, conf_wad=conf_wad, age_s=age_s)


@internal
@pure
def _smoothed_wad(
    last_wad: uint256, price_wad: uint256, elapsed_s: uint256, smoothing_s: uint256
) -> uint256:
    """
    @dev last*e^(-dt/tau) + price*(1 - e^(-dt/tau)), down; the price itself if there is no last.
    """
    if last_wad == 0:
        return price_wad
    exponent_wad: uint256 = fixed_point._div_wad_down(elapsed_s, smoothing_s)
    kept_wad: uint256 = convert(math._wad_exp(-convert(exponent_wad, int256)), uint256)
    return fixed_point._mul_div_down(
        last_wad * kept_wad + price_wad * (limits.WAD - kept_wad), 1, limits.WAD
    )
