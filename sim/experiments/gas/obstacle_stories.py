"""What the dearest calls cost that anybody can bring about: dust, walls, accounts everywhere."""

from __future__ import annotations

from dataclasses import replace

from sim.experiments.gas.testbed import (
    BOOK,
    MARKET,
    NAME,
    PRICE,
    GasTestbed,
    Step,
    account_of,
    loose_config,
    setup_step,
    step,
)
from sim.protocol.config import ProtocolConfig
from sim.types import OrderKind
from sim.units import WAD, wad

_PLENTY = 10_000_000
_BATCH, _OPEN = 16, 64  # orders in a call, and of an account in a book
_MARKETS = 8
_FILLS = 32
_PART = wad("0.0313")  # so that 32 of them are a little over one
_LOW = 55_960  # where the account that is everywhere is failing
_DUST, _SOLID = wad("0.0002"), wad("0.028")  # 12 quote, and a little above a 12th of 20,000


# What one transaction may cost: newer forks end at 16,777,216.
DEAREST = 12_000_000


def dust(testbed: GasTestbed) -> None:
    """A mark behind 32 levels of dust a side, and then made of the thinnest levels that count."""
    testbed.fund("maker", _PLENTY)
    testbed.index(PRICE)
    for role, size_wad, away in (("deep", _SOLID, 400), ("dusty", _DUST, 300)):
        testbed.fund(role, _PLENTY)
        prices = [PRICE * WAD - wad(away + 3 * place) // 10 for place in range(_BATCH * 2)]
        many = prices if size_wad == _DUST else prices[:12]
        bids = [(True, size_wad, price, 0, False, 0) for price in many]
        asks = [(False, size_wad, 2 * PRICE * WAD - price, 0, False, 0) for price in many]
        testbed.play(*_placed(role, bids + asks))
    testbed.play(*testbed.pushes(PRICE))
    testbed.play(testbed.poke()._replace(label="poke_behind_dust"))


def wall(testbed: GasTestbed) -> None:
    """A liquidation that meets more dead orders than it may clear."""
    testbed.fund("maker", _PLENTY)
    testbed.index(PRICE)
    account = testbed.open("first", "1", 1_030)
    ends = testbed.now_s + 60
    dead = (True, _DUST, wad(59_240), OrderKind.LIMIT, False, ends)
    for role in ("wall0", "wall1", "wall2"):
        testbed.fund(role, 10_000)
        testbed.play(*_placed(role, [dead] * _OPEN))
    testbed.play(seconds=60)
    testbed.index(59_240)
    testbed.play(
        testbed.settle_in(),
        step("liquidate_sweeps", "keeper", "Liquidator", "liquidate", account, MARKET, _FILLS),
    )


def everywhere(testbed: GasTestbed) -> None:
    """The dearest liquidation: a position and all the orders it may have in each of eight markets.

    In front of it stand as many dead orders as one call clears, and as many makers as it takes,
    each with a position in all of the markets.
    """
    testbed.fund("maker", _PLENTY)
    names = [one.name for one in testbed.deployed.config.markets]
    makers = [f"maker{number}" for number in range(_FILLS)]
    victim = testbed.fund("victim", 34_000)
    for role in makers:
        testbed.fund(role, 50_000)
    for place, name in enumerate(names):
        for known in names[: place + 1]:
            testbed.index(PRICE, known)
        book = f"OrderBook.{name}"
        sizes = {"maker": -3 * WAD, "victim": WAD} | dict.fromkeys(makers, _PART)
        testbed.play(
            *(
                setup_step(role, book, "place", account_of(role), _order(size, PRICE), _FILLS)
                for role, size in sizes.items()
            )
        )
        resting = [_order(_DUST, 58_000 - step) for step in range(_OPEN)]
        testbed.play(*_placed("victim", resting, book))
    testbed.play(
        *(
            setup_step(role, BOOK, "place", account_of(role), _order(_PART, 55_990), _FILLS)
            for role in makers
        )
    )
    dead = (True, _DUST, wad(55_991), OrderKind.LIMIT, False, testbed.now_s + 10)
    for role in ("wall0", "wall1"):
        testbed.fund(role, 10_000)
        testbed.play(*_placed(role, [dead] * _OPEN))
    for name in names:
        testbed.index(_LOW, name)
    words = (victim, MARKET, _FILLS)
    testbed.play(step("liquidate_everywhere", "keeper", "Liquidator", "liquidate", *words))


def everywhere_config() -> ProtocolConfig:
    """Eight markets like the first."""
    config = loose_config()
    first = config.market(NAME)
    others = (replace(first, name=f"M{n}-USD", market_id=n) for n in range(2, _MARKETS + 1))
    return replace(config, markets=(first, *others))


def _order(size_wad: int, price: int) -> tuple[bool, int, int, int, bool, int]:
    return size_wad > 0, abs(size_wad), wad(price), OrderKind.LIMIT, False, 0


def _placed(
    role: str, orders: list[tuple[bool, int, int, int, bool, int]], book: str = BOOK
) -> list[Step]:
    account = account_of(role)
    return [
        setup_step(role, book, "place_many", account, orders[start : start + _BATCH])
        for start in range(0, len(orders), _BATCH)
    ]
