# pragma version 0.4.3
"""
@title What a keeper of the ladder is due
@notice clamp(cost + ratio * N, min, max), counted over all that was liquidated of an account in a
        market since its cool-down began. Pure; the word that remembers it is the importer's.
@custom:units Quote, 18 decimals; times unix seconds.
"""

from contracts.interfaces import IMarketParams
from contracts.modules import limits
from contracts.modules.math import fixed_point


# Lowest bits first: beginning 64 | notional 96 | paid 96.
struct Tally:
    began_at: uint256
    notional_wad: uint256
    paid_wad: uint256


@internal
@pure
def _tally(word: uint256, now_s: uint256, cooldown_s: uint256) -> Tally:
    """
    @dev What is remembered; nothing once the cool-down has passed.
    """
    began_at: uint256 = word & limits.LOW_64
    if now_s >= began_at + cooldown_s:
        return Tally(began_at=now_s, notional_wad=0, paid_wad=0)
    return Tally(began_at=began_at, notional_wad=(word >> 64) & limits.LOW_96, paid_wad=word >> 160)


@internal
@pure
def _word(tally: Tally) -> uint256:
    return (
        tally.began_at
        | min(tally.notional_wad, limits.LOW_96) << 64
        | min(tally.paid_wad, limits.LOW_96) << 160
    )


@internal
@pure
def _due_wad(
    tally: Tally,
    rules: IMarketParams.Liquidation,
    notional_wad: uint256,
    given_wad: uint256,
    maker_fee_bps: uint256,
) -> uint256:
    """
    @dev Of N = all that was liquidated since the cool-down began, what was paid in it taken off: to
         cut one liquidation into many earns nothing. And at most what the account has just given,
         plus of the pool's own what opening such a position costs at least, the maker's fee: to
         make an account for its liquidation earns nothing either.
    @param tally With what has just been liquidated in it.
    @param notional_wad What has just been liquidated.
    @param given_wad What the account has just given.
    """
    due_wad: uint256 = min(
        max(
            rules.reward_cost_wad
            + fixed_point._mul_wad_down(tally.notional_wad, rules.reward_ratio_wad),
            rules.reward_min_wad,
        ),
        rules.reward_max_wad,
    )
    return min(
        due_wad - min(due_wad, tally.paid_wad),
        given_wad + notional_wad * maker_fee_bps // limits.BPS,
    )
