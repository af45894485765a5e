# pragma version 0.4.3
"""
@title Funding by premium
@notice Longs pay shorts when the rate is positive. Over each interval the premium of the book over
        the index is averaged by time; at its end the average becomes the rate of the next, which
        accrues by the second into a cumulative index. Time is cut at interval ends, so it does not
        matter when or how often the market is poked.
@custom:units Premiums are fractions of the index and rates fractions per interval, 18 decimals;
              a premium sum is a premium times seconds; the funding index is quote owed by a long
              of one base since the market began.
"""

from contracts.modules import fixed_point


struct Policy:
    interval_s: uint256  # T
    max_gap_s: uint256  # longest time one sample may stand for, at most T
    interest_wad: uint256  # r, of one interval
    damper_wad: uint256  # how far the rate may stay from the average premium towards r
    cap_wad: uint256  # |R| never exceeds it


struct Accrual:
    index_wad: int256  # Phi
    rate_wad: int256  # R of the running interval
    ends_at: uint256  # when the running interval ends, unix seconds
    premium_sum_wad: int256  # premium seconds sampled in the running interval


# What happened since the last poke.
struct Elapsed:
    since: uint256  # the last poke, unix seconds
    until: uint256  # this one
    premium_wad: int256  # of the book that stood between the two; 0 if it was not sampled
    accrues: bool  # funding is frozen unless the index was good at both pokes
    price_wad: uint256  # the index at the last poke


_WAD: constant(uint256) = 10**18
_SIGNED_WAD: constant(int256) = 10**18


@internal
@pure
def _started(now: uint256, policy: Policy) -> Accrual:
    """
    @dev A market begins as if the interval before it had not been sampled. Intervals end at
         multiples of their length in unix time: with 8 h at 00:00, 08:00 and 16:00 UTC.
    """
    return Accrual(
        index_wad=0,
        rate_wad=self._rate_wad(0, policy),
        ends_at=now - now % policy.interval_s + policy.interval_s,
        premium_sum_wad=0,
    )


@internal
@pure
def _premium_wad(index_wad: uint256, impact_bid_wad: uint256, impact_ask_wad: uint256) -> int256:
    """
    @dev (max(0, bid - I) - max(0, I - ask))/I, rounded down. A side without depth counts nothing.
         Clipped to +-100 %: no lone absurd quote weighs more.
    """
    edge_wad: int256 = 0
    if impact_bid_wad > index_wad:
        edge_wad += convert(impact_bid_wad - index_wad, int256)
    if impact_ask_wad != 0 and impact_ask_wad < index_wad:
        edge_wad -= convert(index_wad - impact_ask_wad, int256)
    premium_wad: int256 = fixed_point._signed_div_down(
        edge_wad * _SIGNED_WAD, convert(index_wad, int256)
    )
    return max(-_SIGNED_WAD, min(premium_wad, _SIGNED_WAD))


@internal
@pure
def _rate_wad(premium_sum_wad: int256, policy: Policy) -> int256:
    """
    @dev R = Pbar + clamp(r - Pbar, +-damper), within +-cap. Time without a sample counts as zero
         premium, because the sum is divided by the whole interval.
    """
    average_wad: int256 = fixed_point._signed_div_down(
        premium_sum_wad, convert(policy.interval_s, int256)
    )
    damper_wad: int256 = convert(policy.damper_wad, int256)
    pull_wad: int256 = convert(policy.interest_wad, int256) - average_wad
    rate_wad: int256 = average_wad + max(-damper_wad, min(pull_wad, damper_wad))
    cap_wad: int256 = convert(policy.cap_wad, int256)
    return max(-cap_wad, min(rate_wad, cap_wad))


@internal
@pure
def _advanced(accrual: Accrual, policy: Policy, elapsed: Elapsed) -> Accrual:
    """
    @dev Each stretch of time accrues at the rate of its own interval: the running one at R, the
         next at the rate its samples give, whole intervals without a sample at the rate of no
         premium. The sample covers the last `max_gap_s` before `until` and no more than one
         interval, so it reaches back across one interval's end at most.
    """
    interval_s: uint256 = policy.interval_s
    next: Accrual = accrual
    sampled_from: uint256 = elapsed.until - min(elapsed.until - elapsed.since, policy.max_gap_s)
    rate_seconds: int256 = 0

    if elapsed.until < accrual.ends_at:
        rate_seconds = accrual.rate_wad * convert(elapsed.until - elapsed.since, int256)
        next.premium_sum_wad += elapsed.premium_wad * convert(elapsed.until - sampled_from, int256)
    else:
        ended: uint256 = (elapsed.until - accrual.ends_at) // interval_s  # whole ones after R's
        began_at: uint256 = accrual.ends_at + ended * interval_s
        before_s: int256 = convert(max(began_at, sampled_from) - sampled_from, int256)
        after_s: int256 = convert(elapsed.until - max(began_at, sampled_from), int256)

        rate_seconds = accrual.rate_wad * convert(accrual.ends_at - elapsed.since, int256)
        closing_sum_wad: int256 = accrual.premium_sum_wad
        if ended > 0:
            rate_seconds += self._rate_wad(closing_sum_wad, policy) * convert(interval_s, int256)
            rate_seconds += self._rate_wad(0, policy) * convert((ended - 1) * interval_s, int256)
            closing_sum_wad = 0
        next.rate_wad = self._rate_wad(closing_sum_wad + elapsed.premium_wad * before_s, policy)
        rate_seconds += next.rate_wad * convert(elapsed.until - began_at, int256)
        next.premium_sum_wad = elapsed.premium_wad * after_s
        next.ends_at = began_at + interval_s

    if elapsed.accrues:
        next.index_wad += fixed_point._signed_div_down(
            rate_seconds * convert(elapsed.price_wad, int256),
            convert(interval_s * _WAD, int256),
        )
    return next
