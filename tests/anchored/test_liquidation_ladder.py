"""Liquidations that once reverted, or went to the wrong rung; literal figures, frozen."""

from __future__ import annotations

from dataclasses import astuple, replace

import pytest

from sim.chain.port import CallReverted
from sim.protocol.config import FundingTerms
from sim.units import WAD, wad
from tests.liquidation_world import RAW, LiquidationWorld
from tests.world import reference_world_config


@pytest.fixture
def world():
    config = reference_world_config()
    calm = tuple(replace(one, funding=FundingTerms(cap_wad=0)) for one in config.markets)
    world = LiquidationWorld(replace(config, markets=calm))
    world.deposit("maker", 100_000_000 * RAW)
    world.stake("whale", 1_000_000 * RAW)
    return world


def test_account_owes_across_tiers__some_bids_above_mark__falls_to_the_pool(world):
    # 100 long at 60 000 with 177 000: mark 58 200 leaves it owing 3 000. A bid of 10 at 58 240
    # is better than bankruptcy (58 230), yet leaves E/MM lower, because the highest tier's margin
    # goes first: the fill was refused and the whole liquidation with it.
    account = world.open("taker", "100", 180_000 * RAW)
    world.index(58_200)
    world.order("maker", "10", 58_240)
    assert world.liquidate(account).rung == 2
    assert world.size(account) == 0


def test_bid_only_at_the_bankruptcy_price__falls_to_the_pool(world):
    # Half of the position there leaves E/MM as it was, which is not higher: the fill was refused
    # and the whole liquidation with it.
    account = world.open("taker", "1", 1_030 * RAW)
    world.index(59_150)
    world.order("maker", "0.5", 59_000)
    assert world.liquidate(account).rung == 2


def test_keeper_allows_no_fills__the_pool_is_not_handed_what_the_book_would_take(world):
    account = world.open("taker", "1", 1_030 * RAW)
    world.index(59_150)
    world.order("maker", "1", 59_150)
    with pytest.raises(CallReverted, match="liquidator: too few fills"):
        world.liquidate(account, max_fills=0)
    assert world.liquidate(account).rung == 0


def test_backstop_position_below_maintenance__can_still_be_unwound(world):
    # The pool's own account failed the acceptance rule for want of margin, while the stakers'
    # cash lay beside it.
    account = world.open("taker", "1", 1_030 * RAW)
    world.index(59_150)
    assert world.liquidate(account).rung == 2
    world.index(58_400)
    world.order("maker", "1", 58_400)
    world.send("keeper", "InsurancePool", "unwind", 1)
    assert world.size(world.pool_account(1)) == 0


def test_backstop_position_smaller_than_an_order__can_still_be_unwound(world):
    account = world.open("taker", "1", 1_030 * RAW)
    world.index(59_150)
    assert world.liquidate(account).rung == 2
    for size in ("0.9999", "0.0002"):  # 5.9 are left after the first
        world.order("maker", size, 59_150)
        world.send("keeper", "InsurancePool", "unwind", 1)
        world.index(59_150, seconds=30)
    assert world.size(world.pool_account(1)) == 0


def test_market_added_to_a_running_protocol__is_not_refused_by_a_mark_that_lacks_it(world):
    # The mark wants margins first, and setting margins poked the mark.
    made = (wad("0.1"), wad("0.0001"), wad(10), wad("0.05"))
    book = world.deployed.address("OrderBook.BTC-USD")
    tiers = ((0, 0, 0, 0), (WAD // 200, 0, 0, 0), (WAD // 100, 0, 0, 0))
    for method, arguments in (
        ("add_market", (made,)),
        ("set_book", (book,)),
        ("set_fees", (1, 5, 25)),
        ("set_tiers", tiers),
    ):
        world.send("owner", "MarketParams", method, 4, *arguments)
    mark = (0, wad(20_000), wad("0.001"), "0x" + "00" * 20, 0)
    funding = (28_800, 600, wad("0.0001"), wad("0.0005"), wad("0.75"), wad("0.04"))
    world.send("owner", "MarkPrice", "add_market", 4, mark, funding)
    known = world.deployed.config.market(world.name)
    sources = tuple((world.deployed.feed(world.name, feed), 1, 60) for feed in world.feeds)
    world.send("owner", "OracleAggregator", "set_market", 4, astuple(known.index), sources)
    assert world.read("MarkPrice", "price", 4).mark_wad == wad(60_000)
    world.send("owner", "MarketParams", "set_fees", 4, 2, 6, 30)


def test_offer_just_inside_bankruptcy__not_failing__is_for_a_keeper_who_heals_it_in_one_call(world):
    # Short 0.066 at 60 000 with 200, and an offer 23 bp above a mark of 62 700: nearly all equity
    # paid for each part, E/MM stayed where it was, and a fifth went with every call, 24 times.
    account = world.open("taker", "-0.066", 200 * RAW)
    world.index(62_700)
    world.order("maker", "-5", 62_844)
    with pytest.raises(CallReverted, match="liquidator: no rung could act"):
        world.liquidate(account)
    receiver = world.deposit("keeper", 10_000 * RAW)
    world.send("keeper", "Liquidator", "take_over", account, world.market, WAD, receiver)
    assert world.read("Liquidator", "liquidation_size", account, world.market)[0] == 0
