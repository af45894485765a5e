"""A made-up population of winners with the totals that were published of a real one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.experiments.waterfall.population import MAKER
from sim.experiments.waterfall.published_totals import PublishedRound
from sim.experiments.waterfall.testbed import WaterfallTestbed, gap_config
from sim.portable import exp, total
from sim.protocol.config import Fees, MarketConfig, OpenInterest, ProtocolConfig, Tier
from sim.rng import stream
from sim.types import OrderKind, account_id
from sim.types.addresses import owner_address
from sim.units import WAD, WAD_PER_RAW, wad

# Winners came in at one of these prices, the loser at the first; then the last is reached.
ENTRIES_WAD = (wad(60_000), wad(58_000), wad(56_000), wad(54_000))
END_WAD = wad(48_000)
LOT_WAD = wad("0.00000001")
LOSER_SHARE = 2  # the loser holds a part of what the winners hold together: a half
SPREAD = 1.2  # of the logarithms of winners' profits, and of their margin per size
LEAST_MARGIN = 50  # a winner's margin is a fiftieth of its position at least
LOSER = account_id(owner_address("adl/loser"))
PLENTY_RAW = 10**10 * 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Winner:
    """A short: when it came in, how large, with what margin."""

    account: int
    entry_wad: int
    size_wad: int
    margin_raw: int

    @property
    def profit_wad(self) -> int:
        """What it has gained at the end."""
        return self.size_wad * (self.entry_wad - END_WAD) // WAD


def rounds_config() -> ProtocolConfig:
    """The reference market with room for all of them: finer lots, no fees, no breaker, no cap."""
    base: MarketConfig = gap_config().markets[0]
    free = wad(10**12)
    return gap_config(
        replace(
            base,
            grid=replace(base.grid, lot_wad=LOT_WAD),
            tiers=(Tier(lower_wad=0, mmr_wad=wad("0.005"), imr_wad=wad("0.01")),),
            fees=Fees(maker_bps=0, taker_bps=0, liquidation_bps=base.fees.liquidation_bps),
            open_interest=OpenInterest(
                lo_wad=free, hi_wad=2 * free, cap_wad=free, cap_quote_wad=free
            ),
            index=replace(base.index, step_bps=9_900, window_bps=9_900),
        )
    )


def winners(published: PublishedRound, count: int, seed: int) -> tuple[Winner, ...]:
    """So many shorts of skewed size and leverage, with the round's total profit and equity."""
    rng = stream(seed, f"adl/winners/{published.wave}")
    gains = _shared(published.profit_raw, exp(SPREAD * rng.standard_normal(count)))
    found = []
    for place, gain_raw in enumerate(gains):
        entry_wad = ENTRIES_WAD[place % len(ENTRIES_WAD)]
        lots = gain_raw * WAD_PER_RAW * WAD // (entry_wad - END_WAD) // LOT_WAD
        found.append(
            Winner(
                account=account_id(owner_address(f"adl/winner/{place}")),
                entry_wad=entry_wad,
                size_wad=lots * LOT_WAD,
                margin_raw=0,
            )
        )
    worths = [one.size_wad * one.entry_wad // WAD // WAD_PER_RAW for one in found]
    least = [worth // LEAST_MARGIN for worth in worths]
    gained_raw = sum(one.profit_wad for one in found) // WAD_PER_RAW
    weights = np.array(worths) * exp(SPREAD * rng.standard_normal(count))
    margins = _shared(published.equity_raw - gained_raw - sum(least), weights)
    return tuple(
        replace(one, margin_raw=floor_raw + margin_raw)
        for one, floor_raw, margin_raw in zip(found, least, margins, strict=True)
    )


def _shared(whole: int, weights: np.ndarray) -> list[int]:  # type: ignore[type-arg]
    """A total in whole parts by weight; the last takes the remainder."""
    scaled = [int(one) for one in weights / total(weights) * 10**12]
    parts = [whole * one // 10**12 for one in scaled]
    parts[-1] += whole - sum(parts)
    return parts


def enter(testbed: WaterfallTestbed, group: Sequence[Winner], needed_raw: int) -> int:
    """Everybody's position and the price's fall; the loser then owes what is needed. Its size."""
    total_wad = sum(one.size_wad for one in group)
    loser_wad = total_wad // LOSER_SHARE // LOT_WAD * LOT_WAD
    lost_wad = loser_wad * (ENTRIES_WAD[0] - END_WAD) // WAD
    testbed.deposit(MAKER, PLENTY_RAW)
    for entry_wad in ENTRIES_WAD:
        testbed.index(entry_wad)
        if entry_wad == ENTRIES_WAD[0]:
            testbed.deposit(LOSER, lost_wad // WAD_PER_RAW - needed_raw)
            testbed.order(MAKER, -loser_wad, entry_wad)
            testbed.order(LOSER, loser_wad, entry_wad, OrderKind.IOC)
        now = [one for one in group if one.entry_wad == entry_wad]
        testbed.order(MAKER, sum(one.size_wad for one in now), entry_wad)
        for one in now:
            testbed.deposit(one.account, one.margin_raw)
            testbed.order(one.account, -one.size_wad, entry_wad, OrderKind.IOC)
    testbed.index(END_WAD)
    testbed.next_block()
    return loser_wad
