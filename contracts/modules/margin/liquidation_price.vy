# pragma version 0.4.3
"""
@title Liquidation price
@notice The mark at which an account falls below maintenance by one market's move, the others
        frozen. Closed form of SPEC 8, tier by tier.
@custom:units Prices are quote per base, values quote, 18 decimals.
"""

from contracts.interfaces import IMarketParams
from contracts.modules import limits
from contracts.modules.math import fixed_point


@internal
@pure
def _liquidation_price(size_wad: int256, rest_wad: int256, risk: IMarketParams.Risk) -> uint256:
    """
    @dev P = (A + q - f + D_k) / (|s| * mmr_k - s), tiers from the top down; the tier is right
         when the notional at P reaches its lower bound. Rounded towards the account's side: a
         long's down, a short's down too, so that at the price shown it is still healthy or
         within a wei of it. 0: no price above zero liquidates a long, every price a short.
    @param rest_wad A + q - f: everything of the account that does not move with this mark.
    """
    count: uint256 = 0
    deduction: int256[limits.TIERS] = [0, 0, 0, 0]  # 36 decimals
    for k: uint256 in range(limits.TIERS):
        if risk.tier_mmr_wad[k] == 0:
            break
        if k > 0:
            rise_wad: uint256 = risk.tier_mmr_wad[k] - risk.tier_mmr_wad[k - 1]
            deduction[k] = deduction[k - 1] + convert(risk.tier_lower_wad[k] * rise_wad, int256)
        count += 1

    magnitude_wad: int256 = abs(size_wad)
    one: int256 = convert(limits.WAD, int256)
    price_wad: int256 = 0
    for i: uint256 in range(limits.TIERS):
        if i >= count:
            break
        k: uint256 = count - 1 - i
        # Both sides of the fraction at 36 decimals; the quotient is brought back to 18.
        above: int256 = rest_wad * one + deduction[k]
        below: int256 = magnitude_wad * convert(risk.tier_mmr_wad[k], int256) - size_wad * one
        price_wad = fixed_point._signed_div_down(above * one, below)
        if price_wad <= 0:
            continue
        notional_wad: uint256 = fixed_point._mul_wad_up(
            convert(magnitude_wad, uint256), convert(price_wad, uint256)
        )
        if notional_wad >= risk.tier_lower_wad[k]:
            return convert(price_wad, uint256)
    return 0
