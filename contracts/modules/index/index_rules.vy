# pragma version 0.4.3
"""
@title From live readings to an index
@notice Rules 3, 4 and 5 of the default method: pre-median, outliers, three-vote median. Nothing
        here divides, so the result scales exactly with its inputs.
        - The median absolute deviation is weighted, like the pre-median: an unweighted one could
          be blown up by many light sources.
        - While the sources dispute, nobody is dropped, since nobody knows who is wrong: all live
          readings vote. That median still lies between honest ones against any adversary with
          less than half of the weight.
        - They dispute when the outliers hold more than a third of the live weight, and also when
          the resulting confidence is wider than the outlier distance: where sources disagree so
          much that 3 MAD forgives everyone, no price between them is the price.
        - The index is monotone in each price only while the same sources survive rule 4: a
          price raised beyond the distance is dropped and the index falls back.
@custom:units `_wad` is quote per base, 18 decimals; `_bps` is 1e-4; weights have no unit.
"""

from contracts.modules import limits
from contracts.modules import oracle_status
from contracts.modules.math import median


struct Verdict:
    price_wad: uint256
    conf_wad: uint256
    status: uint256  # OK, THIN or DISPUTED
    dropped: uint256  # bit i is set where source i is an outlier
    age_s: uint256  # of the newest reading that voted


_LEAST_SURVIVORS: constant(uint256) = 3


@internal
@pure
def _judge(
    live: uint256[median.MAX_ENTRIES], count: uint256, weight: uint256, outlier_bps: uint256
) -> Verdict:
    """
    @param live Entries in ascending order, at least one.
    @param weight Sum of their weights.
    """
    pre_wad: uint256 = median._quantile(live, 2, weight)
    bound: uint256 = outlier_bps * pre_wad
    below: uint256 = pre_wad - median._value(live[0])
    above: uint256 = median._value(live[count - 1]) - pre_wad
    if limits.BPS * max(below, above) <= bound:
        # The usual case: the ends are within the distance, so nobody is an outlier.
        return self._settle(live, count, weight, live, count, weight, 0, outlier_bps)

    bound = max(bound, 3 * limits.BPS * self._deviation_wad(live, count, weight, pre_wad))
    kept: uint256[median.MAX_ENTRIES] = empty(uint256[median.MAX_ENTRIES])
    kept_count: uint256 = 0
    kept_weight: uint256 = 0
    dropped: uint256 = 0
    for i: uint256 in range(count, bound=median.MAX_ENTRIES):
        if limits.BPS * self._distance(median._value(live[i]), pre_wad) > bound:
            dropped |= 1 << median._place(live[i])
        else:
            kept[kept_count] = live[i]
            kept_count += 1
            kept_weight += median._weight(live[i])
    return self._settle(live, count, weight, kept, kept_count, kept_weight, dropped, outlier_bps)


@internal
@pure
def _settle(
    live: uint256[median.MAX_ENTRIES],
    count: uint256,
    weight: uint256,
    kept: uint256[median.MAX_ENTRIES],
    kept_count: uint256,
    kept_weight: uint256,
    dropped: uint256,
    outlier_bps: uint256,
) -> Verdict:
    if 3 * (weight - kept_weight) <= weight:
        verdict: Verdict = self._poll(kept, kept_count, kept_weight)
        if limits.BPS * verdict.conf_wad <= outlier_bps * verdict.price_wad:
            verdict.dropped = dropped
            if kept_count < _LEAST_SURVIVORS:
                verdict.status = oracle_status.THIN
            return verdict
    disputed: Verdict = self._poll(live, count, weight)
    disputed.dropped = dropped
    disputed.status = oracle_status.DISPUTED
    return disputed


@internal
@pure
def _poll(voters: uint256[median.MAX_ENTRIES], count: uint256, weight: uint256) -> Verdict:
    low_wad: uint256 = 0
    price_wad: uint256 = 0
    high_wad: uint256 = 0
    age_s: uint256 = 0
    low_wad, price_wad, high_wad, age_s = median._poll(voters, count, weight)
    return Verdict(
        price_wad=price_wad,
        conf_wad=max(price_wad - low_wad, high_wad - price_wad),
        status=oracle_status.OK,
        dropped=0,
        age_s=age_s,
    )


@internal
@pure
def _deviation_wad(
    live: uint256[median.MAX_ENTRIES], count: uint256, weight: uint256, pre_wad: uint256
) -> uint256:
    deviations: uint256[median.MAX_ENTRIES] = empty(uint256[median.MAX_ENTRIES])
    for i: uint256 in range(count, bound=median.MAX_ENTRIES):
        deviations[i] = median._entry(
            self._distance(median._value(live[i]), pre_wad), 0, median._weight(live[i]), 0, 0
        )
    return median._quantile(median._sorted(deviations, count), 2, weight)


@internal
@pure
def _distance(a: uint256, b: uint256) -> uint256:
    return a - b if a > b else b - a
