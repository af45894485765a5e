"""One fault on k feeds, played on the chain: what was true, what was said, what was served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sim.experiments.oracle.fault_catalogue import NONE, Maker, fault_line
from sim.experiments.oracle.population import is_beyond, judged_at
from sim.experiments.oracle.price_path import PricePath
from sim.experiments.oracle.testbed import OracleTestbed, TestbedError
from sim.market.fault_line import FaultLine
from sim.market.reporter import Push
from sim.reference.margin import Price

# A judgement this close to a liquidation price, in its own unit, may turn on a wei of funding.
NEAR = 10**-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One block as nobody on chain can see it."""

    now_s: int
    truth_wad: int
    honest_low_wad: int  # between these lies everything that sound feeds say, doubts included
    honest_high_wad: int
    at_fault: bool  # a fault changed what was sent in this block
    displaced: bool  # the middle of all that is said is off the middle of all that is honest
    multiples: tuple[float, ...]  # of its honest price, what each feed at fault sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """What happened block by block, and what each design served."""

    fault: str
    corrupted: int
    path: PricePath
    moments: tuple[Moment, ...]
    shown: Mapping[str, tuple[Price, ...]]


@dataclass(slots=True)
class FeedObserver:
    """Remembers the newest thing each feed said, and what it would honestly have said."""

    path: PricePath
    sound: tuple[str, ...]
    said: dict[str, Push] = field(default_factory=dict)
    honest: dict[str, Push] = field(default_factory=dict)

    def hear(self, honest: Sequence[Push], sent: Sequence[Push]) -> None:
        """Take note of a block's pushes; a feed keeps the newest observation it got."""
        for kept, pushes in ((self.honest, honest), (self.said, sent)):
            for push in pushes:
                last = kept.get(push.feed)
                if last is None or push.observed_at > last.observed_at:
                    kept[push.feed] = push

    def moment(self, now_s: int, truth_wad: int, line: FaultLine, sent: Sequence[Push]) -> Moment:
        """This block in the light of everything heard."""
        live = [
            push
            for name in self.sound
            if (push := self.honest.get(name)) and now_s - push.observed_at <= self.path.stale_s
        ]
        lows = [push.price_wad - push.conf_wad for push in live] or [truth_wad]
        highs = [push.price_wad + push.conf_wad for push in live] or [truth_wad]
        faulty = {mark.feed for mark in line.marks if mark.at_s == now_s}
        multiples = tuple(
            self.said[push.feed].price_wad / self.honest[push.feed].price_wad
            for push in sent
            if push.feed in faulty and self.said[push.feed] is push
        )
        return Moment(
            now_s=now_s,
            truth_wad=truth_wad,
            honest_low_wad=min(lows),
            honest_high_wad=max(highs),
            at_fault=bool(faulty),
            displaced=abs(_middle(self.said) / _middle(self.honest) - 1) > 0.01,
            multiples=multiples,
        )


def play(
    testbed: OracleTestbed, path: PricePath, fault: str, corrupted: int, effect: Maker | None
) -> Episode:
    """Run an episode from where the testbed stands, and leave the testbed there again."""
    line = fault_line(path, corrupted, fault, effect)
    sound = path.feeds[corrupted:] or path.feeds  # all wrong: what they should have said
    ear = FeedObserver(path=path, sound=sound)
    for place in range(path.warm):
        pushes = path.pushes[place]
        ear.hear(pushes, line.send(pushes, path.times_s[place]))
    point = testbed.snapshot()
    moments, shown = [], []
    for place in range(path.warm, len(path.times_s)):
        now_s, honest = path.times_s[place], path.pushes[place]
        sent = line.send(honest, now_s)
        ear.hear(honest, sent)
        shown.append(testbed.play(now_s, sent))
        moments.append(ear.moment(now_s, path.truth_wad[place], line, sent))
    check_verdicts(testbed, moments[-1].now_s, shown[-1])
    testbed.rewind(point)
    return Episode(
        fault=fault,
        corrupted=corrupted,
        path=path,
        moments=tuple(moments),
        shown={name: tuple(one[name] for one in shown) for name in testbed.ids},
    )


def honest(testbed: OracleTestbed, path: PricePath) -> Episode:
    """The same path with every feed sound."""
    return play(testbed, path, NONE, 0, None)


def check_verdicts(testbed: OracleTestbed, now_s: int, prices: Mapping[str, Price]) -> None:
    """Refuse to go on unless `Lens` calls the same accounts liquidatable as the laboratory."""
    for name, price in prices.items():
        states = testbed.ask("Lens", "accounts", testbed.accounts(name))
        rows = zip(testbed.group, testbed.liquidation_wad[name], states, strict=True)
        for trader, liquidation_wad, state in rows:
            judged_wad = judged_at(price, now_s, trader.size_wad)
            expected = judged_wad is not None and is_beyond(
                judged_wad, liquidation_wad, trader.size_wad
            )
            near = judged_wad is not None and abs(judged_wad / liquidation_wad - 1) < NEAR
            if state.liquidatable != expected and not near:
                raise TestbedError(
                    f"{name}: the lens says liquidatable={state.liquidatable} of a "
                    f"{trader.leverage}x position, the laboratory says {expected}"
                )


def _middle(pushes: Mapping[str, Push]) -> int:
    """Lower median of the prices last said."""
    prices = sorted(push.price_wad for push in pushes.values())
    return prices[(len(prices) - 1) // 2]
