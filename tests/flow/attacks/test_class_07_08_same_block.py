"""Classes 7 and 8, everything in one block: just-in-time orders around one's own close, deposits
borrowed for a moment, and two prices within one transaction's reach.

Sources: Velar H-2, Perennial M-10 and M-6, Perp v3 H-1, flatmoney M-8.
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

sizes = st.sampled_from(["0.0002", "0.01", "0.5", "3"])
prices = st.integers(ENTRY - 1_400, ENTRY + 1_400)


@given(size=sizes, first=prices, second=prices, side=st.sampled_from(["", "-"]))
def test_class_07__a_close_between_ones_own_orders__earns_nothing(
    deployed, size, first, second, side
):
    other = "" if side else "-"
    with untouched(deployed) as world:
        for price in (first, second):
            world.order("second", other + size, price)
            world.order("attacker", side + size, price, kind=OrderKind.IOC)
            side, other = other, side
        assert world.size(account_id(address_of("attacker"))) == 0
        assert world.earned_wad() <= 0
        world.check_books()


def test_class_07__margin_borrowed_for_one_block__leaves_only_as_it_came(world):
    # Deposit, open, mark up with one's own trade, withdraw: what is withdrawn is never above.
    account = world.deposit("attacker", 500_000 * RAW)
    world.order("second", "-5", ENTRY)
    world.order("attacker", "5", ENTRY, kind=OrderKind.IOC)
    world.order("second", "-1", ENTRY + 2_900)
    world.order("attacker", "1", ENTRY + 2_900, kind=OrderKind.IOC)
    free_wad = world.read("Clearinghouse", "withdrawable", account)
    assert free_wad <= world.cash(account)
    raw = free_wad * RAW // WAD
    world.send("attacker", "MarginVault", "withdraw", account, raw, address_of("attacker"))
    with pytest.raises(CallReverted):
        world.send("attacker", "MarginVault", "withdraw", account, 10 * RAW, address_of("attacker"))
    assert world.earned_wad() <= 500_000 * WAD  # what was borrowed and has to be given back


@given(move=st.integers(-90, 90), size=sizes)
def test_class_08__feeds_that_change_between_two_trades_of_a_block__are_not_two_prices(
    deployed, move, size
):
    # The attacker even holds the reporter's key: what it knows before the block's mark is fixed
    # cannot be acted on twice in it, because mark and index are stored once a block.
    with untouched(deployed) as world:
        world.index(ENTRY)
        world.next_block()
        world.send("attacker", "MarkPrice", "poke", world.market)
        before = world.price()
        world.order("second", f"-{size}", ENTRY)
        world.order("attacker", size, ENTRY, kind=OrderKind.IOC)
        world.push(world.name, wad(ENTRY + move * 10))
        world.send("attacker", "MarkPrice", "poke", world.market)
        after = world.price()
        assert (after.mark_wad, after.index_wad) == (before.mark_wad, before.index_wad)
        world.order("second", size, ENTRY)
        world.order("attacker", f"-{size}", ENTRY, kind=OrderKind.IOC)
        assert world.earned_wad() <= 0


def test_class_08__a_trade_of_this_block__moves_no_mark_of_this_block(world):
    world.index(ENTRY)
    before = world.price().mark_wad
    world.order("second", "-1", ENTRY + 2_900)
    world.order("attacker", "1", ENTRY + 2_900, kind=OrderKind.IOC)
    world.send("attacker", "MarkPrice", "poke", world.market)
    assert world.price().mark_wad == before
