"""The pace at which the insurance pool sells what it took over: a clip a cool-down, from mark on.

The bound is a share of mark that grows with the time since anything traded. What trades takes the
waiting back in proportion to a clip, what joins the position in proportion to the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

MOST_SLIPPAGE = Fraction(1, 100)
WIDEN_S = 600
WAD = 10**18


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Since when the bound widens; what was sold since when, and is held against the clip."""

    since_s: int = 0
    sold: tuple[tuple[int, int], ...] = ()  # time, size

    def slippage_wad(self, now_s: int) -> int:
        """How far from mark the next clip may trade, down."""
        waited_s = min(now_s - self.since_s, WIDEN_S)
        return floor(MOST_SLIPPAGE * WAD * Fraction(waited_s, WIDEN_S))

    def bound_wad(self, now_s: int, *, mark_wad: int, tick_wad: int, sells: bool) -> int:
        """The worst price, on the grid, rounded for the pool."""
        slippage = Fraction(self.slippage_wad(now_s), WAD)
        if sells:
            return ceil(Fraction(ceil(mark_wad * (1 - slippage)), tick_wad)) * tick_wad
        return floor(mark_wad * (1 + slippage)) // tick_wad * tick_wad

    def left_wad(self, now_s: int, clip_wad: int, cooldown_s: int) -> int:
        """What of the clip may still go now."""
        begun = [time_s for time_s, _ in self._window(now_s, cooldown_s)]
        sold_wad = sum(size for time_s, size in self.sold if begun and time_s >= begun[0])
        return max(0, clip_wad - sold_wad)

    def filled(self, now_s: int, size_wad: int, clip_wad: int, cooldown_s: int) -> Pace:
        """After so much of a clip has traded."""
        window = (*self._window(now_s, cooldown_s), (now_s, size_wad))
        return Pace(since_s=self._taken_back(now_s, size_wad, clip_wad), sold=window)

    def joined(self, now_s: int, size_wad: int, whole_wad: int) -> Pace:
        """After so much of what is now the whole position has come to it."""
        return replace(self, since_s=self._taken_back(now_s, size_wad, whole_wad))

    def _window(self, now_s: int, cooldown_s: int) -> tuple[tuple[int, int], ...]:
        """What was sold in the cool-down that runs; it began with the first of it."""
        running = self.sold and now_s < self.sold[0][0] + cooldown_s
        return self.sold if running else ()

    def _taken_back(self, now_s: int, part_wad: int, whole_wad: int) -> int:
        waited_s = min(now_s - self.since_s, WIDEN_S)
        kept = max(Fraction(0), 1 - Fraction(part_wad, whole_wad)) if whole_wad else Fraction(0)
        return now_s - floor(waited_s * kept)
