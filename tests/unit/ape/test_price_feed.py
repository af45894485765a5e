from __future__ import annotations

import ape
import pytest

from sim.units import wad
from tests.unit.ape.words import ENTRY, MARKET


@pytest.fixture
def feed(feeds):
    return feeds[0]


def test_push__newer_reading__replaces_the_old_one(feed, reporter, chain):
    now_s = chain.pending_timestamp
    receipt = feed.push(wad(61_000), wad(12), now_s, 2, sender=reporter)
    assert receipt.events == [
        feed.PricePushed(
            reporter=reporter,
            price_wad=wad(61_000),
            conf_wad=wad(12),
            observed_at=now_s,
            seq=2,
        )
    ]
    reading = feed.latest()
    assert (reading.price_wad, reading.conf_wad, reading.observed_at) == (
        wad(61_000),
        wad(12),
        now_s,
    )


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"price_wad": 0}, "feed: price is zero"),
        ({"price_wad": 2**96}, "feed: price too large"),
        ({"conf_wad": wad(60_001)}, "feed: conf above price"),
        ({"age_s": -60}, "feed: observed in the future"),
        ({"age_s": 86_400}, "feed: not newer"),
        ({"seq": 1}, "feed: seq not increasing"),
        ({"seq": 2**40}, "feed: seq too large"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_push__one_thing_wrong__is_refused(feed, reporter, chain, changed, reason):
    good = {"price_wad": wad(ENTRY), "conf_wad": 0, "age_s": 0, "seq": 2} | changed
    observed_at = chain.pending_timestamp - good.pop("age_s")
    before = feed.latest()
    with ape.reverts(reason):
        feed.push(good["price_wad"], good["conf_wad"], observed_at, good["seq"], sender=reporter)
    assert feed.latest() == before


def test_push__by_a_stranger_or_the_owner__is_refused(feed, stranger, owner, chain):
    for actor in (stranger, owner):
        with ape.reverts("feed: not the reporter"):
            feed.push(wad(1), 0, chain.pending_timestamp, 2, sender=actor)


def test_set_reporter__by_the_owner__locks_the_old_one_out(feed, owner, reporter, keeper, chain):
    with ape.reverts("ownable: caller is not the owner"):
        feed.set_reporter(reporter, sender=reporter)
    receipt = feed.set_reporter(keeper, sender=owner)
    assert receipt.events == [feed.ReporterReplaced(reporter=keeper, phase=1)]
    with ape.reverts("feed: not the reporter"):
        feed.push(wad(1), 0, chain.pending_timestamp, 2, sender=reporter)
    feed.push(wad(ENTRY), 0, chain.pending_timestamp, 1, sender=keeper)


def test_transfer_ownership__offered__is_only_taken_by_accepting(feed, owner, guardian):
    feed.transfer_ownership(guardian, sender=owner)
    assert (feed.owner(), feed.pending_owner()) == (owner, guardian)
    feed.accept_ownership(sender=guardian)
    assert feed.owner() == guardian


def test_latest_round_data__as_chainlink__is_the_same_reading(feed, reporter, chain):
    now_s = chain.pending_timestamp
    feed.push(wad(61_000), 0, now_s, 7, sender=reporter)
    assert tuple(feed.latestRoundData()) == (7, wad(61_000), now_s, now_s, 7)
    assert (feed.decimals(), feed.version()) == (18, 1)
    assert feed.description() == "BTC-USD feed_1"


def test_latest__fresh_deployment__has_nothing_to_say(project, owner, reporter):
    feed = owner.deploy(project.PriceFeed, reporter, f"market {MARKET}")
    assert feed.latest().price_wad == 0
    with ape.reverts("feed: no price yet"):
        feed.latestRoundData()
