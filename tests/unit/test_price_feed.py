"""One reporter's feed: what it refuses, what it serves, who may do what."""

from __future__ import annotations

from typing import Any

import pytest

from sim.abi.artifacts import artifact
from sim.chain.port import CallReverted
from sim.units import WAD, wad
from tests.mark_world import NOBODY, OWNER
from tests.support.contracts import START_S, address_of, bare_driver, lone, put

REPORTER = address_of("reporter")
SUCCESSOR = address_of("successor")
STRANGER = address_of("stranger")
PRICE_WAD = wad(30_000)
CONF_WAD = wad(15)


class FeedWorld:
    """A feed with a block open at START_S."""

    def __init__(self) -> None:
        self.driver = bare_driver()
        self.feed = put(self.driver, "PriceFeed", REPORTER, "BTC-USD exchange")

    def send(self, method: str, *arguments: Any, sender: str = REPORTER) -> list[Any]:
        return self.driver.send(sender, "PriceFeed", method, *arguments)

    def push(
        self,
        price_wad: int = PRICE_WAD,
        conf_wad: int = CONF_WAD,
        observed_at: int = START_S,
        seq: int = 1,
        sender: str = REPORTER,
    ) -> list[Any]:
        return self.send("push", price_wad, conf_wad, observed_at, seq, sender=sender)

    def latest(self) -> tuple[int, int, int]:
        return tuple(self.feed.read("latest"))


@pytest.fixture
def world():
    return FeedWorld()


def test_push__first_reading__kept_and_logged(world):
    (event,) = world.push()
    assert event.name == "PricePushed"
    assert event.values == (REPORTER, PRICE_WAD, CONF_WAD, START_S, 1)
    assert world.latest() == (PRICE_WAD, CONF_WAD, START_S)


@pytest.mark.parametrize(
    "reading",
    [
        {"price_wad": 1, "conf_wad": 0},
        {"price_wad": 1, "conf_wad": 1},
        {"price_wad": 2**96 - 1, "conf_wad": 2**80 - 1},
        {"observed_at": START_S + 5},
        {"observed_at": 1},
        {"seq": 2**40 - 1},
    ],
)
def test_push__reading_at_a_limit__kept_exactly(world, reading):
    world.push(**reading)
    kept = {"price_wad": PRICE_WAD, "conf_wad": CONF_WAD, "observed_at": START_S, **reading}
    assert world.latest() == (kept["price_wad"], kept["conf_wad"], kept["observed_at"])


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        ({"price_wad": 0, "conf_wad": 0}, "feed: price is zero"),
        ({"price_wad": 2**96}, "feed: price too large"),
        ({"price_wad": 2**256 - 1}, "feed: price too large"),
        ({"price_wad": WAD, "conf_wad": WAD + 1}, "feed: conf above price"),
        ({"price_wad": 2**90, "conf_wad": 2**80}, "feed: conf too large"),
        ({"observed_at": START_S + 6}, "feed: observed in the future"),
        ({"observed_at": START_S - 10}, "feed: not newer"),
        ({"observed_at": START_S - 11}, "feed: not newer"),
        ({"seq": 7}, "feed: seq not increasing"),
        ({"seq": 6}, "feed: seq not increasing"),
        ({"seq": 2**40}, "feed: seq too large"),
        ({"sender": STRANGER}, "feed: not the reporter"),
        ({"sender": OWNER}, "feed: not the reporter"),
    ],
)
def test_push__bad_reading__refused_and_the_last_one_stays(world, reading, reason):
    world.push(observed_at=START_S - 10, seq=7)
    good = {"observed_at": START_S, "seq": 8}
    with pytest.raises(CallReverted) as refused:
        world.push(**{**good, **reading})
    assert str(refused.value) == reason
    assert world.latest() == (PRICE_WAD, CONF_WAD, START_S - 10)
    world.push(**good)  # and nothing else was in its way


def test_push__a_later_one__replaces_the_reading(world):
    world.push(observed_at=START_S - 10, seq=1)
    world.push(price_wad=wad(31_000), conf_wad=0, observed_at=START_S - 9, seq=5)
    assert world.latest() == (wad(31_000), 0, START_S - 9)


def test_latest__nothing_pushed__zeros(world):
    assert world.latest() == (0, 0, 0)


def test_latest_round_data__nothing_pushed__reverts(world):
    with pytest.raises(CallReverted, match="feed: no price yet"):
        world.feed.read("latestRoundData")


def test_latest_round_data__a_reading__reads_as_a_chainlink_round(world):
    world.push(observed_at=START_S - 3, seq=9)
    assert world.feed.read("latestRoundData") == (9, PRICE_WAD, START_S - 3, START_S - 3, 9)
    assert world.feed.read("decimals") == 18
    assert world.feed.read("description") == "BTC-USD exchange"
    assert world.feed.read("version") == 1


def test_set_reporter__by_owner__only_the_successor_may_push(world):
    world.push(seq=2**40 - 1)  # a key that is lost having used up the count
    (event,) = world.send("set_reporter", SUCCESSOR, sender=OWNER)
    assert (event.name, event.values) == ("ReporterReplaced", (SUCCESSOR, 1))
    assert world.latest() == (PRICE_WAD, CONF_WAD, START_S)
    with pytest.raises(CallReverted, match="feed: not the reporter"):
        world.push(observed_at=START_S + 1, seq=1)
    with pytest.raises(CallReverted, match="feed: not newer"):
        world.push(sender=SUCCESSOR)
    world.push(observed_at=START_S + 1, seq=1, sender=SUCCESSOR)
    # Rounds go on increasing, as a Chainlink proxy's do from one aggregator to the next.
    assert world.feed.read("latestRoundData")[0] == (1 << 64) + 1


@pytest.mark.parametrize("sender", [REPORTER, STRANGER])
def test_set_reporter__by_anyone_else__refused(world, sender):
    with pytest.raises(CallReverted, match="ownable: caller is not the owner"):
        world.send("set_reporter", STRANGER, sender=sender)


def test_set_reporter__nobody__refused(world):
    with pytest.raises(CallReverted, match="feed: reporter is zero"):
        world.send("set_reporter", NOBODY, sender=OWNER)


def test_init__nobody_as_reporter__refused():
    with pytest.raises(CallReverted, match="feed: reporter is zero"):
        lone("PriceFeed", NOBODY, "nobody's")


def test_accept_ownership__by_the_one_named__moves_in_two_steps(world):
    world.send("transfer_ownership", SUCCESSOR, sender=OWNER)
    assert world.feed.read("owner") == OWNER
    with pytest.raises(CallReverted, match="ownable_2step: caller is not the new owner"):
        world.send("accept_ownership", sender=STRANGER)
    world.send("accept_ownership", sender=SUCCESSOR)
    assert world.feed.read("owner") == SUCCESSOR
    with pytest.raises(CallReverted, match="ownable: caller is not the owner"):
        world.send("set_reporter", REPORTER, sender=OWNER)


def test_abi__ownership__cannot_be_renounced():
    functions = {entry.get("name") for entry in artifact("PriceFeed").abi}
    assert "renounce_ownership" not in functions
