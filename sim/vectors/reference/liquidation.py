"""Adapters: the price at which a position is liquidated."""

from __future__ import annotations

from fractions import Fraction

from sim.reference.venues import inverse
from sim.reference.venues import liquidation_price as rules
from sim.reference.venues.position import Position
from sim.vectors.inputs import Inputs, NotExpressibleError
from sim.vectors.judge import Outputs
from sim.vectors.reference.positions import position_of, signed_size, table_of
from sim.venues import Venue
from sim.venues.model import CrossMaintenance

ZERO = Fraction(0)


def of_position(inputs: Inputs, venue: Venue) -> Outputs:
    """An isolated position, or one of a cross account beside others that stand at their marks."""
    position = position_of(inputs)
    table = table_of(inputs, venue)
    for repeated in ("maintenance_margin_rate", "maintenance_amount", "leverage", "coin"):
        if repeated in inputs:
            inputs.raw(repeated)
    fee = inputs.number("taker_fee_rate", ZERO)
    if inputs.flag("fee_in_rate"):
        fee = ZERO
    margin = position.margin + _others(inputs, venue)
    position = Position(size=position.size, entry=position.entry, margin=margin)
    price = rules.liquidation_price(position, venue.maintenance(table, fee))
    return {"liquidation_price": price, "bankruptcy_price": rules.bankruptcy_price(position)}


def _others(inputs: Inputs, venue: Venue) -> Fraction:
    """Profit of the other positions at their marks, less their maintenance."""
    if "others" not in inputs:
        return ZERO
    total = ZERO
    for one in inputs.items("others"):
        size, mark = signed_size(one), one.number("mark_price")
        total += size * (mark - one.number("entry_price"))
        total -= table_of(one, venue).maintenance(abs(size) * mark)
    return total


def of_cross_account(inputs: Inputs, venue: Venue) -> Outputs:
    """R07: a position of an account whose maintenance is held at today's notional."""
    if venue.margin.cross is not CrossMaintenance.HELD:
        raise NotExpressibleError("R07: this venue's cross maintenance moves with the price")
    coin = inputs.text("coin")
    for one in inputs.items("positions"):
        if one.text("coin") == coin:
            size = one.number("signed_size")
            mark = one.number("position_value") / abs(size)
            rate = inputs.number("maintenance_margin_rate")
            price = rules.with_maintenance_held(
                size,
                mark,
                inputs.number("account_value"),
                inputs.number("total_notional") * rate,
            )
            return {"liquidation_price": price}
    raise NotExpressibleError(f"the coin {coin!r} has no position")


def by_ratio(inputs: Inputs, venue: Venue) -> Outputs:
    """The last price held where positive over negative value must be a ratio."""
    del venue
    ratio = inputs.number("min_ratio_of_positive_to_negative_value")
    price = rules.by_ratio(signed_size(inputs), inputs.number("margin"), ratio)
    return {"liquidation_price": price}


def of_inverse(inputs: Inputs, venue: Venue) -> Outputs:
    """R05: both sides of an isolated inverse position, with values in the coin."""
    del venue
    inputs.text("contract", "inverse")
    contracts, entry = inputs.number("contracts_quote"), inputs.number("entry_price")
    value = contracts / entry
    margin = value / inputs.number("leverage")
    sides = {
        side: inverse.InversePosition(contracts=signed, entry=entry, margin_coin=margin)
        for side, signed in (("long", contracts), ("short", -contracts))
    }
    rate = inputs.number("maintenance_margin_rate")
    held = inverse.maintenance_coin(sides["long"], rate, inputs.number("maintenance_amount", ZERO))
    outputs = {
        "position_value_coin": value,
        "initial_margin_coin": margin,
        "maintenance_margin_coin": held,
    }
    for side, position in sides.items():
        outputs[f"liquidation_price_{side}"] = inverse.liquidation_price(position, held)
        outputs[f"bankruptcy_price_{side}"] = inverse.bankruptcy_price(position, ZERO)
    if "side" in inputs:
        outputs["liquidation_price"] = outputs[f"liquidation_price_{inputs.text('side')}"]
    return outputs


def of_inverse_cross(inputs: Inputs, venue: Venue) -> Outputs:
    """R05: an inverse position behind a balance, the fee of closing counted."""
    del venue
    inputs.text("contract", "inverse")
    contracts = inputs.number("contracts_quote")
    if inputs.text("side", "long") == "short":
        contracts = -contracts
    position = inverse.InversePosition(
        contracts=contracts,
        entry=inputs.number("entry_price"),
        margin_coin=inputs.number("balance_coin") - inputs.number("order_margin_coin", ZERO),
    )
    fee = inputs.number("taker_fee_rate", ZERO)
    rate, tick = inputs.number("maintenance_margin_rate"), inputs.number("tick")
    return {
        "bankruptcy_price": inverse.bankruptcy_price(position, fee),
        "liquidation_price": inverse.cross_liquidation_price(position, rate, fee, tick),
    }


def at_prices(inputs: Inputs, venue: Venue) -> Outputs:
    """R17: whether a position with collateral in base fails at some prices."""
    factor = venue.margin.minimum_collateral_factor
    if factor is None:
        raise NotExpressibleError("R17: this venue's preset has no minimum collateral factor")
    outputs = {}
    for written in inputs.texts("checked_prices"):
        fails = rules.collateral_in_base_fails(
            Fraction(written),
            collateral_base=inputs.number("collateral_base"),
            size_quote=inputs.number("size_quote"),
            entry=inputs.number("entry_price"),
            is_long=inputs.text("side") == "long",
            minimum_factor=factor,
        )
        outputs[f"liquidatable_at_{written}"] = "yes" if fails else "no"
    return outputs


ADAPTERS = {
    "liquidation_price": of_position,
    "liquidation_price_cross_account": of_cross_account,
    "liquidation_price_by_ratio": by_ratio,
    "liquidation_price_inverse": of_inverse,
    "liquidation_price_inverse_cross": of_inverse_cross,
    "liquidatable_at": at_prices,
}
