from __future__ import annotations

import ape
import pytest

from sim.types import Status
from sim.units import wad
from tests.unit.ape.conftest import STALE_S
from tests.unit.ape.words import ENTRY, MARKET, PENDING, one_block


@pytest.fixture
def push(feeds, reporter, chain):
    def push_each(*prices):
        for feed, price in zip(feeds, prices, strict=True):
            now_s = chain.pending_timestamp
            feed.push(wad(price), 0, now_s, now_s, sender=reporter)

    return push_each


def test_refresh__five_feeds_agree__is_their_price(aggregator, push, stranger):
    push(60_100, 60_100, 60_100, 60_100, 60_100)
    receipt = aggregator.refresh(MARKET, sender=stranger)
    assert receipt.events == [
        aggregator.IndexRefreshed(
            market=MARKET, price_wad=wad(60_100), status=Status.OK, live_weight=5, dropped=0
        )
    ]
    assert aggregator.index(MARKET).price_wad == wad(60_100)


def test_refresh__one_feed_lies__is_dropped_and_moves_nothing(aggregator, push, keeper):
    push(60_000, 60_000, 60_000, 60_000, 90_000)
    receipt = aggregator.refresh(MARKET, sender=keeper)
    assert receipt.events == [
        aggregator.IndexRefreshed(price_wad=wad(60_000), status=Status.OK, dropped=1 << 4)
    ]


def test_refresh__two_of_five_lie__is_disputed(aggregator, push, keeper):
    push(60_000, 60_000, 60_000, 90_000, 90_000)
    receipt = aggregator.refresh(MARKET, sender=keeper)
    # What lies is believed no further than a step from the last good index.
    assert receipt.events == [
        aggregator.IndexRefreshed(status=Status.DISPUTED),
        aggregator.RangeBelieved(good_wad=wad(60_000), low_wad=wad(60_000), high_wad=wad(66_000)),
    ]


def test_refresh__a_tenth_and_more_in_one_step__halts_at_the_last_good_price(
    aggregator, push, keeper
):
    push(67_000, 67_000, 67_000, 67_000, 67_000)
    aggregator.refresh(MARKET, sender=keeper)
    index = aggregator.index(MARKET)
    assert (index.status, index.price_wad) == (Status.HALTED, wad(ENTRY))


def test_index__feeds_grow_old__is_stale_then_dead(aggregator, push, chain, owner, keeper):
    rules, sources = aggregator.rules(MARKET), aggregator.sources(MARKET)
    hasty = [(source.feed, source.weight, 60) for source in sources]
    aggregator.set_market(MARKET, rules, hasty, sender=owner)
    push(*[ENTRY] * 5)
    aggregator.refresh(MARKET, sender=keeper)
    chain.mine(deltatime=120)
    index = aggregator.index(MARKET)
    assert (index.status, index.price_wad) == (Status.STALE, wad(ENTRY))
    chain.mine(deltatime=300)
    assert aggregator.index(MARKET).status == Status.DEAD


def test_refresh__twice_in_a_block__reads_the_sources_once(aggregator, keeper, stranger, chain):
    with one_block(chain) as sent:
        sent.append(aggregator.refresh(MARKET, sender=keeper, **PENDING))
        sent.append(aggregator.refresh(MARKET, sender=stranger, **PENDING))
    assert sent[0].block_number == sent[1].block_number
    assert [len(receipt.events) for receipt in sent] == [1, 0]


def test_set_market__by_a_stranger__is_refused(aggregator, guardian, stranger):
    rules, sources = aggregator.rules(MARKET), aggregator.sources(MARKET)
    for actor in (stranger, guardian):
        with ape.reverts("ownable: caller is not the owner"):
            aggregator.set_market(MARKET, rules, sources, sender=actor)


def test_set_market__source_above_a_third_of_the_weight__is_refused(aggregator, owner):
    rules, sources = aggregator.rules(MARKET), aggregator.sources(MARKET)
    with ape.reverts("oracle: a source above a third of the weight"):
        aggregator.set_market(MARKET, rules, sources[:2], sender=owner)


def test_sources__as_deployed__are_the_five_feeds(aggregator, feeds):
    sources = aggregator.sources(MARKET)
    assert [source.feed for source in sources] == [feed.address for feed in feeds]
    assert {(source.weight, source.stale_s) for source in sources} == {(1, STALE_S)}
