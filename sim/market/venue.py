"""What each venue shows at each time: the true price, its own spread, its scripted dislocations."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.market.paths import need_not_negative, need_positive, reverting
from sim.portable import interpolated
from sim.prices.join import JoinedPrices, VenueTape
from sim.rng import stream
from sim.types import FloatArray
from sim.units import BPS, WAD, mul_down, wad_from_float

# Ten decimals: coarse enough that a price read from a file crosses the border as it was printed.
PRICE_STEP_WAD = 10**8


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """A simulated venue: how far its price strays from the true one, and for how long."""

    name: str
    spread_bps: float
    half_life_s: float

    def __post_init__(self) -> None:
        need_not_negative(spread_bps=self.spread_bps)
        need_positive(half_life_s=self.half_life_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dislocation:
    """One venue's price times `multiplier` in [from_s, until_s], with linear ramps around it."""

    market: str
    venue: str
    from_s: int
    until_s: int
    multiplier: float
    ramp_in_s: int = 0
    ramp_out_s: int = 0

    def __post_init__(self) -> None:
        need_positive(multiplier=self.multiplier)
        need_not_negative(ramp_in_s=self.ramp_in_s, ramp_out_s=self.ramp_out_s)
        if self.from_s > self.until_s:
            raise ValueError(f"a dislocation from {self.from_s} s to {self.until_s} s runs back")

    def factors(self, times_s: NDArray[np.int64]) -> FloatArray:
        """The factor on the venue's price at each time; the ramps lie outside the window."""
        begin_s, end_s = self.from_s - self.ramp_in_s, self.until_s + self.ramp_out_s
        ramps = interpolated(
            times_s, [begin_s, self.from_s, self.until_s, end_s], [0.0, 1.0, 1.0, 0.0]
        )
        # Said outright, because without ramps the edges of the window are two equal times.
        ramps[(times_s >= self.from_s) & (times_s <= self.until_s)] = 1
        return np.asarray(1 + ramps * (self.multiplier - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketTape:
    """One market on the grid: its true price and each venue's."""

    true_prices: FloatArray
    venues: Mapping[str, VenueTape]


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueBoard:
    """True and venue prices of all markets, as WAD integers, at or before any time asked."""

    times_s: tuple[int, ...]
    markets: Mapping[str, MarketTape]
    # By (venue, market): the factor that trades put on the price at a place, where it is not one.
    pressed_wad: Mapping[tuple[str, str], Mapping[int, int]] = field(default_factory=dict)

    def place(self, now_s: int) -> int | None:
        """The last grid place at or before `now_s`; None before the first."""
        found = bisect_right(self.times_s, now_s)
        return found - 1 if found else None

    def true_price_wad(self, market: str, now_s: int) -> int:
        """The true price at `now_s`; refuses a time before the first."""
        place = self.place(now_s)
        if place is None:
            raise ValueError(f"no price at {now_s} s; the board begins at {self.times_s[0]} s")
        return _price_wad(self.markets[market].true_prices[place])

    def venue_price_wad(self, market: str, venue: str, place: int) -> int | None:
        """What a venue shows at a grid place; None while it is silent."""
        tape = self.markets[market].venues[venue]
        if tape.silent[place]:
            return None
        price_wad = _price_wad(tape.prices[place])
        pressed = self.pressed_wad.get((venue, market))
        return mul_down(price_wad, pressed.get(place, WAD)) if pressed else price_wad


def simulated_board(
    times_s: NDArray[np.int64],
    true_paths: Mapping[str, FloatArray],
    venues: Sequence[Venue],
    seed: int,
    dislocations: Sequence[Dislocation] = (),
) -> VenueBoard:
    """Every venue in every market around the given true paths, each from its own stream."""
    markets = {}
    for market, path in true_paths.items():
        tapes = {}
        for venue in venues:
            rng = stream(seed, f"venue/{market}/{venue.name}")
            prices = path * (1 + _spread(venue, times_s, rng))
            tapes[venue.name] = VenueTape(prices=prices, silent=np.zeros(len(path), dtype=np.bool_))
        markets[market] = MarketTape(true_prices=path, venues=tapes)
    return _dislocated(times_s, markets, dislocations)


def replayed_board(joined: JoinedPrices, dislocations: Sequence[Dislocation] = ()) -> VenueBoard:
    """The venues of real files; the true price is their median, carried while none has one."""
    markets = {
        market: MarketTape(true_prices=median_carried(tapes), venues=tapes)
        for market, tapes in joined.markets.items()
    }
    return _dislocated(joined.times_s, markets, dislocations)


def _spread(venue: Venue, times_s: NDArray[np.int64], rng: np.random.Generator) -> FloatArray:
    """The venue's relative distance from the true price, stationary from the first time on."""
    std = venue.spread_bps / BPS
    draws = rng.standard_normal(len(times_s))
    steps_s = np.diff(times_s).astype(np.float64)
    return reverting(std * draws[0], std, venue.half_life_s, steps_s, draws[1:])


def median_carried(tapes: Mapping[str, VenueTape]) -> FloatArray:
    """The median of the venues that have a price, carried forward while none has one."""
    shown = np.array([tape.prices for tape in tapes.values()])
    some = ~np.isnan(shown).all(axis=0)
    medians = np.full(len(some), np.nan)
    medians[some] = np.nanmedian(shown[:, some], axis=0)
    last = np.maximum.accumulate(np.where(some, np.arange(len(some)), 0))
    return np.asarray(medians[last])


def _dislocated(
    times_s: NDArray[np.int64],
    markets: Mapping[str, MarketTape],
    dislocations: Sequence[Dislocation],
) -> VenueBoard:
    """The board with the dislocations on its venues; true prices stay as they are."""
    shown = {market: dict(tape.venues) for market, tape in markets.items()}
    for one in dislocations:
        if one.venue not in shown.get(one.market, {}):
            raise ValueError(f"a dislocation of {one.venue} in {one.market}; no such venue there")
        tape = shown[one.market][one.venue]
        shown[one.market][one.venue] = VenueTape(
            prices=tape.prices * one.factors(times_s), silent=tape.silent
        )
    return VenueBoard(
        times_s=tuple(times_s.tolist()),
        markets={
            market: MarketTape(true_prices=tape.true_prices, venues=shown[market])
            for market, tape in markets.items()
        },
    )


def _price_wad(price: float) -> int:
    """The WAD nearest to a price in whole steps; refuses one too small to be above zero."""
    price_wad = wad_from_float(price + PRICE_STEP_WAD / WAD / 2, step_wad=PRICE_STEP_WAD)
    if price_wad <= 0:
        raise ValueError(f"a price of {price}; at least {PRICE_STEP_WAD / WAD} is needed")
    return price_wad
