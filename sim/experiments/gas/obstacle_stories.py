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
_DUST, _SOLID = wad("0.0002"), wad("0.028")  # 12 quote, and a little above a 12th of 20,000


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
    """An account with a position and all the orders it may have in each of eight markets."""
    testbed.fund("maker", _PLENTY)
    names = [one.name for one in testbed.deployed.config.markets]
    victim = testbed.fund("victim", 34_000)
    for place, name in enumerate(names):
        for known in names[: place + 1]:
            testbed.index(PRICE, known)
        book = f"OrderBook.{name}"
        for role, size in (("maker", -WAD), ("victim", WAD)):
            words = (size > 0, WAD, wad(PRICE), OrderKind.LIMIT, False, 0)
            testbed.play(setup_step(role, book, "place", account_of(role), words, _FILLS))
        resting = [(True, _DUST, wad(58_000 - place), 0, False, 0) for place in range(_OPEN)]
        testbed.play(*_placed("victim", resting, book))
        bids = [(True, WAD // 40, wad(56_000 - place), 0, False, 0) for place in range(_OPEN)]
        testbed.play(*_placed("maker", bids, book))
    for name in names:
        testbed.index(56_000, name)
    words = (victim, MARKET, _FILLS)
    testbed.play(
        testbed.settle_in(),
        step("liquidate_everywhere", "keeper", "Liquidator", "liquidate", *words),
    )


def everywhere_config() -> ProtocolConfig:
    """Eight markets like the first."""
    config = loose_config()
    first = config.market(NAME)
    others = (replace(first, name=f"M{n}-USD", market_id=n) for n in range(2, _MARKETS + 1))
    return replace(config, markets=(first, *others))


def _placed(
    role: str, orders: list[tuple[bool, int, int, int, bool, int]], book: str = BOOK
) -> list[Step]:
    account = account_of(role)
    return [
        setup_step(role, book, "place_many", account, orders[start : start + _BATCH])
        for start in range(0, len(orders), _BATCH)
    ]
