"""An index of reporters, a pool and an aggregator, while somebody pumps the pool."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import pytest

from sim.abi.events import Event
from sim.chain.port import CallReverted
from sim.protocol.config import IndexRules
from sim.reference.spot_pool import Method
from sim.types import Status
from sim.types.codes import IndexMethod
from sim.units import wad
from tests.spot_world import FUNDS_RAW, PoolWorld, whole
from tests.support.contracts import Contract, address_of

MARKET = 1
WINDOW_S = 1_800
BLOCK_S = 2
NO_BOUND = 2**255 - 1
REPORTED = ("49990", "50005", "50010")
ANSWERED = 49_995 * 10**8
FLOOR_ANSWER = 1_000 * 10**8
HONEST_WAD = (wad(49_990), wad(50_010))
POOL_PLACE = 3


class IndexWorld(PoolWorld):
    """Five equal sources of one market: three reporters, a thin pool, an aggregator."""

    def __init__(
        self,
        read_as: Method = Method.GEOMETRIC,
        index: IndexMethod = IndexMethod.WEIGHTED_MEDIAN,
    ) -> None:
        super().__init__(fee_bps=30)
        self.add(whole(2, 18), whole(100_000, 6))  # at 50,000
        self.spot_feed = self.feed(read_as, 0 if read_as is Method.SPOT else WINDOW_S)
        self.reporters = [self.put("PriceFeed", address_of("reporter"), name) for name in REPORTED]
        self.chainlink = self.put("ScriptedAggregatorV3", 8)
        self.adapter = self.put(
            "ChainlinkAdapter", self.chainlink.address, 10, FLOOR_ANSWER, NO_BOUND
        )
        self.oracle = self.put("OracleAggregator")
        feeds = [*self.reporters, self.spot_feed, self.adapter]
        if index is not IndexMethod.WEIGHTED_MEDIAN:
            feeds = [self.spot_feed]
        rules = IndexRules(method=index, min_wad=wad(100), max_wad=wad(10_000_000))
        sources = tuple((feed.address, 1, 60) for feed in feeds)
        self.send("owner", self.oracle, "set_market", MARKET, astuple(rules), sources)
        self.wait(WINDOW_S)
        self.report()

    def report(self) -> None:
        """Everybody but the pool says what it sees."""
        for feed, price in zip(self.reporters, REPORTED, strict=True):
            terms = wad(price), wad(5), self.now_s, self.number
            self.send("reporter", feed, "push", *terms)
        self.answer(ANSWERED)

    def answer(self, answer: int) -> None:
        round_id = self.number
        data = round_id, answer, self.now_s, self.now_s, round_id
        self.send("reporter", self.chainlink, "set_round", *data)

    def next_block(self) -> None:
        self.wait(BLOCK_S)
        self.report()

    def pump(self, times: int = 10) -> None:
        """Buy until the pool's price is at least so many times as high."""
        before_wad = self.price_wad()
        _, quote_raw = self.reserves()
        self.swap(int(quote_raw * (times**0.5 - 1) * 1.004) + 1, role="whale", is_buy=True)
        assert self.price_wad() >= times * before_wad

    def refresh(self) -> Any:
        """The block's index, as the event tells it."""
        found = self.send("stranger", self.oracle, "refresh", MARKET)
        (event,) = [event for event in found if event.name == "IndexRefreshed"]
        return event.values

    def index(self) -> Any:
        return self.oracle.read("index", MARKET)


def test_index__reporters_pool_and_aggregator__is_made_of_all_five() -> None:
    world = IndexWorld()
    index = world.refresh()
    assert index.status == Status.OK
    assert (index.live_weight, index.dropped) == (5, 0)
    assert HONEST_WAD[0] <= index.price_wad <= HONEST_WAD[1]
    assert index.observed_at == world.now_s


@pytest.mark.parametrize("method", [Method.ARITHMETIC, Method.GEOMETRIC])
def test_index__pool_pumped_tenfold_in_the_block__has_not_moved(method: Method) -> None:
    world = IndexWorld(method)
    before = world.index()
    world.pump()
    assert world.index() == before
    index = world.refresh()
    assert (index.price_wad, index.conf_wad) == (before.price_wad, before.conf_wad)
    assert (index.live_weight, index.dropped) == (5, 0)


@pytest.mark.parametrize("method", [Method.ARITHMETIC, Method.GEOMETRIC])
def test_index__pool_held_at_ten_times_for_minutes__stays_in_the_honest_range(
    method: Method,
) -> None:
    world = IndexWorld(method)
    world.refresh()
    world.pump()
    for _ in range(90):
        world.next_block()
        index = world.refresh()
        assert index.status == Status.OK
        assert index.live_weight == 4  # the mean says itself how far the pool is from it
        assert HONEST_WAD[0] <= index.price_wad <= HONEST_WAD[1]


def test_index__pool_read_as_spot_and_pumped__is_an_outlier_among_five() -> None:
    world = IndexWorld(Method.SPOT)
    world.refresh()
    world.next_block()
    world.pump()
    index = world.refresh()
    assert index.status == Status.OK
    assert (index.live_weight, index.dropped) == (5, 1 << POOL_PLACE)
    assert HONEST_WAD[0] <= index.price_wad <= HONEST_WAD[1]


def test_index__pool_drifts_just_short_of_an_outlier__stays_in_the_honest_range() -> None:
    world = IndexWorld(Method.SPOT)
    world.refresh()
    world.next_block()
    world.swap(whole(2_000, 6), role="whale", is_buy=True)  # up by 4 %
    index = world.refresh()
    assert (index.live_weight, index.dropped) == (5, 0)
    assert HONEST_WAD[0] <= index.price_wad <= HONEST_WAD[1]


def test_index__one_pool_at_spot_alone__follows_the_pump_in_its_block() -> None:
    # UNSAFE, as in February 2020: here to be beaten.
    world = IndexWorld(Method.SPOT, IndexMethod.SINGLE)
    start_wad = world.refresh().price_wad
    assert start_wad == wad(50_000)
    world.next_block()
    world.pump()
    assert world.refresh().price_wad >= 10 * start_wad
    profit = world.balances("whale")[0] - FUNDS_RAW
    world.swap(profit, role="whale", is_buy=False)
    assert world.index().price_wad >= 10 * start_wad  # stored for the block, though it is undone


def test_index__one_pool_as_geometric_mean_alone__does_not() -> None:
    world = IndexWorld(Method.GEOMETRIC, IndexMethod.SINGLE)
    start_wad = world.refresh().price_wad
    world.next_block()
    world.pump()
    assert world.refresh().price_wad == start_wad


def test_index__aggregator_stuck_at_its_floor__goes_on_without_it() -> None:
    world = IndexWorld()
    world.refresh()
    world.next_block()
    world.answer(FLOOR_ANSWER)
    assert world.adapter.read("latest") == (0, 0, 0)
    index = world.refresh()
    assert (index.status, index.live_weight) == (Status.OK, 4)
    assert HONEST_WAD[0] <= index.price_wad <= HONEST_WAD[1]


@pytest.mark.parametrize("fault", [1, 2])
def test_index__aggregator_reverts_or_burns_its_gas__goes_on_without_it(fault: int) -> None:
    world = IndexWorld()
    world.refresh()
    world.next_block()
    world.send("reporter", world.chainlink, "set_fault", fault)
    index = world.refresh()
    assert (index.status, index.live_weight) == (Status.OK, 4)


def test_index__pool_with_no_history_yet__goes_on_without_it() -> None:
    world = IndexWorld()
    young: Contract = world.feed(Method.GEOMETRIC, 65_535)
    feeds = [*world.reporters, young, world.adapter]
    rules = IndexRules(min_wad=wad(100), max_wad=wad(10_000_000))
    sources = tuple((feed.address, 1, 60) for feed in feeds)
    events: list[Event] = world.send(
        "owner", world.oracle, "set_market", MARKET, astuple(rules), sources
    )
    assert [event.name for event in events] == ["MarketSet"]
    assert world.refresh().live_weight == 4


def test_set_market__two_pools_among_five__is_refused() -> None:
    world = IndexWorld()
    second = world.feed(Method.GEOMETRIC, WINDOW_S)
    feeds = [*world.reporters, world.spot_feed, second]
    rules = IndexRules(min_wad=wad(100), max_wad=wad(10_000_000))
    sources = tuple((feed.address, 1, 60) for feed in feeds)
    with pytest.raises(CallReverted, match="oracle: pools above a third of the weight"):
        world.send("owner", world.oracle, "set_market", MARKET, astuple(rules), sources)
