"""Class 29, rounding that pays: raw units, ticks and lots at the ends of what is allowed.

Sources: Unstoppable H-8, SYMM H-5, Drift #2146, Percolator #110.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sim.types import OrderKind, account_id
from sim.units import WAD, WAD_PER_RAW
from tests.adl_world import untouched
from tests.attack_world import THIN
from tests.crew_world import CREW
from tests.support.contracts import address_of

prices = st.sampled_from(["0.0011", "0.0333", "1", "7.7777", "999.9999"])


@given(price=prices, lots=st.integers(1, 9_999_999), rounds=st.integers(1, 6))
def test_class_29__round_trips_at_any_price_and_size__never_profit(deployed, price, lots, rounds):
    with untouched(deployed) as world:
        for _ in range(2):
            world.next_block()
            world.push(THIN, int(float(price) * 10_000) * WAD // 10_000)
            world.send("keeper", "MarkPrice", "poke", world.market_id(THIN))
        if not 10 <= float(price) * lots <= 800_000:
            return
        before = sum(_worth(world, role) for role in CREW)
        for _ in range(rounds):
            for side, other in (("", "-"), ("-", "")):
                world.order_in(THIN, "second", f"{other}{lots}", price)
                world.order_in(THIN, "attacker", f"{side}{lots}", price, taking=True)
        assert sum(_worth(world, role) for role in CREW) <= before
        account = account_id(address_of("attacker"))
        assert world.read("Clearinghouse", "size_of", account, world.market_id(THIN)) == 0


def _worth(world, role):
    return world.health(account_id(address_of(role))).equity_wad


@given(amounts=st.lists(st.integers(1, 10**9), min_size=1, max_size=8), cut=st.integers(0, 10**12))
def test_class_29__moves_and_withdrawals_of_odd_amounts__never_make_a_raw_unit(
    deployed, amounts, cut
):
    # A wad that is no whole raw unit stays in the account, counted, wherever it is sent.
    with untouched(deployed) as world:
        start = world.purse_wad("attacker")
        cross, isolated = (account_id(address_of("attacker"), bucket) for bucket in (0, 1))
        held_raw = world.read("MarginVault", "held_raw")
        for amount in amounts:
            odd_wad = amount * WAD_PER_RAW + cut
            world.send("attacker", "MarginVault", "move", cross, isolated, odd_wad)
            free_wad = world.read("Clearinghouse", "withdrawable", isolated)
            paid_raw = free_wad // WAD_PER_RAW
            to = address_of("attacker")
            world.send("attacker", "MarginVault", "withdraw", isolated, paid_raw, to)
            held_raw -= paid_raw
        assert world.read("MarginVault", "held_raw") == held_raw
        assert world.purse_wad("attacker") == start


@given(size=st.sampled_from(["0.0002", "0.0003", "0.0777"]), tick=st.integers(0, 9))
def test_class_29__fees_of_the_smallest_trades__are_never_nothing(deployed, size, tick):
    with untouched(deployed) as world:
        price = f"{60_000 + tick / 10:.1f}"
        fees = world.read("Clearinghouse", "pots")[0]
        world.order("second", f"-{size}", price)
        world.order("attacker", size, price, kind=OrderKind.IOC)
        taken = world.read("Clearinghouse", "pots")[0] - fees
        notional = int(size.replace(".", "")) * int(price.replace(".", "")) * WAD // 10**5
        assert taken * 10_000 >= 6 * notional
