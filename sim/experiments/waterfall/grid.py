"""The whole grid: every gap against every book, pool and policy, from one deployment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.experiments.waterfall.case import BOOKS, POOLS, Case, play
from sim.experiments.waterfall.population import (
    ENTRY_WAD,
    KEEPER_ACCOUNT,
    MAKER,
    RICH_RAW,
    Trader,
    enter,
    traders,
)
from sim.experiments.waterfall.score import Row, row
from sim.experiments.waterfall.testbed import WaterfallTestbed, gap_config
from sim.types.codes import AdlPolicy

Progress = Callable[[str], None]
GAPS_BPS = (100, 200, 500, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to run; whatever is not named is run in full."""

    gaps_bps: tuple[int, ...] = GAPS_BPS
    books: tuple[str, ...] = tuple(BOOKS)
    pools: tuple[str, ...] = tuple(POOLS)
    policies: tuple[AdlPolicy, ...] = tuple(AdlPolicy)
    losers: int = 30
    is_up: bool = False
    seed: int = 1

    def cases(self) -> list[Case]:
        """Every combination, in the order of the table."""
        sign = 1 if self.is_up else -1
        return [
            Case(gap_bps=sign * gap_bps, book=book, pool=pool, policy=policy)
            for gap_bps in self.gaps_bps
            for book in self.books
            for pool in self.pools
            for policy in self.policies
        ]


def run(request: Request, progress: Progress) -> list[Row]:
    """One row a case; every case starts from the same population in the same positions."""
    testbed, group = populated(request)
    found = []
    for case in request.cases():
        progress(str(case))
        start = testbed.snapshot()
        found.append(row(testbed, play(testbed, case, group)))
        testbed.rewind(start)
    return found


def populated(request: Request) -> tuple[WaterfallTestbed, tuple[Trader, ...]]:
    """A testbed with everybody in position, at the start of a block."""
    testbed = WaterfallTestbed(gap_config())
    side = -1 if request.is_up else 1
    group = traders(request.seed, request.losers, testbed.market.grid.lot_wad, side)
    for account in (MAKER, KEEPER_ACCOUNT):
        testbed.deposit(account, RICH_RAW)
    testbed.index(ENTRY_WAD)
    enter(testbed, group, ENTRY_WAD)
    testbed.next_block()
    return testbed, group
