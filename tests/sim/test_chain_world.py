from __future__ import annotations

import pytest

from sim.chain.port import CallReverted
from sim.units import wad
from tests.support.contracts import address_of

PRICE_WAD = wad(60_000)


def test_world__deposit__is_credited_to_the_actors_account(world):
    account = world.deposit("maker", 250 * 10**6)
    assert world.read("Clearinghouse", "cash_of", account) == wad(250)
    assert account >> 96 == int(address_of("maker"), 16)


def test_world__next_test__starts_from_the_deployment(world):
    # The test above deposited; nothing of it may be left, whichever of the two ran first.
    account = int(address_of("maker"), 16) << 96
    assert world.read("Clearinghouse", "cash_of", account) == 0
    world.deposit("maker", 10**6)


def test_world__all_feeds_pushed__make_the_index(world):
    world.push("BTC-USD", PRICE_WAD)
    events = world.send("stranger", "MarkPrice", "poke", 1)
    assert [event.name for event in events] == ["IndexRefreshed", "MarketPoked"]
    assert (events[1].values.index_wad, events[1].values.status) == (PRICE_WAD, 0)


def test_world__refused_call__raises_with_the_contracts_words(world):
    with pytest.raises(CallReverted, match=r"^feed: not the reporter$"):
        world.send("stranger", "PriceFeed.BTC-USD.feed_1", "push", 1, 0, world.now_s, 1)
