from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from sim.agents.base import NEVER, Group, Strategy
from sim.agents.liquidation_keeper import worst_first
from sim.agents.registry import AnyGroup
from sim.types import CancelOrders, Liquidate, OrderKind, OrderView, PlaceOrder, Status
from sim.units import BPS, WAD, wad
from tests.sim.agent_views import ACCOUNT, PRICE, SPEC, VIEW, Shown, agent_context, at, table


def agent(kind: str, name: str = "someone", **settings: object) -> Strategy:
    made: Group = TypeAdapter(AnyGroup).validate_python(
        {"kind": kind, "capital": 1_000, **settings}
    )
    return made.build(agent_context(name))


@pytest.mark.parametrize(("kind", "side"), [("leveraged_long", 1), ("leveraged_short", -1)])
@pytest.mark.parametrize("leverage", [2, 10, 50, 100])
def test_leveraged__flat__opens_what_its_margin_and_fee_just_cover(
    kind: str, side: int, leverage: int
) -> None:
    (order,) = agent(kind, leverage=leverage, cushion=0).act(Shown())
    assert isinstance(order, PlaceOrder)
    assert order.kind == OrderKind.IOC
    assert order.size_wad * side > 0
    assert (order.price_wad > VIEW.mark_wad) == (side > 0)
    notional = abs(order.size_wad) * PRICE
    needed = notional / leverage + notional * SPEC.taker_fee_bps / BPS
    assert needed <= 1_000 * WAD
    assert needed + (SPEC.lot_wad * PRICE) * (1 / leverage + 0.0005) >= 1_000 * WAD


def test_leveraged__before_its_block_or_index_down__waits() -> None:
    one = agent("leveraged_long", leverage=10, opens_at_block=5, check_blocks=40)
    assert one.act(Shown(block=4)) == ()
    assert (one.next_block(1), one.next_block(5)) == (5, 5 + 40)
    assert one.act(Shown(block=5, view=replace(VIEW, status=Status.STALE))) == ()
    assert len(one.act(Shown(block=6))) == 1


@pytest.mark.parametrize(
    ("settings", "price", "closes"),
    [
        ({"take_profit": 0.5}, 62_900, False),
        ({"take_profit": 0.5}, 63_100, True),
        ({"stop_loss": 0.5}, 57_100, False),
        ({"stop_loss": 0.5}, 56_900, True),
        ({}, 90_000, False),
    ],
)
def test_leveraged__profit_or_loss_reached__closes_reduce_only(
    settings: dict[str, float], price: int, closes: bool
) -> None:
    one = agent("leveraged_long", leverage=10, **settings)
    size = WAD // 6  # 10,000 at 60,000
    acted = one.act(Shown(view=at(price), size_wad=size, quote_wad=-size * PRICE))
    assert bool(acted) == closes
    if closes:
        assert (acted[0].size_wad, acted[0].reduce_only) == (-size, True)
        assert one.next_block(9) == 10


def test_leveraged__time_is_up__closes_at_any_price() -> None:
    one = agent("leveraged_short", leverage=10, hold_s=60)
    held = {"size_wad": -WAD, "quote_wad": PRICE * WAD, "cash_wad": wad(10_000)}
    assert one.act(Shown(time_s=1_000, **held)) == ()
    assert one.act(Shown(time_s=1_059, **held)) == ()
    (order,) = one.act(Shown(time_s=1_060, **held))
    assert order.size_wad == WAD


def test_leveraged__horizon_in_blocks__closes_when_it_is_reached() -> None:
    one = agent("leveraged_long", leverage=10, horizon_blocks=4)
    held = {"size_wad": WAD, "quote_wad": -PRICE * WAD, "cash_wad": wad(10_000)}
    assert [bool(one.act(Shown(block=block, **held))) for block in (7, 10, 11)] == [
        False,
        False,
        True,
    ]


def test_leveraged__dip__stakes_the_rest_once() -> None:
    one = agent("leveraged_long", leverage=10, stake="0.5", add_on_dip="0.02")
    held = {"size_wad": WAD // 12, "quote_wad": -WAD // 12 * PRICE}
    assert one.act(Shown(view=at(59_000), **held)) == ()
    (order,) = one.act(Shown(view=at(58_700), **held))
    assert order.size_wad > 0
    assert one.act(Shown(view=at(58_000), **held)) == ()


def test_leveraged__liquidated__is_done_for_good() -> None:
    one = agent("leveraged_long", leverage=10)
    one.act(Shown(block=1, size_wad=WAD, quote_wad=-PRICE * WAD))
    assert one.act(Shown(block=2, cash_wad=0)) == ()
    assert one.next_block(2) == NEVER


def test_noise__same_name_and_seed__acts_alike_and_another_name_does_not() -> None:
    settings = {"clip_notional": {"uniform": (100.0, 900.0)}, "max_notional": 10_000}
    acted = [
        agent("noise_trader", name, **settings).act(Shown())
        for name in ("noise_1", "noise_1", "noise_2")
    ]
    assert acted[0] == acted[1] != acted[2]


def test_noise__far_from_flat__trades_back() -> None:
    one = agent("noise_trader", clip_notional=600, max_notional=1_000)
    for _ in range(20):
        (order,) = one.act(Shown(size_wad=WAD, quote_wad=-PRICE * WAD))
        assert order.size_wad < 0


def test_noise__orders_left__takes_them_back_first() -> None:
    one = agent("noise_trader", clip_notional=600, max_notional=1_000, passive=1)
    left = OrderView(
        order_id=9, market=SPEC.name, size_wad=WAD, price_wad=wad(1), reduce_only=False
    )
    cancel, order = one.act(Shown(orders=[left]))
    assert isinstance(cancel, CancelOrders)
    assert order.kind == OrderKind.LIMIT
    assert order.expires_at == 1_060


def test_noise__mean_wait__is_the_mean() -> None:
    one = agent("noise_trader", clip_notional=600, max_notional=1_000, mean_wait_blocks=8)
    waits = [one.next_block(100) - 100 for _ in range(3_000)]
    assert min(waits) == 1
    assert 7.5 < sum(waits) / len(waits) < 8.5


def test_worst_first__mixed_health__lists_the_sick_by_health_once_each() -> None:
    rows = table((1, 1, 50, 10), (2, 2, 4, 10), (3, -1, -2, 10), (2, -5, 4, 10), (4, 1, 9.9, 10))
    assert [one.account for one in worst_first(rows, 0.0)] == [3, 2, 4]
    assert [one.account for one in worst_first(rows, 0.05)] == [3, 2]


def test_keeper__late__acts_on_what_it_saw_then() -> None:
    one = agent("liquidation_keeper", delay_blocks=2)
    sick, well = table((5, 1, 1, 10)), table((5, 1, 90, 10))
    assert not one.act(Shown(block=1, table=sick))
    assert not one.act(Shown(block=2, table=well))
    assert one.act(Shown(block=3, table=well)) == [Liquidate(account=5, market=SPEC.name)]
    assert not one.act(Shown(block=4, table=sick))


def test_keeper__many_sick__takes_the_worst_and_leaves_them_alone_for_a_while() -> None:
    one = agent("liquidation_keeper", max_per_block=2, retry_blocks=3)
    rows = table(*[(account, 1, account, 100) for account in range(1, 6)])
    asked = [[one_.account for one_ in one.act(Shown(block=b, table=rows))] for b in (1, 2, 3, 4)]
    assert asked == [[1, 2], [3, 4], [5], [1, 2]]


@pytest.mark.parametrize(
    ("bid", "ask", "side"),
    [(59_980, 60_020, 0), (59_000, 59_890, 1), (60_110, 60_200, -1), (0, 0, 0)],
)
def test_arbitrageur__book_off_the_venues__trades_towards_them(
    bid: int, ask: int, side: int
) -> None:
    one = agent("arbitrageur", edge="0.001", clip_notional=600, max_notional=6_000)
    view = replace(VIEW, best_bid_wad=wad(bid), best_ask_wad=wad(ask))
    acted = one.act(Shown(view=view))
    assert [(order.size_wad > 0) - (order.size_wad < 0) for order in acted] == (
        [side] if side else []
    )
    full = Shown(view=view, size_wad=side * WAD, quote_wad=-side * PRICE * WAD)
    assert one.act(full) == ()


def test_momentum__trend__follows_and_leaves_when_it_turns() -> None:
    one = agent(
        "momentum_trader", window_checks=3, threshold="0.01", clip_notional=600, max_notional=6_000
    )
    assert [len(one.act(Shown(view=at(price)))) for price in (60_000, 60_100)] == [0, 0]
    (order,) = one.act(Shown(view=at(61_000)))
    assert order.size_wad > 0
    held = {"size_wad": WAD // 100, "quote_wad": -610 * WAD}
    (exit_order,) = one.act(Shown(view=at(60_000), **held))
    assert (exit_order.size_wad, exit_order.reduce_only) == (-WAD // 100, True)
    assert exit_order.account == ACCOUNT
