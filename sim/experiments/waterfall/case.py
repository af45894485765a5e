"""One case of the grid: a gap in one block, then keepers until nobody can be helped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.chain.port import CallReverted
from sim.experiments.waterfall.keeper import Keeper
from sim.experiments.waterfall.population import ENTRY_WAD, MAKER, Trader, quotes, take_profit
from sim.experiments.waterfall.testbed import TestbedError, WaterfallTestbed
from sim.types import Status
from sim.types.codes import AdlPolicy
from sim.units import BPS, WAD_PER_RAW, wad

BOOKS = {"thin": wad("0.3"), "thick": wad(100)}  # bitcoin bid and asked next to the price
POOLS = {"none": 0, "small": wad(100_000), "ample": wad(20_000_000)}
MAX_WAIT = 60  # blocks until an index that halted lets liquidations go on


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A gap in bps of the price, signed, and what stands behind the market."""

    gap_bps: int
    book: str
    pool: str
    policy: AdlPolicy

    def __str__(self) -> str:
        return f"{self.gap_bps / 100:g} %, {self.book}, pool {self.pool}, {self.policy.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """What happened in a case; equities of everybody, in wei, by account."""

    case: Case
    before_wad: dict[int, int]  # the gap
    gapped_wad: dict[int, int]  # at the new mark, before anybody acted
    acting_wad: dict[int, int]  # when keepers could begin
    after_wad: dict[int, int]  # when they were done
    positions: dict[int, int]  # signed sizes when keepers could begin
    first_block: int  # of the keepers
    wrong: tuple[str, ...]  # violations of invariants
    unpaid: tuple[str, ...]  # whose withdrawable cash did not come out


def play(testbed: WaterfallTestbed, case: Case, group: Sequence[Trader]) -> Episode:
    """Run a case; the testbed is left at its end, for who reads the log, and must be rewound."""
    testbed.set_policy(case.policy)
    if POOLS[case.pool]:
        testbed.stake(POOLS[case.pool])
    testbed.next_block()
    before_wad = testbed.equities()
    tick_wad = testbed.market.grid.tick_wad
    price_wad = ENTRY_WAD * (BPS + case.gap_bps) // BPS // tick_wad * tick_wad
    _gap(testbed, price_wad)
    gapped_wad = testbed.equities()
    take_profit(testbed, [one for one in group if one.size_wad * case.gap_bps > 0], price_wad)
    for size_wad, at_wad in quotes(BOOKS[case.book], price_wad, tick_wad):
        testbed.order(MAKER, size_wad, at_wad)
    acting_wad = testbed.equities()
    positions = {one: testbed.size_wad(one) for one in acting_wad}
    first_block = testbed.block
    Keeper(testbed).run(price_wad)
    after_wad = testbed.equities()
    unpaid = _pay_out(testbed)
    testbed.next_block(is_last=True)
    return Episode(
        case=case,
        before_wad=before_wad,
        gapped_wad=gapped_wad,
        acting_wad=acting_wad,
        after_wad=after_wad,
        positions=positions,
        first_block=first_block,
        wrong=tuple(testbed.wrong),
        unpaid=unpaid,
    )


def _gap(testbed: WaterfallTestbed, price_wad: int) -> None:
    """Move the price, and wait until an index that such a step may halt is good again."""
    for _ in range(MAX_WAIT):
        testbed.index(price_wad)
        price = testbed.ask("MarkPrice", "price", testbed.number)
        if price.status == Status.OK and price.liquidations_from <= testbed.now_s:
            return
    raise TestbedError(f"liquidations were not allowed again within {MAX_WAIT} blocks")


def _pay_out(testbed: WaterfallTestbed) -> tuple[str, ...]:
    """Everybody takes out what may be taken; who did not get it."""
    asked = {
        account: testbed.ask("Clearinghouse", "withdrawable", account) // WAD_PER_RAW
        for account in sorted(testbed.mirror.accounts)
        if account not in testbed.system_accounts
    }
    unpaid = []
    for account, amount_raw in asked.items():
        owner = f"0x{account >> 96:040x}"
        try:
            if amount_raw:
                testbed.send(owner, "MarginVault", "withdraw", account, amount_raw, owner)
        except CallReverted as refused:
            unpaid.append(f"account {account:#x}: {refused}")
    return tuple(unpaid)
