"""When funding is paid: by the second or at an instant, of which interval's samples.

The period of the rate is apart from the interval of payment (R16, R35): an 8-hour rate paid by the
hour pays an eighth of it each hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from sim.reference.venues.funding_rate import RateRule, of_interval
from sim.reference.venues.numbers import RuleError
from sim.reference.venues.premium import simple_average, weighted_average

ZERO = Fraction(0)


class SamplesOf(StrEnum):
    """Which interval's samples make the rate that an interval pays."""

    LAST = "last"
    RUNNING = "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How rates of intervals become a cumulative index."""

    rule: RateRule
    period_s: int  # what the rate is of
    interval_s: int  # how long an average is taken over
    samples_of: SamplesOf = SamplesOf.LAST
    is_paid_at_instant: bool = False
    is_rising: bool = False  # R39: samples count 1 to n

    def __post_init__(self) -> None:
        if self.samples_of is SamplesOf.RUNNING and not self.is_paid_at_instant:
            raise RuleError(
                "a rate of the running interval is known at its end; "
                "payment at an instant, or the last interval's samples, is allowed"
            )

    def rate(self, samples: Sequence[Fraction]) -> Fraction:
        """What an interval with these samples asks for one period; none count as no premium."""
        if not samples:
            return self.rule.rate(ZERO)
        average = weighted_average if self.is_rising else simple_average
        return self.rule.rate(average(samples))

    def index(
        self, samples: Sequence[Sequence[Fraction]], price: Fraction, until_s: int
    ) -> Fraction:
        """Quote owed by a long of one base from second 0 on, at a price that stands.

        `samples` are those of each interval; of the last ones, the first pays at no premium.
        """
        whole, rest_s = divmod(until_s, self.interval_s)
        if len(samples) < whole:
            raise RuleError(f"found samples of {len(samples)} intervals; {whole} are needed")
        total = sum((self._paid(samples, place) for place in range(whole)), ZERO)
        if rest_s and not self.is_paid_at_instant:
            total += self._paid(samples, whole) * rest_s / self.interval_s
        return total * price

    def _paid(self, samples: Sequence[Sequence[Fraction]], place: int) -> Fraction:
        behind = 1 if self.samples_of is SamplesOf.LAST else 0
        of_which = samples[place - behind] if place >= behind else ()
        rate = self.rate(of_which)
        return of_interval(rate, Fraction(self.interval_s), Fraction(self.period_s))
