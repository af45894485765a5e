"""Classes 25 and 26: a path through trades that pays better than another, and limits that give way
when a position is cut into parts.

Sources: Tigris H-04, H-06, H-09 and H-11, Unstoppable H-2, flatmoney H-4 and H-5, GMX M-27, JOJO
M-10, Velar M-9.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.types import OrderKind, account_id
from sim.units import WAD, wad
from tests.adl_world import untouched
from tests.crew_world import CREW
from tests.liquidation_world import ENTRY
from tests.support.contracts import address_of

LOT = Fraction(1, 10_000)
legs = st.lists(
    st.tuples(st.integers(-900, 900).filter(bool), st.integers(-1_500, 1_500)),
    min_size=1,
    max_size=6,
)


def trade(world, lots, offset):
    """The attacker trades signed lots against the maker at an offset to the entry."""
    size = f"{abs(lots) / 10_000:.4f}"
    side, other = ("", "-") if lots > 0 else ("-", "")
    world.order("maker", other + size, ENTRY + offset)
    world.order("attacker", side + size, ENTRY + offset, kind=OrderKind.IOC)


@given(legs=legs)
def test_class_25__any_path_back_to_nothing__pays_its_cash_flows_and_no_more(deployed, legs):
    # Adds, reduces, flips through zero: in the end cash moved by what was bought and sold, less
    # fees, to the wei; whatever realisation did on the way.
    legs = [(lots, offset) for lots, offset in legs if abs(lots) >= 2]
    with untouched(deployed) as world:
        account = account_id(address_of("attacker"))
        flow = fees = Fraction(0)
        start_wad = world.cash(account)
        left = sum(lots for lots, _ in legs)
        for lots, offset in [*legs, *([(-left, 0)] if left else [])]:
            notional = abs(lots) * LOT * (ENTRY + offset)
            if notional < 10:
                return
            trade(world, lots, offset)
            flow -= lots * LOT * (ENTRY + offset)
            fees += notional * Fraction(5, 10_000)
        assert world.size(account) == 0
        gained = world.cash(account) - start_wad
        exact = (flow - fees) * WAD
        assert exact - 8 * len(legs) - 8 <= gained <= exact
        world.check_books()


@given(parts=st.lists(st.integers(3, 200), min_size=2, max_size=6), offset=st.integers(-900, 900))
def test_class_25__opened_in_parts__is_worth_what_it_is_opened_at_once(deployed, parts, offset):
    worth = []
    for sizes in (parts, [sum(parts)]):
        with untouched(deployed) as world:
            for lots in sizes:
                trade(world, lots, 0)
            trade(world, -sum(parts), offset)
            worth.append(world.cash(account_id(address_of("attacker"))))
    split_wad, whole_wad = worth
    assert whole_wad - len(parts) - 1 <= split_wad <= whole_wad + len(parts) + 1


@pytest.mark.parametrize("accounts", [1, 2, 3])
def test_class_26__open_interest__is_capped_over_all_accounts_together(deployed, accounts):
    with untouched(deployed) as world:
        cap_wad = wad(100)
        limits = (wad(500_000_000), wad(2_000_000_000), cap_wad, wad(2_000_000_000))
        world.send("owner", "MarketParams", "set_open_interest_limits", world.market, *limits)
        left = 100
        for role in CREW[:accounts]:
            share = 100 // accounts
            world.order("maker", f"-{share}", ENTRY)
            world.order(role, f"{share}", ENTRY, kind=OrderKind.IOC)
            left -= share
        assert left < 2
        world.order("maker", f"-{left + 1}", ENTRY)
        with pytest.raises(CallReverted, match="clearinghouse: open interest"):
            world.order("whale", f"{left + 1}", ENTRY, kind=OrderKind.IOC)


@given(parts=st.integers(1, 12))
def test_class_26__many_small_orders__need_the_margin_of_the_large_one(deployed, parts):
    # 30 million of notional lie in the top tier however they are cut.
    with untouched(deployed) as world:
        for _ in range(parts):
            world.order("second", f"{-60 // parts}", ENTRY)
        for _ in range(parts):
            world.order("attacker", f"{60 // parts}", ENTRY, kind=OrderKind.IOC)
        account = account_id(address_of("attacker"))
        notional = Fraction(world.size(account), WAD) * ENTRY
        d1 = 1_000_000 * Fraction(1, 100)  # D_k - D_(k-1) = lower_k * (imr_k - imr_(k-1))
        needed = notional * Fraction(2, 100) - d1
        assert world.health(account).initial_wad == pytest.approx(int(needed * WAD), abs=2)


def test_class_26__a_position_left_below_the_smallest_order__closes_and_can_be_liquidated(world):
    trade(world, 3, 0)
    with pytest.raises(CallReverted, match="book: "):
        world.order("attacker", "-0.00005", ENTRY, kind=OrderKind.IOC)
    trade(world, -2, 0)
    assert world.size(account_id(address_of("attacker"))) == wad("0.0001")
    world.order("maker", "0.0002", ENTRY)
    world.order("attacker", "-0.0002", ENTRY, kind=OrderKind.IOC, reduce_only=True)
    assert world.size(account_id(address_of("attacker"))) == 0
    assert world.earned_wad() <= 0
