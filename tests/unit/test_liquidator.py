"""The liquidator on the real book, in the whole protocol: sizes, prices, clips, rewards, rungs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sim.chain.port import CallReverted
from sim.protocol.config import FundingTerms
from sim.reference.liquidation import Rewards, Rules, bankruptcy_price, partial_size, reward
from sim.types import account_id
from sim.types.codes import Act
from sim.units import WAD, wad
from tests.clearing_world import MAJOR
from tests.liquidation_world import ENTRY, RAW, LiquidationWorld
from tests.support.contracts import address_of
from tests.world import reference_world_config

TICK_WAD, LOT_WAD = wad("0.1"), wad("0.0001")
STAKE = 1_000_000
RULES = Rules(
    target_wad=wad("1.02"),
    slippage_wad=wad("0.001"),
    large_notional_wad=wad(100_000),
    first_clip_wad=wad("0.2"),
    cooldown_s=30,
    reward_ratio_wad=wad("0.0002"),
    reward_cost_wad=wad("0.5"),
    reward_min_wad=wad("0.5"),
    reward_max_wad=wad(500),
)


@pytest.fixture(scope="module")
def deployed() -> LiquidationWorld:
    """Without funding, so that figures can be read."""
    config = reference_world_config()
    calm = tuple(replace(one, funding=FundingTerms(cap_wad=0)) for one in config.markets)
    world = LiquidationWorld(replace(config, markets=calm))
    world.deposit("maker", 100_000_000 * RAW)
    world.stake("whale", STAKE * RAW)
    return world


@pytest.fixture
def world(deployed: LiquidationWorld) -> Iterator[LiquidationWorld]:
    before = deployed.snapshot()
    yield deployed
    deployed.revert(before)


def open_long(world: LiquidationWorld, size: int | str = 1, margin: int = 1_030) -> int:
    """One bitcoin at 60 000 with 1 000 left after the fee of 30: 60x."""
    return world.open("taker", size, margin * RAW)


def asked(world: LiquidationWorld, account: int) -> tuple[int, int]:
    """Size and worst price that a liquidation would ask of the book."""
    found: tuple[int, int] = world.read("Liquidator", "liquidation_size", account, world.market)
    return found


def test_liquidate__healthy_account__is_refused(world):
    account = open_long(world)
    world.index("59400")
    with pytest.raises(CallReverted, match="liquidator: account is healthy"):
        world.liquidate(account)
    assert asked(world, account) == (0, 0)


def test_liquidate__equity_is_exactly_maintenance__is_refused(world):
    # 1000 - d = 0.5 % of (60000 - d) at d = 700 / 0.995: no round price, so one is made.
    account = open_long(world, margin=1_030)
    world.deposit("taker", 2 * RAW + 500_000)  # 1002.5 - 705 = 297.5 against 0.5 % of 59295
    world.index("59295")
    assert world.health(account).equity_wad - world.health(account).maintenance_wad == wad("1.025")
    world.index("59294")
    with pytest.raises(CallReverted, match="liquidator: account is healthy"):
        world.liquidate(account)


@pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
@pytest.mark.parametrize("shortfall", ["705", "720", "750", "790", "800"])
def test_liquidation_size__between_two_thirds_and_maintenance__is_the_formula(
    world, side, shortfall
):
    account = world.open("taker", side, 1_030 * RAW)
    world.index(f"{ENTRY - side * float(shortfall):.1f}")
    health = world.health(account)
    expected = partial_size(
        notional_wad=health.notional_wad,
        equity_wad=health.equity_wad,
        maintenance_wad=health.maintenance_wad,
        mark_wad=wad(ENTRY) - side * wad(shortfall),
        risk=MAJOR,
        rules=RULES,
        lot_wad=LOT_WAD,
    )
    assert asked(world, account)[0] == min(expected, WAD)


def test_liquidate__filled_at_the_allowance__reaches_the_target_and_no_lot_less_would(world):
    account = open_long(world)
    world.index("59236")  # so far gone that the auction's price is below that
    size_wad, _ = asked(world, account)
    # The worst the formula allows for: 10 bps below mark, and the whole penalty of 25 bps.
    world.order("maker", "1", "59176.6")
    found = world.liquidate(account)
    assert found.size_delta_wad == -size_wad
    health = world.health(account)
    target_wad = health.maintenance_wad * RULES.target_wad // WAD
    lot_margin_wad = 59_236 * LOT_WAD // 100
    assert target_wad - lot_margin_wad < health.equity_wad < target_wad + lot_margin_wad


def test_liquidate__partial__raises_the_ratio_and_the_penalty_is_the_fee(world):
    account = open_long(world)
    world.index("59250")
    world.order("maker", "1", "59250")
    before = world.health(account)
    found = world.liquidate(account)
    assert found.rung == 0
    assert found.penalty_wad == -(-found.notional_wad * 25 // 10_000)
    after = world.health(account)
    assert after.equity_wad == before.equity_wad - found.penalty_wad
    ratio = after.equity_wad * before.maintenance_wad - before.equity_wad * after.maintenance_wad
    assert ratio > 0


def test_liquidate__orders_of_the_account__are_cancelled_first(world):
    account = open_long(world, margin=1_100)
    world.order("taker", "0.001", "58000")
    world.index("59170")
    world.order("maker", "1", "59170")
    world.liquidate(account)
    assert world.read(f"OrderBook.{world.name}", "orders_of", account) == ()


@pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
def test_limit_price__of_a_failing_account__is_the_tick_after_bankruptcy(world, side):
    account = world.open("taker", side, 1_030 * RAW)
    world.index(f"{ENTRY - side * 850}")
    health = world.health(account)
    exact = bankruptcy_price(
        side * WAD,
        wad(ENTRY - side * 850),
        health.equity_wad,
        health.maintenance_wad,
        health.maintenance_wad,
    )
    assert exact == wad(ENTRY - side * 1_000)
    assert asked(world, account) == (WAD, wad(ENTRY - side * 1_000) + side * TICK_WAD)


def test_liquidate__bids_only_at_the_bankruptcy_price__go_to_the_next_rung(world):
    account = open_long(world)
    world.index("59150")
    world.order("maker", "0.5", "59000")
    assert world.liquidate(account).rung == 2


def test_liquidate__owes_and_bids_above_mark_cover_its_share__fills_there(world):
    # SPEC 8: never worse than the bankruptcy price, here above mark.
    account = open_long(world)
    world.index("58990")
    _, limit_wad = asked(world, account)
    assert limit_wad == wad("59000.1")
    world.order("maker", "1", "59010")
    found = world.liquidate(account)
    assert (found.rung, found.size_delta_wad) == (0, -WAD)
    assert world.health(account).equity_wad == 0  # the penalty took the 10 that were left
    assert found.penalty_wad == wad(10)


def test_liquidate__max_fills_below_eight__is_refused(world):
    # A keeper that lets the book fill nothing would hand the position to the pool.
    account = open_long(world)
    world.index("59150")
    world.order("maker", "1", "59150")
    for max_fills in (0, 1, 7):
        with pytest.raises(CallReverted, match="liquidator: too few fills"):
            world.liquidate(account, max_fills=max_fills)
    assert world.liquidate(account, max_fills=8).rung == 0


def test_liquidate__backstop_while_the_book_can_fill__is_not_tried(world):
    account = open_long(world)
    world.index("59150")
    world.order("maker", "0.1", "59150")
    found = world.liquidate(account)
    assert (found.rung, found.size_delta_wad) == (0, -wad("0.1"))
    assert world.size(world.pool_account(1)) == 0


def test_liquidate__empty_book_and_not_failing__no_rung_acts(world):
    account = open_long(world)
    world.index("59250")
    with pytest.raises(CallReverted, match="liquidator: no rung could act"):
        world.liquidate(account)


def test_liquidate__empty_book_and_failing__the_pool_takes_position_and_margin(world):
    account = open_long(world)
    world.index("59150")
    assert world.health(account).equity_wad == wad(150)
    stakers_wad = world.read("InsurancePool", "equity_wad")
    found = world.liquidate(account)
    assert (found.rung, found.size_delta_wad, found.penalty_wad) == (2, -WAD, 0)
    assert (world.size(account), world.cash(account)) == (0, 0)
    assert world.size(world.pool_account(1)) == WAD
    assert world.health(world.pool_account(1)).equity_wad >= wad(59_150) // 100
    # The margin that came with the position, less what the keeper was paid.
    after_wad = world.read("InsurancePool", "equity_wad")
    assert after_wad - stakers_wad == wad(150) - found.reward_wad


def test_liquidate__owes_and_the_book_is_empty__the_pool_pays_and_the_account_ends_at_zero(world):
    account = open_long(world)
    world.index("58900")
    stakers_wad = world.read("InsurancePool", "equity_wad")
    found = world.liquidate(account)
    assert found.rung == 2
    assert (world.size(account), world.cash(account)) == (0, 0)
    after_wad = world.read("InsurancePool", "equity_wad")
    assert stakers_wad - after_wad == wad(100) + found.reward_wad


@pytest.fixture
def capped(world: LiquidationWorld) -> int:
    """A long that the pool has put all of its cap behind, and has plenty of cash left."""
    world.send("owner", "InsurancePool", "set_caps", 1, (wad(10**7), wad(600), wad(10**6)))
    account = open_long(world)
    world.index(59_150)
    assert world.liquidate(account).rung == 2
    backstop = world.pool_account(1)
    world.index(58_780)
    with pytest.raises(CallReverted, match="liquidator: pool has not put its cash behind it"):
        world.liquidate(backstop)
    world.send("stranger", "InsurancePool", "restore", 1)
    assert world.cash(world.pool_account()) > wad(STAKE - 1_000)
    return backstop


def test_liquidate__pools_own_and_its_cap_is_used_up__is_brought_to_the_book(world, capped):
    world.index(58_560)
    health = world.health(capped)
    assert health.equity_wad * 3 < health.maintenance_wad * 2
    price = (wad(58_560) - health.equity_wad) // TICK_WAD + 2  # a tick better than it must be
    world.order("maker", "2", f"{price / 10}")
    done = world.liquidate(capped)
    assert (done.rung, world.size(capped)) == (0, 0)
    assert world.cash(capped) == 0 < done.penalty_wad  # what it was better by


def test_liquidate__pools_own_and_the_book_is_empty__is_given_up_and_not_taken_again(world, capped):
    world.index(58_000)
    told = world.send("keeper", "Liquidator", "liquidate", capped, 1, 32)
    (given_up,) = [event.values for event in told if event.name == "LadderExhausted"]
    assert (given_up.account, given_up.size_wad) == (capped, WAD)
    assert world.size(capped) == WAD
    assert world.read("InsurancePool", "at_risk_wad", 1) == wad(600)


def test_take_over__pools_own_and_its_cap_is_used_up__is_a_position_like_any_other(world, capped):
    receiver = world.deposit("keeper", 10_000 * RAW)
    world.index(58_600)
    world.send("keeper", "Liquidator", "take_over", capped, 1, WAD, receiver)
    assert world.size(receiver) > 0


def test_liquidate__large_position__gives_a_fifth_and_cools_down(world):
    account = world.open("taker", "2", 2_060 * RAW)  # 118 500 of notional, twice the usual
    world.index("59250")
    world.order("maker", "2", "59250")
    size_wad, _ = asked(world, account)
    assert size_wad == wad("0.4")
    found = world.liquidate(account)
    assert found.size_delta_wad == -wad("0.4")
    assert found.equity_after_wad < found.maintenance_after_wad
    # 94 800 is left, which is no longer large.
    assert world.liquidate(account).rung == 0


def test_liquidate__still_large_after_its_clip__waits_thirty_seconds(world):
    account = world.open("taker", "4", 4_120 * RAW)
    world.index("59250")
    world.order("maker", "4", "59250")
    world.liquidate(account)
    assert world.size(account) == wad("3.2")
    world.index("59250", seconds=29)
    with pytest.raises(CallReverted, match="liquidator: large position is cooling down"):
        world.liquidate(account)
    world.index("59250", seconds=1)
    size_wad, _ = asked(world, account)
    assert -world.liquidate(account).size_delta_wad == size_wad > wad("0.64")


def test_liquidate__large_and_failing__all_goes_at_once(world):
    account = world.open("taker", "4", 4_120 * RAW)
    world.index("59150")
    world.order("maker", "4", "59150")
    assert world.liquidate(account).size_delta_wad == -wad(4)


@pytest.mark.parametrize(
    ("size", "margin", "price"),
    [("1", 1_030, 59_150), ("0.001", 1, 59_150), ("50", 51_500, 59_150)],
)
def test_reward__any_notional__is_the_clamp_of_what_the_account_can_justify(
    world, size, margin, price
):
    account = world.open("taker", size, margin * RAW)
    world.index(59_400)
    world.index(price)
    world.order("maker", size, price)
    keeper = account_id(address_of("keeper"), 0)
    pool_wad = world.cash(world.pool_account())
    found = world.liquidate(account)
    assert found.rung == 0
    expected_wad = Rewards().pay(
        found.notional_wad, RULES, given_wad=found.penalty_wad, maker_bps=1, now_s=world.now_s
    )
    assert found.reward_wad == expected_wad == world.cash(keeper) > 0
    # What is left of the penalty goes to the pool; what lacks comes from it.
    assert world.cash(world.pool_account()) - pool_wad == found.penalty_wad - found.reward_wad
    liquidator = account_id(world.deployed.address("Liquidator"), 0)
    assert world.cash(liquidator) == 0


def test_liquidate__isolated_account__leaves_the_owners_others_alone(world):
    cross = world.deposit("taker", 500 * RAW)
    account = world.open("taker", "1", 1_030 * RAW, bucket=1)
    world.index("58900")
    world.liquidate(account)
    assert (world.cash(account), world.cash(cross)) == (0, wad(500))


def test_liquidate__market_without_position__is_refused(world):
    account = open_long(world)
    world.index("59150")
    world.next_block()
    world.push("ETH-USD", wad(2_000))
    world.push(world.name, wad(59_150))
    with pytest.raises(CallReverted, match="liquidator: no position in this market"):
        world.send("keeper", "Liquidator", "liquidate", account, 2, 32)


def test_liquidate__paused__is_refused_and_waits_for_the_grace(world):
    account = open_long(world)
    world.send("guardian", "MarketParams", "pause", 1, Act.LIQUIDATE)
    world.index("59150")
    with pytest.raises(CallReverted, match="liquidator: liquidation not allowed now"):
        world.liquidate(account)
    world.send("owner", "MarketParams", "unpause", 1, Act.LIQUIDATE)
    world.index("59150", seconds=59)
    with pytest.raises(CallReverted, match="liquidator: liquidation not allowed now"):
        world.liquidate(account)
    world.index("59150", seconds=1)
    assert world.liquidate(account).rung == 2


def test_liquidate__pool_is_empty__still_fills_and_pays_from_the_penalty(world):
    config = world.deployed.config
    poor = LiquidationWorld(config)
    poor.deposit("maker", 1_000_000 * RAW)
    account = poor.open("taker", "1", 1_030 * RAW)
    poor.index("59150")
    poor.order("maker", "1", "59150")
    found = poor.liquidate(account)
    assert (found.rung, found.reward_wad) == (0, reward(found.notional_wad, RULES))


def test_liquidate__pool_is_empty_and_so_is_the_book__records_that_all_failed(world):
    poor = LiquidationWorld(world.deployed.config)
    poor.deposit("maker", 1_000_000 * RAW)
    account = poor.open("taker", "1", 1_030 * RAW)
    poor.index("58900")
    found = poor.send("keeper", "Liquidator", "liquidate", account, poor.market, 32)
    (event,) = [each.values for each in found if each.name == "LadderExhausted"]
    assert (event.account, event.size_wad, event.mark_wad) == (account, WAD, wad(58_900))
    assert poor.read("Liquidator", "exhausted_at", account, poor.market) == poor.now_s
    assert poor.size(account) == WAD


def test_liquidate__cross_account_in_two_markets__closing_both_leaves_zero(world):
    account = open_long(world, margin=1_240)
    world.push("ETH-USD", wad(2_000))
    world.next_block()
    world.push("ETH-USD", wad(2_000))
    maker = account_id(address_of("maker"), 0)
    order = (False, wad(10), wad(2_000), 0, False, 0)
    world.send("maker", "OrderBook.ETH-USD", "place", maker, order, 32)
    order = (True, wad(10), wad(2_000), 1, False, 0)
    world.send("taker", "OrderBook.ETH-USD", "place", account, order, 32)
    world.next_block()
    world.push("ETH-USD", wad(1_990))
    world.push(world.name, wad(59_000))
    assert world.health(account).equity_wad == wad(100)
    assert world.liquidate(account).rung == 2
    left = world.health(account)
    # The first market took its share of the equity; the ratio stays what it was.
    assert left.equity_wad == wad(100) - wad(100) * 295 * 1_000 // (295_000 + 99_500)
    found = world.send("keeper", "Liquidator", "liquidate", account, 2, 32)
    assert found[-1].values.rung == 2
    assert (world.cash(account), world.health(account).equity_wad) == (0, 0)
