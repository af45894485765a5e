"""From an episode to one flat row a design: errors, time in each status, losses, cost, profit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np

from sim.experiments.oracle.designs import OPEN_INTEREST_WAD, TAKER_BPS
from sim.experiments.oracle.episode import Episode, Moment
from sim.experiments.oracle.population import Trader, is_beyond, judged_at, notional
from sim.portable import quantiles
from sim.reference.margin import Price
from sim.types import Status
from sim.units import BPS, WAD

Row = dict[str, object]
GOOD = (Status.OK, Status.THIN)  # what everything may be done at
# How late a liquidation may be before it counts as missed, or as one of a healthy account.
PATIENCE_S = 60
# After a fault the cool-down, three good updates and the grace period are no false alarm.
RECOVERY_S = 180
VENUE_RESERVE = 20_000_000  # quote side of each venue, as a pool of constant product
ROUND_TRIP_BPS = 2 * TAKER_BPS


def rows(
    episode: Episode, base: Episode, group: Sequence[Trader], prices: dict[str, tuple[int, ...]]
) -> list[Row]:
    """One row a design; `base` is the same path with sound feeds."""
    return [
        {
            "table": "faults",
            "method": name,
            "fault": episode.fault,
            "corrupted": episode.corrupted,
            "feeds": len(episode.path.feeds),
            **errors(episode.moments, shown),
            **status_times(shown, episode.path.block_s),
            **alarms(episode, shown),
            **liquidations(episode.moments, shown, group, prices[name]),
            **manipulation(episode, shown, base.shown[name]),
        }
        for name, shown in episode.shown.items()
    ]


def bps(price_wad: int, reference_wad: int) -> float:
    """Distance from a reference in bp of it, as a size."""
    return abs(price_wad - reference_wad) * BPS / reference_wad


def outside_bps(price: Price, moment: Moment) -> float:
    """How far an index lies outside of everything sound feeds say; 0 inside, or if not good."""
    if price.status not in GOOD:
        return 0.0
    off_wad = max(moment.honest_low_wad - price.index_wad, price.index_wad - moment.honest_high_wad)
    return max(0, off_wad) * BPS / moment.truth_wad


def errors(moments: Sequence[Moment], shown: Sequence[Price]) -> Row:
    """Distance of index and mark from the true price, over all blocks of the episode."""
    pairs = list(zip(moments, shown, strict=True))
    index = np.array([bps(price.index_wad, moment.truth_wad) for moment, price in pairs])
    good = [bps(p.index_wad, m.truth_wad) for m, p in pairs if p.status in GOOD]
    return {
        "index_error_bps_median": round(np.median(index).item(), 3),
        "index_error_bps_p99": round(quantiles(index, [0.99])[0], 3),
        "index_error_bps_max": round(index.max().item(), 3),
        "good_index_error_bps_max": round(max(good, default=0.0), 3),
        "mark_error_bps_max": round(max(bps(p.mark_wad, m.truth_wad) for m, p in pairs), 3),
    }


def status_times(shown: Sequence[Price], block_s: int) -> Row:
    """Seconds in each status."""
    return {
        f"{status.name.lower()}_s": block_s * sum(price.status == status for price in shown)
        for status in Status
    }


def alarms(episode: Episode, shown: Sequence[Price]) -> Row:
    """Any status but OK is an alarm; it is scored against the blocks the fault acted in.

    Missed: seconds at fault in which an index outside of the honest range was served as good.
    """
    acting_s = [one.now_s for one in episode.moments if one.at_fault]
    from_s, until_s = (acting_s[0], acting_s[-1]) if acting_s else (0, -RECOVERY_S - 1)
    block_s, raised, false, missed, outside = episode.path.block_s, 0, 0, 0, 0.0
    for moment, price in zip(episode.moments, shown, strict=True):
        in_window = from_s <= moment.now_s <= until_s + RECOVERY_S
        if price.status != Status.OK:
            raised += in_window
            false += not in_window
        off_bps = outside_bps(price, moment)
        outside = max(outside, off_bps)
        missed += off_bps > 0 and in_window
    return {
        "fault_s": block_s * len(acting_s),
        "alarm_s": block_s * raised,
        "false_alarm_s": block_s * false,
        "missed_alarm_s": block_s * missed,
        "outside_honest_bps_max": round(outside, 3),
    }


def liquidations(
    moments: Sequence[Moment],
    shown: Sequence[Price],
    group: Sequence[Trader],
    prices_wad: Sequence[int],
) -> Row:
    """Notional of accounts struck while healthy at the true price, and of unhealthy ones spared."""
    false = missed = struck = 0
    for trader, liquidation_wad in zip(group, prices_wad, strict=True):
        size_wad, worth = trader.size_wad, notional(trader.size_wad, moments[0].truth_wad)
        bad_since: int | None = None
        last_bad_s = -PATIENCE_S - 1
        is_missed = False
        for moment, price in zip(moments, shown, strict=True):
            if is_beyond(moment.truth_wad, liquidation_wad, size_wad):
                last_bad_s = moment.now_s
                bad_since = moment.now_s if bad_since is None else bad_since
            else:
                bad_since = None
            judged_wad = judged_at(price, moment.now_s, size_wad)
            if judged_wad is not None and is_beyond(judged_wad, liquidation_wad, size_wad):
                struck += worth
                false += worth if moment.now_s - last_bad_s > PATIENCE_S else 0
                break
            is_missed |= bad_since is not None and moment.now_s - bad_since > PATIENCE_S
        missed += worth if is_missed else 0
    return {
        "population_notional": sum(notional(one.size_wad, moments[0].truth_wad) for one in group),
        "liquidatable_notional": struck,
        "false_liquidation_notional": false,
        "missed_liquidation_notional": missed,
    }


def impact_cost(multiple: float) -> float:
    """Quote lost in a block by holding a venue at a multiple of its price against arbitrage."""
    root = math.sqrt(multiple)
    return VENUE_RESERVE * (root + 1 / root - 2)


def manipulation(episode: Episode, shown: Sequence[Price], base: Sequence[Price]) -> Row:
    """Cost and profit of whoever made the fault by trading, at the best moment to leave.

    Profit: a position as large as the market lets be, opened before, at the farthest the mark
    was off what it would have been while served as good, less taker fees both ways.
    """
    costs = accumulate(sum(map(impact_cost, one.multiples)) for one in episode.moments)
    outcomes = list(zip(costs, _profits(shown, base), strict=True))
    begun = [place for place, one in enumerate(episode.moments) if one.at_fault][:1]
    after = outcomes[begun[0] :] if begun else [(0.0, 0.0)]
    cost, profit = max(after, key=lambda at: at[1] - at[0])
    return {"attacker_cost": round(cost, 2), "attacker_profit": round(profit, 2)}


def _profits(shown: Sequence[Price], base: Sequence[Price]) -> Iterator[float]:
    best = 0.0
    for price, honest in zip(shown, base, strict=True):
        if price.status in GOOD and honest.mark_wad:
            off_bps = bps(price.mark_wad, honest.mark_wad) - ROUND_TRIP_BPS
            best = max(best, OPEN_INTEREST_WAD / WAD * off_bps / BPS)
        yield best
