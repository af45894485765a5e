from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter, ValidationError

from sim.agents.base import Group, Strategy
from sim.agents.registry import AnyGroup
from sim.types import (
    CancelOrders,
    OrderKind,
    OrderView,
    PlaceMany,
    PlaceOrder,
    Status,
    SwapSpot,
    TradeVenue,
    Withdraw,
)
from sim.units import WAD, WAD_PER_RAW, wad
from tests.sim.agent_views import ACCOUNT, DEX, PRICE, SPEC, VIEW, Shown, agent_context, at, stop

SECOND = 8 << 96
VENUE = {"venue": "thin", "clip_notional": 600}


def group(kind: str, **settings: object) -> Group:
    made: Group = TypeAdapter(AnyGroup).validate_python(
        {"kind": kind, "capital": 1_000, **settings}
    )
    return made


def agent(kind: str, **settings: object) -> Strategy:
    others = (SECOND,) if settings.get("accounts", 1) == 2 else ()
    return group(kind, **settings).build(agent_context(others=others))


def resting(order_id: int, size_wad: int = WAD) -> OrderView:
    return OrderView(
        order_id=order_id,
        market=SPEC.name,
        size_wad=size_wad,
        price_wad=wad(PRICE),
        reduce_only=False,
    )


PUMP = {
    "accounts": 2,
    "clip_notional": 600,
    "max_notional": 6_000,
    "step": "0.01",
    "starts_at_block": 2,
    "exits_at_block": 9,
}


def test_group__trick_for_two__refuses_one_account() -> None:
    with pytest.raises(ValidationError, match="at least 2 accounts"):
        group("self_trade_pump", **{**PUMP, "accounts": 1})


def test_campaign__end_before_its_beginning__is_refused() -> None:
    with pytest.raises(ValidationError, match="a starts_at_block before exits_at_block"):
        group("self_trade_pump", **{**PUMP, "exits_at_block": 2})


def test_self_trade_pump__each_block__rests_one_order_and_takes_it_with_the_other() -> None:
    one = agent("self_trade_pump", **PUMP)
    assert one.next_block(0) == 2
    assert one.act(Shown(block=1)) == ()
    offer, bid = one.act(Shown(block=2))
    assert (offer.account, bid.account) == (SECOND, ACCOUNT)
    assert offer.size_wad == -bid.size_wad < 0
    assert offer.price_wad == bid.price_wad == wad(PRICE) * 101 // 100
    assert (offer.kind, bid.kind) == (OrderKind.POST_ONLY, OrderKind.IOC)


def test_self_trade_pump__last_price_far_from_mark__goes_no_further_than_the_book_fills() -> None:
    one = agent("self_trade_pump", **PUMP)
    view = replace(VIEW, last_price_wad=wad(63_000))
    assert one.act(Shown(block=2, view=view))[0].price_wad == wad(PRICE) * 104 // 100


def test_self_trade_pump__full__asks_for_its_cash_and_for_half_when_refused() -> None:
    one = agent("self_trade_pump", **PUMP)
    full = {"held_wad": {ACCOUNT: WAD // 10, SECOND: -WAD // 10}}
    asked = [one.act(Shown(block=block, **full))[0] for block in (3, 4, 5)]
    assert asked == [
        Withdraw(account=ACCOUNT, amount_raw=raw) for raw in (10**9, 5 * 10**8, 25 * 10**7)
    ]
    (again,) = one.act(Shown(block=6, cash_wad=wad(750), **full))
    assert again.amount_raw == 750 * 10**6


def test_leave__open_and_flat_accounts__are_closed_and_emptied() -> None:
    one = agent("self_trade_pump", **PUMP)
    closing, out = one.act(Shown(block=9, held_wad={ACCOUNT: WAD}))
    assert (closing.size_wad, closing.reduce_only) == (-WAD, True)
    assert out == Withdraw(account=SECOND, amount_raw=wad(1_000) // WAD_PER_RAW)


def test_spot_pump__in_position__pushes_then_asks_then_sells() -> None:
    one = agent(
        "spot_pump", notional=600, push_blocks=2, leg=VENUE, starts_at_block=2, exits_at_block=20
    )
    (opening,) = one.act(Shown(block=2))
    assert isinstance(opening, PlaceOrder)
    held = {"size_wad": WAD // 100, "spot_wad": WAD // 60}
    for block in (3, 4):
        (push,) = one.act(Shown(block=block, **held))
        assert isinstance(push, TradeVenue)
        assert push.size_wad == WAD // 100
    ask, sale = one.act(Shown(block=5, **held))
    assert isinstance(ask, Withdraw)
    assert sale.size_wad == -WAD // 100
    (sale, closing) = one.act(Shown(block=20, **{**held, "spot_wad": WAD // 1_000}))
    assert sale.size_wad == -WAD // 1_000
    assert closing.reduce_only


def test_spot_pump__pool__pays_from_the_wallet_and_sells_what_it_got() -> None:
    leg = {"pool": "dex", "clip_notional": 600}
    one = agent("spot_pump", notional=600, push_blocks=1, leg=leg, exits_at_block=20)
    seen = {"size_wad": WAD // 100, "pools": {"dex": DEX}, "wallet_raw": (10**12, 9_000)}
    (push,) = one.act(Shown(block=3, **seen))
    assert push == SwapSpot(account=ACCOUNT, pool="dex", is_buy=True, amount_in_raw=600 * 10**6)
    _, sale = one.act(Shown(block=4, **seen))
    assert sale == SwapSpot(account=ACCOUNT, pool="dex", is_buy=False, amount_in_raw=9_000)


@pytest.mark.parametrize("leg", [{"clip_notional": 1}, {**VENUE, "pool": "dex"}])
def test_spot_leg__nowhere_or_twice__is_refused(leg: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="exactly one of venue, pool"):
        group("spot_pump", notional=600, push_blocks=1, leg=leg, exits_at_block=20)


def test_book_sweeper__target_reached__stops_and_offers_a_ladder() -> None:
    one = agent(
        "book_sweeper", clip_notional=600, max_notional=6_000, target="0.01", exits_at_block=30
    )
    (order,) = one.act(Shown(block=2))
    assert order.size_wad > 0
    offers = one.act(Shown(block=3, view=at(60_700), size_wad=WAD))
    assert [offer.size_wad for offer in offers] == [-WAD // 4] * 4
    prices = [offer.price_wad for offer in offers]
    assert prices == sorted(set(prices))
    assert prices[0] == wad(60_700)
    assert one.act(Shown(block=4, view=at(60_000), size_wad=WAD, orders=[resting(1)])) == []


def test_book_sweeper__time_is_up_or_full__stops() -> None:
    one = agent(
        "book_sweeper", clip_notional=600, max_notional=6_000, sweep_blocks=5, exits_at_block=30
    )
    assert one.act(Shown(block=2, size_wad=WAD)) == []
    assert len(one.act(Shown(block=7, size_wad=WAD))) == 4


def spoofer(**settings: object) -> Strategy:
    plain = {"wall_notional": 60_000, "real_notional": 600, "exits_at_block": 50}
    return agent("spoofer", **{**plain, **settings})


@pytest.mark.parametrize("side", [1, -1])
def test_spoofer__nothing_shown__rests_layers_away_from_the_mark(side: int) -> None:
    (wall,) = spoofer(side=side).act(Shown(block=2))
    assert isinstance(wall, PlaceMany)
    away = [side * (PRICE - order.price_wad / WAD) for order in wall.orders]
    assert away == pytest.approx([120, 180, 240])
    assert {order.kind for order in wall.orders} == {OrderKind.POST_ONLY}


def test_spoofer__shown_long_enough_or_touched__pulls_and_trades_the_other_side() -> None:
    for block, view, acts in (
        (4, VIEW, 0),
        (5, VIEW, 2),
        (4, replace(VIEW, best_ask_wad=wad(59_900)), 2),
    ):
        one = spoofer()
        one.act(Shown(block=2))
        done = one.act(Shown(block=block, view=view, orders=[resting(5), resting(6)]))
        assert len(done) == acts
        if acts:
            assert done[0] == CancelOrders(account=ACCOUNT, market=SPEC.name, order_ids=(5, 6))
            assert done[1].size_wad < 0


def hunter(**settings: object) -> Strategy:
    return agent("stop_hunter", clip_notional=600, max_notional=6_000, **settings)


@pytest.mark.parametrize(
    ("stops", "side"),
    [
        ([], 0),
        ([stop(i, 59_500) for i in range(2)], 0),
        ([stop(i, 59_500) for i in range(3)], -1),
        ([stop(i, 58_000) for i in range(3)], 0),
        ([stop(i, 60_500, is_long=False) for i in range(4)], 1),
        ([stop(i, 60_500) for i in range(4)], 0),
    ],
)
def test_stop_hunter__stops_in_reach__are_what_it_trades_towards(stops: list, side: int) -> None:
    orders = hunter().act(Shown(block=1, stops=stops))
    assert [order.size_wad > 0 for order in orders] == [side > 0] * (side != 0)


def test_stop_hunter__stops_have_fired__turns_holds_and_leaves() -> None:
    one, stops = hunter(hold_blocks=5), [stop(i, 59_500) for i in range(3)]
    one.act(Shown(block=1, stops=stops))
    one.act(Shown(block=2, stops=stops, size_wad=-WAD // 10))
    (turn,) = one.act(Shown(block=3, size_wad=-WAD // 10))
    assert turn.size_wad == WAD // 10 + WAD // 20  # all of the push and half of it again
    assert one.act(Shown(block=4, size_wad=WAD // 20)) == []
    assert one.act(Shown(block=8, size_wad=WAD // 20)) == []
    (out,) = one.act(Shown(block=9, size_wad=WAD // 20))
    assert (out.size_wad, out.reduce_only) == (-WAD // 20, True)
    assert one.act(Shown(block=10)) == []
    assert one.act(Shown(block=11, stops=stops)) == []  # it rests


def test_backstop_dumper__full__drains_and_pushes_against_itself() -> None:
    one = agent(
        "backstop_dumper",
        accounts=2,
        notional=6_000,
        clip_notional=6_000,
        leg=VENUE,
        exits_at_block=40,
    )
    offer, taken = one.act(Shown(block=2))
    assert (offer.account, taken.account) == (SECOND, ACCOUNT)
    assert taken.size_wad < 0 < offer.size_wad
    ask, push = one.act(Shown(block=3, held_wad={ACCOUNT: -WAD // 10, SECOND: WAD // 10}))
    assert ask == Withdraw(account=ACCOUNT, amount_raw=10**9)
    assert push.size_wad > 0


def test_funding_squeezer__each_account__has_its_side() -> None:
    one = agent(
        "funding_squeezer",
        accounts=2,
        notional=6_000,
        clip_notional=600,
        premium="0.005",
        wall_notional=6_000,
        max_notional=60_000,
        refresh_blocks=2,
        exits_at_block=40,
    )
    short, wall = one.act(Shown(block=2))
    assert (short.account, short.size_wad < 0) == (ACCOUNT, True)
    assert (wall.account, wall.price_wad) == (SECOND, wad(60_300))
    assert len(one.act(Shown(block=3))) == 1
    assert one.act(Shown(block=3, held_wad={ACCOUNT: -WAD})) == []


SWEEP = {"clip_notional": 600, "max_notional": 6_000, "exits_at_block": 30}
SPOOF = {"wall_notional": 60_000, "real_notional": 600, "exits_at_block": 30}


@pytest.mark.parametrize(
    ("kind", "settings"),
    [("self_trade_pump", PUMP), ("book_sweeper", SWEEP), ("spoofer", SPOOF)],
)
def test_campaign__index_down__opens_nothing(kind: str, settings: dict[str, object]) -> None:
    one = agent(kind, **settings)
    assert not one.act(Shown(block=3, view=replace(VIEW, status=Status.STALE)))
