"""The rate of funding: from premium and interest to what a period asks, within bounds."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sim.reference.venues.numbers import clamp

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRule:
    """How a premium becomes a rate of one period.

    With a damper the rate is pulled towards the interest, P + clamp(I - P, -d, d); without one the
    interest, of either sign, is added whole (R15, R36). Then a factor (R26), then bounds of their
    own (R26), then the margins' (R14).
    """

    interest: Fraction = ZERO
    damper: Fraction | None = None
    factor: Fraction = Fraction(1)
    low: Fraction | None = None
    high: Fraction | None = None
    margin_cap: Fraction | None = None

    def rate(self, premium: Fraction) -> Fraction:
        """The rate of one period at an average premium."""
        if self.damper is None:
            raw = premium + self.interest
        else:
            raw = premium + clamp(self.interest - premium, -self.damper, self.damper)
        raw *= self.factor
        raw = raw if self.low is None else max(raw, self.low)
        raw = raw if self.high is None else min(raw, self.high)
        if self.margin_cap is None:
            return raw
        return clamp(raw, -self.margin_cap, self.margin_cap)


def cap_by_margins(factor: Fraction, imf: Fraction, mmf: Fraction) -> Fraction:
    """R14: k*(IMF - MMF), whatever that is (dYdX v4: funding rate clamp)."""
    return factor * (imf - mmf)


def of_interval(rate: Fraction, interval_s: Fraction, period_s: Fraction) -> Fraction:
    """R16: what one interval pays of a period's rate, rate*interval/period.

    (Binance, OKX since 2025: F = [P + clamp(I - P)]/(8/N); Hyperliquid: an eighth each hour.)
    """
    return rate * interval_s / period_s


def of_convergence(
    premium: Fraction, interval_s: Fraction, convergence_s: Fraction, most: Fraction | None
) -> Fraction:
    """R35: the premium amortised over a time of its own, whatever the payments (Derive)."""
    rate = premium * interval_s / convergence_s
    return rate if most is None else clamp(rate, -most, most)


def of_interest(quote_rate: Fraction, base_rate: Fraction, intervals_a_day: Fraction) -> Fraction:
    """R36: (quote rate - base rate)/intervals a day, of any size and sign (BitMEX)."""
    return (quote_rate - base_rate) / intervals_a_day


@dataclass(frozen=True, slots=True, kw_only=True)
class VelocityState:
    """A rate a day that drifts, and the funding of one base accrued so far."""

    rate: Fraction = ZERO
    accrued: Fraction = ZERO


def drift(
    state: VelocityState,
    *,
    days: Fraction,
    skew: Fraction,
    scale: Fraction,
    most: Fraction,
    price: Fraction,
) -> VelocityState:
    """R30: the rate moves by v_max*clamp(skew/scale, -1, 1) a day and accrues its own mean.

    (Synthetix v3: funding velocity.)
    """
    last = state.rate + clamp(skew / scale, Fraction(-1), Fraction(1)) * most * days
    return VelocityState(rate=last, accrued=state.accrued + (state.rate + last) / 2 * days * price)
