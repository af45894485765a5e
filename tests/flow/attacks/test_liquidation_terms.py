"""Bad terms for who is liquidated: a book at bankruptcy, a clip of dust, a pool that was not heard.

Source: audit of 6be1e45, H4, M8 and "cool-down started by a dust clip". The book rung sold one tick
above bankruptcy, twenty times in a block, where the auction in health asked a hundredth of it;
0.0016 of 10 began the cool-down of a large position; and a keeper who chose the gas limit let the
pool run out of gas, which counted as its refusal and opened deleveraging beside a rich pool.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain import revm
from sim.chain.port import CallReverted
from sim.types import account_id
from sim.units import WAD, wad
from tests.adl_world import untouched
from tests.attack_world import AttackWorld
from tests.liquidation_world import RAW
from tests.support.contracts import address_of
from tests.support.examples import HEAVY

SIZE, MARGIN = 10, 6_400
COOLING = "liquidator: large position is cooling down"


@pytest.fixture(scope="module")
def deployed() -> AttackWorld:
    world = AttackWorld()
    world.stake("whale", 3_000_000 * RAW)
    world.fund("attacker", 50_000)
    world.fund("second", 1_000)
    return world


@pytest.fixture
def world(deployed: AttackWorld) -> Iterator[AttackWorld]:
    with untouched(deployed):
        yield deployed


def wanted(world: AttackWorld, account: int) -> tuple[int, int]:
    found: tuple[int, int] = world.read("Liquidator", "liquidation_size", account, world.market)
    return found


def attack_with_bids_at_the_limit(world: AttackWorld, victim: int) -> None:
    """What the audit's attacker did: bid at the worst price, liquidate, again, in one block."""
    side = -1 if world.size(victim) < 0 else 1
    for _ in range(20):
        size_wad, limit_wad = wanted(world, victim)
        if size_wad == 0:
            break
        world.order("attacker", f"{side * size_wad / WAD:f}", f"{limit_wad / WAD:f}")
        world.liquidate(victim, role="attacker")


@HEAVY
@given(side=st.sampled_from([1, -1]), depth=st.integers(min_value=5, max_value=90))
def test_liquidate__own_bids_at_the_limit_while_not_failing__cost_the_auctions_price(
    deployed, side, depth
):
    # Maintenance of one bitcoin is some 300, and it fails below 200.
    with untouched(deployed):
        victim = deployed.enter("victim", f"{side}", 1_030)
        deployed.index(60_000 - side * (702 + depth))
        before = deployed.health(victim)
        assert before.equity_wad * 3 > before.maintenance_wad * 2
        start_wad = deployed.purse_wad("attacker")
        offered_wad = deployed.read("Liquidator", "takeover_price", victim, deployed.market)
        attack_with_bids_at_the_limit(deployed, victim)
        earned_wad = deployed.purse_wad("attacker") - start_wad
        lost_wad = before.equity_wad - deployed.health(victim).equity_wad
        sold_wad = WAD - abs(deployed.size(victim))
        mark_wad = deployed.price().mark_wad
    assert sold_wad > 0
    # By the offer's discount and the penalty of 25 bps, with two ticks for rounding: where every
    # bid down to bankruptcy was taken, it was nearly all of the equity.
    by_part_wad = abs(mark_wad - offered_wad) + mark_wad * 25 // 10_000 + wad("0.2")
    assert max(earned_wad, lost_wad) <= sold_wad * by_part_wad // WAD


def test_liquidate__book_between_auction_and_bankruptcy__is_for_a_keeper_not_the_book(world):
    victim = world.enter("victim", "1", 1_030)
    world.index(59_250)
    world.order("maker", "1", "59200")  # bankruptcy is at 59 000, the auction at 59 223
    with pytest.raises(CallReverted, match="liquidator: no rung could act"):
        world.liquidate(victim)
    arguments = (victim, world.market, WAD, account_id(address_of("attacker")))
    world.send("attacker", "Liquidator", "take_over", *arguments)
    assert wanted(world, victim) == (0, 0)


def test_liquidate__failing__may_go_to_bankruptcy(world):
    victim = world.enter("victim", "1", 1_030)
    world.index(59_150)
    _, limit_wad = wanted(world, victim)
    assert limit_wad == wad("59000.1")
    world.order("maker", "1", "59000.1")
    assert world.liquidate(victim).rung == 0


@HEAVY
@given(dust=st.lists(st.integers(min_value=2, max_value=900), min_size=1, max_size=8))
def test_liquidate__clips_of_dust__never_keep_an_honest_keeper_from_the_rest(deployed, dust):
    with untouched(deployed):
        big = deployed.enter("big", f"{SIZE}", MARGIN)
        deployed.index(59_650)
        for tenths in dust:
            deployed.order("second", f"{tenths / 10_000:.4f}", "59640.1")
        deployed.order("maker", "50", "59640")
        with suppress(CallReverted):  # a bid below the smallest order may leave nothing to do
            deployed.liquidate(big, role="second", max_fills=8)
        taken_wad = SIZE * WAD - deployed.size(big)
        if taken_wad < 2 * WAD:
            deployed.liquidate(big)
        assert SIZE * WAD - deployed.size(big) == 2 * WAD  # a fifth, in however many parts
        with pytest.raises(CallReverted, match=COOLING):
            deployed.liquidate(big)


def test_liquidation_size__large_position__is_what_a_liquidation_takes(world):
    big = world.enter("big", f"{SIZE}", MARGIN)
    world.index(59_650)
    world.order("second", "0.0100", "59640.1")
    for _ in range(2):
        asked_wad, _ = wanted(world, big)
        found = world.liquidate(big)
        if found.size_delta_wad != -wad("0.01"):
            assert found.size_delta_wad == -asked_wad
        world.order("maker", "50", "59640")
    assert wanted(world, big)[0] == 0
    world.index(59_640, seconds=30)
    asked_wad, _ = wanted(world, big)
    assert world.liquidate(big).size_delta_wad == -asked_wad


def test_liquidate__part_of_a_clip_long_ago__begins_a_whole_one(world):
    big = world.enter("big", f"{SIZE}", MARGIN)
    world.index(59_650)
    world.order("maker", "1.9990", "59640.1")
    world.liquidate(big)
    assert wanted(world, big)[0] == wad("0.001")
    world.index(59_650, seconds=30)
    assert wanted(world, big)[0] > WAD


def outcome(world: AttackWorld, account: int) -> int | str:
    """The rung that acted, 3 for none; or why the call was refused. Nothing of it stays."""
    with untouched(world):
        try:
            found = world.send("attacker", "Liquidator", "liquidate", account, world.market, 32)
        except CallReverted as refused:
            return str(refused)
        rungs = [event.values.rung for event in found if event.name == "AccountLiquidated"]
        return rungs[0] if rungs else 3


def test_liquidate__any_gas__a_pool_that_ran_out_of_it_has_not_refused(world, monkeypatch):
    victim = world.enter("victim", "1", 690)
    world.index(59_440)
    assert outcome(world, victim) == 2  # the pool is rich
    found = set()
    for gas in range(60_000, 1_500_000, 6_000):
        monkeypatch.setattr(revm, "_GAS_LIMIT", gas)
        found.add(outcome(world, victim))
    assert {2, "liquidator: too little gas"} <= found
    assert 3 not in found


def test_liquidate__pool_really_refuses__a_wallets_gas_is_enough_to_say_so(world, monkeypatch):
    world.send("owner", "InsurancePool", "set_caps", 1, (wad(1), wad(1), wad(1)))
    victim = world.enter("victim", "1", 690)
    world.index(59_440)
    monkeypatch.setattr(revm, "_GAS_LIMIT", 1_500_000)
    assert outcome(world, victim) == 3
