# pragma version 0.4.3
"""
@title Market parameters of which only book and margin tiers are set
@notice For tests of what reads `risk`: anyone sets it.
"""

from contracts.interfaces import IMarketParams

_risks: HashMap[uint256, IMarketParams.Risk]


@external
def set_margins(
    market: uint256,
    book: address,
    lower_wad: uint256[4],
    mmr_wad: uint256[4],
    imr_wad: uint256[4],
):
    self._risks[market].book = book
    self._risks[market].tier_lower_wad = lower_wad
    self._risks[market].tier_mmr_wad = mmr_wad
    self._risks[market].tier_imr_wad = imr_wad


@view
@external
def risk(market: uint256) -> IMarketParams.Risk:
    return self._risks[market]
