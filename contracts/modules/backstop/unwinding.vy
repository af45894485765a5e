# pragma version 0.4.3
"""
@title The pace at which a backstop position comes back to the book
@notice A clip a cool-down, at a bound that starts at mark and widens with time: who bids at mark is
        served first, and nobody is sold everything at the worst price at once. A fill takes the
        bound back to mark by its part of a clip, and so does what joins the position by its part
        of it; a dust order can neither stop the clock nor run it.
@custom:units Sizes base, prices quote, 18 decimals.
"""

from contracts.modules import limits
from contracts.modules.math import fixed_point

MOST_SLIPPAGE_WAD: constant(uint256) = 10**16  # the worst bound against mark, 1 %
WIDEN_S: constant(uint256) = 600  # after so long without a fill
_LOW_64: constant(uint256) = 2**64 - 1

# size closed in this cool-down 128 | when it began 64 | since when the bound widens 64
_paces: HashMap[uint256, uint256]


@internal
@view
def _clip_left(market: uint256, clip_wad: uint256, cooldown_s: uint256) -> uint256:
    """
    @dev What of this cool-down's clip may still be closed.
    """
    word: uint256 = self._paces[market]
    if block.timestamp >= ((word >> 64) & _LOW_64) + cooldown_s:
        return clip_wad
    return clip_wad - min(clip_wad, word >> 128)


@internal
@view
def _slippage_down(market: uint256) -> uint256:
    """
    @dev How far from mark the next clip may trade.
    """
    waited_s: uint256 = min(block.timestamp - (self._paces[market] & _LOW_64), WIDEN_S)
    return MOST_SLIPPAGE_WAD * waited_s // WIDEN_S


@internal
def _closed(market: uint256, size_wad: uint256, clip_wad: uint256, cooldown_s: uint256):
    """
    @dev A fill: it counts against the clip, and takes the bound back.
    """
    word: uint256 = self._paces[market]
    used_wad: uint256 = word >> 128
    began_at: uint256 = (word >> 64) & _LOW_64
    if block.timestamp >= began_at + cooldown_s:
        used_wad = 0
        began_at = block.timestamp
    since: uint256 = self._taken_back(word & _LOW_64, size_wad, clip_wad)
    self._paces[market] = (used_wad + size_wad) << 128 | began_at << 64 | since


@internal
def _joined(market: uint256, size_wad: uint256, whole_wad: uint256):
    """
    @dev `size_wad` of a position that is now `whole_wad` is new.
    """
    word: uint256 = self._paces[market]
    since: uint256 = self._taken_back(word & _LOW_64, size_wad, whole_wad)
    self._paces[market] = (word >> 64) << 64 | since


@internal
@view
def _taken_back(since: uint256, part_wad: uint256, whole_wad: uint256) -> uint256:
    waited_s: uint256 = min(block.timestamp - since, WIDEN_S)
    if whole_wad == 0 or part_wad >= whole_wad:
        return block.timestamp
    kept_s: uint256 = fixed_point._mul_div_down(waited_s, whole_wad - part_wad, whole_wad)
    return block.timestamp - kept_s


@internal
@pure
def _bound(is_sale: bool, mark_wad: uint256, slippage_wad: uint256, tick_wad: uint256) -> uint256:
    """
    @dev The worst price of a clip, on the book's grid, rounded for the pool.
    """
    if is_sale:
        bound_wad: uint256 = fixed_point._mul_wad_up(mark_wad, limits.WAD - slippage_wad)
        return fixed_point._mul_div_up(bound_wad, 1, tick_wad) * tick_wad
    bound_wad: uint256 = fixed_point._mul_wad_down(mark_wad, limits.WAD + slippage_wad)
    return bound_wad // tick_wad * tick_wad
