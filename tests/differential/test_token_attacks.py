"""What can be taken from a leveraged token: nothing in a block, and a bounded bit of a chunk."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.port import CallReverted
from sim.types import account_id
from sim.units import WAD, WAD_PER_RAW, wad
from tests.support.contracts import address_of
from tests.token_world import LEVERAGES, LOT_WAD, RAW, TERMS, TICK_WAD, TokenWorld, refused

ACTS = ("mint", "redeem", "buy", "sell", "bid", "ask", "clear")


@pytest.fixture(scope="module")
def built():
    world = TokenWorld()
    world.deposit("whale", 5_000_000 * RAW)
    world.deposit("stranger", 5_000_000 * RAW)
    return world


def wealth_wad(world):
    """All that the whale and the stranger have, one owner behind two names, at mark."""
    seen = world.state()
    total = 0
    for role in ("whale", "stranger"):
        account = account_id(address_of(role))
        total += world.read("Clearinghouse", "health", account).equity_wad
        total += world.read("MockToken", "balanceOf", address_of(role)) * WAD_PER_RAW
        if seen.supply:
            total += seen.nav_wad * world.balance(role) // seen.supply
    return total


def act(world, kind, draw):
    """Something of the attackers', refused or not; they trade with each other and all others."""
    ticks = world.mark_wad() // TICK_WAD
    size_wad = draw(st.integers(10, 30_000)) * LOT_WAD
    away = draw(st.integers(0, 2_500))
    try:
        if kind == "mint":
            world.mint_raw(draw(st.integers(20 * RAW, 200_000 * RAW)), "whale")
        elif kind == "redeem":
            world.redeem(world.balance("whale") * draw(st.integers(1, 4)) // 4, "whale")
        elif kind in ("buy", "sell"):
            side = 1 if kind == "buy" else -1
            world.take("stranger", side * size_wad, (ticks + side * 2_900) * TICK_WAD)
        elif kind in ("bid", "ask"):
            side = 1 if kind == "bid" else -1
            world.rest("stranger", [((ticks - side * away) * TICK_WAD, side * size_wad)])
        else:
            world.clear("stranger")
    except CallReverted:
        pass


@settings(max_examples=25)
@given(data=st.data(), name=st.sampled_from(sorted(LEVERAGES)))
def test_one_block__mints_redemptions_and_own_trades__earn_nothing(built, data, name):
    before = built.snapshot()
    try:
        built.use(name)
        built.quote(spread_bps=2, size=20)
        built.mint(100_000)  # whom it would be taken from
        held_wad = built.nav_wad() * WAD // built.state().supply
        had_wad = wealth_wad(built)
        for _ in range(data.draw(st.integers(2, 10))):
            act(built, data.draw(st.sampled_from(ACTS)), data.draw)
            assert wealth_wad(built) <= had_wad + 2  # a wei of rounding an account
        act(built, "redeem", data.draw)
        assert wealth_wad(built) <= had_wad + 2
        assert built.nav_wad() * WAD // built.state().supply >= held_wad - 1
    finally:
        built.revert(before)


@pytest.mark.parametrize("method", ["rebalance", "ripcord"])
def test_front_run__book_bought_up_before_a_chunk__earns_at_most_the_bound(built, method):
    before = built.snapshot()
    try:
        built.use("BTC3S")
        built.quote()
        built.mint(300_000)
        built.walk(65_000)  # -3x up 8.3 %: it must buy
        built.quote(size=5)
        slippage_wad, chunk_wad = {
            "rebalance": (TERMS.slippage_wad, TERMS.chunk_wad),
            "ripcord": (TERMS.ripcord_slippage_wad, TERMS.ripcord_chunk_wad),
        }[method]
        had_wad, nav_wad, mark_wad = wealth_wad(built), built.nav_wad(), built.mark_wad()
        bound_wad = mark_wad * (WAD + slippage_wad) // WAD // TICK_WAD * TICK_WAD
        built.take("whale", wad(5), mark_wad * 104 // 100)  # everything on offer
        built.rest("stranger", [(bound_wad, -wad(10))])  # and offers it at the worst allowed
        done = built.rebalance(method)
        assert done.size_wad > 0
        most_wad = chunk_wad * slippage_wad // WAD
        earned_wad = wealth_wad(built) - had_wad
        fees_wad = done.size_wad * bound_wad // WAD * 5 // 10_000 + 1
        assert nav_wad - built.nav_wad() <= most_wad + fees_wad + done.reward_wad
        assert earned_wad <= most_wad
        assert most_wad <= {"rebalance": wad(150), "ripcord": wad(2_500)}[method]
        spent = {"rebalance": "cooling down", "ripcord": "leverage inside the outer band"}
        with refused(f"token: {spent[method]}"):
            built.rebalance(method)
    finally:
        built.revert(before)
