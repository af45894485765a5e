"""What leverage means, through the real contracts and to the wei: 1/L from entry to bankruptcy."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from sim.chain.port import CallReverted
from sim.protocol.config import Fees
from sim.types import OrderKind
from sim.units import RAW_PER_UNIT, WAD, wad
from tests.adl_world import gap_config
from tests.liquidation_world import LiquidationWorld
from tests.world import World

ENTRY = {"BTC-USD": 60_000, "ETH-USD": 3_000, "THIN-USD": 2}
SIZE = {"BTC-USD": 3, "ETH-USD": 50, "THIN-USD": 1_000}
LEVERAGES = {"BTC-USD": (2, 5, 10, 20, 50, 100), "ETH-USD": (100, 7), "THIN-USD": (2, 5, 10)}
CASES = [(name, leverage) for name, several in LEVERAGES.items() for leverage in several]


class FreeWorld(LiquidationWorld):
    """One market without trading fees or funding, whose index may gap as it likes."""

    def __init__(self, name: str) -> None:
        config = gap_config()
        free = Fees(maker_bps=0, taker_bps=0)
        markets = tuple(replace(one, fees=free) for one in config.markets)
        World.__init__(self, replace(config, markets=markets))
        self.name = name
        self.market = self.deployed.config.market(name).market_id
        self.index(ENTRY[name])
        self.deposit("maker", 10**9 * RAW_PER_UNIT)


@pytest.fixture(scope="module")
def worlds():
    return {name: FreeWorld(name) for name in ENTRY}


@pytest.fixture
def world(worlds, name):
    before = worlds[name].snapshot()
    yield worlds[name]
    worlds[name].revert(before)


def leveraged(world: FreeWorld, side: int, leverage: int, bucket: int) -> tuple[int, Fraction]:
    """Open with 1/L of the notional, in raw units down; the account and its exact L."""
    notional_raw = ENTRY[world.name] * SIZE[world.name] * RAW_PER_UNIT
    margin_raw = notional_raw // leverage
    size, price = f"{side * SIZE[world.name]}", ENTRY[world.name]
    account = world.open("taker", size, margin_raw, price=price, bucket=bucket)
    return account, Fraction(notional_raw, margin_raw)


@pytest.mark.parametrize(("name", "leverage"), CASES)
@pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
@pytest.mark.parametrize("is_cross", [True, False], ids=["cross", "isolated"])
def test_bankruptcy_price__fresh_position__is_one_over_leverage_away(
    world, leverage, side, is_cross
):
    bucket = 0 if is_cross else world.market
    account, exact = leveraged(world, side, leverage, bucket)
    (state,) = world.read("Lens", "positions", (account,), world.market)
    away = wad(ENTRY[world.name]) / exact
    # Where 1/L of the entry is no whole number of wei, the odd one is on the account's side.
    assert (wad(ENTRY[world.name]) - state.bankruptcy_price_wad) * side == int(away)
    assert state.max_adverse_move_wad == int(WAD / exact)
    found_wad = world.read("Lens", "max_adverse_move", account, world.market)
    assert found_wad == state.max_adverse_move_wad
    if leverage in (2, 5, 10, 20, 50, 100):
        assert found_wad * leverage == WAD


@pytest.mark.parametrize(("name", "leverage"), [one for one in CASES if one[1] != 7])
@pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
def test_close__at_the_bankruptcy_price__leaves_exactly_nothing(world, leverage, side):
    account, _ = leveraged(world, side, leverage, world.market)
    entry = Fraction(ENTRY[world.name])
    at = f"{float(entry * (1 - Fraction(side, leverage)))}"
    world.index(at)
    (state,) = world.read("Lens", "positions", (account,), world.market)
    assert (state.bankruptcy_price_wad, state.max_adverse_move_wad) == (wad(at), 0)
    assert world.health(account).equity_wad == 0
    world.order("maker", side * SIZE[world.name], at)
    away = f"{-side * SIZE[world.name]}"
    terms = {"kind": OrderKind.FOK, "bucket": world.market, "reduce_only": True}
    world.order("taker", away, at, **terms)
    assert (world.size(account), world.cash(account)) == (0, 0)


@pytest.mark.parametrize(
    ("name", "leverage"), [("BTC-USD", 100), ("ETH-USD", 100), ("THIN-USD", 10)]
)
@pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
def test_open__a_raw_unit_less_than_the_highest_leverage_needs__is_refused(world, leverage, side):
    price, size = ENTRY[world.name], SIZE[world.name]
    needed_raw = price * size * RAW_PER_UNIT // leverage
    with pytest.raises(CallReverted, match=r"^clearinghouse: margin not met$"):
        world.open("taker", f"{side * size}", needed_raw - 1, price=price)
    account = world.deposit("taker", 1)
    world.order("taker", f"{side * size}", price, kind=OrderKind.FOK)
    assert world.size(account) == side * wad(size)


@pytest.mark.parametrize("name", ["BTC-USD"])
@pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
def test_open__at_a_hundred__is_liquidated_half_of_the_way_to_bankruptcy(world, side):
    account, _ = leveraged(world, side, 100, 0)
    (state,) = world.read("Lens", "positions", (account,), world.market)
    # E = MM: 3 * (P - 59 400) = 0.5 % of 3 * P, or its mirror image.
    exact = Fraction(60_000 * (100 - side), 100 - Fraction(side, 2))
    assert 0 <= exact * WAD - state.liquidation_price_wad < 1
    ticks = int(exact * 10)
    healthy, failing = sorted((ticks, ticks + 1), reverse=side > 0)
    world.index(str(healthy / 10))
    with pytest.raises(CallReverted, match=r"^liquidator: account is healthy$"):
        world.liquidate(account)
    world.index(str(failing / 10))
    world.order("maker", f"{side * SIZE[world.name]}", str(failing / 10))
    assert world.liquidate(account).rung == 0
