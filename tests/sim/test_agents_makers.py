from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from sim.agents.base import Group, Strategy
from sim.agents.registry import AGENT_KINDS, AnyGroup
from sim.types import CancelOrders, OrderKind, OrderView, PlaceMany, Status
from sim.units import WAD, wad
from tests.sim.agent_views import ACCOUNT, PRICE, SPEC, VIEW, Shown, agent_context, at

MAKER = {
    "kind": "market_maker",
    "capital": 1_000_000,
    "half_spread": "0.001",
    "layers": 3,
    "layer_step": "0.001",
    "layer_notional": 6_000,
    "max_inventory": 60_000,
    "skew": "0.002",
    "refresh": "0.0005",
}
STORM = {"range": "0.01", "window_blocks": 3, "size": "0.25", "spread": 4}


def group(**settings: object) -> Group:
    made: Group = TypeAdapter(AnyGroup).validate_python(settings)
    return made


def maker(**changes: object) -> Strategy:
    return group(**(MAKER | changes)).build(agent_context())


def resting(quotes: PlaceMany) -> list[OrderView]:
    return [
        OrderView(
            order_id=number,
            market=SPEC.name,
            size_wad=order.size_wad,
            price_wad=order.price_wad,
            reduce_only=False,
        )
        for number, order in enumerate(quotes.orders, start=1)
    ]


def test_registry__every_kind__is_a_group_of_that_kind() -> None:
    tagged = TypeAdapter(AnyGroup).json_schema()["discriminator"]["mapping"]
    assert sorted(tagged) == sorted(AGENT_KINDS)


def test_act__empty_book__quotes_layers_on_both_sides_of_the_venues_median() -> None:
    (quotes,) = maker().act(Shown(view=at(PRICE, venues_wad=(wad(1), wad(PRICE), wad(10**6)))))
    assert isinstance(quotes, PlaceMany)
    bids = [one.price_wad for one in quotes.orders if one.size_wad > 0]
    asks = [one.price_wad for one in quotes.orders if one.size_wad < 0]
    assert bids == [wad(59_940), wad(59_880), wad(59_820)]
    assert asks == [wad(60_060), wad(60_120), wad(60_180)]
    for one in quotes.orders:
        assert one.kind == OrderKind.POST_ONLY
        assert one.price_wad % SPEC.tick_wad == 0
        assert one.size_wad % SPEC.lot_wad == 0
        assert 5_900 * WAD < abs(one.size_wad) * one.price_wad // WAD <= 6_000 * WAD


def test_act__nothing_moved__leaves_the_quotes_until_they_are_old() -> None:
    one = maker(refresh_blocks=5)
    (quotes,) = one.act(Shown(block=1))
    orders = resting(quotes)
    assert one.act(Shown(block=2, orders=orders)) == ()
    cancel, fresh = one.act(Shown(block=6, orders=orders))
    assert isinstance(cancel, CancelOrders)
    assert cancel.order_ids == tuple(range(1, 7))
    assert isinstance(fresh, PlaceMany)


@pytest.mark.parametrize(("price", "renews"), [(60_020, False), (60_031, True), (59_969, True)])
def test_act__reference_moved__renews_beyond_the_threshold_only(price: int, renews: bool) -> None:
    one = maker()
    (quotes,) = one.act(Shown(block=1))
    again = one.act(Shown(block=2, view=at(price), orders=resting(quotes)))
    assert bool(again) == renews


def test_act__a_quote_was_filled__renews() -> None:
    one = maker()
    (quotes,) = one.act(Shown(block=1))
    assert len(one.act(Shown(block=2, orders=resting(quotes)[1:]))) == 2


def test_act__long_inventory__leans_down_and_full_stops_buying() -> None:
    half = Shown(size_wad=wad("0.5"), quote_wad=-wad(30_000))
    (quotes,) = maker().act(half)
    assert max(one.price_wad for one in quotes.orders if one.size_wad > 0) < wad(59_940)
    full = Shown(size_wad=WAD, quote_wad=-wad(60_000))
    (quotes,) = maker().act(full)
    assert all(one.size_wad < 0 for one in quotes.orders)


def test_act__storm__quotes_a_quarter_of_the_depth_four_times_as_wide() -> None:
    one = maker(storm=STORM)
    (calm,) = one.act(Shown(block=1))
    _, rough = one.act(Shown(block=2, view=at(59_000), orders=resting(calm)))
    size = sum(abs(order.size_wad) * order.price_wad // WAD for order in rough.orders)
    before = sum(abs(order.size_wad) * order.price_wad // WAD for order in calm.orders)
    assert size == pytest.approx(before / 4, rel=0.01)
    assert min(o.price_wad for o in rough.orders if o.size_wad < 0) == wad(59_000 * 1004 // 1000)


def test_act__storm_passed__quotes_in_full_again() -> None:
    one = maker(storm=STORM)
    (calm,) = one.act(Shown(block=1))
    _, rough = one.act(Shown(block=2, view=at(59_000), orders=resting(calm)))
    orders = resting(rough)
    for block in (3, 4):
        acted = one.act(Shown(block=block, view=at(59_000), orders=orders))
        orders = resting(acted[-1]) if acted else orders
    assert sum(abs(o.size_wad) for o in orders) > 3 * sum(abs(o.size_wad) for o in rough.orders)


@pytest.mark.parametrize("status", [Status.DISPUTED, Status.HALTED, Status.STALE, Status.DEAD])
def test_act__index_not_to_be_traded_on__takes_all_quotes_back(status: Status) -> None:
    one = maker()
    (quotes,) = one.act(Shown(block=1))
    view = replace(VIEW, status=status)
    (cancel,) = one.act(Shown(block=2, view=view, orders=resting(quotes)))
    assert isinstance(cancel, CancelOrders)
    assert len(cancel.order_ids) == 6


def test_act__book_beyond_its_own_price__never_crosses() -> None:
    view = replace(VIEW, best_bid_wad=wad(60_100), best_ask_wad=wad("60100.1"))
    (quotes,) = maker().act(Shown(view=view))
    for one in quotes.orders:
        if one.size_wad < 0:
            assert one.price_wad > view.best_bid_wad
        else:
            assert one.price_wad < view.best_ask_wad


def test_act__forty_stale_orders__cancels_at_most_32_a_transaction() -> None:
    orders = [
        OrderView(order_id=n, market=SPEC.name, size_wad=WAD, price_wad=wad(1), reduce_only=False)
        for n in range(40)
    ]
    acted = maker().act(Shown(orders=orders))
    cancels = [one for one in acted if isinstance(one, CancelOrders)]
    assert [len(one.order_ids) for one in cancels] == [32, 8]
    assert all(one.account == ACCOUNT for one in cancels)
