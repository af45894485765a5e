"""A seeded population: longs and shorts at mixed leverage, a rich maker, and who comes late.

Winners can usually pay: what a long lost its short gained. So that a loss can be greater than what
the other side has, the larger half of the winners is quicker than the keepers: it takes its profit
first thing at the new price, and newcomers with little margin hold its positions from then on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sim.experiments.waterfall.testbed import KEEPER, WaterfallTestbed
from sim.portable import exp_of
from sim.rng import stream
from sim.types import OrderKind, account_id
from sim.types.addresses import owner_address
from sim.units import BPS, WAD, WAD_PER_RAW, mul_up, wad

ENTRY_WAD = wad(60_000)
LEVERAGES = (2, 3, 5, 8, 10, 15, 20, 25, 40, 50, 75, 90)
WINNERS_PER_LOSER = 4, 3
LATE_LEVERAGE = 40
LOTS = 400, 20_000  # of a position, 0.04 to 2 bitcoin
SIGMA = 0.8  # of the logarithm of a size
TAKER_BPS = 5
MAKER = account_id(owner_address("waterfall_lab/maker"))
KEEPER_ACCOUNT = account_id(KEEPER)
RICH_RAW = 200_000_000 * 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Trader:
    """One account's position; `size_wad` is signed, positive is long."""

    account: int
    leverage: int
    size_wad: int

    def margin_raw(self, price_wad: int) -> int:
        """What it deposits: after the fee, its equity is its notional over its leverage."""
        notional_wad = mul_up(abs(self.size_wad), price_wad)
        fee_wad = -(-notional_wad * TAKER_BPS // BPS)
        return -(-(notional_wad // self.leverage + fee_wad) // WAD_PER_RAW) + 2


def traders(seed: int, losers: int, lot_wad: int, loser_side: int) -> tuple[Trader, ...]:
    """So many on the side that will lose and a third more on the other; every other isolated."""
    rng = stream(seed, "waterfall_lab/population")
    more, per = WINNERS_PER_LOSER
    found = []
    for side, count in ((loser_side, losers), (-loser_side, losers * more // per)):
        name = "long" if side > 0 else "short"
        for place in range(count):
            found.append(
                Trader(
                    account=account_id(owner_address(f"waterfall_lab/{name}/{place}"), place % 2),
                    leverage=LEVERAGES[int(rng.integers(len(LEVERAGES)))],
                    size_wad=side * _lots(rng) * lot_wad,
                )
            )
    return tuple(found)


def _lots(rng: np.random.Generator) -> int:
    least, most = LOTS
    return int(min(most, max(least, 4_000 * exp_of(SIGMA * rng.standard_normal()))))


def enter(testbed: WaterfallTestbed, group: Sequence[Trader], price_wad: int) -> None:
    """Everybody's position, against the maker, at a price; the book is empty after."""
    for side in (1, -1):
        on_side = [one for one in group if one.size_wad * side > 0]
        if on_side:
            testbed.order(MAKER, -sum(one.size_wad for one in on_side), price_wad)
        for one in on_side:
            testbed.deposit(one.account, one.margin_raw(price_wad))
            testbed.order(one.account, one.size_wad, price_wad, OrderKind.IOC)


def take_profit(testbed: WaterfallTestbed, group: Sequence[Trader], price_wad: int) -> None:
    """The larger half of the winners leave at a price; as many newcomers take their positions."""
    winners = sorted(group, key=lambda one: (-abs(one.size_wad), one.account))
    for place, one in enumerate(winners[: len(winners) // 2]):
        owner = owner_address(f"waterfall_lab/late/{place}")
        late = Trader(
            account=account_id(owner),
            leverage=LATE_LEVERAGE,
            size_wad=testbed.size_wad(one.account),
        )
        testbed.deposit(late.account, late.margin_raw(price_wad))
        testbed.order(late.account, late.size_wad, price_wad)
        testbed.order(one.account, -late.size_wad, price_wad, OrderKind.IOC)


def quotes(depth_wad: int, price_wad: int, tick_wad: int) -> Iterator[tuple[int, int]]:
    """What the maker bids and asks around a price: a hundredth of a percent off, signed sizes."""
    off_wad = price_wad // BPS // tick_wad * tick_wad
    yield depth_wad, price_wad - off_wad
    yield -depth_wad, price_wad + off_wad


def notional_wad(group: Sequence[Trader]) -> int:
    """Quote value at entry of all positions of a group."""
    return sum(abs(one.size_wad) for one in group) * ENTRY_WAD // WAD
