"""Mint, redeem, rebalance and realise hold the token's exact books, to the wei."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.reference import leveraged_token as reference
from sim.reference.books import Refused
from sim.reference.token_books import Market, Token, target_delta, trade
from sim.units import WAD, wad
from tests.token_world import DAY_S, LEVERAGES, LOT_WAD, TICK_WAD, TokenWorld, refused

MOVES = {"move": (9_300, 10_700), "day": (9_300, 10_700), "trend": (7_800, 16_000)}
KEEPERS = ("rebalance", "ripcord", "realise")
STEPS = ("mint", "redeem", *MOVES, "rebalance")
AMOUNTS = st.integers(100 * 10**6, 300_000 * 10**6) | st.integers(1, 100 * 10**6)


@pytest.fixture(scope="module")
def built():
    return TokenWorld()


@pytest.fixture
def tokens(built):
    before = built.snapshot()
    yield built
    built.revert(before)


def ladder(world, draw):
    """A book of a few random levels a side, the first of them near the mark."""
    mark_ticks = world.mark_wad() // TICK_WAD
    levels = []
    for side in (1, -1):
        away = draw(st.integers(1, 30))
        for _ in range(draw(st.integers(1, 4))):
            size_wad = draw(st.integers(10, 60_000)) * LOT_WAD
            levels.append(((mark_ticks - side * away) * TICK_WAD, side * size_wad))
            away += draw(st.integers(1, 1_500))
    world.rest("maker", levels)


def both(world, twin, step, draw):
    """Let contract and reference do one thing; the reference's token after it."""
    market, now_s = world.market(), world.now_s
    if step == "mint":
        amount_raw = draw(AMOUNTS)
        return _agree(
            lambda: world.mint_raw(amount_raw),
            lambda: reference.mint(twin, market, amount_raw, now_s),
            twin,
        )
    if step == "redeem":
        tokens = world.balance("taker") * draw(st.integers(1, 10_000)) // 10_000
        if tokens == 0:
            return twin
        return _agree(
            lambda: world.redeem(tokens), lambda: reference.redeem(twin, market, tokens), twin
        )
    if step == "realise":
        return _agree(
            lambda: world.realise().reward_wad,
            lambda: reference.realise(twin, market, now_s)[::2],
            twin,
        )
    ripcord = step == "ripcord"
    return _agree(
        lambda: world.rebalance(step).size_wad,
        lambda: reference.rebalance(twin, market, now_s, ripcord=ripcord)[:2],
        twin,
    )


def _agree(done, expected, twin):
    try:
        after, answer = expected()
    except Refused as error:
        with refused(str(error)):
            done()
        return twin
    assert done() == answer
    return after


@settings(max_examples=40)
@given(data=st.data(), name=st.sampled_from(sorted(LEVERAGES)))
def test_token__any_story__is_the_reference_to_the_wei(built, data, name):
    before = built.snapshot()
    try:
        built.use(name)
        tell(built, data.draw)
    finally:
        built.revert(before)


def tell(world, draw):
    """A story of a token, told by both."""
    ladder(world, draw)
    world.rest("maker", [(wad(59_000), wad(1_000)), (wad(61_000), -wad(1_000))])
    twin, market = world.fresh_twin(), world.market()
    world.mint_raw(first := draw(st.integers(1_000 * 10**6, 300_000 * 10**6)))
    twin, _ = reference.mint(twin, market, first, world.now_s)
    for _ in range(draw(st.integers(1, 7))):
        step = draw(st.sampled_from(STEPS))
        if step in MOVES:
            price_wad = world.mark_wad() * draw(st.integers(*MOVES[step])) // 10_000
            world.walk(price_wad // WAD)
            if step == "day":
                world.price_wad(world.mark_wad(), DAY_S)
            ladder(world, draw)
            step = draw(st.sampled_from(KEEPERS))
        twin = both(world, twin, step, draw)
        assert twin == world.twin()
        assert twin.nav_wad(world.mark_wad()) == world.nav_wad()


@settings(max_examples=100)
@given(
    name=st.sampled_from(sorted(LEVERAGES)),
    nav=st.integers(1, 10**9),
    drift=st.integers(-20, 20),
    bps=st.integers(0, 100),
)
def test_target_delta__any_state__leaves_the_target_within_a_lot(name, nav, drift, bps):
    leverage = LEVERAGES[name]
    mark_wad = wad(60_000)
    size_wad = leverage * nav * WAD // 60_000 * (100 + drift) // 100
    market = Market(
        mark_wad=mark_wad,
        lot_wad=1,
        least_notional_wad=WAD,
        fill_band_wad=WAD // 20,
        fee_bps=bps,
        bids=[(mark_wad, 10**40)],
        asks=[(mark_wad, 10**40)],
    )
    token = Token(
        leverage=leverage, terms=None, size_wad=size_wad, cash_wad=nav * WAD - size_wad * 60_000
    )
    delta_wad = target_delta(token, market)
    after, filled_wad = trade(token, market, delta_wad, WAD // 100, whole=True)
    assert filled_wad == delta_wad
    assert abs(after.exposure(mark_wad) - leverage) * after.nav_wad(mark_wad) < 10**6
