"""The mirror of a real crash: rounds at bankruptcy and at mark, a loss spread, a debt left."""

from __future__ import annotations

import numpy as np
import pytest

from sim.invariants import CHECKPOINT, Facts, violations
from sim.invariants.conservation import (
    inv_02_vault_holds_what_is_owed,
    inv_05_nobody_without_positions_owes,
)
from sim.mirror import Mirror, MirrorNames
from sim.types import DEFICIT, MarketSpec
from sim.units import WAD, WAD_PER_RAW, to_float
from tests.adl_world import AdlWorld, named

NAME = "BTC-USD"


@pytest.fixture
def world() -> AdlWorld:
    """A long that a fall bankrupts, against a short with next to nothing; nobody insures."""
    made = AdlWorld()
    made.enter("taker", "1", 1_300)
    made.enter("patient", "0.5", 40_000)
    made.index("50000")
    made.enter("poor", "-1.5", 1_500, price="50000")
    return made


def mirror_of(world: AdlWorld) -> Mirror:
    """A mirror that has heard everything so far."""
    market = world.deployed.config.market(NAME)
    spec = MarketSpec(
        name=NAME,
        market_id=market.market_id,
        tick_wad=market.grid.tick_wad,
        lot_wad=market.grid.lot_wad,
        min_notional_wad=market.grid.min_notional_wad,
        taker_fee_bps=market.fees.taker_bps,
        max_leverage=100,
    )
    books = {f"OrderBook.{NAME}": NAME}
    names = MirrorNames(clearinghouse="Clearinghouse", mark="MarkPrice", books=books)
    tiers = {NAME: [(one.lower_wad, one.mmr_wad) for one in market.tiers]}
    mirror = Mirror([spec], tiers, names)
    mirror.apply([event for events in world.transactions for event in events])
    return mirror


def wrong(world: AdlWorld, mirror: Mirror) -> list[str]:
    """What the mirror's books get wrong of the chain's money."""

    def position(account: int) -> tuple[int, int]:
        found = world.read("Clearinghouse", "position", account, world.market)
        return found.size_wad, found.quote_wad

    fees_wad, dust_wad = world.read("Clearinghouse", "pots")
    facts = Facts(
        time_s=world.now_s,
        mirror=mirror,
        events=(),
        states={},
        rules={},
        system_accounts=frozenset(),
        vault_wad=world.read("MarginVault", "held_raw") * WAD_PER_RAW,
        fees_wad=fees_wad,
        dust_wad=dust_wad,
        chain_accounts={one: world.cash(one) for one in mirror.accounts},
        chain_positions={(one, NAME): position(one) for one in mirror.accounts},
        chain_markets={NAME: world.read("Clearinghouse", "market_totals", world.market)},
    )
    checks = (inv_02_vault_holds_what_is_owed, inv_05_nobody_without_positions_owes)
    return violations(facts, (*checks, *CHECKPOINT))


def failing(world: AdlWorld) -> int:
    """The long, closed at its bankruptcy price as far as the other side can pay."""
    (account,) = [one for one in world.holders(1) if world.health(one).equity_wad < 0]
    assert world.try_liquidate(account) == 3
    world.deleverage(account)
    return account


def test_apply__loss_spread__is_owed_by_both_sides_and_out_of_the_escrow(world: AdlWorld) -> None:
    account = failing(world)
    (spread,) = named(world.deleverage(account, at_mark=True), "LossSocialised")
    mirror = mirror_of(world)
    assert wrong(world, mirror) == []
    assert mirror.markets[NAME].escrow_wad == -spread.loss_wad
    mark_wad = {NAME: world.price().mark_wad}
    for holder in (*world.holders(1), *world.holders(-1)):
        health = world.health(holder)
        assert mirror.health(holder, mark_wad) == (health.equity_wad, health.maintenance_wad)


def test_apply__position_opened_after_the_spread__owes_none_of_it(world: AdlWorld) -> None:
    world.deleverage(failing(world), at_mark=True)
    newcomer = world.enter("newcomer", "0.1", 2_000, price="50000")
    mirror = mirror_of(world)
    assert wrong(world, mirror) == []
    mark_wad = {NAME: world.price().mark_wad}
    assert mirror.health(newcomer, mark_wad)[0] == world.health(newcomer).equity_wad
    # The one who opened before pays it with its next trade, and the escrow has it back.
    before_wad = mirror.markets[NAME].escrow_wad
    world.order("maker", "-0.1", "50000")
    world.order("patient", "0.1", "50000")
    after = mirror_of(world)
    assert wrong(world, after) == []
    assert after.markets[NAME].escrow_wad > before_wad


def test_table__loss_spread__shows_the_health_the_chain_sees(world: AdlWorld) -> None:
    world.deleverage(failing(world), at_mark=True)
    mirror, price = mirror_of(world), world.price()
    table = mirror.screen.table(
        np.array([to_float(price.mark_wad)]), np.array([to_float(price.funding_index_wad)])
    )
    assert len(table.accounts) == 2
    for row, account in enumerate(table.accounts):
        assert table.equity[row] == pytest.approx(world.health(account).equity_wad / WAD, abs=1e-6)


def test_apply__everything_closed_and_still_owing__is_no_broken_rule() -> None:
    world = AdlWorld()
    world.enter("taker", "1", 1_300)
    world.index("50000")
    world.enter("poor", "-1", 600, price="50000")
    account = failing(world)
    (left,) = named(world.deleverage(account, at_mark=True), "DebtLeft")
    mirror = mirror_of(world)
    assert wrong(world, mirror) == []
    assert mirror.accounts[account].cash_wad == 0
    assert mirror.accounts[world.pool_account(DEFICIT)].cash_wad == -left.debt_wad < 0
