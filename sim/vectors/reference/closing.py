"""Adapters: bankruptcy and fillable prices, the fund's gain or loss, fees, how much to close."""

from __future__ import annotations

from fractions import Fraction

from sim.reference.venues import closing
from sim.reference.venues.liquidation_price import bankruptcy_price
from sim.reference.venues.numbers import sign, step_down, step_up
from sim.vectors.inputs import Inputs, NotExpressibleError
from sim.vectors.judge import Outputs
from sim.vectors.reference.positions import leg_of, position_of, signed_size
from sim.venues import Venue
from sim.venues.model import Liquidation

ZERO = Fraction(0)


def of_margin(inputs: Inputs, venue: Venue) -> Outputs:
    """Where a position's margin is nothing: from an entry and a leverage, or from a balance."""
    del venue
    if "margin" in inputs:
        return {"bankruptcy_price": -inputs.number("margin") / signed_size(inputs)}
    return {"bankruptcy_price": bankruptcy_price(position_of(inputs))}


def quote_at_bankruptcy(inputs: Inputs, venue: Venue) -> Outputs:
    """What closing some of a position at its bankruptcy price moves."""
    del venue
    account, leg, _ = leg_of(inputs)
    price = closing.bankruptcy_price(account, leg)
    closed = inputs.number("closed_size") * sign(leg.size)
    return {"quote_received": closed * price, "bankruptcy_price": price}


def fillable(inputs: Inputs, venue: Venue) -> Outputs:
    """The price a failing position is offered at, and the one it is filled at (R09)."""
    account, leg, mmr = leg_of(inputs)
    rules = venue.liquidation
    adjustment = _given(inputs, "bankruptcy_adjustment", rules.adjustment if rules else None)
    spread = _given(
        inputs, "spread_to_maintenance_ratio", rules.spread_to_maintenance if rules else None
    )
    price = closing.fillable_price(account, leg, mmr=mmr, adjustment=adjustment, spread=spread)
    bankrupt = closing.bankruptcy_price(account, leg)
    beyond = rules is not None and rules.is_filled_beyond_bankruptcy
    filled = closing.order_price(price, bankrupt, leg.size, beyond=beyond)
    return {"fillable_price": price, "fill_price": filled, "bankruptcy_price": bankrupt}


def _given(inputs: Inputs, key: str, of_preset: Fraction | None) -> Fraction:
    if key not in inputs and of_preset is None:
        raise NotExpressibleError(f"the input {key} is missing, and this venue's preset has none")
    return inputs.number(key, of_preset)


def to_tick(inputs: Inputs, venue: Venue) -> Outputs:
    """A fillable price to the tick: a long's up, a short's down."""
    del venue
    tick = inputs.number("tick")
    return {
        "long": step_up(inputs.number("exact_long"), tick),
        "short": step_down(inputs.number("exact_short"), tick),
    }


def insurance_delta(inputs: Inputs, venue: Venue) -> Outputs:
    """R10, R11: what the fund gains of a fill, or gives for it where the venue's fund pays."""
    account, leg, _ = leg_of(inputs)
    closed = inputs.number("closed_size") * sign(leg.size)
    delta = closing.insurance_delta(
        fill_quote=closed * inputs.number("close_price"),
        bankruptcy_quote=closed * closing.bankruptcy_price(account, leg),
        max_fee=inputs.number("max_liquidation_fee_rate"),
        fund=inputs.optional("insurance_fund"),
    )
    if delta < 0 and _liquidation(venue).below_bankruptcy != "fund_pays":
        raise NotExpressibleError("R10: this venue's fund pays no fill beyond bankruptcy")
    return {"insurance_fund_delta": delta}


def _liquidation(venue: Venue) -> Liquidation:
    if venue.liquidation is None:
        raise NotExpressibleError("this venue's preset says nothing of liquidation")
    return venue.liquidation


def insurance_fee(inputs: Inputs, venue: Venue) -> Outputs:
    """R19: the fund's fee, sized before the fill."""
    del venue
    fee = closing.insurance_fee(
        shortage=inputs.number("margin_shortage"),
        notional=abs(signed_size(inputs)) * inputs.number("mark_price"),
        mmr=inputs.number("maintenance_margin_rate"),
        liquidation_fee=inputs.number("liquidation_fee_rate"),
        most=inputs.number("max_insurance_fee_rate"),
    )
    return {"insurance_fee_rate": fee}


def fee_by_time(inputs: Inputs, venue: Venue) -> Outputs:
    """R20: the liquidation fee after some slots."""
    fee = closing.liquidation_fee_at(
        slots=inputs.number("slots_elapsed"),
        grace=inputs.number("grace_slots", _liquidation(venue).grace_slots),
        base=inputs.number("base_fee_rate"),
        most=inputs.number("max_fee_rate"),
        per_slot=inputs.number("increase_per_slot"),
    )
    return {"liquidation_fee_rate": fee}


def base_to_close(inputs: Inputs, venue: Venue) -> Outputs:
    """R18: how much closes a shortage."""
    del venue
    mark = inputs.number("mark_price")
    base = closing.base_to_close(
        shortage=inputs.number("margin_shortage"),
        mark=mark,
        mmr=inputs.number("maintenance_margin_rate"),
        liquidation_fee=inputs.number("liquidation_fee_rate"),
        insurance_fee=inputs.number("insurance_fee_rate", ZERO),
        collateral_price=inputs.number("collateral_price", Fraction(1)),
        held=inputs.number("position_notional") / mark,
    )
    return {"base_to_close": base}


def unwinding(inputs: Inputs, venue: Venue) -> Outputs:
    """R29: what the network sells step by step, under one strategy and then the next."""
    lot = _liquidation(venue).lot
    if lot is None:
        raise NotExpressibleError("R29: this venue's preset has no lot that a step rounds to")
    left, book = inputs.number("network_position"), inputs.number("book_bid_size")
    sold = []
    for one in inputs.items("strategies"):
        rule = closing.Unwinding(
            fraction=one.number("fraction"),
            full_disposal_size=one.number("full_disposal_size"),
            max_fraction_of_book=one.number("max_fraction_of_book"),
        )
        sold.append(closing.unwound(left, book, rule, lot))
        left -= sold[-1] * sign(left)
    names = ("sold_first", "sold_then")
    return dict(zip(names, sold, strict=False)) | {"sold": sold}


ADAPTERS = {
    "bankruptcy_price": of_margin,
    "bankruptcy_price_of_margin": of_margin,
    "bankruptcy_quote_delta": quote_at_bankruptcy,
    "fillable_price": fillable,
    "liquidation_order_price": fillable,
    "fillable_price_to_tick": to_tick,
    "insurance_fund_delta": insurance_delta,
    "insurance_fee_rate": insurance_fee,
    "liquidation_fee_by_time": fee_by_time,
    "base_to_close": base_to_close,
    "unwinding_by_steps": unwinding,
}
