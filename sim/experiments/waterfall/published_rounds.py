"""Real rounds of deleveraging again, on the contracts, under every policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sim.experiments.claims import Claim
from sim.experiments.waterfall.keeper import FILLS, Keeper
from sim.experiments.waterfall.published_totals import PublishedRound
from sim.experiments.waterfall.score import Row
from sim.experiments.waterfall.testbed import KEEPER, TestbedError, WaterfallTestbed, named
from sim.experiments.waterfall.winners import LOSER, LOT_WAD, Winner, enter, rounds_config, winners
from sim.types.codes import AdlPolicy
from sim.units import RAW_PER_UNIT, WAD, WAD_PER_RAW, to_float

Progress = Callable[[str], None]
PUBLISHED_WORST_PERCENT = 16.52  # of a capacity, the largest of the published rounds
CENT = 0.01
NOT_COMPARABLE = (
    "No account-level data is published. Total equity, total profit and the budget needed of each "
    "round are the real ones; who holds how much of them, at what leverage, is drawn.",
    "The rounds went over many markets at once; here each is one loser of one market, who holds "
    "half of what the winners hold.",
    "Haircuts here are of a winner's own profit; the published shares are of a capacity that is "
    "not the profit of the same table, so that 16.5 % there is less here.",
    "Production overshot because positions were closed whole and beyond the need, at prices of "
    "their own. The contracts fill the last in the queue in part, so that no policy overshoots; "
    "'if closed whole' is what closing that last position whole would have taken on top, in this "
    "population. Its size is that of one position, and depends on how many winners are drawn.",
)


def run_rounds(
    published: Sequence[PublishedRound], count: int, seed: int, progress: Progress
) -> list[Row]:
    """One row a round and policy."""
    testbed = WaterfallTestbed(rounds_config())
    found = []
    for one in published:
        progress(f"round {one.wave}")
        empty = testbed.snapshot()
        group = winners(one, count, seed)
        enter(testbed, group, one.needed_raw)
        for policy in AdlPolicy:
            start = testbed.snapshot()
            found.append(_row(testbed, one, group, policy))
            testbed.rewind(start)
        testbed.rewind(empty)
    return found


def _row(
    testbed: WaterfallTestbed, published: PublishedRound, group: Sequence[Winner], policy: AdlPolicy
) -> Row:
    testbed.set_policy(policy)
    before, held = testbed.equities(), {one.account: one for one in group}
    size_wad = testbed.size_wad(LOSER)
    at = (LOSER, testbed.number, FILLS)
    if not named(testbed.send(KEEPER, "Liquidator", "liquidate", *at), "LadderExhausted"):
        raise TestbedError(f"round {published.wave}: the loser was not left to deleveraging")
    closed = Keeper(testbed).deleverage(LOSER, at_mark=False)
    after = testbed.equities()
    lost = {account: before[account] - after[account] for account in held}
    adverse_wad = closed[0].price_wad - closed[0].mark_wad
    off_wad = abs(sum(lost.values()) - published.needed_raw * WAD_PER_RAW)
    last = closed[-1]
    rest_wad = held[last.counterparty].size_wad - last.size_wad
    testbed.next_block(is_last=True)
    return {
        "round": published.wave,
        "policy": policy.name,
        "needed": published.needed_raw / RAW_PER_UNIT,
        "taken": to_float(sum(lost.values())),
        "off": to_float(off_wad),
        # A lot of size; and the price's rounding, for nothing to be owed, by a wei a lot.
        "off_allowed": to_float(adverse_wad * LOT_WAD // WAD + size_wad // LOT_WAD),
        "size_off_lots": abs(sum(one.size_wad for one in closed) - size_wad) // LOT_WAD,
        "if_whole": to_float(rest_wad * adverse_wad // WAD),
        "production": (published.taken_raw - published.needed_raw) / RAW_PER_UNIT,
        "worst_haircut_percent": 100 * max(lost[one] / held[one].profit_wad for one in held),
        "worst_closed_percent": 100
        * max(one.size_wad / held[one.counterparty].size_wad for one in closed),
        "published_pro_rata_percent": 100 * published.worst_pro_rata,
        "published_production_percent": 100 * published.worst_production,
        "deleveraged": len(closed),
        "equity_off": to_float(
            sum(before[one] for one in held) - published.equity_raw * WAD_PER_RAW
        ),
        "profit_off": to_float(
            sum(one.profit_wad for one in group) - published.profit_raw * WAD_PER_RAW
        ),
        "violations": list(testbed.wrong),
    }


def judge_rounds(rows: Sequence[Row]) -> list[Claim]:
    """What the rows must show."""
    worst = {
        policy.name: {
            row["round"]: row["worst_haircut_percent"]
            for row in rows
            if row["policy"] == policy.name
        }
        for policy in AdlPolicy
    }
    queue, pro_rata = worst["QUEUE"], worst["PRO_RATA"]
    return [
        _each(
            "winners' equity and profit are the published totals, to a cent",
            rows,
            lambda row: max(abs(row["equity_off"]), abs(row["profit_off"])) >= CENT,
        ),
        _each(
            "every policy takes the budget needed, to a lot",
            rows,
            lambda row: row["off"] > row["off_allowed"] or row["size_off_lots"] > 1,
        ),
        _each("every named invariant holds", rows, lambda row: row["violations"]),
        _each(
            f"pro rata takes no more than {PUBLISHED_WORST_PERCENT} % of anybody's profit",
            [row for row in rows if row["policy"] == "PRO_RATA"],
            lambda row: row["worst_haircut_percent"] > PUBLISHED_WORST_PERCENT,
        ),
        _each(
            "pro rata hits nobody as hard as the queue hits its first",
            [row for row in rows if row["policy"] == "QUEUE"],
            lambda row: pro_rata[row["round"]] >= queue[row["round"]],
        ),
    ]


def _each(sentence: str, rows: Sequence[Row], is_broken: Callable[[Row], object]) -> Claim:
    return Claim(
        sentence, tuple(f"round {row['round']}, {row['policy']}" for row in rows if is_broken(row))
    )
