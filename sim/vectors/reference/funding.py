"""Adapters: rates of funding, from premiums, interest, skew and averages."""

from __future__ import annotations

from fractions import Fraction

from sim.reference.venues import funding_rate, premium
from sim.reference.venues.funding_payment import AveragesRule
from sim.reference.venues.funding_rate import RateRule
from sim.reference.venues.numbers import clamp
from sim.vectors.inputs import Inputs
from sim.vectors.judge import Outputs
from sim.vectors.reference.positions import signed_size
from sim.venues import Venue

ZERO, ONE = Fraction(0), Fraction(1)
DAY_S, EIGHT_HOURS_S = Fraction(86_400), Fraction(28_800)


def damped(inputs: Inputs, venue: Venue) -> Outputs:
    """A period's rate from premium, interest and damper, and what an interval pays of it (R16)."""
    rule = _rule(inputs, venue)
    period = inputs.number("rate_period_s", EIGHT_HOURS_S)
    rate = rule.rate(inputs.number("average_premium"))
    interval = inputs.number("interval_s", inputs.number("payment_interval_s", period))
    is_divided = inputs.flag("divided_by_8_over_n", default=True)
    if "product_interval_s" in inputs:
        inputs.raw("product_interval_s")  # how the product was set for it is no rule of the venue
    paid = funding_rate.of_interval(rate, interval, period) if is_divided else rate
    if "max_rate_per_hour" in inputs:
        most = inputs.number("max_rate_per_hour") * interval / 3600
        paid = clamp(paid, -most, most)
    outputs = {
        "rate_8h": rate,
        "funding_rate": paid,
        "funding_rate_per_hour": paid * 3600 / interval,
    }
    if "index_price" in inputs:
        outputs["funding_per_base"] = paid * inputs.number("index_price")
        if "size" in inputs or "signed_size" in inputs:
            outputs["funding_payment"] = outputs["funding_per_base"] * signed_size(inputs)
    return outputs


def _rule(inputs: Inputs, venue: Venue) -> RateRule:
    """The row's interest, damper and bounds, or what the venue's preset has."""
    base = venue.funding.rule() if venue.funding else RateRule()
    damper = inputs.optional("damper")
    most = inputs.optional("max_abs_rate")
    return RateRule(
        interest=inputs.number("interest_rate_8h", base.interest),
        damper=base.damper if damper is None else damper,
        low=base.low if most is None else -most,
        high=base.high if most is None else most,
    )


def by_clamp(inputs: Inputs, venue: Venue) -> Outputs:
    """R14: the bound that the margins alone make."""
    del venue
    return {"max_abs_rate_8h": _margin_cap(inputs)}


def _margin_cap(inputs: Inputs) -> Fraction:
    return funding_rate.cap_by_margins(
        inputs.number("funding_rate_clamp_factor"),
        inputs.number("initial_margin_fraction"),
        inputs.number("maintenance_margin_fraction"),
    )


def of_samples(inputs: Inputs, venue: Venue) -> Outputs:
    """R14, R15: sampled premiums and a default of either sign, bounded by the margins."""
    del venue
    average = premium.of_expected_samples(
        inputs.number("premium_per_sample"),
        inputs.whole("samples_taken"),
        inputs.whole("samples_expected"),
    )
    rule = RateRule(
        interest=inputs.number("default_funding_rate_8h", ZERO), margin_cap=_margin_cap(inputs)
    )
    rate = rule.rate(average)
    if "product_interval_s" in inputs:
        inputs.raw("product_interval_s")  # how the product was set for it is no rule of the venue
    paid = funding_rate.of_interval(
        rate, inputs.number("funding_tick_s"), inputs.number("rate_period_s")
    )
    return {"rate_8h": rate, "funding_per_base": paid * inputs.number("index_price")}


def by_velocity(inputs: Inputs, venue: Venue) -> Outputs:
    """R30: the rate that the skew drives, and what a size has accrued."""
    del venue
    state = funding_rate.VelocityState()
    for step in inputs.items("steps"):
        state = funding_rate.drift(
            state,
            days=step.number("days"),
            skew=step.number("skew"),
            scale=inputs.number("skew_scale"),
            most=inputs.number("max_funding_velocity_per_day"),
            price=inputs.number("price"),
        )
    accrued = state.accrued * signed_size(inputs)
    return {"funding_rate_per_day": state.rate, "funding_accrued": accrued}


def of_twaps(inputs: Inputs, venue: Venue) -> Outputs:
    """R26, R27: the rate and payment of two averages, with a factor and bounds of the rate."""
    del venue
    rule = AveragesRule(
        factor=inputs.number("scaling_factor", ONE),
        low=inputs.optional("lower_bound"),
        high=inputs.optional("upper_bound"),
        interest_a_year=inputs.number("interest_rate", ZERO),
        interest_low=inputs.number("clamp_lower_bound", ZERO),
        interest_high=inputs.number("clamp_upper_bound", ZERO),
        years=inputs.number("years", ZERO),
    )
    external = inputs.number("external_twap")
    rate = rule.rate(inputs.number("internal_twap"), external)
    return {"funding_rate": rate, "funding_payment": rate * external}


def by_convergence(inputs: Inputs, venue: Venue) -> Outputs:
    """R35: a premium amortised over a time of its own."""
    del venue
    interval = inputs.number("payment_interval_s")
    rate = funding_rate.of_convergence(
        inputs.number("premium"),
        interval,
        inputs.number("convergence_period_s"),
        inputs.optional("max_rate_per_hour"),
    )
    return {"funding_rate_per_hour": rate, "funding_rate": rate}


def of_interest(inputs: Inputs, venue: Venue) -> Outputs:
    """R36: interest alone."""
    del venue
    rate = funding_rate.of_interest(
        inputs.number("quote_rate_per_day"),
        inputs.number("base_rate_per_day"),
        inputs.number("intervals_per_day"),
    )
    return {"funding_rate": rate}


ADAPTERS = {
    "funding_rate_8h": damped,
    "funding_rate_hour": damped,
    "funding_rate_interval": damped,
    "funding_payment_hour": damped,
    "funding_rate_clamp": by_clamp,
    "funding_index_delta_hour": of_samples,
    "velocity_rate": by_velocity,
    "velocity_accrued": by_velocity,
    "funding_rate_of_twaps": of_twaps,
    "funding_rate_hour_convergence": by_convergence,
    "funding_rate_of_interest": of_interest,
}
