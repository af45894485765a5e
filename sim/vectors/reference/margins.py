"""Adapters: what positions and accounts are asked for, and what they are worth."""

from __future__ import annotations

from fractions import Fraction

from sim.reference.venues import position as accounts
from sim.reference.venues.margin_table import scaled_by_open_interest
from sim.reference.venues.position import Position
from sim.reference.venues.size_margin import RateOfSize, linear_rate, root_rate, skew_rate
from sim.vectors.inputs import Inputs, NotExpressibleError
from sim.vectors.judge import Outputs
from sim.vectors.reference.positions import flat_table, margin_of, signed_size, table_of
from sim.venues import Venue

ZERO, ONE = Fraction(0), Fraction(1)


def of_notional(inputs: Inputs, venue: Venue) -> Outputs:
    """Margins of one notional or of several under a table of tiers."""
    table = table_of(inputs, venue)
    notionals = inputs.numbers("notionals") if "notionals" in inputs else []
    if "notional" in inputs:
        notionals.append(inputs.number("notional"))
    has_initial = all(tier.imr is not None for tier in table.tiers)
    held = [table.maintenance(notional) for notional in notionals]
    asked = [table.initial(notional) for notional in notionals] if has_initial else []
    outputs: dict[str, Fraction | list[Fraction]] = {
        "maintenance_margins": held,
        "initial_margins": asked,
    }
    if notionals:
        outputs["maintenance_margin"] = held[-1]
        if asked:
            outputs["initial_margin"] = asked[-1]
    return outputs


def of_position(inputs: Inputs, venue: Venue) -> Outputs:
    """Margins of a position at mark: by a fraction of the initial rate, or by tiers (R03, R04)."""
    size, mark = signed_size(inputs), inputs.number("mark_price")
    notional = abs(size) * mark
    if "initial_margin_fraction" in inputs:
        imr = _scaled(inputs, mark)
        table = flat_table(imr, ONE)
        outputs = {"initial_margin": table.initial(notional)}
        if "maintenance_fraction_of_initial" in inputs:
            held = inputs.number("initial_margin_fraction")
            held *= inputs.number("maintenance_fraction_of_initial")
            outputs["maintenance_margin"] = notional * held
        return outputs
    entry = inputs.number("entry_price", mark)
    has_margin = any(key in inputs for key in ("collateral", "wallet", "leverage"))
    margin = margin_of(inputs, size, entry) if has_margin else ZERO
    table = table_of(inputs, venue)
    inputs.number("maintenance_margin_rate", ZERO)
    rule = venue.maintenance(table, inputs.number("taker_fee_rate", ZERO))
    position = Position(size=size, entry=entry, margin=margin)
    return {"maintenance_margin": rule.at(position, mark)}


def _scaled(inputs: Inputs, mark: Fraction | None) -> Fraction:
    """The initial rate, scaled by open interest where the row gives its caps."""
    imr = inputs.number("initial_margin_fraction")
    if "open_interest_upper_cap" not in inputs:
        return imr
    if "open_interest_notional" in inputs:
        interest = inputs.number("open_interest_notional")
    elif mark is not None:
        interest = inputs.number("open_interest_base") * mark
    else:
        raise NotExpressibleError("the open interest has neither a notional nor a price")
    low = inputs.number("open_interest_lower_cap", ZERO)
    return scaled_by_open_interest(imr, interest, low, inputs.number("open_interest_upper_cap"))


def by_open_interest(inputs: Inputs, venue: Venue) -> Outputs:
    """The initial rate that open interest scales, and what it asks of a notional."""
    del venue
    imr = _scaled(inputs, inputs.optional("mark_price"))
    outputs = {"initial_margin_fraction": imr}
    if "notional" in inputs:
        outputs["initial_margin"] = imr * inputs.number("notional")
    return outputs


def by_user_leverage(inputs: Inputs, venue: Venue) -> Outputs:
    """R21: a user's own limit of leverage raises the initial margin alone."""
    del venue
    notional = abs(signed_size(inputs)) * inputs.number("mark_price")
    initial = inputs.number("initial_margin_rate")
    if "user_max_leverage" in inputs:
        initial = accounts.user_initial_rate(initial, inputs.number("user_max_leverage"))
    return {
        "initial_margin": notional * initial,
        "maintenance_margin": notional * inputs.number("maintenance_margin_rate"),
    }


def by_size(inputs: Inputs, venue: Venue) -> Outputs:
    """R08, R23: rates that grow with the size or with its root."""
    del venue
    size, price = signed_size(inputs), inputs.number("mark_price")
    outputs: dict[str, Fraction] = {}
    for name in ("initial", "maintenance"):
        rate = _growing(inputs, name)
        if rate is not None:
            outputs[f"{name}_margin_rate"] = rate(size)
            outputs[f"{name}_margin"] = rate(size) * abs(size) * price
    return outputs


def _growing(inputs: Inputs, name: str) -> RateOfSize | None:
    root = next((key for key in (f"{name}_rate_per_root_base", "imf_factor") if key in inputs), "")
    base = next((key for key in (f"{name}_base_rate", f"{name}_margin_rate") if key in inputs), "")
    if not base:
        return None
    if root:
        return root_rate(inputs.number(base), inputs.number(root))
    return linear_rate(inputs.number(base), inputs.number(f"{name}_rate_per_base"))


def by_skew_scale(inputs: Inputs, venue: Venue) -> Outputs:
    """R31: the initial rate of a size over the skew scale."""
    del venue
    size, price = signed_size(inputs), inputs.number("price")
    rate = skew_rate(
        inputs.number("initial_margin_ratio"),
        inputs.number("minimum_initial_margin_ratio"),
        inputs.number("skew_scale"),
    )(size)
    return {"initial_margin_rate": rate, "initial_margin": rate * abs(size) * price}


def of_spot_borrow(inputs: Inputs, venue: Venue) -> Outputs:
    """R22: a borrow at its weight, alone and beside a perpetual of 100 at 100."""
    del venue
    rate = inputs.number("user_margin_rate")
    notional = inputs.number("borrowed_base") * inputs.number("price")
    borrow = accounts.spot_borrow_margin(notional, inputs.number("liability_weight"), rate)
    return {"initial_margin": borrow, "with_perp_100_at_100": borrow + 100 * 100 * rate}


def at_rate(inputs: Inputs, venue: Venue) -> Outputs:
    """A notional at one rate, whatever the margin is called."""
    del venue
    amount = inputs.number("notional") * inputs.number("rate")
    names = ("initial_margin", "maintenance_margin", "close_out_margin")
    return dict.fromkeys(names, amount)


def close_out_share(inputs: Inputs, venue: Venue) -> Outputs:
    """The close-out margin as a share of maintenance."""
    del venue
    share = inputs.number("close_out_margin") / inputs.number("maintenance_margin")
    return {"close_out_share_of_maintenance": share}


def total(inputs: Inputs, venue: Venue) -> Outputs:
    """What an account's positions are worth, and what they risk by their factors."""
    del venue
    legs = [
        (one.number("signed_size"), one.number("mark_price"), one.number("risk_factor", ZERO))
        for one in inputs.items("positions")
    ]
    value = accounts.total_value([(size, price) for size, price, _ in legs])
    return {"total_value": value, "total_risk": accounts.total_risk(legs)}


ADAPTERS = {
    "maintenance_margin": of_notional,
    "maintenance_margins": of_notional,
    "initial_margin": of_notional,
    "initial_margins": of_notional,
    "maintenance_margin_of_position": of_position,
    "initial_margin_of_position": of_position,
    "margins_of_position": of_position,
    "initial_margin_open_interest": by_open_interest,
    "adjusted_initial_margin_fraction": by_open_interest,
    "initial_margin_user_leverage": by_user_leverage,
    "maintenance_margin_user_leverage": by_user_leverage,
    "margin_growing_with_size": by_size,
    "margin_growing_with_root_of_size": by_size,
    "margin_by_skew_scale": by_skew_scale,
    "initial_margin_spot_borrow": of_spot_borrow,
    "margin_at_rate": at_rate,
    "close_out_share": close_out_share,
    "total_value": total,
    "total_risk": total,
}
