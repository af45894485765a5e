"""Readings of a pool: whole windows or none, and nothing that a block's own trades move."""

from __future__ import annotations

import pytest

from sim.chain.port import CallReverted
from sim.reference.spot_pool import Method
from sim.units import wad
from tests.spot_world import PoolWorld, whole
from tests.support.contracts import address_of

WINDOW_S = 1_800
NOT_LIVE = (0, 0, 0)
MEANS = pytest.mark.parametrize("method", [Method.ARITHMETIC, Method.GEOMETRIC])
DEEP = whole(1_000, 18), whole(100_000, 6)  # at 100, liquidity 10,000
SHALLOW = whole(1, 18), whole(100, 6)


def deep_world(fee_bps: int = 30) -> PoolWorld:
    world = PoolWorld(fee_bps=fee_bps, min_liquidity_wad=wad(10_000) - 1)
    world.add(*DEEP)
    return world


@MEANS
def test_latest__history_a_second_short_of_the_window__is_not_live(method: Method) -> None:
    world = deep_world()
    feed = world.feed(method, WINDOW_S)
    assert feed.read("latest") == NOT_LIVE
    world.wait(WINDOW_S - 1)
    world.swap(10**6, is_buy=True)
    assert feed.read("latest") == NOT_LIVE
    world.wait(1)
    price_wad, conf_wad, observed_at = feed.read("latest")
    assert price_wad == pytest.approx(wad(100), rel=1e-6)
    assert conf_wad == pytest.approx(wad(100) * 30 / 9970, rel=1e-2)
    assert observed_at == world.now_s


@MEANS
def test_latest__before_any_liquidity__is_not_live(method: Method) -> None:
    world = PoolWorld()
    world.wait(WINDOW_S)
    assert world.feed(method, WINDOW_S).read("latest") == NOT_LIVE
    assert world.feed(Method.SPOT).read("latest") == (0, 0, world.now_s)


@MEANS
def test_latest__after_a_trade_in_the_same_block__has_not_moved(method: Method) -> None:
    world = deep_world()
    feed = world.feed(method, WINDOW_S)
    for _ in range(3):
        world.wait(WINDOW_S // 3 + 1)
        before = feed.read("latest")
        world.swap(9 * DEEP[1], is_buy=True)
        assert feed.read("latest") == before
        world.swap(world.balances("taker")[0] - 2**120, is_buy=False)
        assert feed.read("latest") == before


@MEANS
def test_latest__pool_was_updated_just_now__still_spans_the_whole_window(method: Method) -> None:
    # As in April 2022, when an average over the time since the last update was nearly the spot.
    world = deep_world()
    feed = world.feed(method, WINDOW_S)
    world.wait(WINDOW_S)
    world.swap(9 * DEEP[1], is_buy=True)  # a hundred times the price
    world.wait(1)
    world.swap(10**6, is_buy=True)
    world.wait(1)
    price_wad, conf_wad, _ = feed.read("latest")
    assert price_wad < wad(100) * 1.12  # 2 of 1,800 seconds at a hundred times: 1 + 99/900
    assert conf_wad == price_wad


def test_latest__spot__moves_with_the_trade_that_is_asked_about() -> None:
    world = deep_world()
    feed = world.feed(Method.SPOT)
    world.wait(WINDOW_S)
    assert feed.read("latest")[0] == wad(100)
    world.swap(9 * DEEP[1], is_buy=True)
    price_wad, conf_wad, observed_at = feed.read("latest")
    assert price_wad > wad(9_900)
    assert conf_wad == -(-price_wad * 30 // 9970)
    assert observed_at == world.now_s


@MEANS
def test_latest__price_stands_elsewhere__says_how_far(method: Method) -> None:
    world = deep_world(fee_bps=0)
    feed = world.feed(method, WINDOW_S)
    world.wait(WINDOW_S)
    world.swap(DEEP[1] // 100, is_buy=True)
    world.wait(10)
    price_wad, conf_wad, _ = feed.read("latest")
    assert price_wad + conf_wad == world.price_wad() > wad(102)


@MEANS
def test_latest__nothing_traded_for_a_day__is_the_standing_price(method: Method) -> None:
    world = deep_world(fee_bps=0)
    feed = world.feed(method, WINDOW_S)
    world.swap(10**9, is_buy=True)
    world.wait(86_400)
    price_wad, conf_wad, observed_at = feed.read("latest")
    assert abs(price_wad - world.price_wad()) == conf_wad < 200  # what a logarithm loses
    assert observed_at == world.now_s


@MEANS
def test_latest__pool_too_shallow__is_not_live(method: Method) -> None:
    world = PoolWorld(min_liquidity_wad=wad(10_000) + 1)
    world.add(*DEEP)
    feed = world.feed(method, WINDOW_S)
    world.wait(2 * WINDOW_S)
    assert feed.read("latest") == NOT_LIVE


@MEANS
def test_latest__liquidity_brought_for_one_block__is_not_live_until_a_window_later(
    method: Method,
) -> None:
    world = PoolWorld(min_liquidity_wad=wad(10_000))
    world.add(*SHALLOW)
    feed = world.feed(method, WINDOW_S)
    world.wait(WINDOW_S)
    world.swap(9 * SHALLOW[1], is_buy=True)  # who holds such a pool anywhere holds it for little
    world.wait(WINDOW_S)
    base_raw, quote_raw = world.reserves()
    world.add(10_000 * base_raw, 10_000 * quote_raw, role="whale")
    assert feed.read("latest") == NOT_LIVE
    world.wait(WINDOW_S - 1)
    assert feed.read("latest") == NOT_LIVE
    world.wait(1)
    assert feed.read("latest")[0] == pytest.approx(world.price_wad(), rel=1e-9)


@MEANS
def test_latest__liquidity_gone_and_back_within_a_block__is_void_for_a_window(
    method: Method,
) -> None:
    world = deep_world()
    feed = world.feed(method, WINDOW_S)
    world.wait(WINDOW_S)
    assert feed.read("latest") != NOT_LIVE
    world.remove(world.pool.read("balanceOf", address_of("maker")) // 2)
    assert feed.read("latest") == NOT_LIVE
    world.add(*DEEP)
    assert feed.read("latest") == NOT_LIVE
    world.wait(WINDOW_S)
    assert feed.read("latest") != NOT_LIVE


@pytest.mark.parametrize(
    ("method", "window_s", "reason"),
    [
        (3, 1_800, "feed: unknown method"),
        (Method.SPOT, 60, "feed: spot has no window"),
        (Method.ARITHMETIC, 59, "feed: window too short"),
        (Method.GEOMETRIC, 0, "feed: window too short"),
        (Method.GEOMETRIC, 65_536, "feed: window too long"),
    ],
)
def test_deploy__window_out_of_range__is_refused(method: int, window_s: int, reason: str) -> None:
    world = PoolWorld()
    with pytest.raises(CallReverted, match=reason):
        world.put("SpotPoolFeed", world.pool.address, method, window_s)


@pytest.mark.parametrize("window_s", [0, 65_536, 2**256 - 1])
def test_averages__window_no_history_keeps__is_not_known(window_s: int) -> None:
    world = deep_world()
    world.wait(100_000)
    assert world.pool.read("averages", window_s).is_known is False


def test_latest__a_trade_every_second_for_longer_than_the_ring__keeps_the_longest_window() -> None:
    world = deep_world(fee_bps=0)
    feed = world.feed(Method.ARITHMETIC, 65_535)
    receiver = address_of("taker")
    buy = (True, whole(1_000, 6), 0, receiver)
    sell = (False, whole("9.9", 18), 0, receiver)
    prices = [world.price_wad()]
    for second in range(2**16 + 9):
        world.wait(1)
        world.pool.send("swap", *(sell if second % 2 else buy), sender=receiver)
        prices.append(world.price_wad())
        assert prices[-1] != prices[-2]
    # The newest has stood for no time yet.
    assert feed.read("latest")[0] == sum(prices[-65_536:-1]) // 65_535
