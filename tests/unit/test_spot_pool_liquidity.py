"""The pool's shares: what they cost, what they pay, and what a donation does not do."""

from __future__ import annotations

from math import isqrt

import pytest

from sim.chain.port import CallReverted
from sim.reference.spot_pool import LOCKED_SHARES, Method
from sim.units import wad
from tests.spot_world import PoolWorld, whole
from tests.support.contracts import address_of

BASE_RAW, QUOTE_RAW = whole(1_000, 18), whole(100_000, 6)  # at 100


@pytest.fixture
def world() -> PoolWorld:
    """A pool of 1,000 base and 100,000 quote with a fee of 30 bps."""
    world = PoolWorld(fee_bps=30)
    world.add(BASE_RAW, QUOTE_RAW)
    return world


def test_add_liquidity__first__mints_the_geometric_mean_less_what_is_locked(
    world: PoolWorld,
) -> None:
    shares = isqrt(wad(1_000) * wad(100_000)) - LOCKED_SHARES
    assert world.pool.read("balanceOf", address_of("maker")) == shares
    assert world.pool.read("totalSupply") == shares + LOCKED_SHARES
    assert world.price_wad() == wad(100)


@pytest.mark.parametrize(
    ("base_raw", "quote_raw", "reason"),
    [
        (LOCKED_SHARES, LOCKED_SHARES, "spot pool: first liquidity too small"),
        (10**18, 0, "spot pool: first liquidity too small"),
        (1, 10**30, "spot pool: price too high"),
        (10**30, 1, "spot pool: price too low"),
        (2**112, 10**6, "spot pool: reserve too large"),
    ],
)
def test_add_liquidity__first_without_a_sensible_price__is_refused(
    base_raw: int, quote_raw: int, reason: str
) -> None:
    world = PoolWorld(quote_decimals=18)
    with pytest.raises(CallReverted, match=reason):
        world.add(base_raw, quote_raw)


def test_add_liquidity__too_much_of_one__takes_the_pool_s_proportion(world: PoolWorld) -> None:
    event = world.add(whole(10, 18), whole(5_000, 6), role="whale")
    assert event.values.base_in_raw == whole(10, 18)
    assert event.values.quote_in_raw == whole(1_000, 6)
    assert world.price_wad() == wad(100)
    assert world.pool.read("balanceOf", address_of("whale")) == event.values.shares


def test_add_liquidity__fewer_shares_than_asked_for__is_refused(world: PoolWorld) -> None:
    wanted = whole(100, 18) + 1  # of base and quote alike, in WAD: 10 and 1,000
    offer = whole(10, 18), whole(1_000, 6), wanted, address_of("whale")
    with pytest.raises(CallReverted, match="spot pool: less than min shares"):
        world.send("whale", world.pool, "add_liquidity", *offer)
    with pytest.raises(CallReverted, match="spot pool: no shares"):
        world.add(0, whole(1_000, 6), role="whale")


def test_remove_liquidity__all_of_it__pays_all_but_what_is_locked(world: PoolWorld) -> None:
    shares = world.pool.read("balanceOf", address_of("maker"))
    event = world.remove(shares)
    assert BASE_RAW - event.values.base_out_raw == 10**8  # a tenth of the shares that are locked
    assert QUOTE_RAW - event.values.quote_out_raw == 1
    assert world.reserves() == (10**8, 1)


def test_remove_liquidity__last_dust_has_no_price__is_refused_but_for_a_few_shares() -> None:
    world = PoolWorld(quote_decimals=0)
    world.add(whole(1_000, 18), 100_000)  # one quote would be left, and very little base
    shares = world.pool.read("balanceOf", address_of("maker"))
    with pytest.raises(CallReverted, match="spot pool: price too high"):
        world.remove(shares)
    world.remove(shares - shares // 1_000)
    assert world.price_wad() == pytest.approx(wad(100), rel=1e-2)


def test_remove_liquidity__more_than_held_or_nothing__is_refused(world: PoolWorld) -> None:
    held = world.pool.read("balanceOf", address_of("maker"))
    with pytest.raises(CallReverted, match="spot pool: not so many shares"):
        world.remove(held + 1)
    with pytest.raises(CallReverted, match="spot pool: no shares"):
        world.remove(0)


@pytest.mark.parametrize(("more", "reason"), [((1, 0), "base"), ((0, 1), "quote")])
def test_remove_liquidity__less_than_asked_for__is_refused(
    world: PoolWorld, more: tuple[int, int], reason: str
) -> None:
    shares = world.pool.read("totalSupply") // 10
    least = BASE_RAW // 10 + more[0], QUOTE_RAW // 10 + more[1]
    with pytest.raises(CallReverted, match=f"spot pool: less than min {reason}"):
        world.send("maker", world.pool, "remove_liquidity", shares, *least, address_of("maker"))


def test_shares__held_by_nobody__can_be_neither_minted_nor_burnt(world: PoolWorld) -> None:
    functions = {entry["name"] for entry in world.pool.abi if entry["type"] == "function"}
    assert not functions & {"mint", "burn", "burn_from", "set_minter", "owner", "permit"}


def test_add_liquidity__after_an_inflated_first_share__costs_the_next_provider_little() -> None:
    world = PoolWorld(quote_decimals=18, fee_bps=1_000)
    least = LOCKED_SHARES + 1
    world.add(least, least, role="whale")  # one share
    for token in (world.base, world.quote):
        world.send("whale", token, "transfer", world.pool.address, whole(1_000, 18))
    for is_buy in (True, False) * 3:  # fees and rounding are the only way in
        world.swap(10**13, role="whale", is_buy=is_buy)
    base_raw, quote_raw = world.reserves()
    assert 2 * base_raw * quote_raw > 3 * least**2

    brought = world.add(base_raw // 1_000, quote_raw // 1_000).values
    back = world.remove(brought.shares).values
    assert back.base_out_raw >= brought.base_in_raw - 1
    assert back.quote_out_raw >= brought.quote_in_raw - 1
    # What the attacker put in belongs to the locked shares.
    gained = world.remove(1, role="whale").values
    assert max(gained.base_out_raw, gained.quote_out_raw) <= 10**13 // LOCKED_SHARES


def test_donation__of_both_tokens__moves_nothing(world: PoolWorld) -> None:
    feeds = [world.feed(Method.SPOT), world.feed(Method.GEOMETRIC, 60)]
    world.wait(61)

    def seen() -> list[object]:
        views = [world.pool.read(view) for view in ("reserves", "spot_price_wad", "totalSupply")]
        return [
            *views,
            world.pool.read("quote_out", True, 10**6),
            *(f.read("latest") for f in feeds),
        ]

    before = seen()
    for token in (world.base, world.quote):
        world.send("whale", token, "transfer", world.pool.address, whole(10**6, 18))
    assert seen() == before
    supply = world.pool.read("totalSupply")
    paid = world.remove(supply // 2).values
    assert (paid.base_out_raw, paid.quote_out_raw) == (BASE_RAW // 2, QUOTE_RAW // 2)
