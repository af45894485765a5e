"""From an episode to a row: who paid what of the gap, and what speaks against the books.

What the gap itself moved from those who were liquidated to the other side is the winners' gain at
mark. It is paid by the margin of the liquidated, by the pool, by what deleveraging takes back from
winners, by what is spread over the holders of positions; and where all of that is not enough, it
is left. With what makers, keepers and the pool get for their service, the sum is zero to the wei.
A share of a spread loss that its holder cannot pay is spread again: only what was paid counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pandas as pd

from sim.experiments.waterfall.case import Episode
from sim.experiments.waterfall.testbed import Transaction, WaterfallTestbed, named
from sim.metrics.waterfall import PARTIES, by_bearer, entries, waterfall
from sim.units import BPS, WAD, to_float

Row = dict[str, Any]
RUNGS = ("on_book", "taken_over", "absorbed")
# Everybody in the order of the waterfall; the first gets what the others pay, `left` is unpaid.
PAYERS = (
    *("winners", "margin", "makers", "keeper", "insurance", "counterparties", "socialised"),
    *("fees", "left"),
)
_NOTHING = Fraction(0)


def row(testbed: WaterfallTestbed, episode: Episode) -> Row:
    """The row of a case; money in quote, negative where it was borne."""
    case, table = episode.case, event_table(testbed.log)
    moves = entries(table, testbed.system_accounts)
    steps = waterfall(table, testbed.system_accounts, {testbed.number: testbed.market.name})
    each = by_bearer(steps)
    shares = _shares(episode, moves)
    paid = _payers(testbed, episode, moves, shares)
    return {
        "gap_percent": case.gap_bps * 100 / BPS,
        "book": case.book,
        "pool": case.pool,
        "policy": case.policy.name,
        **_counts(testbed.log, episode, each),
        **{party: to_float(round(amount)) for party, amount in paid.items()},
        "pool_after": to_float(
            sum(episode.after_wad.get(one, 0) for one in pool_accounts(testbed))
        ),
        **_haircuts(testbed.log, episode, moves),
        "error_wei": str(sum(paid.values(), _NOTHING)),
        "errors_each_wei": str(sum((abs(one) for one in each["error_wad"]), _NOTHING)),
        "unexplained_wei": str(_unexplained(testbed, episode, shares)),
        "kept_wei": str(_kept(episode, each)),
        "violations": list(episode.wrong),
        "unpaid": list(episode.unpaid),
    }


def event_table(log: Sequence[Transaction]) -> pd.DataFrame:
    """The clearinghouse's events as a run folder holds them."""
    rows = [
        {"block": one.block, "tx": tx, "log": (tx, place), "contract": each.contract}
        | {"event": each.name}
        | {f"arg_{name}": str(value) for name, value in each.values._asdict().items()}  # type: ignore[attr-defined]
        for tx, one in enumerate(log)
        for place, each in enumerate(one.events)
        if each.contract == "Clearinghouse"
    ]
    return pd.DataFrame(rows)


def pool_accounts(testbed: WaterfallTestbed) -> set[int]:
    """The insurance pool's."""
    return {one for one, role in testbed.system_accounts.items() if role == "insurance_pool"}


def _payers(
    testbed: WaterfallTestbed, episode: Episode, moves: pd.DataFrame, shares: Mapping[int, Fraction]
) -> dict[str, Fraction]:
    """What each gained or bore of the gap and of what followed; what the pool did is insurance."""
    pool = pool_accounts(testbed)
    # Who was liquidated, and who was closed on the other side owing more than it had.
    struck = set(moves.loc[moves["party"] == "trader", "bearer"]) - pool
    found: dict[str, Fraction] = dict.fromkeys((*PARTIES, *PAYERS), _NOTHING)
    for party, bearer, amount in zip(moves["party"], moves["bearer"], moves["amount"], strict=True):
        found["insurance" if bearer in pool else party] += amount
    before, gapped = episode.before_wad, episode.gapped_wad
    found["winners"] = -Fraction(sum(gapped[one] - before[one] for one in struck & set(before)))
    found["makers"] = found.pop("book")
    found["margin"] = found.pop("trader") - found["winners"]
    if found["socialised"]:
        for bearers, party in ((struck, "margin"), (pool, "insurance")):
            again = sum((shares.get(one, _NOTHING) for one in bearers), _NOTHING)
            found[party] -= again
            found["socialised"] += again
    return {party: found[party] for party in PAYERS}


def _counts(log: Sequence[Transaction], episode: Episode, each: pd.DataFrame) -> Row:
    rungs = Counter(RUNGS[one.rung] for one in _values_of(log, "AccountLiquidated"))
    rounds = _values_of(log, "RoundOpened")
    return {
        "liquidated": each["account"].nunique(),
        "bankrupt": sum(equity_wad < 0 for equity_wad in episode.gapped_wad.values()),
        **{rung: rungs[rung] for rung in RUNGS},
        "rounds": sum(not one.at_mark for one in rounds),
        "at_mark": sum(one.at_mark for one in rounds),
        "spreads": len(_values_of(log, "LossSocialised")),
        "hasty": _hasty(log),
    }


def _hasty(log: Sequence[Transaction]) -> int:
    """Closings at mark, and losses spread, before counterparties had paid all they could."""
    short: set[int] = set()  # in this block, at the bankruptcy price
    block, found, is_at_mark = 0, 0, False
    for tx in log:
        if tx.block != block:
            block, short = tx.block, set()
        for _, name, values in tx.events:
            one: Any = values
            if name == "RoundOpened":
                is_at_mark = one.at_mark
                found += is_at_mark and one.account not in short
                if one.price_wad == 0:
                    short.add(one.account)  # it owes more than all of its position is worth
            elif name == "RoundClosed" and one.short_wad and not is_at_mark:
                short.add(one.account)
            elif name == "LossSocialised":
                found += not short
    return found


def _haircuts(log: Sequence[Transaction], episode: Episode, moves: pd.DataFrame) -> Row:
    """The largest share of its equity, and of its position, that a counterparty gave up."""
    took = moves[moves["party"] == "counterparties"]
    lost: Counter[int] = Counter()
    for account, amount in zip(took["bearer"], took["amount"], strict=True):
        lost[account] -= amount
    closed: Counter[int] = Counter()
    for one in _values_of(log, "CounterpartyDeleveraged"):
        closed[one.counterparty] += one.size_wad
    shares = [
        min(1.0, to_float(round(lost_wad * WAD / equity_wad)))
        for account, lost_wad in lost.items()
        if (equity_wad := episode.acting_wad.get(account, 0)) > 0
    ]
    sizes = [
        to_float(size_wad * WAD // abs(held_wad))
        for account, size_wad in closed.items()
        if (held_wad := episode.positions.get(account, 0))
    ]
    return {
        "deleveraged": len(closed),
        "worst_haircut_percent": 100 * max([0.0, *shares]),
        "worst_closed_percent": 100 * max([0.0, *sizes]),
    }


def _shares(episode: Episode, moves: pd.DataFrame) -> dict[int, Fraction]:
    """What each account lost and no event names it for: its share of what was spread."""
    spread_wad: Counter[int] = Counter()
    for account, amount in zip(moves["bearer"], moves["amount"], strict=True):
        spread_wad[account] += amount
    return {
        account: Fraction(episode.acting_wad.get(account, 0) + spread_wad[account] - equity_wad)
        for account, equity_wad in episode.after_wad.items()
    }


def _unexplained(
    testbed: WaterfallTestbed, episode: Episode, shares: Mapping[int, Fraction]
) -> int:
    """Wei by which balances and events disagree, account by account.

    What was spread is told once for all; each holder's balance has its share, rounded up.
    """
    spread = _values_of(testbed.log, "LossSocialised")
    if not spread:
        return round(sum(abs(one) for one in shares.values()))
    shared, spread_wad = sum(shares.values()), sum(one.loss_wad for one in spread)
    # A wei a settlement, and for each spread one a base of either side.
    holders_wad = sum(abs(size_wad) for size_wad in episode.positions.values())
    settled = len(_values_of(testbed.log, "PositionChanged")) + len(shares)
    rounded = settled + len(spread) * (holders_wad // WAD + 1)
    outside = max(0, spread_wad - shared) + max(0, shared - spread_wad - rounded)
    outside -= sum((min(one, _NOTHING) for one in shares.values()), _NOTHING)
    return round(Fraction(outside))


def _kept(episode: Episode, each: pd.DataFrame) -> int:
    """The most that is left to an account a part of whose loss others bore, in wei."""
    helped = {
        int(account)
        for account, deficit in zip(each["account"], each["deficit"], strict=True)
        if deficit > 0
    }
    return max([0, *(episode.after_wad[one] for one in helped)])


def _values_of(log: Sequence[Transaction], name: str) -> list[Any]:
    return [values for one in log for values in named(one.events, name)]
