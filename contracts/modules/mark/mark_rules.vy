# pragma version 0.4.3
"""
@title How a mark price is chosen
@notice Candidates, their median, and the band around the index that no book can push it out of.
@custom:units Prices are quote per base, ratios fractions, all 18 decimals.
"""

from contracts.interfaces import IMarketParams
from contracts.interfaces import IOrderBook
from contracts.modules import limits
from contracts.modules.math import fixed_point


# How a market's mark is made.
MEDIAN3: constant(uint256) = 0  # median of the candidates, clamped to the band (default)
INDEX: constant(uint256) = 1  # the index itself
LAST_TRADE: constant(uint256) = 2  # UNSAFE, for experiments: one trade sets it, no band
BOOK_MID: constant(uint256) = 3  # UNSAFE, for experiments: two quotes set it, no band

_MAX_SPREAD_WAD: constant(uint256) = 2 * 10**16  # a wider book, of its mid, is no candidate
_MAX_BASIS_WAD: constant(uint256) = 10**16  # a basis sample is clipped to this much of the index


@internal
@pure
def _basis_sample_wad(index_wad: uint256, bid_wad: uint256, ask_wad: uint256) -> int256:
    """
    @dev The mid's distance from the index, clipped.
    """
    clip_wad: int256 = convert(fixed_point._mul_wad_down(index_wad, _MAX_BASIS_WAD), int256)
    mid_wad: uint256 = (bid_wad + ask_wad) // 2
    return max(-clip_wad, min(convert(mid_wad, int256) - convert(index_wad, int256), clip_wad))


@internal
@pure
def _mid_wad(top: IOrderBook.Top) -> uint256:
    """
    @dev Zero unless both sides are live.
    """
    if top.best_bid_wad == 0 or top.best_ask_wad == 0:
        return 0
    return (top.best_bid_wad + top.best_ask_wad) // 2


@internal
@pure
def _book_price_wad(top: IOrderBook.Top) -> uint256:
    """
    @dev P3, the median of best bid, best ask and last trade, i.e. the last trade held between the
         two; the mid before the first trade. Zero if a side is empty or the spread too wide.
    """
    mid_wad: uint256 = self._mid_wad(top)
    if mid_wad == 0 or top.best_ask_wad < top.best_bid_wad:
        return 0
    spread_wad: uint256 = top.best_ask_wad - top.best_bid_wad
    if spread_wad > fixed_point._mul_wad_down(mid_wad, _MAX_SPREAD_WAD):
        return 0
    if top.last_price_wad == 0:
        return mid_wad
    return max(top.best_bid_wad, min(top.last_price_wad, top.best_ask_wad))


@internal
@pure
def _naive_mark_wad(method: uint256, index_wad: uint256, top: IOrderBook.Top) -> uint256:
    """
    @dev The methods that take one word for it; the index where that word is missing.
    """
    said_wad: uint256 = 0
    if method == LAST_TRADE:
        said_wad = top.last_price_wad
    elif method == BOOK_MID:
        said_wad = self._mid_wad(top)
    return said_wad if said_wad != 0 else index_wad


@internal
@pure
def _median_of_candidates_wad(
    index_wad: uint256,
    carry_wad: int256,
    basis_wad: int256,
    book_wad: uint256,
    external_wad: uint256,
) -> uint256:
    """
    @dev Of P1 = I + carry, P2 = I + basis, P3 and P4 where they are not zero, and of the index
         where that makes the number odd.
    """
    carried_wad: uint256 = self._shifted_wad(index_wad, carry_wad)
    based_wad: uint256 = self._shifted_wad(index_wad, basis_wad)
    if book_wad != 0 and external_wad != 0:
        # Of four, the least and the greatest are not the middle of five; two and the index are left.
        lower_wad: uint256 = max(min(carried_wad, based_wad), min(book_wad, external_wad))
        upper_wad: uint256 = min(max(carried_wad, based_wad), max(book_wad, external_wad))
        return self._middle_wad(lower_wad, upper_wad, index_wad)
    third_wad: uint256 = index_wad
    if book_wad + external_wad != 0:
        third_wad = max(book_wad, external_wad)
    return self._middle_wad(carried_wad, based_wad, third_wad)


@internal
@pure
def _shifted_wad(price_wad: uint256, shift_wad: int256) -> uint256:
    # A basis learnt at a much higher index could exceed a fallen one: no price below zero.
    return convert(max(convert(price_wad, int256) + shift_wad, 0), uint256)


@internal
@pure
def _middle_wad(a_wad: uint256, b_wad: uint256, c_wad: uint256) -> uint256:
    return max(min(a_wad, b_wad), min(max(a_wad, b_wad), c_wad))


@internal
@pure
def _within_band_wad(price_wad: uint256, index_wad: uint256, band_wad: uint256) -> uint256:
    """
    @dev Both edges round towards the index, so the band is never exceeded by a wei.
    """
    low_wad: uint256 = fixed_point._mul_wad_up(index_wad, limits.WAD - band_wad)
    high_wad: uint256 = fixed_point._mul_wad_down(index_wad, limits.WAD + band_wad)
    return max(low_wad, min(price_wad, high_wad))


@internal
@pure
def _held_wad(mark_wad: uint256, low_wad: uint256, high_wad: uint256, band_wad: uint256) -> uint256:
    """
    @dev The mark of a market whose index is not good: the last one, moved only to where it is
         within the band of a price still believed.
    """
    lowest_wad: uint256 = fixed_point._mul_wad_up(low_wad, limits.WAD - band_wad)
    highest_wad: uint256 = fixed_point._mul_wad_down(high_wad, limits.WAD + band_wad)
    return max(lowest_wad, min(mark_wad, highest_wad))


@internal
@pure
def _is_unsafe(method: uint256) -> bool:
    return method >= LAST_TRADE


@internal
@pure
def _widest_band_wad(risk: IMarketParams.Risk) -> uint256:
    """
    @dev The widest band in which the book alone cannot liquidate a position opened with exactly
         its initial margin, wherever in the band the mark stood then. When the mark moves by a
         ratio x against such a position of notional N, it keeps IM(N) - x*N and needs at most
         MM(N) + x*N*mmr (a short's notional grows), so x < d/(1 + mmr) with d = (IM(N) - MM(N))/N.
         Between two tier bounds d runs monotonically from its value at the bound towards
         imr_k - mmr_k: the lower of the two is what holds for the whole tier. From edge to edge the
         mark moves by x = 2b/(1 - b), so b = x/(2 + x).
    """
    widest_wad: uint256 = max_value(uint256)
    spare: uint256 = 0  # IM - MM at the lower bound of tier k, 36 decimals
    for k: uint256 in range(limits.TIERS):
        mmr_wad: uint256 = risk.tier_mmr_wad[k]
        if mmr_wad == 0:
            break
        room_wad: uint256 = risk.tier_imr_wad[k] - mmr_wad
        if k > 0:
            width_wad: uint256 = risk.tier_lower_wad[k] - risk.tier_lower_wad[k - 1]
            spare += width_wad * (risk.tier_imr_wad[k - 1] - risk.tier_mmr_wad[k - 1])
            room_wad = min(room_wad, spare // risk.tier_lower_wad[k])
        widest_wad = min(widest_wad, fixed_point._div_wad_down(room_wad, limits.WAD + mmr_wad))
    widest_wad = fixed_point._div_wad_down(widest_wad, 2 * limits.WAD + widest_wad)
    return widest_wad - 1  # strictly inside: a unit is more than what margins round by
