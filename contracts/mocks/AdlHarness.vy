# pragma version 0.4.3
"""
@title Ranking and sharing of a deleveraging, callable
@notice For tests of `modules/adl/adl_rank.vy` and `modules/adl/adl_share.vy`: everybody in one call.
"""

from contracts.modules.adl import adl_rank
from contracts.modules.adl import adl_share

MAX_OTHERS: constant(uint256) = 64


struct Other:
    account: uint256
    size_wad: uint256
    quote_wad: int256
    profit_wad: int256
    equity_wad: int256


@pure
@external
def rank(
    policy: uint256,
    mark_wad: uint256,
    adverse_wad: uint256,
    lot_wad: uint256,
    others: DynArray[Other, MAX_OTHERS],
) -> DynArray[adl_rank.Candidate, MAX_OTHERS]:
    """
    @notice Candidates in the order given.
    """
    found: DynArray[adl_rank.Candidate, MAX_OTHERS] = []
    for o: Other in others:
        c: adl_rank.Candidate = adl_rank.Candidate(
            account=o.account,
            able_wad=adl_rank._able_down(o.size_wad, o.equity_wad, adverse_wad, lot_wad),
            profit_wad=o.profit_wad,
            equity_wad=o.equity_wad,
            key_wad=0,
        )
        c.key_wad = adl_rank._key_down(policy, c, o.size_wad, o.quote_wad, mark_wad)
        found.append(c)
    return found


@pure
@external
def ranks_before(a: adl_rank.Candidate, b: adl_rank.Candidate) -> bool:
    """
    @notice Whether a comes first.
    """
    return adl_rank._ranks_before(a, b)


@pure
@external
def share_out(
    policy: uint256,
    budget_wad: uint256,
    lot_wad: uint256,
    candidates: DynArray[adl_rank.Candidate, MAX_OTHERS],
) -> DynArray[uint256, MAX_OTHERS]:
    """
    @notice What each of the candidates, in order, gives up.
    """
    t: adl_share.Tally = empty(adl_share.Tally)
    t.policy = policy
    t.budget_wad = budget_wad
    t.lot_wad = lot_wad
    for c: adl_rank.Candidate in candidates:
        t = adl_share._count(t, c)
    found: DynArray[uint256, MAX_OTHERS] = []
    for c: adl_rank.Candidate in candidates:
        share_wad: uint256 = 0
        t, share_wad = adl_share._share(t, c)
        found.append(share_wad)
    return found
