# pragma version 0.4.3
"""
@title Funding by premium, or by velocity
@notice Longs pay shorts when the rate is positive; it accrues by the second into a cumulative index.
        By premium: over each interval the premium of the book over the index is averaged by time;
        at its end the average becomes the rate of the next. Time is cut at interval ends, so it
        does not matter when or how often the market is poked. By velocity: the premium pushes the
        rate for as long as it stands.
@custom:units Premiums are fractions of the index and rates fractions per interval, 18 decimals;
              a premium sum is a premium times seconds; a velocity is a rate a day; a fine rate is
              in 1/86,400 of a rate's last place, which makes a velocity a whole number a second;
              the funding index is quote owed by a long of one base since the market began.
"""

from contracts.modules import limits
from contracts.modules.math import fixed_point


struct Policy:
    interval_s: uint256  # T
    max_gap_s: uint256  # longest time one sample may stand for, at most T
    interest_wad: uint256  # r, of one interval
    damper_wad: uint256  # how far the rate may stay from the average premium towards r
    cap_wad: uint256  # |R| never exceeds it


# Of the policy above, velocity takes the interval a rate is of, the gap and the cap.
struct Drift:
    scale_wad: uint256  # premium from which on the rate moves no faster
    velocity_wad: uint256  # v, how far the rate moves in a day at that premium


struct Accrual:
    index_wad: int256  # Phi
    rate_wad: int256  # R, of the running interval or of now
    ends_at: uint256  # when the running interval ends, unix seconds
    premium_sum_wad: int256  # sampled in the running interval; by velocity, R's fine remainder


# What happened since the last poke.
struct Elapsed:
    since: uint256  # the last poke, unix seconds
    until: uint256  # this one
    premium_wad: int256  # of the book that stood between the two; 0 if it was not sampled
    accrues: bool  # funding is frozen unless the index was good at both pokes
    price_wad: uint256  # the index at the last poke


_DAY_S: constant(int256) = 86_400


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
        edge_wad * limits.SIGNED_WAD, convert(index_wad, int256)
    )
    return max(-limits.SIGNED_WAD, min(premium_wad, limits.SIGNED_WAD))


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
            convert(interval_s * limits.WAD, int256),
        )
    return next


@internal
@pure
def _drifted(accrual: Accrual, policy: Policy, drift: Drift, elapsed: Elapsed) -> Accrual:
    """
    @dev R moves by clamp(p/scale, +-1)*v a day within +-cap, over the last `max_gap_s` before
         `until`; earlier it stands. What accrues is the exact area under it, twice the area being
         whole: linear up to the cap, which it may reach between two seconds, and flat from there
         (only then is the area itself rounded, down). The fine rate is exact, so only Phi rounds,
         down. While funding is frozen the rate is too.
    """
    next: Accrual = accrual
    next.ends_at = elapsed.until - elapsed.until % policy.interval_s + policy.interval_s
    if not elapsed.accrues:
        return next

    gap_s: uint256 = elapsed.until - elapsed.since
    moving_s: int256 = convert(min(gap_s, policy.max_gap_s), int256)
    standing_s: int256 = convert(gap_s, int256) - moving_s
    cap: int256 = convert(policy.cap_wad, int256) * _DAY_S
    slope: int256 = self._velocity_wad_down(elapsed.premium_wad, drift)

    # The margins may have narrowed the cap since the rate was stored.
    first: int256 = max(-cap, min(accrual.rate_wad * _DAY_S + accrual.premium_sum_wad, cap))
    unbound: int256 = first + slope * moving_s
    last: int256 = max(-cap, min(unbound, cap))
    twice_area: int256 = (first + last) * moving_s
    if last != unbound:
        moved: int256 = last - first
        twice_area = 2 * last * moving_s - fixed_point._signed_div_up(moved * moved, slope)
    twice_area += 2 * first * standing_s

    next.rate_wad = fixed_point._signed_div_down(last, _DAY_S)
    next.premium_sum_wad = last - next.rate_wad * _DAY_S
    next.index_wad += fixed_point._signed_div_down(
        twice_area * convert(elapsed.price_wad, int256),
        2 * _DAY_S * convert(policy.interval_s * limits.WAD, int256),
    )
    return next


@internal
@pure
def _velocity_wad_down(premium_wad: int256, drift: Drift) -> int256:
    """
    @dev clamp(p/scale, +-1)*v, what R moves in a day; as much as the fine rate moves in a second.
    """
    scale_wad: int256 = convert(drift.scale_wad, int256)
    return fixed_point._signed_div_down(
        max(-scale_wad, min(premium_wad, scale_wad)) * convert(drift.velocity_wad, int256),
        scale_wad,
    )
