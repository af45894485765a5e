"""Classes 14, 15 and 16: liquidatable as soon as open, slippage that binds the wrong side, and a
band that lets the liquidator trade where the trader may not.

Sources: SYMM M-7 and M-12, GMX M-22, H-5, H-9 and H-19, Perp v3 M-5 and M-9.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.types import OrderKind, account_id
from sim.units import WAD, wad
from tests.adl_world import untouched
from tests.liquidation_world import ENTRY, RAW
from tests.support.contracts import address_of


def attacker() -> int:
    return account_id(address_of("attacker"))


@given(
    size=st.sampled_from(["0.0002", "0.05", "1", "16.6667", "17", "90", "340"]),
    spare_bps=st.integers(0, 30),
    away=st.integers(-25, 25),
    side=st.sampled_from(["", "-"]),
)
def test_class_14__whoever_may_open__is_not_liquidatable_at_the_same_price(
    deployed, size, spare_bps, away, side
):
    with untouched(deployed) as world:
        price = ENTRY + away
        notional = float(size) * ENTRY
        margin_raw = int(notional * (100 + spare_bps) / 10_000 * RAW) + RAW
        account = world.deposit("edge", margin_raw)
        world.order("maker", ("-" if not side else "") + size, price)
        try:
            world.order("edge", side + size, price, kind=OrderKind.IOC)
        except CallReverted:
            return  # refused at the door: the other half of the rule
        health = world.health(account)
        assert health.margin_equity_wad >= health.initial_wad
        assert world.try_liquidate(account) == "liquidator: account is healthy"


@pytest.mark.parametrize("side", ["", "-"])
def test_class_14__a_profitable_close__is_never_blocked(world, side):
    # The account could not open a lot more, and all its cash is in its profit's way.
    other = "" if side else "-"
    account = world.enter("edge", f"{side}10", 6_400)
    price = ENTRY + 500 if not side else ENTRY - 500
    world.index(price)
    world.order("maker", f"{side}10", price)
    world.order("edge", f"{other}10", price, kind=OrderKind.IOC, reduce_only=True)
    assert world.size(account) == 0
    assert world.cash(account) > 6_400 * WAD


@given(
    bound=st.integers(-60, 60),
    quotes=st.lists(st.integers(-60, 60), min_size=1, max_size=4),
    side=st.sampled_from([1, -1]),
    reduce_only=st.booleans(),
)
def test_class_15__whatever_the_book_offers__no_fill_is_worse_than_the_bound(
    deployed, bound, quotes, side, reduce_only
):
    with untouched(deployed) as world:
        sign, other = ("", "-") if side > 0 else ("-", "")
        if reduce_only:  # a position against the order to be reduced
            world.order("maker", sign + "1", ENTRY)
            world.order("attacker", other + "1", ENTRY, kind=OrderKind.IOC)
        for quote in quotes:
            world.order("second", f"{other}0.3", ENTRY + quote)
        before = world.size(attacker()), world.read("Clearinghouse", "position", attacker(), 1)
        events = world.order(
            "attacker", f"{sign}1", ENTRY + bound, kind=OrderKind.IOC, reduce_only=reduce_only
        )
        fills = [one.values for one in events if one.name == "OrderFilled"]
        assert all((one.price_wad - wad(ENTRY + bound)) * side <= 0 for one in fills)
        reachable = sum(3 for quote in quotes if (quote - bound) * side <= 0)
        moved = abs(world.size(attacker()) - before[0])
        assert moved == min(WAD, reachable * WAD // 10)


@given(away_bps=st.integers(-560, 560), side=st.sampled_from([1, -1]))
def test_class_16__where_a_liquidation_trades__a_voluntary_reduce_may_too(deployed, away_bps, side):
    # One account is sick, one is well; both hold the same, and the same order waits for them.
    sign, other = ("", "-") if side > 0 else ("-", "")
    with untouched(deployed) as world:
        sick = world.enter("edge", f"{sign}1", 4_000)
        world.enter("attacker", f"{sign}1", 1_000)
        mark = ENTRY - side * 3_800
        world.index(mark)
        assert world.is_liquidatable(sick)
        price = mark * (10_000 + away_bps) // 10_000
        traded = []
        for role in ("edge", "attacker"):
            with untouched(world):
                try:
                    world.order("maker", f"{sign}1", price)
                    if role == "edge":
                        traded.append(world.try_liquidate(sick) == 0)
                        continue
                    found = world.order(
                        role, f"{other}1", price, kind=OrderKind.IOC, reduce_only=True
                    )
                    traded.append(any(one.name == "OrderFilled" for one in found))
                except CallReverted:
                    traded.append(False)
        by_keeper, by_owner = traded
        assert by_owner or not by_keeper
        assert by_owner == (abs(away_bps) <= 500)
