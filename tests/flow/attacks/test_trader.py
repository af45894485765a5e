"""A trader that an owner named, against the owner: it may lose the money, but not take it.

Source: audit of 6be1e45, low findings: an operator could do everything. A trader places and cancels
orders, deposits its own money and moves the owner's between the owner's accounts.
"""

from __future__ import annotations

import pytest

from sim.chain.port import CallReverted
from sim.types import OrderKind, account_id
from sim.units import RAW_PER_UNIT, WAD, wad
from tests.liquidation_world import ENTRY
from tests.support.contracts import address_of

REFUSED = r"^vault: caller is neither owner nor operator$"


@pytest.fixture
def owner(world) -> int:
    """An honest account with money, a position, and the attacker as its trader."""
    account = world.enter("honest", "0.1", 50_000)
    world.send("honest", "MarginVault", "set_trader", address_of("attacker"), True)
    return account


def test_set_trader__of_an_owner__trades_and_moves_but_never_pays_out(world, owner):
    book = f"OrderBook.{world.name}"
    order = (True, WAD // 10, wad(ENTRY), OrderKind.LIMIT, False, 0)
    (placed,) = [
        event
        for event in world.send("attacker", book, "place", owner, order, 8)
        if event.name == "OrderPlaced"
    ]
    world.send("attacker", book, "cancel", placed.values.order_id)
    isolated = account_id(address_of("honest"), world.market)
    world.send("attacker", "MarginVault", "move", owner, isolated, WAD)
    assert world.read("MarginVault", "may_act", owner, address_of("attacker"))
    assert not world.read("MarginVault", "may_withdraw", owner, address_of("attacker"))

    before = world.purse_wad("attacker"), world.purse_wad("honest")
    for receiver in (address_of("attacker"), address_of("honest")):
        with pytest.raises(CallReverted, match=REFUSED):
            world.send("attacker", "MarginVault", "withdraw", owner, RAW_PER_UNIT, receiver)
    outside = (address_of("attacker"), world.deployed.address("TriggerOrders"))
    for recipient in outside:
        with pytest.raises(CallReverted, match=REFUSED):
            world.send("attacker", "MarginVault", "move", owner, account_id(recipient), WAD)
    assert (world.purse_wad("attacker"), world.purse_wad("honest")) == before


def test_set_trader__by_a_trader_or_for_another__names_nobody(world, owner):
    # What a trader names are its own accounts' traders and operators.
    for method in ("set_trader", "set_operator"):
        world.send("attacker", "MarginVault", method, address_of("second"), True)
    assert not world.read("MarginVault", "may_act", owner, address_of("second"))
    with pytest.raises(CallReverted, match="vault: owner needs no trader"):
        world.send("attacker", "MarginVault", "set_trader", address_of("attacker"), True)


def test_set_trader__dismissed__may_do_nothing_more(world, owner):
    world.send("honest", "MarginVault", "set_trader", address_of("attacker"), False)
    order = (True, WAD // 10, wad(ENTRY), OrderKind.LIMIT, False, 0)
    with pytest.raises(CallReverted, match="book: not owner or operator"):
        world.send("attacker", f"OrderBook.{world.name}", "place", owner, order, 8)
    isolated = account_id(address_of("honest"), world.market)
    with pytest.raises(CallReverted, match=REFUSED):
        world.send("attacker", "MarginVault", "move", owner, isolated, WAD)


def test_set_trader__named_beside_an_operator__leaves_the_operator_its_rights(world, owner):
    world.send("honest", "MarginVault", "set_operator", address_of("attacker"), True)
    world.send("honest", "MarginVault", "set_trader", address_of("attacker"), False)
    to = address_of("honest")
    world.send("attacker", "MarginVault", "withdraw", owner, RAW_PER_UNIT, to)
