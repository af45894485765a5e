"""The pool: trades, tokens that misbehave, and what it refuses."""

from __future__ import annotations

from math import isqrt

import pytest

from sim.chain.port import CallReverted
from sim.reference.spot_pool import MAX_PRICE_WAD, Method
from sim.units import WAD, wad
from tests.spot_world import FUNDS_RAW, PoolWorld, whole
from tests.support.contracts import address_of

NOBODY = "0x" + "00" * 20
BASE_RAW, QUOTE_RAW = whole(1_000, 18), whole(100_000, 6)  # at 100


@pytest.fixture
def world() -> PoolWorld:
    """A pool of 1,000 base and 100,000 quote with a fee of 30 bps."""
    world = PoolWorld(fee_bps=30)
    world.add(BASE_RAW, QUOTE_RAW)
    return world


@pytest.mark.parametrize("is_buy", [True, False])
def test_swap__either_way__pays_the_quote_and_tells(world: PoolWorld, is_buy: bool) -> None:
    paid_raw = whole(100, 6) if is_buy else whole(1, 18)
    quoted_raw = world.pool.read("quote_out", is_buy, paid_raw)
    before = world.balances("taker")
    found = world.send(
        "taker", world.pool, "swap", is_buy, paid_raw, quoted_raw, address_of("whale")
    )
    (event,) = world.events(found)
    taken = [had - has for had, has in zip(before, world.balances("taker"), strict=True)]
    assert taken == ([0, paid_raw] if is_buy else [paid_raw, 0])
    got = [has - FUNDS_RAW for has in world.balances("whale")]
    assert got == ([quoted_raw, 0] if is_buy else [0, quoted_raw])
    assert (event.values.base_raw, event.values.quote_raw) == world.reserves()
    assert event.values.price_wad == world.price_wad()
    assert event.values.amount_out_raw == quoted_raw
    assert (world.price_wad() > wad(100)) is is_buy


def test_swap__less_than_asked_for__is_refused(world: PoolWorld) -> None:
    least_raw = world.pool.read("quote_out", True, 10**6) + 1
    with pytest.raises(CallReverted, match="spot pool: less than min out"):
        world.send("taker", world.pool, "swap", True, 10**6, least_raw, address_of("taker"))


@pytest.mark.parametrize(("is_buy", "paid_raw"), [(True, 0), (False, 1)])
def test_swap__too_little_for_anything__is_refused(
    world: PoolWorld, is_buy: bool, paid_raw: int
) -> None:
    with pytest.raises(CallReverted, match="spot pool: nothing out"):
        world.swap(paid_raw, is_buy=is_buy)


def test_swap__to_nobody__is_refused(world: PoolWorld) -> None:
    with pytest.raises(CallReverted, match="spot pool: receiver is zero"):
        world.send("taker", world.pool, "swap", True, 10**6, 0, NOBODY)


def test_swap__empty_pool__is_refused_and_quotes_nothing() -> None:
    world = PoolWorld()
    assert world.pool.read("quote_out", True, 10**6) == 0
    assert world.price_wad() == 0
    assert tuple(world.pool.read("cumulative_prices")) == (0, 0)
    with pytest.raises(CallReverted, match="spot pool: no liquidity"):
        world.swap(10**6, is_buy=True)


def test_swap__beyond_the_largest_reserve__is_refused(world: PoolWorld) -> None:
    with pytest.raises(CallReverted, match="spot pool: reserve too large"):
        world.swap(2**112, is_buy=True)
    with pytest.raises(CallReverted, match="spot pool: reserve too large"):
        world.swap(2**112 // 10**12, is_buy=True)


def test_swap__price_leaves_what_a_history_can_hold__is_refused() -> None:
    world = PoolWorld(base_decimals=18, quote_decimals=18)
    world.add(whole(1, 18), whole(1, 18))
    steps_up = isqrt(MAX_PRICE_WAD * WAD)  # a reserve that makes the price its square
    world.swap(steps_up - 2 * WAD, is_buy=True)
    assert 0.99 * MAX_PRICE_WAD < world.price_wad() <= MAX_PRICE_WAD
    with pytest.raises(CallReverted, match="spot pool: price too high"):
        world.swap(3 * WAD, is_buy=True)
    world.swap(world.balances("taker")[0] - FUNDS_RAW, is_buy=False)
    world.swap(10**27 - WAD, is_buy=False)
    assert 1 <= world.price_wad() <= 2
    with pytest.raises(CallReverted, match="spot pool: price too low"):
        world.swap(2 * 10**27, is_buy=False)


@pytest.mark.parametrize("is_buy", [True, False])
def test_swap__there_and_back__loses_the_fee_twice(world: PoolWorld, is_buy: bool) -> None:
    paid_raw = whole(10, 6) if is_buy else whole("0.1", 18)  # too little to matter to the price
    back_raw = world.swap(world.swap(paid_raw, is_buy=is_buy), is_buy=not is_buy)
    assert back_raw == pytest.approx(paid_raw * 0.997**2, rel=1e-5)


@pytest.mark.parametrize("is_buy", [True, False])
def test_swap__token_keeps_a_part__is_refused(world: PoolWorld, is_buy: bool) -> None:
    token = world.quote if is_buy else world.base
    world.send("owner", token, "set_faults", 1, False)
    with pytest.raises(CallReverted, match="spot pool: token kept a part"):
        world.swap(10**6 if is_buy else 10**18, is_buy=is_buy)


@pytest.mark.parametrize("is_buy", [True, False])
def test_swap__token_answers_false__is_refused(world: PoolWorld, is_buy: bool) -> None:
    world.send("owner", world.base, "set_faults", 0, True)
    with pytest.raises(CallReverted, match=r"spot pool: transfer (in|out) failed"):
        world.swap(10**6 if is_buy else 10**18, is_buy=is_buy)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("swap", (True, 1_000, 0, address_of("taker"))),
        ("add_liquidity", (10**18, 10**18, 0, address_of("taker"))),
        ("remove_liquidity", (1, 0, 0, address_of("taker"))),
        ("quote_out", (True, 1_000)),
    ],
)
def test_swap__token_calls_back__is_locked(
    world: PoolWorld, method: str, arguments: tuple[object, ...]
) -> None:
    data = world.pool.data(method, *arguments)
    world.send("owner", world.quote, "set_call", world.pool.address, data)
    world.swap(10**6, is_buy=True)
    assert world.quote.read("was_answered") is False


@pytest.mark.parametrize("method", [Method.ARITHMETIC, Method.GEOMETRIC])
def test_reading__asked_by_a_token_amid_a_swap__is_the_one_before(
    world: PoolWorld, method: Method
) -> None:
    feed = world.feed(method, 60)
    world.wait(100)
    before = feed.read("latest")
    world.send("owner", world.quote, "set_call", feed.address, feed.data("latest"))
    world.swap(QUOTE_RAW, is_buy=True)
    assert world.quote.read("was_answered") is True
    assert world.quote.read("answer") == b"".join(word.to_bytes(32, "big") for word in before)


@pytest.mark.parametrize(
    ("decimals", "fee_bps", "min_liquidity_wad", "reason"),
    [
        (19, 30, 0, "spot pool: too many decimals"),
        (18, 1_001, 0, "spot pool: fee too large"),
        (18, 30, 2**112, "spot pool: min liquidity too large"),
    ],
)
def test_deploy__terms_out_of_range__is_refused(
    decimals: int, fee_bps: int, min_liquidity_wad: int, reason: str
) -> None:
    with pytest.raises(CallReverted, match=reason):
        PoolWorld(base_decimals=decimals, fee_bps=fee_bps, min_liquidity_wad=min_liquidity_wad)


def test_deploy__one_token_twice__is_refused(world: PoolWorld) -> None:
    with pytest.raises(CallReverted, match="spot pool: base is quote"):
        world.put("SpotPool", world.base.address, world.base.address, 30, 0)
