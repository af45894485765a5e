# pragma version 0.4.3
"""
@title The funding rules, callable
@notice For tests of `modules/mark/funding.vy`.
"""

from contracts.modules.mark import funding


@pure
@external
def started(now: uint256, policy: funding.Policy) -> funding.Accrual:
    return funding._started(now, policy)


@pure
@external
def advanced(
    accrual: funding.Accrual, policy: funding.Policy, elapsed: funding.Elapsed
) -> funding.Accrual:
    return funding._advanced(accrual, policy, elapsed)


@pure
@external
def drifted(
    accrual: funding.Accrual,
    policy: funding.Policy,
    drift: funding.Drift,
    elapsed: funding.Elapsed,
) -> funding.Accrual:
    return funding._drifted(accrual, policy, drift, elapsed)


@pure
@external
def rate_wad(premium_sum_wad: int256, policy: funding.Policy) -> int256:
    return funding._rate_wad(premium_sum_wad, policy)


@pure
@external
def premium_wad(index_wad: uint256, impact_bid_wad: uint256, impact_ask_wad: uint256) -> int256:
    return funding._premium_wad(index_wad, impact_bid_wad, impact_ask_wad)
