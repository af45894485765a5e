# pragma version 0.4.3
"""
@title The mark's pure parts, callable
@notice For tests of `modules/mark/mark_rules.vy` and of the packing in `modules/mark/mark_state.vy`.
"""

from contracts.interfaces import IMarketParams
from contracts.modules.mark import mark_rules
from contracts.modules.mark import mark_state


@pure
@external
def repacked(state: mark_state.State) -> mark_state.State:
    return mark_state._unpacked(mark_state._packed(state))


@pure
@external
def settings_repacked(settings: mark_state.Settings) -> mark_state.Settings:
    return mark_state._settings_unpacked(mark_state._settings_packed(settings))


@pure
@external
def median_of_candidates_wad(
    index_wad: uint256,
    carry_wad: int256,
    basis_wad: int256,
    book_wad: uint256,
    external_wad: uint256,
) -> uint256:
    return mark_rules._median_of_candidates_wad(
        index_wad, carry_wad, basis_wad, book_wad, external_wad
    )


@pure
@external
def widest_band_wad(lower_wad: uint256[4], mmr_wad: uint256[4], imr_wad: uint256[4]) -> uint256:
    risk: IMarketParams.Risk = empty(IMarketParams.Risk)
    risk.tier_lower_wad = lower_wad
    risk.tier_mmr_wad = mmr_wad
    risk.tier_imr_wad = imr_wad
    return mark_rules._widest_band_wad(risk)
