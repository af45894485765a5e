"""Random lives of five accounts in two markets: clearinghouse and reference agree to the wei."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.reference.books import Refused
from sim.reference.clearing import MakerFill
from sim.types import Status
from sim.units import WAD, wad
from tests.clearing_world import MARKETS, ClearingWorld
from tests.differential.clearing_driver import ACTORS, BACKSTOPS, Driver
from tests.support.examples import HEAVY, heavy_examples

markets = st.sampled_from(MARKETS)
accounts = st.sampled_from(ACTORS)
sizes = st.one_of(
    st.integers(1, 30).map(wad), st.integers(1, wad(300)), st.integers(1, 10), st.just(wad(5_000))
)
prices = st.one_of(st.integers(95, 105).map(wad), st.integers(wad(90), wad(110)))
statuses = st.one_of(st.just(Status.OK), st.just(Status.OK), st.sampled_from(list(Status)))


@st.composite
def maker_fills(draw: st.DrawFn) -> tuple[MakerFill, ...]:
    found = draw(
        st.lists(st.tuples(accounts, sizes, prices, st.booleans()), min_size=1, max_size=4)
    )
    return tuple(
        MakerFill(account=account, size_wad=size, price_wad=price, reduce_only=reduce_only)
        for account, size, price, reduce_only in found
    )


@st.composite
def price_changes(draw: st.DrawFn) -> dict[str, Any]:
    mark_wad = draw(st.one_of(prices, prices, st.integers(wad(60), wad(140))))
    believed_wad = draw(st.integers(0, wad(3)))
    return {
        "mark_wad": mark_wad,
        "index_wad": mark_wad + draw(st.integers(-WAD // 2, WAD // 2)),
        "conf_wad": draw(st.integers(0, WAD)),
        "low_wad": mark_wad - believed_wad,
        "high_wad": mark_wad + believed_wad,
        "status": draw(statuses),
        "funding_index_wad": draw(st.integers(-wad(2), wad(2))),
    }


step = st.one_of(
    st.tuples(st.just("fill"), markets, accounts, st.booleans(), maker_fills()),
    st.tuples(st.just("fill"), markets, accounts, st.booleans(), maker_fills()),
    st.tuples(st.just("forced"), markets, accounts, maker_fills()),
    st.tuples(st.just("price"), markets, price_changes()),
    st.tuples(st.just("deposit"), accounts, st.integers(0, wad(5_000))),
    st.tuples(st.just("withdraw"), accounts, st.integers(0, wad(5_000))),
    st.tuples(st.just("withdraw all"), accounts),
    st.tuples(st.just("rest"), markets, accounts, sizes, sizes),
    st.tuples(st.just("seize"), markets, accounts),
    st.tuples(st.just("cross"), markets, accounts, accounts, sizes, prices, st.booleans()),
    st.tuples(st.just("socialise"), markets, accounts),
    st.tuples(st.just("sweep")),
)


@pytest.fixture(scope="module")
def deployed() -> ClearingWorld:
    world = ClearingWorld()
    for account in (*ACTORS, *BACKSTOPS):
        world.deposit(account, wad(20_000))
    return world


def perform(world: ClearingWorld, action: str, *arguments: Any) -> None:
    """One proposal; what the clearinghouse refuses, the reference refuses in the same words."""
    if action == "forced":
        market, account, fills = arguments
        is_buy = world.books.held(account, market).size_wad < 0
        world.fill(market, account, is_buy, fills, forced=True)
    elif action == "withdraw all":
        world.withdraw(arguments[0], world.books.withdrawable(arguments[0]))
    elif action == "price":
        world.set_price(arguments[0], **arguments[1])
    elif action == "seize":
        if world.books.held(arguments[1], arguments[0]).size_wad:
            world.seize(*arguments)
    elif action == "cross":
        *rest, takeover = arguments
        world.transfer_position(*rest, takeover=takeover)
    else:
        getattr(world, action)(*arguments)


@HEAVY
@given(steps=st.lists(step, min_size=1, max_size=25))
def test_any_proposals__clearinghouse_and_reference__agree_to_the_wei(deployed, steps):
    before = deployed.snapshot()
    try:
        for action, *arguments in steps:
            try:
                perform(deployed, action, *arguments)
            except Refused:
                continue
            deployed.check()
    finally:
        deployed.revert(before)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=max(3, heavy_examples() // 5))
def test_a_life_near_liquidation__clearinghouse_and_reference__agree_to_the_wei(fresh, seed):
    before = fresh.snapshot()
    try:
        Driver(fresh, seed).run(100)
    finally:
        fresh.revert(before)


def test_driver__some_lives__reach_every_kind_of_proposal(fresh):
    counts = Counter()
    for seed in range(6):
        before = fresh.snapshot()
        driver = Driver(fresh, seed)
        driver.run(100)
        fresh.revert(before)
        counts += driver.counts
    done = {name for name, outcome in counts if outcome == "done"}
    kinds = {"trade", "force", "take_over", "deleverage", "seize", "rest", "shift_cash", "sweep"}
    assert kinds <= done
    assert counts["force", "done"] >= 20
    assert counts["force", "clearinghouse: account left worse off"] >= 1


@pytest.fixture(scope="module")
def fresh() -> ClearingWorld:
    return ClearingWorld()
