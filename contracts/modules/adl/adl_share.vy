# pragma version 0.4.3
"""
@title Sharing a deleveraging out
@notice A tally counts every candidate in order, then goes through them again in the same order
        and says how much each gives up, in whole lots. What is shared out is what is to be closed,
        or all that the candidates are able to give if that is less. Pure.
@custom:units Sizes base, weights quote, 18 decimals.
"""

from contracts.modules.adl import adl_rank
from contracts.modules.math import fixed_point


struct Tally:
    policy: uint256
    lot_wad: uint256
    budget_wad: uint256  # size to share out
    able_wad: uint256  # what all candidates together can give up
    weight_wad: uint256  # PRO_RATA: profits; WATER_FILL: equity above the level
    high_wad: uint256  # PRO_RATA: size of those without profit; WATER_FILL: size above the level
    above: uint256  # WATER_FILL: candidates above the level
    settled: bool  # WATER_FILL: the level is found
    by_size: bool  # PRO_RATA: everybody with a profit has given all they can
    seen: uint256  # candidates shared out to
    passed_weight_wad: uint256
    passed_high_wad: uint256
    granted_wad: uint256


@internal
@pure
def _count(before: Tally, c: adl_rank.Candidate) -> Tally:
    """
    @dev WATER_FILL: the first k candidates lie above the level (S_k - Q) / E_k as long as the
         next one's leverage is above it; each that joins raises it.
    """
    t: Tally = before
    t.able_wad += c.able_wad
    if c.able_wad == 0:
        return t
    if t.policy == adl_rank.PRO_RATA:
        if c.profit_wad > 0:
            t.weight_wad += convert(c.profit_wad, uint256)
        else:
            t.high_wad += c.able_wad
    elif t.policy == adl_rank.WATER_FILL and not t.settled:
        equity_wad: uint256 = convert(max(c.equity_wad, 1), uint256)
        over_wad: uint256 = t.high_wad - min(t.high_wad, t.budget_wad)
        if over_wad > 0 and c.able_wad * t.weight_wad <= over_wad * equity_wad:
            t.settled = True
        else:
            t.above += 1
            t.high_wad += c.able_wad
            t.weight_wad += equity_wad
    return t


@internal
@pure
def _share(before: Tally, c: adl_rank.Candidate) -> (Tally, uint256):
    """
    @dev The next candidate's share.
    """
    t: Tally = before
    share_wad: uint256 = 0
    if c.able_wad == 0:
        share_wad = 0
    elif t.policy == adl_rank.QUEUE:
        share_wad = min(c.able_wad, t.budget_wad - t.granted_wad)
    elif t.policy == adl_rank.WATER_FILL:
        t, share_wad = self._above_level(t, c)
    else:
        t, share_wad = self._in_proportion(t, c)
    t.seen += 1
    t.granted_wad += share_wad
    return t, share_wad


@internal
@pure
def _above_level(before: Tally, c: adl_rank.Candidate) -> (Tally, uint256):
    """
    @dev s - level * E, rounded on the running total, so that the sum is exact to the lot.
    """
    t: Tally = before
    if t.seen >= t.above:
        return t, 0
    t.passed_high_wad += c.able_wad
    t.passed_weight_wad += convert(max(c.equity_wad, 1), uint256)
    over_wad: uint256 = t.high_wad - min(t.high_wad, t.budget_wad)
    kept_wad: uint256 = fixed_point._mul_div_up(over_wad, t.passed_weight_wad, t.weight_wad)
    due_wad: uint256 = self._lots_down(t, t.passed_high_wad - min(kept_wad, t.passed_high_wad))
    return t, min(due_wad - min(t.granted_wad, due_wad), c.able_wad)


@internal
@pure
def _in_proportion(before: Tally, c: adl_rank.Candidate) -> (Tally, uint256):
    """
    @dev Q * profit / sum of profits. Whom that asks for more than it can give comes first, gives
         what it can and leaves the rest to the others; when all profits are used up, those
         without one follow by size.
    """
    t: Tally = before
    weight_wad: uint256 = convert(max(c.profit_wad, 0), uint256)
    if weight_wad == 0:
        if not t.by_size:
            if t.weight_wad > 0:
                return t, 0
            t.by_size = True
            t.weight_wad = t.high_wad
        weight_wad = c.able_wad
    if t.passed_weight_wad == 0 and t.budget_wad * weight_wad >= c.able_wad * t.weight_wad:
        t.budget_wad -= c.able_wad
        t.weight_wad -= weight_wad
        return t, c.able_wad
    passed_wad: uint256 = self._passed(t)
    t.passed_weight_wad += weight_wad
    return t, min(self._passed(t) - passed_wad, c.able_wad)


@internal
@pure
def _passed(t: Tally) -> uint256:
    return self._lots_down(
        t, fixed_point._mul_div_down(t.budget_wad, t.passed_weight_wad, t.weight_wad)
    )


@internal
@pure
def _lots_down(t: Tally, size_wad: uint256) -> uint256:
    return size_wad // t.lot_wad * t.lot_wad
