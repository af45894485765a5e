"""Adapters: ranking scores, pairs closed at bankruptcy, and positions handed over."""

from __future__ import annotations

from fractions import Fraction

from sim.reference.venues import closing, deleveraging
from sim.reference.venues.deleveraging import Purse
from sim.reference.venues.liquidation_price import is_above_ratio
from sim.reference.venues.position import Account, Leg
from sim.vectors.inputs import Inputs, NotExpressibleError
from sim.vectors.judge import Output, Outputs
from sim.vectors.reference.positions import signed_size
from sim.venues import Venue

DONE, REFUSED = "done", "refused"
AT_BANKRUPTCY = "bankruptcy price of the deleveraged account"


def score(inputs: Inputs, venue: Venue) -> Outputs:
    """The score by which a venue ranks who is closed."""
    kind = venue.deleveraging.score if venue.deleveraging else "none"
    size, entry = signed_size(inputs), inputs.number("entry_price")
    mark = inputs.number("mark_price")
    if kind == "by_bankruptcy":
        found = deleveraging.score_by_bankruptcy(
            size, entry, mark, inputs.number("bankruptcy_price")
        )
    elif kind == "by_account":
        found = deleveraging.score_by_account(size, entry, mark, inputs.number("account_value"))
    else:
        raise NotExpressibleError("this venue's preset ranks nobody")
    return {"adl_score": found}


def _price(inputs: Inputs, at_bankruptcy: Fraction) -> Fraction:
    """The row's price: a number, or the failing account's bankruptcy price."""
    return at_bankruptcy if inputs.text("price") == AT_BANKRUPTCY else inputs.number("price")


def _purse(inputs: Inputs) -> Purse:
    return Purse(quote=inputs.number("quote_balance"), size=inputs.number("signed_size"))


def pair(inputs: Inputs, venue: Venue) -> Outputs:
    """One position closed against one counterparty, at the failing one's bankruptcy price."""
    mark = inputs.number("mark_price")
    failing, other = _purse(inputs.item("deleveraged")), _purse(inputs.item("counterparty"))
    # Of a single position the margin rates cancel out of its bankruptcy price.
    price = _price(inputs, -failing.quote / failing.size)
    left, right = deleveraging.deleverage(failing, other, size=inputs.number("size"), price=price)
    lenient = venue.deleveraging is None or venue.deleveraging.counterparty_may_stay_below_zero
    if not deleveraging.is_counterparty_sound(other, right, mark, may_stay_below_zero=lenient):
        return {"outcome": REFUSED}
    return _done(left, right) | {"bankruptcy_price": price}


def _done(left: Purse, right: Purse) -> dict[str, Output]:
    return {
        "outcome": DONE,
        "deleveraged_quote_balance": left.quote,
        "deleveraged_position": left.size,
        "counterparty_quote_balance": right.quote,
        "counterparty_position": right.size,
    }


def of_several_markets(inputs: Inputs, venue: Venue) -> Outputs:
    """The same where the failing account has positions in several markets."""
    del venue
    prices, mmr = inputs.item("prices"), inputs.number("mmr")
    coin = inputs.text("coin")
    sides = []
    for name in ("deleveraged", "counterparty"):
        side = inputs.item(name)
        sizes = {one.text("coin"): one.number("signed_size") for one in side.items("positions")}
        sides.append((side.number("quote_balance"), sizes))
    (quote, sizes), (other_quote, other_sizes) = sides
    if coin not in sizes or coin not in other_sizes:
        raise NotExpressibleError(f"the coin {coin!r} is not held on both sides")
    legs = {
        name: Leg(
            size=size, mark=prices.number(name), maintenance=mmr * abs(size) * prices.number(name)
        )
        for name, size in sizes.items()
    }
    account = Account(quote=quote, legs=tuple(legs.values()))
    price = _price(inputs, closing.bankruptcy_price(account, legs[coin]))
    left, right = deleveraging.deleverage(
        Purse(quote=quote, size=sizes[coin]),
        Purse(quote=other_quote, size=other_sizes[coin]),
        size=inputs.number("size"),
        price=price,
    )
    return _done(left, right) | {"bankruptcy_price": price}


def pair_of_margins(inputs: Inputs, venue: Venue) -> Outputs:
    """The same where an account is a margin and a position; refused while it is above water."""
    del venue
    sides = []
    for name in ("deleveraged", "counterparty"):
        side = inputs.item(name)
        sides.append(Purse(quote=side.number("margin"), size=side.number("position")))
    failing, other = sides
    if failing.equity(inputs.number("mark_price")) >= 0:
        return {"outcome": REFUSED}
    price = _price(inputs, -failing.quote / failing.size)
    left, right = deleveraging.deleverage(failing, other, size=inputs.number("size"), price=price)
    return {
        "outcome": DONE,
        "deleveraged_margin": left.quote,
        "deleveraged_position": left.size,
        "counterparty_margin": right.quote,
        "counterparty_position": right.size,
    }


def forced_transfer(inputs: Inputs, venue: Venue) -> Outputs:
    """A failing account's margin and position, in proportion, to who liquidates it."""
    del venue
    account = inputs.item("account")
    margin, held = account.number("margin"), account.number("position")
    ratio = inputs.number("min_ratio_of_positive_to_negative_value")
    if is_above_ratio(held, margin, inputs.number("mark_price"), ratio):
        return {"outcome": REFUSED}
    share = inputs.number("size") / abs(held)
    return {
        "outcome": DONE,
        "receiver_margin_change": margin * share,
        "receiver_position_change": held * share,
    }


ADAPTERS = {
    "adl_score": score,
    "deleverage_pair": pair,
    "deleverage_two_markets": of_several_markets,
    "deleverage_margin_pair": pair_of_margins,
    "forced_transfer": forced_transfer,
}
