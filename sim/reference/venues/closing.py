"""Prices and amounts of a forced closing: bankruptcy, fillable price, fund, fees and how much."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sim.reference.venues.numbers import clamp, sign, step_up
from sim.reference.venues.position import Account, Leg

ZERO, ONE = Fraction(0), Fraction(1)
INSURANCE_SAFETY = Fraction(19, 20)


def bankruptcy_price(account: Account, leg: Leg) -> Fraction:
    """P - sgn(s)*E*(MM_i/sum MM)/|s|; all legs closed at theirs leave 0 (dYdX v4: liquidations)."""
    share = leg.maintenance / account.maintenance
    return leg.mark - account.equity * share / leg.size


def fillable_price(
    account: Account, leg: Leg, *, mmr: Fraction, adjustment: Fraction, spread: Fraction
) -> Fraction:
    """R09: P*(1 - sgn(s)*clamp(BA*(1 - E/MM), 0, 1)*spread*mmr) (dYdX v4: fillable price)."""
    urgency = clamp(adjustment * (1 - account.equity / account.maintenance), ZERO, ONE)
    return leg.mark * (1 - sign(leg.size) * urgency * spread * mmr)


def order_price(
    fillable: Fraction, bankruptcy: Fraction, size: Fraction, *, beyond: bool
) -> Fraction:
    """The price a failing position is filled at: never worse than bankruptcy unless `beyond`."""
    if beyond:
        return fillable
    return max(fillable, bankruptcy) if size > 0 else min(fillable, bankruptcy)


def insurance_delta(
    *,
    fill_quote: Fraction,
    bankruptcy_quote: Fraction,
    max_fee: Fraction,
    fund: Fraction | None = None,
) -> Fraction:
    """R10: min(maxfee*|q*P|, quote of the fill - quote at bankruptcy); below 0 the fund pays.

    With a fund that is given it pays as far as it lasts (R25). R11: the fee may be all of the
    value. (dYdX v4: insurance fund delta.)
    """
    delta = min(max_fee * abs(fill_quote), fill_quote - bankruptcy_quote)
    return delta if fund is None else max(delta, -fund)


def insurance_fee(
    *,
    shortage: Fraction,
    notional: Fraction,
    mmr: Fraction,
    liquidation_fee: Fraction,
    most: Fraction,
) -> Fraction:
    """R19: min(max, .95*max(0, mmr - fee - shortage/N)), sized before the fill (Drift v2)."""
    if notional == 0:
        return ZERO
    return min(most, INSURANCE_SAFETY * max(ZERO, mmr - liquidation_fee - shortage / notional))


def liquidation_fee_at(
    *, slots: Fraction, grace: Fraction, base: Fraction, most: Fraction, per_slot: Fraction
) -> Fraction:
    """R20: min(max, base + slope*slots) once the grace is over, the base within it (Drift v2)."""
    return base if slots < grace else min(most, base + per_slot * slots)


def base_to_close(
    *,
    shortage: Fraction,
    mark: Fraction,
    mmr: Fraction,
    liquidation_fee: Fraction,
    insurance_fee: Fraction,
    collateral_price: Fraction,
    held: Fraction,
) -> Fraction:
    """R18: shortage/(P*q*(mmr - fee) - P*iffee) in base, at most what is held (Drift v2)."""
    freed = mark * (collateral_price * (mmr - liquidation_fee) - insurance_fee)
    return held if freed <= 0 else min(held, shortage / freed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwinding:
    """How a closing-out network sells what it took over."""

    fraction: Fraction
    full_disposal_size: Fraction
    max_fraction_of_book: Fraction


def unwound(position: Fraction, book: Fraction, rule: Unwinding, lot: Fraction) -> Fraction:
    """R29: what one step sells, in lots, rounded up (Vega: liquidation strategy).

    A fraction, or all from a size down; never more than a share of the book.
    """
    wanted = abs(position)
    if wanted > rule.full_disposal_size:
        wanted = step_up(wanted * rule.fraction, lot)
    return min(wanted, step_up(book * rule.max_fraction_of_book, lot))
