# pragma version 0.4.3
"""
@title Ranking of deleveraging candidates
@notice What each policy sorts counterparties by, highest first, ties by lower account, and how
        much each of them can give up. Pure.
@custom:units Sizes base, values quote, 18 decimals. A QUEUE key has 18 decimals, the other two
              36: their shares depend on the order, so what is not equal must not tie.
"""

from contracts.modules import limits
from contracts.modules.math import fixed_point

QUEUE: constant(uint256) = 0  # profit times leverage
PRO_RATA: constant(uint256) = 1  # everybody in proportion to unrealised profit
WATER_FILL: constant(uint256) = 2  # the most leveraged first, down to one common level

LAST: constant(int256) = min_value(int256)  # the key of who can give up nothing
# The factors of a score count up to this: an absurd position cannot make their product overflow.
_MOST: constant(int256) = 10**36
_MOST_VALUE: constant(uint256) = 10**40
_FINE: constant(uint256) = 10**36


struct Candidate:
    account: uint256
    able_wad: uint256  # size that can be taken, whole lots
    profit_wad: int256  # that ranks: unrealised, from `_ranking_quote`, funding owed included
    equity_wad: int256  # of the whole account
    key_wad: int256


@internal
@pure
def _able_down(
    size_wad: uint256, equity_wad: int256, adverse_wad: uint256, lot_wad: uint256
) -> uint256:
    """
    @dev Most size a counterparty can give up at a price `adverse_wad` per base worse than mark
         without its equity falling below zero. A wei is kept for what a value's rounding takes.
         At mark or better anybody can, who is bankrupt as well.
    """
    able_wad: uint256 = size_wad
    if adverse_wad > 0:
        if equity_wad <= 1:
            return 0
        able_wad = min(
            able_wad, fixed_point._div_wad_down(convert(equity_wad - 1, uint256), adverse_wad)
        )
    return able_wad // lot_wad * lot_wad


@internal
@pure
def _ranking_quote(size_wad: int256, quote_wad: int256, entry_wad: uint256) -> int256:
    """
    @dev Quote balance a position ranks by: its own, or that of the best entry its owner had lately
         if that is a larger profit; 0: none.
    """
    if entry_wad == 0:
        return quote_wad
    return max(quote_wad, fixed_point._signed_mul_wad_down(-size_wad, convert(entry_wad, int256)))


@internal
@pure
def _key_down(
    policy: uint256, c: Candidate, size_wad: uint256, quote_wad: int256, mark_wad: uint256
) -> int256:
    """
    @dev QUEUE: u = profit / |entry cost|, l = N / E, u*l if u > 0 else u/l. PRO_RATA: profit per
         size that can be taken, so that those who reach their limit first come first.
         WATER_FILL: leverage of what can be taken. Who has nothing left counts as having a wei.
    """
    if c.able_wad == 0:
        return LAST
    equity_wad: uint256 = convert(max(c.equity_wad, 1), uint256)
    if policy == PRO_RATA:
        if c.profit_wad <= 0:
            return 0
        return max(1, self._fine_ratio_down(convert(c.profit_wad, uint256), c.able_wad))
    if policy == WATER_FILL:
        return self._fine_ratio_down(fixed_point._mul_wad_down(c.able_wad, mark_wad), equity_wad)
    leverage_wad: int256 = min(
        self._ratio_down(fixed_point._mul_wad_down(size_wad, mark_wad), equity_wad), _MOST
    )
    cost_wad: uint256 = convert(max(abs(quote_wad), 1), uint256)
    gain_wad: int256 = min(self._ratio_down(convert(abs(c.profit_wad), uint256), cost_wad), _MOST)
    if c.profit_wad > 0:
        return fixed_point._signed_mul_wad_down(gain_wad, leverage_wad)
    return fixed_point._signed_div_down(
        -gain_wad * convert(limits.WAD, int256), max(leverage_wad, 1)
    )


@internal
@pure
def _ratio_down(a_wad: uint256, b_wad: uint256) -> int256:
    return convert(fixed_point._div_wad_down(a_wad, b_wad), int256)


@internal
@pure
def _fine_ratio_down(a_wad: uint256, b_wad: uint256) -> int256:
    return convert(fixed_point._mul_div_down(min(a_wad, _MOST_VALUE), _FINE, b_wad), int256)


@internal
@pure
def _ranks_before(a: Candidate, b: Candidate) -> bool:
    return a.key_wad > b.key_wad or (a.key_wad == b.key_wad and a.account < b.account)
