"""A path through published prices of a real event, joined by a seeded log-Brownian bridge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.market.paths import (
    PriceProcess,
    Times,
    from_zero,
    need_not_negative,
    need_positive,
    step_years,
)
from sim.portable import exp, interpolated, log
from sim.types import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One published price: when, how much, and who says so."""

    time_s: int
    price: float
    source: str

    def __post_init__(self) -> None:
        need_positive(price=self.price)
        if not self.source.strip():
            raise ValueError(f"the anchor at {self.time_s} s names no source; each anchor must")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchoredPath(PriceProcess):
    """Exact at every anchor; a bridge between them, a free walk outside of them.

    An anchor holds at the first grid time at or after it: a block cannot show it earlier.
    """

    anchors: tuple[Anchor, ...]
    vol_per_year: float

    def __post_init__(self) -> None:
        need_not_negative(vol_per_year=self.vol_per_year)
        times = [anchor.time_s for anchor in self.anchors]
        if not times or times != sorted(set(times)):
            raise ValueError(f"anchor times {times}; at least one is needed, each after the last")

    def drive(self, times_s: Times, shocks: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Prices at `times_s`; refuses a grid that leaves out an anchor or merges two."""
        walk = from_zero(self.vol_per_year * np.sqrt(step_years(times_s)) * shocks)
        places = self.places(times_s)
        prices = np.array([anchor.price for anchor in self.anchors])
        grid_s = np.asarray(times_s, dtype=np.float64)
        # Brownian motion plus the linear correction that pins it at the anchors is the bridge.
        path = exp(walk + interpolated(grid_s, grid_s[places], log(prices) - walk[places]))
        path[places] = prices
        return np.asarray(path)

    def places(self, times_s: Times) -> list[int]:
        """Where on the grid each anchor stands."""
        anchor_s = [anchor.time_s for anchor in self.anchors]
        if anchor_s[0] < times_s[0] or anchor_s[-1] > times_s[-1]:
            raise ValueError(
                f"anchors from {anchor_s[0]} s to {anchor_s[-1]} s; the time grid "
                f"covers only {times_s[0]} s to {times_s[-1]} s"
            )
        places: list[int] = np.searchsorted(times_s, anchor_s).tolist()
        if len(set(places)) != len(places):
            raise ValueError("two anchors fall into one step of the time grid; use shorter steps")
        return places
