"""Between reporters and chain: the faults of a scenario in their windows, each act on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sim.market.faults import Effect, FaultContext, Reported
from sim.market.reporter import Push


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An effect on some feeds of a market in [from_s, until_s), under a label of its own."""

    label: str
    market: str
    feeds: tuple[str, ...]
    from_s: int
    until_s: int
    effect: Effect

    def __post_init__(self) -> None:
        if not self.label.strip() or not self.feeds or self.from_s >= self.until_s:
            raise ValueError(
                f"fault {self.label!r} on feeds {self.feeds} from {self.from_s} s to "
                f"{self.until_s} s; a label, a feed and a time are needed"
            )

    def holds(self, push: Push) -> bool:
        """Whether the push comes from a feed at fault."""
        return push.market == self.market and push.feed in self.feeds


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultMark:
    """At this time this fault changed what this feed sent: the truth that alarms are scored by."""

    at_s: int
    label: str
    market: str
    feed: str


def apply_faults(
    faults: Sequence[Fault],
    pushes: Sequence[Push],
    now_s: int,
    past: Mapping[tuple[str, str], Sequence[Reported]],
) -> tuple[list[Push], list[FaultMark]]:
    """What is sent in place of the honest pushes (faults act in their order), and who changed."""
    sent, marks = list(pushes), []
    order = {(push.feed, push.market): i for i, push in enumerate(pushes)}
    for fault in faults:
        if not fault.from_s <= now_s < fault.until_s:
            continue
        before = [push for push in sent if fault.holds(push)]
        scene = FaultContext(from_s=fault.from_s, now_s=now_s, past=past)
        after = fault.effect.distort(before, scene)
        for feed in fault.feeds:
            if [push for push in before if push.feed == feed] != [
                push for push in after if push.feed == feed
            ]:
                marks.append(
                    FaultMark(at_s=now_s, label=fault.label, market=fault.market, feed=feed)
                )
        rest = [push for push in sent if not fault.holds(push)]
        sent = sorted(rest + after, key=lambda push: order[push.feed, push.market])
    return sent, marks


@dataclass(slots=True, kw_only=True)
class FaultLine:
    """Carries the pushes of each block through the faults, remembering what faults may need."""

    faults: tuple[Fault, ...]
    marks: list[FaultMark] = field(default_factory=list)
    _past: dict[tuple[str, str], list[Reported]] = field(default_factory=dict)

    def send(self, pushes: Sequence[Push], now_s: int) -> list[Push]:
        """The pushes of this block that are really sent; blocks come in order of time."""
        sent, marks = apply_faults(self.faults, pushes, now_s, self._past)
        self.marks += marks
        for push in pushes:
            if any(fault.holds(push) and now_s < fault.until_s for fault in self.faults):
                reported = Reported(at_s=now_s, push=push)
                self._past.setdefault((push.feed, push.market), []).append(reported)
        return sent
