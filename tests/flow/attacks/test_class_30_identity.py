"""Class 30, access and identity: entry points meant for a peer, another's accounts, callbacks.

Sources: Velar M-6, Perp Curie's OrderBook (DeFiHackLabs #1188), GMX H-6, H-8 and H-16, SYMM H-3,
Perennial v2 H-1 to H-6, Tigris M-12. The whole table of who may call what is in test_privileges.
"""

from __future__ import annotations

import pytest

from sim.chain.port import CallReverted
from sim.types import account_id
from sim.units import WAD
from tests.liquidation_world import ENTRY, RAW
from tests.support.contracts import address_of


@pytest.fixture
def victim(world) -> int:
    """An honest account with money and a position."""
    return world.enter("honest", "1", 5_000)


def proposals(world, victim):
    """Every way in which a peer changes an account, aimed at the victim."""
    own = account_id(address_of("attacker"))
    maker = (victim, WAD, ENTRY * WAD, False)
    return {
        "fill": (world.market, own, True, False, [maker]),
        "cross": (world.market, victim, own, WAD, 1),
        "seize": (world.market, victim),
        "socialise": (world.market, victim),
        "debit": (victim, WAD),
        "credit": (own, 10**9 * WAD),
        "pay": (own, WAD),
    }


def test_class_30__a_peers_entry_point_called_by_a_stranger__changes_nothing(world, victim):
    before = world.cash(victim), world.size(victim), world.purse_wad("attacker")
    for method, words in proposals(world, victim).items():
        with pytest.raises(CallReverted, match="clearinghouse: "):
            world.send("attacker", "Clearinghouse", method, *words)
    assert (world.cash(victim), world.size(victim), world.purse_wad("attacker")) == before


def test_class_30__an_operator_of_ones_own_accounts__is_nobody_in_anothers(world, victim):
    world.send("attacker", "MarginVault", "set_operator", address_of("second"), True)
    to = address_of("second")
    for role in ("attacker", "second"):
        with pytest.raises(CallReverted):
            world.send(role, "MarginVault", "withdraw", victim, RAW, to)
        with pytest.raises(CallReverted):
            world.send(role, "MarginVault", "move", victim, account_id(to), WAD)
        order = (False, WAD, ENTRY * WAD, 1, False, 0)
        with pytest.raises(CallReverted):
            world.send(role, f"OrderBook.{world.name}", "place", victim, order, 8)
    assert world.earned_wad() <= 0


@pytest.mark.parametrize("bits", [2**95, 2**64, 9])
def test_class_30__an_account_number_with_odd_bits__is_nobodys_second_account(world, bits):
    # owner << 96 | bucket: a bucket that no market has must not open a room of its own.
    own = account_id(address_of("attacker")) | bits
    with pytest.raises(CallReverted):
        world.send("attacker", "MarginVault", "deposit", own, RAW)
    with pytest.raises(CallReverted):
        world.send("attacker", "MarginVault", "move", account_id(address_of("attacker")), own, WAD)


def test_class_30__another_owners_number_under_ones_own_name__moves_nothing(world, victim):
    for receiver in (account_id(address_of("attacker")), victim):
        with pytest.raises(CallReverted):
            world.send("attacker", "MarginVault", "move", victim, receiver, WAD)
    assert world.earned_wad() <= 0


def test_class_30__the_owner_itself__sets_nothing_outside_its_bounds(world):
    # A market's administrator that can drain by parameters is an attacker too.
    refused = [
        ("set_fees", (world.market, 10_000, 10_000, 10_000)),
        ("set_tiers", (world.market, (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0))),
        ("set_backstop", (world.market, 2 * WAD)),
        ("set_upnl_weights", (world.market, 2 * WAD, WAD)),
    ]
    for method, words in refused:
        with pytest.raises(CallReverted, match="params: "):
            world.send("owner", "MarketParams", method, *words)
