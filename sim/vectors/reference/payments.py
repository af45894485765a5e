"""Adapters: what funding moves, and what losses and unpaid funding cost whom."""

from __future__ import annotations

from fractions import Fraction

from sim.reference.venues import funding_payment, losses
from sim.reference.venues.funding_payment import Cut, Settler
from sim.reference.venues.inverse import InversePosition
from sim.vectors.inputs import Inputs, NotExpressibleError
from sim.vectors.judge import Either, Output, Outputs
from sim.vectors.reference.positions import signed_size
from sim.venues import Venue
from sim.venues.model import Receivers

ZERO = Fraction(0)
PURSES = ("margin", "balance", "deposit", "available")


def accrued(inputs: Inputs, venue: Venue) -> Outputs:
    """A rate by the second over some time."""
    del venue
    rate = inputs.number("rate_per_second") * inputs.number("seconds")
    return {"funding_per_base": funding_payment.per_base(rate, inputs.number("price"))}


def sequence(inputs: Inputs, venue: Venue) -> Outputs:
    """R14: a cumulative index without a bound."""
    del venue
    periods = [(one.number("rate"), one.number("price")) for one in inputs.items("periods")]
    after_each = funding_payment.index_sequence(periods)
    return {"after_each": after_each, "index": after_each[-1] if after_each else ZERO}


def settled(inputs: Inputs, venue: Venue) -> Outputs:
    """Accounts that settle in turn, in whole units, never rounded for the account."""
    del venue
    inputs.text("unit", "")
    accounts = {
        one.text("name"): Settler(margin=one.whole("margin"), position=one.whole("position"))
        for one in inputs.items("accounts")
    }
    states = funding_payment.settled_in_turn(
        accounts, inputs.numbers("indices"), inputs.lists("settled_at_each_index")
    )
    if not states:
        raise NotExpressibleError("the input indices has no index to settle at")
    outputs: dict[str, Output] = {}
    for name, last in states[-1].items():
        outputs[f"margin_{name}"] = Fraction(last.margin)
        outputs[f"margin_{name}_after_first"] = Fraction(states[0][name].margin)
    before = sum(one.margin for one in accounts.values())
    after = sum(one.margin for one in states[-1].values())
    return outputs | {"left_over": Fraction(before - after)}


def of_averages(inputs: Inputs, venue: Venue) -> Outputs:
    """R27: the payment of two averages over a period."""
    del venue
    index = inputs.number("oracle_twap" if "oracle_twap" in inputs else "index_price")
    seconds = inputs.number("funding_period_s" if "funding_period_s" in inputs else "seconds")
    of_one = funding_payment.of_averages(
        inputs.number("mark_twap"), index, seconds, inputs.number("rate_period_s")
    )
    outputs = {"funding_per_base": of_one}
    if "signed_size" in inputs or "size" in inputs:
        outputs["funding_payment"] = of_one * signed_size(inputs)
    return outputs


def through_fee_pool(inputs: Inputs, venue: Venue) -> Outputs:
    """R24: the receiving side gets no more than payers and the pool give."""
    if venue.funding is None or venue.funding.receivers is not Receivers.FEE_POOL:
        raise NotExpressibleError("R24: no fee pool stands behind this venue's funding")
    if venue.funding.quote_unit is None or venue.funding.rate_unit is None:
        raise NotExpressibleError("R24: this venue's preset has no units that amounts are cut to")
    cut = Cut(quote=venue.funding.quote_unit, rate=venue.funding.rate_unit)
    rate = funding_payment.of_averages(
        inputs.number("mark_twap"),
        inputs.number("oracle_twap"),
        inputs.number("funding_period_s"),
        inputs.number("rate_period_s"),
    )
    pooled = funding_payment.through_fee_pool(
        rate,
        longs=abs(inputs.number("base_long")),
        shorts=abs(inputs.number("base_short")),
        fee_pool=inputs.number("fee_pool"),
        fees_taken=inputs.number("exchange_fees"),
        cut=cut,
    )
    return {
        "funding_per_base_long": pooled.long,
        "funding_per_base_short": pooled.short,
        "fee_pool_after": pooled.fee_pool,
    }


def of_range(inputs: Inputs, venue: Venue) -> Outputs:
    """R33: funding of a range of liquidity."""
    del venue
    payment = funding_payment.of_range(
        inputs.number("base_in_range"),
        inputs.number("premium_growth_before"),
        inputs.number("premium_growth_after"),
        inputs.number("rate_period_s"),
    )
    return {"funding_payment": payment}


def of_inverse(inputs: Inputs, venue: Venue) -> Outputs:
    """R05: profit of an inverse position in the coin, less the funding it paid."""
    del venue
    inputs.text("contract", "inverse")
    contracts = inputs.number("contracts_quote")
    if inputs.text("side", "long") == "short":
        contracts = -contracts
    position = InversePosition(contracts=contracts, entry=inputs.number("entry_price"))
    profit = position.profit_coin(inputs.number("exit_price"))
    paid = position.funding_coin(
        inputs.number("funding_rate"), inputs.number("mark_price_at_funding")
    )
    return {"profit_coin": profit, "funding_coin": paid, "total_coin": profit - paid}


def socialised(inputs: Inputs, venue: Venue) -> Outputs:
    """R25: the fund pays as far as it lasts, winners share the rest by their gains.

    A realised profit is the loss share of who still holds, the gain less it of who has closed: a
    row that does not say which is given both.
    """
    del venue
    moved = inputs.number("mark_price") - inputs.number("entry_price")
    sides = {}
    for side in ("losers", "winners"):
        sides[side] = {
            one.text("name"): (one.number("signed_size") * moved, one.number("deposit"))
            for one in inputs.items(side)
        }
    missing = losses.shortfall(
        {name: (-gain, had) for name, (gain, had) in sides["losers"].items()}
    )
    gains = {name: gain for name, (gain, _) in sides["winners"].items()}
    fund = inputs.number("insurance_pool", ZERO)
    shared = losses.share_loss(missing, fund, gains)
    outputs: dict[str, Output] = {"insurance_pool_after": fund - shared.fund_pays}
    for name, lost in shared.losses.items():
        outputs[f"{name}_loss"] = lost
        outputs[f"{name}_realised_pnl"] = Either((-lost, gains[name] - lost))
    if "party" in inputs:
        party = inputs.text("party")
        if party not in shared.losses:
            raise NotExpressibleError(f"the party {party!r} is no winner")
        outputs["loss"] = shared.losses[party]
    return outputs


def collected(inputs: Inputs, venue: Venue) -> Outputs:
    """R28: funding collected first and paid out of what came in."""
    if venue.funding is None or venue.funding.receivers is not Receivers.COLLECTED:
        raise NotExpressibleError("R28: this venue's receivers do not wait for payers")
    each = _per_position(inputs)
    due, available, owed = {}, {}, {}
    for one in inputs.items("payers"):
        due[one.text("name")] = abs(one.number("position")) * each
        purse = next((key for key in PURSES if key in one), None)
        if purse is not None:
            available[one.text("name")] = one.number(purse)
    for one in inputs.items("receivers"):
        owed[one.text("name")] = abs(one.number("position")) * each
    paid, received = losses.collect_then_pay(due, available, owed)
    return {f"paid_{name}": amount for name, amount in paid.items()} | {
        f"received_{name}": amount for name, amount in received.items()
    }


def _per_position(inputs: Inputs) -> Fraction:
    """What one position pays; where a row also says how it came about, that must give the same."""
    each = inputs.number("funding_per_position")
    if "external_twap" in inputs:
        made = inputs.number("external_twap") * inputs.number("interest_rate")
        made *= inputs.number("years") * inputs.number("units_per_position")
        if made != each:
            raise NotExpressibleError("the funding of a position is not what its parts give")
    return each


ADAPTERS = {
    "funding_accrued": accrued,
    "funding_index_sequence": sequence,
    "funding_settlement_rounding": settled,
    "funding_of_twaps_hour": of_averages,
    "funding_payment_of_twaps": of_averages,
    "funding_limited_by_fee_pool": through_fee_pool,
    "funding_of_range_liquidity": of_range,
    "inverse_profit_and_funding": of_inverse,
    "loss_socialisation": socialised,
    "loss_socialisation_after_fund": socialised,
    "funding_payments": collected,
}
