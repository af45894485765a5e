"""A reporter sees one venue late and with noise, and pushes when time or the price moved."""

from __future__ import annotations

from dataclasses import dataclass

from sim.market.paths import need_not_negative
from sim.market.venue import VenueBoard
from sim.rng import stream
from sim.types import PushPrice
from sim.units import BPS, WAD, mul_down, wad_from_float

# What a reporter makes is already the action the engine sends.
Push = PushPrice


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterSpec:
    """Which venue a feed reads, how late and how noisily, and when it pushes."""

    feed: str
    market: str
    venue: str
    delay_s: int
    noise_bps: float
    heartbeat_s: int
    deviation_bps: int
    conf_bps: int

    def __post_init__(self) -> None:
        need_not_negative(
            delay_s=self.delay_s,
            noise_bps=self.noise_bps,
            heartbeat_s=self.heartbeat_s,
            deviation_bps=self.deviation_bps,
        )
        if not 0 <= self.conf_bps <= BPS:
            raise ValueError(f"conf_bps is {self.conf_bps}; 0 to {BPS} is allowed")


class Reporter:
    """Reports one feed; remembers only its last push."""

    def __init__(self, spec: ReporterSpec, board: VenueBoard, seed: int) -> None:
        self.spec = spec
        self._board = board
        # One draw per grid place, pushed or not: what is seen depends on the time alone.
        draws = stream(seed, f"reporter/{spec.feed}/{spec.market}").standard_normal(
            len(board.times_s)
        )
        self._noise = draws * (spec.noise_bps / BPS)
        self._last: Push | None = None
        self._pushed_at_s = 0

    def report(self, now_s: int) -> Push | None:
        """The push due at `now_s`; none while the venue is silent or shows nothing newer."""
        place = self._board.place(now_s - self.spec.delay_s)
        if place is None:
            return None
        observed_at = self._board.times_s[place]
        if self._last is not None and observed_at <= self._last.observed_at:
            return None
        price_wad = self._price_wad(place)
        if price_wad is None or not self._is_due(price_wad, now_s):
            return None
        self._last = Push(
            feed=self.spec.feed,
            market=self.spec.market,
            price_wad=price_wad,
            conf_wad=-(-price_wad * self.spec.conf_bps // BPS),
            observed_at=observed_at,
            seq=self._last.seq + 1 if self._last else 1,
        )
        self._pushed_at_s = now_s
        return self._last

    def _price_wad(self, place: int) -> int | None:
        shown_wad = self._board.venue_price_wad(self.spec.market, self.spec.venue, place)
        if shown_wad is None:
            return None
        return max(1, mul_down(shown_wad, WAD + wad_from_float(self._noise[place])))

    def _is_due(self, price_wad: int, now_s: int) -> bool:
        if self._last is None or now_s - self._pushed_at_s >= self.spec.heartbeat_s:
            return True
        moved_wad = abs(price_wad - self._last.price_wad)
        return moved_wad * BPS >= self.spec.deviation_bps * self._last.price_wad
