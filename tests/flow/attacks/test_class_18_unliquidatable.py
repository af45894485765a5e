"""Class 18, accounts nobody can liquidate: a dust position elsewhere, an order book full of orders,
a fill that is refused as a whole.

Sources: Perp v3 M-4, SYMM H-7 and H-8, JOJO M-4, flatmoney H-3, Perennial M-5. Whatever an account
does with its other markets, one call liquidates it; and a position in a market whose own
liquidations are stopped is worth what it was at the last good mark, whatever is said of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.chain.port import CallReverted
from sim.types import account_id
from sim.types.codes import Act, Rung
from sim.units import WAD, wad
from tests.adl_world import NO_RUNG_ACTED, named, untouched
from tests.attack_world import ETHER, THIN, AttackWorld
from tests.support.contracts import address_of

BOOK, BACKSTOP = Rung.BOOK, Rung.BACKSTOP
MAX_ORDERS = 64


@pytest.fixture(scope="module")
def deployed() -> AttackWorld:
    """A long bitcoin at 58x, with the smallest position there is in ether."""
    world = AttackWorld()
    world.push_all({ETHER: 2_000, world.name: 60_000})
    world.push_all({ETHER: 2_000, world.name: 60_000})
    world.enter("attacker", "1", 1_030)
    world.trade_in(ETHER, "attacker", "0.005", "2000")
    return world


@pytest.fixture
def world(deployed: AttackWorld) -> Iterator[AttackWorld]:
    with untouched(deployed):
        yield deployed


def attacker() -> int:
    return account_id(address_of("attacker"))


def stop_ether(world: AttackWorld, how: str) -> None:
    if how == "dead":
        world.let_die(ETHER, 60_000)
    else:
        world.send("guardian", "MarketParams", "pause", world.market_id(ETHER), Act.LIQUIDATE)


stopped = pytest.mark.parametrize("how", ["dead", "paused"])


@stopped
@pytest.mark.parametrize(("bid", "rung"), [("59150", BOOK), (None, BACKSTOP)], ids=["book", "pool"])
def test_liquidate__dust_in_a_stopped_market__succeeds_elsewhere(world, how, bid, rung):
    world.stake("whale", 10**12)
    stop_ether(world, how)
    world.index("59150")
    if bid:
        world.order("maker", "1", bid)
    assert world.try_liquidate(attacker()) == rung
    assert world.size(attacker()) == 0
    with pytest.raises(CallReverted, match="liquidator: "):
        world.send("keeper", "Liquidator", "liquidate", attacker(), world.market_id(ETHER), 32)


@stopped
def test_deleverage__dust_in_a_stopped_market__ends_the_ladder_all_the_same(world, how):
    # Shorts that can't pay the bankruptcy price, so that all the rungs down to mark are needed.
    stop_ether(world, how)
    world.enter("bear", "-0.4", 300)
    world.index("50000")
    world.enter("newcomer", "-0.6", 350, price="50000")
    world.flatten("maker", "50000")
    assert world.try_liquidate(attacker()) == NO_RUNG_ACTED
    world.deleverage(attacker())
    if world.size(attacker()):
        world.deleverage(attacker(), at_mark=True)
    assert world.size(attacker()) == 0


def test_liquidate__healthy_only_by_what_two_feeds_say_of_a_dead_market__happens(world):
    # Ten ether bought at 2 000; the two feeds that are left say 2 300 until the market dies.
    world.trade_in(ETHER, "attacker", "10", "2000")
    last = [feed.name for feed in world.deployed.config.market(ETHER).feeds][:2]
    for _ in range(9):
        world.index(60_000, seconds=43)
        world.push_some(ETHER, 2_300, last)
    # At the last good price the account is below maintenance; at 2 300 it had 3 000 more.
    world.index("59150")
    assert world.health(attacker()).equity_wad < world.health(attacker()).maintenance_wad
    world.order("maker", "1", "59150")
    assert world.try_liquidate(attacker()) == BOOK


def test_liquidate__every_market_full_of_its_orders__costs_less_than_a_block():
    world = AttackWorld()
    prices = {ETHER: 2_000, THIN: 1, world.name: 60_000}
    world.push_all(prices)
    world.push_all(prices)
    account = world.enter("attacker", "1", 1_400)
    for name, size, price in ((world.name, "0.0002", 59_000), (ETHER, "0.006", 1_950)):
        order = (True, wad(size), wad(price), 0, False, 0)
        spam(world, name, [order] * MAX_ORDERS)
    spam(world, THIN, [(True, wad(11), wad("0.98"), 0, False, 0)] * (MAX_ORDERS // 4))
    world.next_block()
    world.push(world.name, wad(58_900))
    world.send("keeper", "MarkPrice", "poke", world.market)
    world.order("maker", "1", "58900")
    # Everything is cold for the call that counts.
    world.chain.compact()
    assert world.try_liquidate(account) == BOOK
    assert world.chain._evm.result.gas_used < 5_000_000
    # Here all of them went, elsewhere the first of them: what stays needs margin to be filled.
    assert not world.read(f"OrderBook.{world.name}", "orders_of", account)
    assert len(world.read(f"OrderBook.{ETHER}", "orders_of", account)) == MAX_ORDERS - 32


def spam(world: AttackWorld, name: str, orders: list[tuple[object, ...]]) -> None:
    for start in range(0, len(orders), 16):
        part = orders[start : start + 16]
        world.send("attacker", f"OrderBook.{name}", "place_many", attacker(), part)


def test_liquidate__a_maker_is_refused_between_two_that_fill__does_not_revert(world):
    # The first fills, and the penalty, leave the account in a lower tier with its bankruptcy price
    # nearer to mark. A second round at the old limit was refused, and the liquidation with it.
    giant = world.enter("giant", "100", 180_000)
    poor = world.fund("poor", 6_100)
    world.trade_in(ETHER, "poor", "10", "2000")
    world.index("58500")
    limit_wad = world.read("Liquidator", "liquidation_size", giant, world.market)[1]
    price = f"{limit_wad / WAD:.1f}"
    world.order("maker", "5", price)
    world.order("poor", "10", price)
    world.order("maker", "88", price)
    world.push_all({ETHER: 1_700, world.name: "58500"})
    assert world.health(poor).equity_wad < wad(3_100)
    events = world.send("keeper", "Liquidator", "liquidate", giant, world.market, 32)
    (done,) = named(events, "AccountLiquidated")
    assert (done.rung, done.size_delta_wad) == (BOOK, -90 * WAD)
    before = done.equity_before_wad, done.maintenance_before_wad
    assert done.equity_after_wad * before[1] > before[0] * done.maintenance_after_wad
    assert world.size(poor) == 0
