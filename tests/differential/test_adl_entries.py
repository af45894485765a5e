"""The best entry an owner had lately, as the clearinghouse keeps it and as its events tell it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.reference.adl import Entries
from sim.types import OrderKind, account_id
from sim.units import WAD, wad
from tests.adl_world import AdlWorld, named, untouched
from tests.liquidation_world import RAW
from tests.support.contracts import address_of

OWNERS = ("taker", "bear")
PLACES = [account_id(address_of(role), bucket) for role in OWNERS for bucket in (0, 1)]
PRICES = ("58800", "59500.1", "60000", "60333.3", "61100")

trades = st.tuples(
    st.sampled_from(PLACES),
    st.sampled_from(["-0.7", "-0.3", "-0.0123", "0.0123", "0.3", "0.7", "1.4"]),
    st.sampled_from(PRICES),
)
steps = st.one_of(trades, trades, trades, st.integers(1, 30))  # or hours


@pytest.fixture(scope="module")
def deployed() -> AdlWorld:
    world = AdlWorld()
    for account in PLACES:
        role = OWNERS[PLACES.index(account) // 2]
        world.deposit(role, 100_000 * RAW, account & 1)
    return world


def trade(world: AdlWorld, account: int, size: str, price: str) -> None:
    """An order against the maker's; what margin or index refuse is not done."""
    against = size[1:] if size.startswith("-") else f"-{size}"
    words = (not size.startswith("-"), abs(wad(size)), wad(price), OrderKind.IOC, False, 0)
    role = OWNERS[PLACES.index(account) // 2]
    with suppress(CallReverted):
        world.order("maker", against, price)
        world.send(role, "OrderBook.BTC-USD", "place", account, words, 32)


def later(world: AdlWorld, hours: int) -> None:
    """The feeds are silent so long, and come back."""
    world.next_block(3_600 * hours)
    for _ in range(6):
        world.index("60000", seconds=30)


@given(st.lists(steps, min_size=1, max_size=12))
def test_best_entry__any_trades_over_days__is_the_references(deployed, done):
    with untouched(deployed) as world:
        entries, now = Entries(), dict.fromkeys(PLACES, (0, 0))
        for one in done:
            seen = len(world.transactions)
            if isinstance(one, int):
                later(world, one)
            else:
                trade(world, *one)
            for events in world.transactions[seen:]:
                for told in named(events, "PositionChanged"):
                    if told.account in now:
                        held = (told.size_wad, told.quote_wad)
                        entries.changed(told.account, now[told.account], held, world.now_s)
                        now[told.account] = held
            for account, (size_wad, _) in now.items():
                found = world.read("Clearinghouse", "best_entry", account, world.market)
                wanted = entries.best(account, size_wad > 0, world.now_s)
                assert found == (wanted or 0)


def test_best_entry__closed_and_opened_again__is_kept_a_day_at_least_and_two_at_most(deployed):
    with untouched(deployed) as world:
        account = PLACES[0]
        trade(world, account, "-0.7", "61100")
        trade(world, account, "0.7", "58800")
        trade(world, account, "-0.7", "58800")
        best = "Clearinghouse", "best_entry", account, world.market
        assert world.read(*best) == 61_100 * WAD
        later(world, 23)
        assert world.read(*best) == 61_100 * WAD
        later(world, 25)
        assert world.read(*best) == 0
