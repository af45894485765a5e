"""Keepers of every rung past the book, and those who stake behind it, on made-up observations."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from sim.agents.base import NEVER, Group, Strategy
from sim.agents.registry import AnyGroup
from sim.types import (
    BackstopView,
    Deleverage,
    GasView,
    InsuranceView,
    Liquidate,
    OrderKind,
    PlaceOrder,
    PoolRedeem,
    PoolRequestRedeem,
    Restore,
    RewardTerms,
    SocialiseLoss,
    StakeView,
    Status,
    TakeOver,
    TakeoverView,
    Urgent,
)
from sim.units import WAD, wad
from tests.sim.agent_views import ACCOUNT, PRICE, SPEC, VIEW, Shown, agent_context, at, table

NAME = SPEC.name
# 0.5 quote and 2 bp of the notional, from 1 to 100; a liquidation costs 10.
PAYING = replace(
    VIEW,
    spec=replace(
        SPEC,
        reward=RewardTerms(
            cost_wad=wad("0.5"), ratio_wad=wad("0.0002"), least_wad=WAD, most_wad=wad(100)
        ),
    ),
)
USED = {"Liquidate": 10**6, "TakeOver": 10**6}
GAS = GasView(price_wad=wad("0.00001"), native_wad=wad(2_000), used=USED)


def agent(kind: str, **settings: object) -> Strategy:
    made: Group = TypeAdapter(AnyGroup).validate_python(
        {"kind": kind, "capital": 1_000, **settings}
    )
    return made.build(agent_context())


def asked(actions: object) -> list[int]:
    assert isinstance(actions, list)
    return [one.account for one in actions if isinstance(one, Liquidate)]


# Liquidation keepers and gas. Notionals: 6 000, 60 000 and 600 000 pay 1.7, 12.5 and 100.
SICK = table((1, 0.1, -5, 10), (2, 1, -4, 10), (3, -10, -3, 10))


def test_reward__small_middling_large__is_the_clamped_formula() -> None:
    terms = PAYING.spec.reward
    paid = [terms.reward_wad(wad(one)) for one in (100, 60_000, 10_000_000)]
    assert paid == [WAD, wad("12.5"), wad(100)]


def test_liquidation_keeper__gas_free__asks_for_all() -> None:
    assert asked(agent("liquidation_keeper").act(Shown(view=PAYING, table=SICK))) == [1, 2, 3]


@pytest.mark.parametrize(("margin", "worth"), [("1", [2, 3]), ("1.25", [2, 3]), ("1.26", [3])])
def test_liquidation_keeper__gas_dear__leaves_what_does_not_pay_for_it(
    margin: str, worth: list[int]
) -> None:
    one = agent("liquidation_keeper", gas_margin=margin)
    assert asked(one.act(Shown(view=PAYING, table=SICK, gas=GAS))) == worth


def test_liquidation_keeper__cash_burnt__stops_asking() -> None:
    one = agent("liquidation_keeper")
    seen = Shown(view=PAYING, table=SICK, gas=GAS, cash_wad=wad(30))
    assert asked(one.act(seen)) == [2, 3]
    assert asked(one.act(replace(seen, block=2))) == [2]
    assert asked(one.act(replace(seen, block=3))) == []
    # A reward that came in pays for another.
    assert asked(one.act(replace(seen, block=4, cash_wad=wad(40)))) == [2]


def test_liquidation_keeper__given_up__is_asked_for_more_rarely() -> None:
    one = agent("liquidation_keeper", backoff_blocks=5)
    seen = Shown(table=table((1, 1, -5, 10), (2, 1, -4, 10)), given_up=[(1, NAME)])
    blocks = [asked(one.act(replace(seen, block=block))) for block in range(1, 7)]
    assert blocks == [[1, 2], [2], [2], [2], [2], [1, 2]]


def test_liquidation_keeper__places_are_sold__bids_a_share_of_what_gas_leaves() -> None:
    one = agent("liquidation_keeper", bid_share="0.5")
    bids = one.act(Shown(view=PAYING, table=SICK, gas=GAS))
    assert all(isinstance(bid, Urgent) for bid in bids)
    # Half of 2.5 and of 90 quote, over a million gas, at 2 000 quote a coin of 10**18 wei.
    assert [bid.tip_wei for bid in bids] == [625_000_000, 22_500_000_000]


# Takeover keepers


def offer(price: int, size: str = "1", limit: int = 0) -> TakeoverView:
    return TakeoverView(size_wad=wad(size), price_wad=wad(price), limit_wad=wad(limit or price))


def taker_over(**settings: object) -> Strategy:
    return agent("takeover_keeper", clip_notional=6_000, discount="0.001", **settings)


LONG, SHORT = table((5, 1, 4, 10)), table((5, -1, 4, 10))


def test_takeover_keeper__discount_enough__takes_what_its_equity_carries() -> None:
    seen = Shown(table=LONG, offers={5: offer(59_940)}, cash_wad=wad(6_000))
    (action,) = taker_over(leverage=5).act(seen)
    assert action == TakeOver(account=5, market=NAME, size_wad=wad("0.5"), receiver=ACCOUNT)
    (action,) = taker_over(leverage=5).act(replace(seen, offers={5: offer(59_940, "0.2")}))
    assert action.size_wad == wad("0.2")


@pytest.mark.parametrize(
    ("rows", "price", "wanted"),
    [
        (LONG, 59_941, False),
        (LONG, 60_060, False),  # of a bankrupt the price is above mark
        (SHORT, 60_060, True),
        (SHORT, 60_059, False),
        (SHORT, 59_940, False),
    ],
)
def test_takeover_keeper__price__must_be_better_than_mark_by_the_discount(
    rows: object, price: int, wanted: bool
) -> None:
    seen = Shown(table=rows, offers={5: offer(price)}, cash_wad=wad(60_000))  # type: ignore[arg-type]
    assert bool(taker_over().act(seen)) is wanted


def test_takeover_keeper__gas__is_taken_off_the_discount() -> None:
    seen = Shown(table=LONG, offers={5: offer(59_931)}, cash_wad=wad(60_000), gas=GAS)
    assert not taker_over().act(seen)  # 69 less 10 is below 60
    assert taker_over().act(replace(seen, offers={5: offer(59_930)}))


@pytest.mark.parametrize(
    ("rows", "view", "refused"),
    [
        (LONG, replace(VIEW, best_bid_wad=wad(59_000)), True),
        (LONG, replace(VIEW, best_bid_wad=wad(58_999)), False),
        (SHORT, replace(VIEW, best_ask_wad=wad(61_000)), True),
        (SHORT, replace(VIEW, best_ask_wad=wad(61_001)), False),
        (LONG, replace(VIEW, status=Status.STALE), True),
    ],
)
def test_takeover_keeper__book_can_fill_or_prices_are_stale__does_not_ask(
    rows: object, view: object, refused: bool
) -> None:
    offers = {5: offer(59_900, limit=59_000) if rows is LONG else offer(60_100, limit=61_000)}
    seen = Shown(table=rows, view=view, offers=offers, cash_wad=wad(60_000))  # type: ignore[arg-type]
    assert bool(taker_over().act(seen)) is not refused


@pytest.mark.parametrize(("size", "sold"), [("1", "0.1"), ("-1", "0.1"), ("0.00003", "0.0002")])
def test_takeover_keeper__holding__brings_a_clip_to_the_book(size: str, sold: str) -> None:
    quote_wad = -wad(size) * PRICE
    (order,) = taker_over().act(Shown(size_wad=wad(size), quote_wad=quote_wad))
    assert isinstance(order, PlaceOrder)
    assert (order.reduce_only, order.kind) == (True, OrderKind.IOC)
    assert abs(order.size_wad) == wad(sold)
    assert order.size_wad * wad(size) < 0
    assert (order.price_wad < wad(PRICE)) is (wad(size) > 0)


# Keepers of the last rungs


def test_adl_keeper__given_up_and_failing__closes_everywhere_before_mark() -> None:
    one = agent("adl_keeper", retry_blocks=2)
    rows = table((1, 1, -5, 10), (2, 1, 7, 10))
    seen = Shown(table=rows, given_up=[(1, NAME), (1, "ETH-USD"), (2, NAME)])
    rounds = [
        Deleverage(account=1, market=market, at_mark=at_mark)
        for at_mark in (False, True)
        for market in (NAME, "ETH-USD")
    ]
    assert list(one.act(seen)) == rounds  # the other is better than two thirds
    assert not one.act(replace(seen, block=2))
    assert list(one.act(replace(seen, block=3))) == rounds


def test_adl_keeper__asleep__wakes_after_its_blocks() -> None:
    one = agent("adl_keeper", wakes_after_blocks=3)
    seen = Shown(block=10, table=table((1, 1, -5, 10)), given_up=[(1, NAME)])
    acted = [bool(one.act(replace(seen, block=block))) for block in (10, 12, 13, 14)]
    assert acted == [False, False, True, True]


def test_adl_keeper__debt_without_a_position__is_asked_for_once() -> None:
    one = agent("adl_keeper")
    assert list(one.act(Shown(debts=[4]))) == [SocialiseLoss(account=4)]
    assert list(one.act(Shown(block=2, debts=[4, 6]))) == [SocialiseLoss(account=6)]


def test_adl_keeper__pool_unhealthy__puts_its_cash_behind_it_and_then_has_it_liquidated() -> None:
    pool = BackstopView(
        account=9, market=NAME, size_wad=WAD, equity_wad=9 * WAD, maintenance_wad=10 * WAD
    )
    one = agent("adl_keeper")
    assert list(one.act(Shown(held=[pool]))) == [Restore(market=NAME)]
    assert list(one.act(Shown(block=2, held=[pool]))) == [
        Restore(market=NAME),
        Liquidate(account=9, market=NAME, max_fills=32),
    ]
    gone = replace(pool, equity_wad=-WAD)
    given_up = one.act(Shown(block=3, held=[gone], given_up=[(9, NAME)]))
    assert Deleverage(account=9, market=NAME) in given_up
    assert not one.act(Shown(block=4, held=[replace(pool, equity_wad=10 * WAD)]))


# Stakers


def pool(equity: int) -> InsuranceView:
    return InsuranceView(
        equity_wad=wad(equity), shares_wad=wad(1_000), drawdown_wad=0, drawdown_limit_wad=WAD
    )


MINE = StakeView(shares_wad=wad(7))


def test_pool_staker__share_price_falls__asks_once_waits_and_is_paid() -> None:
    one = agent("pool_staker", loss="0.01")
    assert not one.act(Shown(staked=MINE, pool=pool(1_000)))
    assert not one.act(Shown(staked=MINE, pool=pool(990)))
    assert list(one.act(Shown(staked=MINE, pool=pool(989)))) == [
        PoolRequestRedeem(shares_wad=wad(7))
    ]
    waiting = StakeView(requested_wad=wad(7), ready_at=5_000)
    assert not one.act(Shown(time_s=4_999, staked=waiting))
    assert list(one.act(Shown(time_s=5_000, staked=waiting))) == [PoolRedeem()]
    assert one.next_block(8) == 9
    assert not one.act(Shown(time_s=5_002))
    assert one.next_block(9) == NEVER


def test_pool_staker__request_refused__asks_again() -> None:
    one = agent("pool_staker")
    one.act(Shown(staked=MINE, pool=pool(1_000)))
    for _ in range(2):
        assert one.act(Shown(staked=MINE, pool=pool(999)))


def test_pool_staker__gain_then_loss__counts_from_the_best() -> None:
    one = agent("pool_staker", loss="0.05")
    one.act(Shown(staked=MINE, pool=pool(2_000)))
    assert one.act(Shown(staked=MINE, pool=pool(1_899)))


@pytest.mark.parametrize(("price", "leaves"), [(58_800, False), (58_700, True), (61_300, True)])
def test_pool_staker__alarm__leaves_before_any_loss(price: int, leaves: bool) -> None:
    one = agent("pool_staker", alarm="0.021", window_checks=3)
    assert not one.act(Shown(staked=MINE))
    assert bool(one.act(Shown(staked=MINE, view=at(price)))) is leaves
