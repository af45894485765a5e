"""The lens on the whole protocol: each figure is its owner's, or follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, replace

import pytest

from sim.protocol.config import Fees, FundingTerms
from sim.types import account_id
from sim.types.codes import IndexMethod
from sim.units import WAD, wad
from tests.liquidation_world import ENTRY, RAW, LiquidationWorld
from tests.support.contracts import address_of
from tests.world import reference_world_config


@pytest.fixture(scope="module")
def deployed() -> LiquidationWorld:
    """Without fees and funding, so that figures can be read."""
    config = reference_world_config()
    calm = tuple(
        replace(one, fees=Fees(maker_bps=0, taker_bps=0), funding=FundingTerms(cap_wad=0))
        for one in config.markets
    )
    world = LiquidationWorld(replace(config, markets=calm))
    world.deposit("maker", 100_000_000 * RAW)
    return world


@pytest.fixture
def world(deployed: LiquidationWorld) -> Iterator[LiquidationWorld]:
    before = deployed.snapshot()
    yield deployed
    deployed.revert(before)


def position(world: LiquidationWorld, account: int):
    (found,) = world.read("Lens", "positions", (account,), world.market)
    return found


@pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
@pytest.mark.parametrize("leverage", [2, 5, 10, 20, 50, 100])
@pytest.mark.parametrize("bucket", [0, 1], ids=["cross", "isolated"])
def test_max_adverse_move__fresh_position_without_fees__is_one_over_leverage(
    world, side, leverage, bucket
):
    account = world.open("taker", side, ENTRY * RAW // leverage, bucket=bucket)
    assert world.read("Lens", "max_adverse_move", account, 1) == WAD // leverage
    shown = position(world, account)
    assert shown.bankruptcy_price_wad == wad(ENTRY) - side * wad(ENTRY) // leverage


@pytest.mark.parametrize(("side", "price"), [(1, 59_698), (-1, 60_298)])
def test_liquidation_price__hundred_times__is_the_figure_of_the_closed_form(world, side, price):
    # (cash + q) / (|s| * mmr - s): (600 - 60000) / (0.005 - 1) and (600 + 60000) / (0.005 + 1).
    account = world.open("taker", side, 600 * RAW)
    exact = (600 - side * ENTRY) * 1_000 * WAD // (5 - side * 1_000)
    assert position(world, account).liquidation_price_wad == exact
    assert exact // WAD == price


def test_liquidation_price__mark_on_either_side_of_it__is_where_liquidation_begins(world):
    account = world.open("taker", 1, 600 * RAW)
    shown_wad = position(world, account).liquidation_price_wad
    tick_wad = WAD // 10
    for price_wad, liquidatable in ((shown_wad + tick_wad, False), (shown_wad - tick_wad, True)):
        world.next_block()
        world.push(world.name, price_wad)
        world.send("keeper", "MarkPrice", "poke", 1)
        (state,) = world.read("Lens", "accounts", (account,))
        assert state.liquidatable is liquidatable


def test_liquidation_price__deep_in_profit__is_none_for_a_long(world):
    account = world.open("taker", 1, 70_000 * RAW)
    assert position(world, account).liquidation_price_wad == 0
    assert position(world, account).bankruptcy_price_wad == 0


def test_positions__nothing_held__are_empty(world):
    stranger = account_id(address_of("stranger"), 0)
    assert set(position(world, stranger)) == {0}


def test_accounts__any__are_what_the_clearinghouse_says(world):
    account = world.open("taker", 1, 1_000 * RAW)
    world.index(59_800)
    (state,) = world.read("Lens", "accounts", (account,))
    health = world.health(account)
    assert state.cash_wad == world.cash(account) == wad(1_000)
    assert (state.equity_wad, state.maintenance_wad) == (wad(800), wad(299))
    assert (state.initial_wad, state.notional_wad) == (wad(598), wad(59_800))
    assert state.margin_equity_wad == health.margin_equity_wad
    # 10 % of the notional stays, so that nothing can be withdrawn.
    assert state.withdrawable_wad == 0
    assert state.liquidatable is False


def test_snapshot__market_and_system__add_up(world):
    world.open("taker", 1, 1_000 * RAW)
    world.order("maker", "2", 59_900)
    (state,), system = world.read("Lens", "snapshot", (1,))
    assert world.read("Lens", "markets", (1,)) == (state,)
    assert world.read("Lens", "system") == system
    assert (state.mark_wad, state.index_wad, state.status) == (wad(ENTRY), wad(ENTRY), 0)
    assert (state.best_bid_wad, state.best_ask_wad) == (wad(59_900), 0)
    assert state.last_price_wad == wad(ENTRY)
    assert state.impact_bid_wad == wad(59_900)
    assert (state.open_interest_wad, state.escrow_wad) == (WAD, 0)
    token = world.read("MockToken", "balanceOf", world.deployed.address("MarginVault"))
    assert system.vault_wad == token * 10**12
    assert system.pool_cash_wad == system.pool_equity_wad == 0


def test_feeds__list__are_their_latest_readings(world):
    sources = tuple(world.deployed.feed(world.name, feed) for feed in world.feeds)
    readings = world.read("Lens", "feeds", sources)
    assert [one.price_wad for one in readings] == [wad(ENTRY)] * len(sources)


def test_ledger__some_accounts__says_what_the_clearinghouse_has_written_down(world):
    holder = world.open("taker", 1, ENTRY * RAW // 10)
    nobody = account_id(address_of("nobody"))
    held, empty = world.read("Lens", "ledger", (holder, nobody), world.market)
    position = world.read("Clearinghouse", "position", holder, world.market)
    assert held.cash_wad == world.read("Clearinghouse", "cash_of", holder) > 0
    assert (held.size_wad, held.quote_wad) == (position.size_wad, position.quote_wad)
    assert held.size_wad > 0
    assert tuple(empty) == (0, 0, 0)


def test_markets__impact_prices__are_over_the_depth_of_the_markets_own_funding(world):
    # The thin market's depth is a tenth of a major's: what it shows is what its mark is made of.
    for name in (world.name, "THIN-USD"):
        config = world.deployed.config.market(name)
        asked_wad = config.mark.impact_notional_wad
        assert world.read("MarkPrice", "impact_notional", config.market_id) == asked_wad
    thin = world.deployed.config.market("THIN-USD")
    world.push("THIN-USD", wad(2))
    world.send("keeper", "MarkPrice", "poke", thin.market_id)
    account = account_id(address_of("maker"))
    size_wad = thin.mark.impact_notional_wad  # at 2 this is twice what is asked for
    for price, size in (("1.99", size_wad), ("1.9", 100 * size_wad)):
        words = (True, size // WAD * WAD, wad(price), 0, False, 0)
        world.send("maker", "OrderBook.THIN-USD", "place", account, words, 32)
    (shown,) = world.read("Lens", "markets", (thin.market_id,))
    top = world.read("OrderBook.THIN-USD", "top", thin.mark.impact_notional_wad)
    assert shown.impact_bid_wad == top.impact_bid_wad == wad("1.99")


def test_unsafe_markets__one_of_a_naive_index__is_named(world):
    assert world.read("Lens", "unsafe_markets") == ()
    rules = replace(world.deployed.config.market(world.name).index, method=IndexMethod.SINGLE)
    feeds = [
        (world.deployed.address(f"PriceFeed.{world.name}.{feed}"), 1, 60) for feed in world.feeds
    ]
    world.send("owner", "OracleAggregator", "set_market", world.market, astuple(rules), feeds)
    assert world.read("Lens", "unsafe_markets") == (world.market,)
