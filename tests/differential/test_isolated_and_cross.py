"""Isolated loses no more than was put in; cross not before all of it. Real contracts, any gap."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.engine.reference_terms import risk_of
from sim.reference.margin import maintenance, notional, profit
from sim.types import OrderKind, account_id
from sim.units import RAW_PER_UNIT, WAD, wad
from tests.adl_world import NO_RUNG_ACTED, AdlWorld
from tests.differential.test_leverage import ENTRY
from tests.support.contracts import address_of

MARKETS = {"BTC-USD": 1, "ETH-USD": 2, "THIN-USD": 3}
BACKSTOP_STAKE = 50_000
TIER_QUOTE = 1_000_000  # up to here the highest leverage is allowed
HEALTHY = "liquidator: account is healthy"
WAITS = "liquidator: no rung could act"  # for a bid or a keeper with capital: it has equity left
examples = settings(max_examples=max(300, settings().max_examples))


class GapWorld(AdlWorld):
    """Three markets without funding; the maker takes whatever comes."""

    def __init__(self) -> None:
        super().__init__()
        self.prices = dict(ENTRY)
        for name in MARKETS:
            self.move(name, wad(ENTRY[name]))

    def move(self, name: str, price_wad: int) -> None:
        """Another index, cut to a tick, and with it the mark."""
        tick_wad = self.deployed.config.market(name).grid.tick_wad
        self.next_block()
        self.push(name, price_wad // tick_wad * tick_wad)
        self.send("keeper", "MarkPrice", "poke", MARKETS[name])

    def mark(self, name: str) -> int:
        """What a market is judged at."""
        found: int = self.read("MarkPrice", "price", MARKETS[name]).mark_wad
        return found

    def trade(self, name: str, account: int, quote: int, side: int) -> None:
        """So much of a market at its mark, against the maker."""
        grid, price_wad = self.deployed.config.market(name).grid, self.mark(name)
        size_wad = quote * WAD * WAD // price_wad // grid.lot_wad * grid.lot_wad
        rests = (side < 0, size_wad, price_wad, OrderKind.LIMIT, False, 0)
        takes = (side > 0, size_wad, price_wad, OrderKind.FOK, False, 0)
        book = f"OrderBook.{name}"
        self.send("maker", book, "place", account_id(address_of("maker")), rests, 32)
        self.send("taker", book, "place", account, takes, 32)

    def books_of(self, account: int) -> list[Any]:
        """Everything that an account has."""
        read = self.read
        positions = [read("Clearinghouse", "position", account, one) for one in MARKETS.values()]
        return [read("Clearinghouse", "cash_of", account), *positions]

    def needs(self, account: int) -> tuple[int, int]:
        """Equity and maintenance by the specification, from positions and marks alone."""
        equity_wad, maintenance_wad = self.cash(account), 0
        for name, market in MARKETS.items():
            held = self.read("Clearinghouse", "position", account, market)
            mark_wad, risk = self.mark(name), risk_of(self.deployed.config.market(name))
            equity_wad += profit(held.size_wad, held.quote_wad, mark_wad)
            maintenance_wad += maintenance(notional(held.size_wad, mark_wad), risk)
        return equity_wad, maintenance_wad

    def why_not(self, account: int, market: int) -> str:
        """Why an account cannot be liquidated now; nothing if it can. Changes nothing."""
        before = self.snapshot()
        kept, self.market = self.market, market
        found = self.try_liquidate(account)
        self.market = kept
        self.revert(before)
        return found if isinstance(found, str) else ""


@pytest.fixture(scope="module")
def deployed() -> GapWorld:
    return GapWorld()


@contextmanager
def unchanged(world: GapWorld) -> Iterator[None]:
    before, everybody = world.snapshot(), set(world.everybody)
    try:
        yield
    finally:
        world.revert(before)
        world.everybody = everybody
        world.transactions.clear()


@given(
    side=st.sampled_from([1, -1]),
    leverage=st.integers(2, 95),
    margin=st.integers(200, 20_000),
    percent=st.one_of(st.integers(40, 110), st.integers(90, 300)),
    bid_bps=st.one_of(st.none(), st.integers(-100, 100)),
    is_insured=st.booleans(),
)
@examples
def test_isolated__any_gap__costs_at_most_what_was_allocated_and_touches_nothing_else(
    deployed, side, leverage, margin, percent, bid_bps, is_insured
):
    world = deployed
    with unchanged(world):
        if is_insured:
            world.stake("whale", BACKSTOP_STAKE * RAW_PER_UNIT)
        cross = world.deposit("taker", 30_000 * RAW_PER_UNIT)
        world.trade("ETH-USD", cross, 100_000, -1)
        world.trade("THIN-USD", cross, 20_000, 1)
        isolated = world.deposit("taker", margin * RAW_PER_UNIT, 1)
        world.everybody |= {cross, isolated}
        world.trade("BTC-USD", isolated, min(margin * leverage * 9 // 10, TIER_QUOTE), side)
        before, health = world.books_of(cross), world.health(cross)
        # A gap of so much of the way to where the margin is gone.
        gap_bps = min(10_000 * percent // (100 * leverage), 6_000)
        world.move("BTC-USD", world.mark("BTC-USD") * (10_000 - side * gap_bps) // 10_000)
        if bid_bps is not None:
            world.order("maker", 5 * side, f"{_near(world, bid_bps)}")
        _liquidate(world, isolated)
        assert world.books_of(cross) == before
        assert world.health(cross) == health
        if world.size(isolated) == 0:
            assert world.cash(isolated) >= 0
        else:
            equity_wad, maintenance_wad = world.needs(isolated)
            assert equity_wad * 3 >= maintenance_wad * 2 > 0


def _near(world: GapWorld, bps: int) -> int:
    return world.mark("BTC-USD") * (10_000 + bps) // 10_000 // WAD


def _liquidate(world: GapWorld, account: int) -> None:
    """Everything that keepers can do, until nothing is left to do."""
    for _ in range(20):
        found = world.try_liquidate(account)
        event(f"rung {found}")
        if found in (HEALTHY, WAITS) or not world.size(account):
            return
        if found == NO_RUNG_ACTED:
            world.deleverage(account)
            if world.size(account) and world.is_liquidatable(account):
                world.deleverage(account, at_mark=True)
        elif isinstance(found, str):
            world.index(f"{world.mark('BTC-USD') // WAD}", seconds=31)  # a clip's cool-down
    raise AssertionError("twenty rounds and still not healthy")


sides = st.sampled_from([1, -1])
leverages = st.sampled_from([0, 5, 20, 40])
moves = st.one_of(st.integers(-300, 100), st.integers(-60, 60))


@given(
    margin=st.integers(1_000, 10_000),
    leverages=st.tuples(leverages, leverages, st.integers(0, 3)),
    sides=st.tuples(sides, sides, sides),
    gains_bps=st.tuples(moves, moves, st.integers(-2_000, 500)),
)
@examples
def test_cross__three_markets__is_liquidated_only_when_all_of_it_is_below_maintenance(
    deployed, margin, leverages, sides, gains_bps
):
    world = deployed
    with unchanged(world):
        account = world.deposit("taker", margin * RAW_PER_UNIT)
        for name, leverage, side in zip(MARKETS, leverages, sides, strict=True):
            with suppress(CallReverted):  # more than its margin carries, or nothing
                world.trade(name, account, margin * leverage, side)
        for name, side, gain_bps in zip(MARKETS, sides, gains_bps, strict=True):
            world.move(name, world.mark(name) * (10_000 + side * gain_bps) // 10_000)
        equity_wad, maintenance_wad = world.needs(account)
        found = world.health(account)
        assert (found.equity_wad, found.maintenance_wad) == (equity_wad, maintenance_wad)
        for market in MARKETS.values():
            why = world.why_not(account, market)
            if equity_wad >= maintenance_wad:
                assert why == HEALTHY
            elif world.read("Clearinghouse", "size_of", account, market):
                assert why in ("", WAITS)
            else:
                assert why == "liquidator: no position in this market"
        event(f"below maintenance: {equity_wad < maintenance_wad}")


def test_cross__one_leg_lost_more_than_its_margin__the_others_carry_it(deployed):
    world = deployed
    with unchanged(world):
        account = world.deposit("taker", 10_000 * RAW_PER_UNIT)
        for name, side in (("BTC-USD", 1), ("ETH-USD", -1), ("THIN-USD", 1)):
            world.trade(name, account, 200_000 if name != "THIN-USD" else 20_000, side)
        world.move("BTC-USD", wad(57_000))  # 10,000 lost: all that it had
        world.move("ETH-USD", wad(2_850))  # and won
        assert world.needs(account)[0] > wad(9_000)
        assert all(world.why_not(account, one) == HEALTHY for one in MARKETS.values())
        world.move("ETH-USD", wad(2_970))  # 2,000 won
        equity_wad, maintenance_wad = world.needs(account)
        assert 0 < equity_wad < maintenance_wad
        assert HEALTHY not in [world.why_not(account, one) for one in MARKETS.values()]
