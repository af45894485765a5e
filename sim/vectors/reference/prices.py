"""Adapters: premiums of a book or of impact prices, and candidates of a mark."""

from __future__ import annotations

from fractions import Fraction

from sim.reference.venues import mark, premium
from sim.vectors.inputs import Inputs
from sim.vectors.judge import Outputs
from sim.vectors.reference.positions import signed_size
from sim.venues import Venue


def of_book(inputs: Inputs, venue: Venue) -> Outputs:
    """The premium of a book by the average price of a notional on each side."""
    del venue
    notional = inputs.number("impact_notional")
    impact: dict[str, Fraction | None] = {}
    for side in ("bids", "asks"):
        levels = [(one.number("price"), one.number("size")) for one in inputs.items(side)]
        impact[side] = premium.impact_price(levels, notional)
    index = inputs.number("index_price")
    return {
        "premium": premium.of_impact_prices(index, impact["bids"], impact["asks"]),
        "impact_bid": impact["bids"],
        "impact_ask": impact["asks"],
    }


def of_impact_prices(inputs: Inputs, venue: Venue) -> Outputs:
    """The premium of two impact prices, of which a row may leave one out."""
    del venue
    bid, ask = inputs.optional("impact_bid"), inputs.optional("impact_ask")
    return {"premium": premium.of_impact_prices(inputs.number("index_price"), bid, ask)}


def of_middle(inputs: Inputs, venue: Venue) -> Outputs:
    """R34: the premium of the middle of the impact prices."""
    del venue
    found = premium.of_middle(
        inputs.number("index_price"), inputs.number("impact_bid"), inputs.number("impact_ask")
    )
    return {"premium": found}


def weighted(inputs: Inputs, venue: Venue) -> Outputs:
    """R39: later samples count more."""
    del venue
    return {"average_premium": premium.weighted_average(inputs.numbers("samples"))}


def fill_by_skew(inputs: Inputs, venue: Venue) -> Outputs:
    """R32: the price of a fill in a skew."""
    del venue
    price = mark.fill_by_skew(
        inputs.number("price"),
        signed_size(inputs),
        inputs.number("skew"),
        inputs.number("skew_scale"),
    )
    return {"fill_price": price}


def median(inputs: Inputs, venue: Venue) -> Outputs:
    """R37: the median of sources, of an even number the mean of the two in the middle."""
    del venue
    return {"mark_price": mark.median_of_even(inputs.numbers("sources"))}


def of_last_rate(inputs: Inputs, venue: Venue) -> Outputs:
    """The candidate that the last rate of funding makes of the index."""
    del venue
    price = mark.of_last_rate(
        inputs.number("index_price"),
        inputs.number("last_funding_rate"),
        inputs.number("time_left_s"),
        inputs.number("interval_s"),
    )
    return {"price_1": price}


def of_mean_basis(inputs: Inputs, venue: Venue) -> Outputs:
    """R38: the candidate of the index and the mean of (mid - index)."""
    del venue
    index = inputs.number("index_price")
    middles = []
    for one in inputs.items("samples"):
        middle = (one.number("bid") + one.number("ask")) / 2
        middles.append(middle - one.number("index_price", index) + index)
    return {"price_2": mark.of_mean_basis(index, middles)}


ADAPTERS = {
    "book_premium": of_book,
    "premium_of_impact_prices": of_impact_prices,
    "premium_of_mid": of_middle,
    "weighted_premium_average": weighted,
    "fill_price_by_skew": fill_by_skew,
    "median_of_sources": median,
    "mark_candidate_funding": of_last_rate,
    "mark_candidate_basis": of_mean_basis,
}
