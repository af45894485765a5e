"""Ways in which a feed goes wrong: what becomes of its honest pushes, in integers, stateless.

An effect gets the honest pushes of one block from the feeds at fault, and returns those sent.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sim.market.reporter import Push
from sim.units import BPS, WAD

HOUR_S = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """An honest push and when it was made."""

    at_s: int
    push: Push


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultContext:
    """When the fault began, what time it is, and what each (feed, market) reported before."""

    from_s: int
    now_s: int
    past: Mapping[tuple[str, str], Sequence[Reported]]

    def earlier(self, push: Push) -> Sequence[Reported]:
        """What the same feed reported in earlier blocks, oldest first."""
        return self.past.get((push.feed, push.market), ())

    def last(self, push: Push, at_most_s: int) -> Push | None:
        """The last earlier push of the same feed made at or before a time."""
        earlier = self.earlier(push)
        found = bisect_right(earlier, at_most_s, key=lambda one: one.at_s)
        return earlier[found - 1].push if found else None


class Effect(Protocol):
    """What a fault does to the pushes of the feeds it holds."""

    def distort(self, pushes: Sequence[Push], scene: FaultContext) -> list[Push]:
        """The pushes really sent in place of the honest ones."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """The price of the last push before the fault (the first one seen if none), fresh times."""

    def distort(self, pushes: Sequence[Push], scene: FaultContext) -> list[Push]:
        sent = []
        for push in pushes:
            seen = [one.push for one in scene.earlier(push)[:1]] + [push]
            old = scene.last(push, scene.from_s - 1) or seen[0]
            sent.append(replace(push, price_wad=old.price_wad, conf_wad=old.conf_wad))
        return sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """The price of `lag_s` ago; `fresh_time` lies about its age. Silent until there is one."""

    lag_s: int
    fresh_time: bool

    def distort(self, pushes: Sequence[Push], scene: FaultContext) -> list[Push]:
        back_s = 0 if self.fresh_time else self.lag_s
        return [
            replace(
                push,
                price_wad=old.price_wad,
                conf_wad=old.conf_wad,
                observed_at=push.observed_at - back_s,
            )
            for push in pushes
            if (old := scene.last(push, scene.now_s - self.lag_s))
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bias:
    """Off by a constant share."""

    bias_bps: int

    def distort(self, pushes: Sequence[Push], scene: FaultContext) -> list[Push]:
        return [_scaled(push, BPS + self.bias_bps, BPS) for push in pushes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Off by a share that grows with time, from 0 at the start of the fault."""

    bps_per_hour: int

    def distort(self, pushes: Sequence[Push], scene: FaultContext) -> list[Push]:
        grown = self.bps_per_hour * (scene.now_s - scene.from_s)
        return [_scaled(push, BPS * HOUR_S + grown, BPS * HOUR_S) for push in pushes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """At once a multiple of the price, as when a source quotes another currency."""

    multiplier_wad: int

    def distort(self, pushes: Sequence[Push], scene: FaultContext) -> list[Push]:
        return [_scaled(push, self.multiplier_wad, WAD) for push in pushes]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongDecimals:
    """The point `places` too far to the right; to the left if negative."""

    places: int

    def distort(self, pushes: Sequence[Push], scene: FaultContext) -> list[Push]:
        right, left = 10 ** max(0, self.places), 10 ** max(0, -self.places)
        return [_scaled(push, right, left) for push in pushes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Nothing is sent."""

    def distort(self, pushes: Sequence[Push], scene: FaultContext) -> list[Push]:
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """After each push the one of `age_s` ago again, to the letter."""

    age_s: int

    def distort(self, pushes: Sequence[Push], scene: FaultContext) -> list[Push]:
        sent = []
        for push in pushes:
            old = scene.last(push, scene.now_s - self.age_s)
            sent += [push, old] if old else [push]
        return sent


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfOrder:
    """Pushes of odd seq wait and are sent after the next one."""

    def distort(self, pushes: Sequence[Push], scene: FaultContext) -> list[Push]:
        sent = []
        for push in pushes:
            if push.seq % 2 == 0:
                waiting = (one for one in scene.earlier(push)[-1:] if one.at_s >= scene.from_s)
                sent += [push, *(one.push for one in waiting)]
        return sent


@dataclass(frozen=True, slots=True, kw_only=True)
class WideConfidence:
    """The price is right and its confidence useless: a share of the price."""

    conf_bps: int

    def distort(self, pushes: Sequence[Push], scene: FaultContext) -> list[Push]:
        return [replace(push, conf_wad=push.price_wad * self.conf_bps // BPS) for push in pushes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collusion:
    """The named of the feeds at fault push one multiple of their middle price, with conf 0."""

    colluders: tuple[str, ...]
    multiplier_wad: int

    def distort(self, pushes: Sequence[Push], scene: FaultContext) -> list[Push]:
        honest = sorted(push.price_wad for push in pushes if push.feed in self.colluders)
        if not honest:
            return list(pushes)
        agreed_wad = honest[(len(honest) - 1) // 2] * self.multiplier_wad // WAD
        return [
            replace(push, price_wad=agreed_wad, conf_wad=0) if push.feed in self.colluders else push
            for push in pushes
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorPrice:
    """A built-in minimum is served for any price below it."""

    floor_wad: int

    def distort(self, pushes: Sequence[Push], scene: FaultContext) -> list[Push]:
        return [replace(push, price_wad=max(push.price_wad, self.floor_wad)) for push in pushes]


def _scaled(push: Push, numerator: int, denominator: int) -> Push:
    """Price and confidence by the same factor, down; a feed cannot send less than 0."""
    factor = max(0, numerator)
    return replace(
        push,
        price_wad=push.price_wad * factor // denominator,
        conf_wad=push.conf_wad * factor // denominator,
    )
