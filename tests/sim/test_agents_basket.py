"""A basket trader on a cross account."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from sim.agents.base import Group, Strategy
from sim.agents.registry import AnyGroup
from sim.scenario import ScenarioError, parse_scenario
from sim.types import OrderKind, PlaceOrder, Status
from sim.units import wad
from tests.sim.agent_views import PRICE, SPEC, VIEW, Shown, agent_context

BASKET = {"kind": "basket_trader", "capital": 1_000, "leverage": 4, "cushion": 0}


def basket(**settings: object) -> Strategy:
    made: Group = TypeAdapter(AnyGroup).validate_python(
        {**BASKET, "sides": {SPEC.name: 1}, **settings}
    )
    return made.build(agent_context("someone"))


@pytest.mark.parametrize("side", [1, -1])
def test_basket__flat__opens_its_leverage_once_on_its_side(side: int) -> None:
    one = basket(sides={SPEC.name: side})
    (order,) = one.act(Shown())
    assert isinstance(order, PlaceOrder)
    assert order.kind == OrderKind.IOC
    assert order.size_wad * side == wad(4_000) // PRICE // SPEC.lot_wad * SPEC.lot_wad
    assert one.act(Shown(block=2)) == ()


def test_basket__index_not_to_be_trusted__waits_and_then_opens() -> None:
    one = basket()
    assert one.act(Shown(view=replace(VIEW, status=Status.HALTED))) == ()
    assert len(one.act(Shown(block=2))) == 1


def test_basket__lost_more_than_its_stop__sells_what_it_holds_until_it_is_gone() -> None:
    one = basket(stop_loss=0.5)
    one.act(Shown())
    size = wad("0.06")
    for price, wanted in ((PRICE, 0), (PRICE * 0.85, 1), (PRICE, 1)):
        view = replace(VIEW, mark_wad=wad(int(price)))
        shown = Shown(view=view, cash_wad=wad(1_000), size_wad=size, quote_wad=-size * PRICE)
        orders = one.act(shown)
        assert len(orders) == wanted
        assert all(isinstance(order, PlaceOrder) and order.reduce_only for order in orders)
    assert not one.act(Shown(cash_wad=wad(400)))


def test_scenario__a_basket_in_no_market__is_refused() -> None:
    text = """
name: small
blocks: 10
markets: {BTC-USD: {}}
prices: {BTC-USD: {kind: constant, price: 60000}}
agents: [{kind: basket_trader, capital: 1000, leverage: 2, sides: {ETH-USD: 1}}]
"""
    with pytest.raises(ScenarioError, match=r"agents\.0\.market: found 'ETH-USD'"):
        parse_scenario(text, label="small.yaml")
