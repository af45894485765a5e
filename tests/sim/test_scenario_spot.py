"""Pools, venues with depth, colluding feeds and several owners, from YAML to the chain."""

from __future__ import annotations

import numpy as np
import pytest

from sim.engine import Simulation
from sim.engine.members import populate
from sim.rng import stream
from sim.scenario import Scenario, ScenarioError, parse_scenario
from sim.types import MoveCash, SwapSpot, Withdraw, account_id
from sim.types.fields import Distribution
from sim.units import wad
from tests.sim.attack_runs import world
from tests.sim.engine_runs import Kept, run, simulation_of

PUMP = (
    "kind: spot_pump, capital: 5_000, accounts: 3, notional: 10_000, push_blocks: 2, "
    "wallet: 8_000, exits_at_block: 10, leg: {pool: dex, clip_notional: 2_000}"
)
TEXT = world(PUMP, blocks=6).text


def changed(old: str, new: str) -> Scenario:
    assert old in TEXT
    return parse_scenario(TEXT.replace(old, new, 1), label="spot.yaml")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("pool: dex, kind: spot", "pool: dix, kind: spot", "feeds.3.source.pool.*'dix'.*dex"),
        ("pool: dex, kind: spot", "pool: dex, kind: spot, window_s: 90", "a window_s for kinds"),
        ("pool: dex, kind: spot", "pool: dex, kind: twap", "a window_s for kinds"),
        ("pool: dex, kind: spot", "pool: dex, kind: twap, window_s: 9", "window_s.*60"),
        ("source: {pool: dex, kind: spot}", "weight: 1", "feeds.3.*a venue or a source"),
        ("name: dex, market: THIN-USD", "name: dex, market: BTC-USD", "pools.0.market"),
        ("leg: {pool: dex", "leg: {venue: deep", "agents.2.*'deep'.*shallow, dex"),
        ("accounts: 3", "accounts: 0", "agents.2.accounts"),
        ("quote: 2000,", "quote: 2000, shape: square,", "depth.shape"),
    ],
)
def test_parse__spot_that_cannot_be__says_so(old: str, new: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        changed(old, new)


def test_parse__collusion_of_an_unknown_feed__says_so() -> None:
    told = "collusions:\n  - {feeds: [nobody], market: THIN-USD, from_time: 1, until_time: 2"
    with pytest.raises(ScenarioError, match=r"collusions\.0\.feeds.*'nobody'"):
        world(PUMP, world=f"{told}, multiplier: 2}}")


@pytest.fixture(scope="module")
def started() -> Simulation:
    simulation = simulation_of(world(PUMP, blocks=6), 1, "revm", Kept())
    simulation.set_up()
    return simulation


def test_set_up__pool__stands_at_the_true_price_with_its_liquidity(started: Simulation) -> None:
    assert started.deployed.feed("THIN-USD", "dex_feed") != started.deployed.feed(
        "THIN-USD", "feed_deep"
    )
    pool = started.pools.look()["dex"]
    assert (pool.quote_raw, pool.base_raw, pool.price_wad) == (
        20_000 * 10**6,
        10_000 * 10**6,
        wad(2),
    )


def test_set_up__several_accounts__have_an_owner_and_the_capital_each(started: Simulation) -> None:
    member = started.members["attacker_0001"]
    assert len(member.owners) == len(member.accounts) == 3
    for account in member.accounts:
        assert started.mirror.accounts[account].cash_wad == wad(5_000)
    wallets = [started.mirror.wallets.view(account) for account in member.accounts]
    assert [one.quote_raw for one in wallets] == [8_000 * 10**6, 0, 0]


def test_sender__own_account_or_another__is_its_owner_or_the_first(started: Simulation) -> None:
    member = started.members["attacker_0001"]
    _, second, _ = member.accounts
    assert member.sender(Withdraw(account=second, amount_raw=1)) == member.owners[second >> 96]
    moved = MoveCash(sender=second, recipient=second + 3, amount_wad=1)
    assert member.sender(moved) == member.owners[second >> 96]
    swapped = SwapSpot(account=account_id("0x99"), pool="dex", is_buy=True, amount_in_raw=1)
    assert member.sender(swapped) == member.owner


def test_populate__more_accounts__leave_the_first_where_it_was() -> None:
    one, three = (
        {m.agent.name: m for m in populate(world(PUMP.replace("accounts: 3", f"accounts: {n}")), 1)}
        for n in (1, 3)
    )
    assert one["attacker_0001"].accounts == three["attacker_0001"].accounts[:1]
    assert one.keys() == three.keys()


def test_run__with_pools_and_venue_trades__repeats_to_the_digest() -> None:
    attacker = (
        "kind: spot_pump, capital: 5_000, notional: 10_000, push_blocks: 2, venue_cash: 9_000, "
        "exits_at_block: 7, leg: {venue: shallow, clip_notional: 2_000}"
    )
    first, again = (run(world(attacker, blocks=12)) for _ in range(2))
    assert first[1].digest == again[1].digest
    trades = [
        [trade for block in kept.blocks for trade in block.venue_trades]
        for kept, _ in (first, again)
    ]
    assert trades[0] == trades[1]
    assert len(trades[0]) >= 4


def test_draw__pareto__has_its_tail() -> None:
    rng, spread = stream(1, "pareto"), Distribution(pareto=(10.0, 2.0))
    drawn = np.array([spread.draw(rng) for _ in range(20_000)])
    assert drawn.min() >= 10
    assert np.median(drawn) == pytest.approx(10 * 2**0.5, rel=0.02)
    assert (drawn > 40).mean() == pytest.approx(1 / 16, rel=0.1)
