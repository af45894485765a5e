from __future__ import annotations

import ape
import pytest

from sim.units import wad
from tests.unit.ape.words import RAW

FEE_BPS = 30
SPOT = 0


@pytest.fixture
def base(project, owner, whale):
    token = owner.deploy(project.MockToken)
    token.mint(whale, 1_000 * RAW, sender=owner)
    return token


@pytest.fixture
def spot_pool(project, owner, base, token, whale):
    """100 base against 10 000 quote."""
    pool = owner.deploy(project.SpotPool, base, token, FEE_BPS, 0)
    for each in (base, token):
        each.approve(pool, 10**12, sender=whale)
    pool.add_liquidity(100 * RAW, 10_000 * RAW, 0, whale, sender=whale)
    return pool


def test_add_liquidity__first__sets_the_price(spot_pool, whale):
    assert tuple(spot_pool.reserves()) == (100 * RAW, 10_000 * RAW)
    assert spot_pool.spot_price_wad() == wad(100)
    assert spot_pool.balanceOf(whale) > 0


def test_swap__quote_paid__gives_what_was_quoted_and_raises_the_price(
    spot_pool, base, whale, stranger
):
    # 100 * 997 / (10 000 + 997), rounded down: the fee of 30 bps is taken from what comes in.
    quoted_raw = spot_pool.quote_out(True, 1_000 * RAW)
    assert quoted_raw == 100 * RAW * 997 // 10_997
    receipt = spot_pool.swap(True, 1_000 * RAW, quoted_raw, stranger, sender=whale)
    (event,) = [each for each in receipt.events if each.event_name == "Swapped"]
    assert event.amount_out_raw == base.balanceOf(stranger) == quoted_raw
    assert spot_pool.spot_price_wad() > wad(120)


def test_swap__less_than_asked_for__is_refused(spot_pool, whale):
    least_raw = spot_pool.quote_out(True, RAW) + 1
    with ape.reverts("spot pool: less than min out"):
        spot_pool.swap(True, RAW, least_raw, whale, sender=whale)


def test_swap__to_nobody__is_refused(spot_pool, whale):
    with ape.reverts("spot pool: receiver is zero"):
        spot_pool.swap(True, RAW, 0, "0x" + "00" * 20, sender=whale)


def test_remove_liquidity__more_than_held__is_refused(spot_pool, stranger):
    with ape.reverts("spot pool: not so many shares"):
        spot_pool.remove_liquidity(1, 0, 0, stranger, sender=stranger)


def test_latest__read_as_spot__is_the_pools_price(project, owner, spot_pool):
    feed = owner.deploy(project.SpotPoolFeed, spot_pool, SPOT, 0)
    assert feed.latest().price_wad == wad(100)


def test_latest__window_not_filled_yet__has_nothing_to_say(project, owner, spot_pool, chain):
    feed = owner.deploy(project.SpotPoolFeed, spot_pool, 1, 600)
    assert feed.latest().price_wad == 0


def test_init__average_over_less_than_a_minute__is_refused(project, owner, spot_pool):
    with ape.reverts("feed: window too short"):
        owner.deploy(project.SpotPoolFeed, spot_pool, 1, 59)
