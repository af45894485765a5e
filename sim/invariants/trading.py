"""What a trade may change, and what a book may hold."""

from __future__ import annotations

from sim.invariants.facts import FORCED, OPENING, TAKEN, TRADES, Facts
from sim.types import Status
from sim.types.codes import PositionChange

LIQUIDATING = frozenset({Status.OK, Status.THIN, Status.DISPUTED, Status.HALTED, Status.STALE})
DEPTH = 64  # levels of a side that a book shows at once


def inv_04_changes_are_accepted(facts: Facts) -> list[str]:
    """E_im >= IM, or the position shrank without changing sign and E/MM did not fall."""
    found = []
    for one in facts.changes:
        if one.margin_equity_wad >= one.initial_wad:
            continue
        same_side = one.size_wad * one.size_before_wad >= 0
        shrank = same_side and abs(one.size_wad) < abs(one.size_before_wad)
        ratio_fell = (
            one.equity_wad * one.maintenance_before_wad
            < one.equity_before_wad * one.maintenance_wad
        )
        if not shrank or ratio_fell:
            found.append(
                f"account {one.account:#x} went from {one.size_before_wad} to {one.size_wad} "
                f"with {one.margin_equity_wad} where {one.initial_wad} is needed"
            )
    return found


def inv_04_who_grows_has_its_maintenance(facts: Facts) -> list[str]:
    """Of a block of many calls: who opened in it, at its one mark, is not liquidatable at its end.

    Initial margin is above maintenance, and what may follow in the block keeps it so: all but a
    loss spread over a market, which whoever is in it bears, and a deleveraging it gave way to.
    """
    spread = {facts.market(one.market) for one in facts.named("LossSocialised")}
    grew, gave = set[int](), set[int]()
    for change in facts.named("PositionChanged"):
        before_wad = change.size_wad - change.size_delta_wad
        if change.kind in TRADES | TAKEN and abs(change.size_wad) > abs(before_wad):
            grew.add(change.account)
        if change.kind == PositionChange.COUNTERPARTY:
            gave.add(change.account)
    marks_wad = {name: totals.mark_wad for name, totals in facts.mirror.markets.items()}
    found = []
    for account in sorted(grew - gave):
        if spread and facts.mirror.accounts[account].settled_wad.keys() & spread:
            continue
        equity_wad, maintenance_wad = facts.mirror.health(account, marks_wad)
        if equity_wad < maintenance_wad:
            found.append(f"account {account:#x} grew to {equity_wad} of {maintenance_wad}")
    return found


def inv_07_only_the_tables_actions_happen(facts: Facts) -> list[str]:
    """Positions grow only where opening is allowed; liquidations only where the status has one."""
    found = []
    for change in facts.named("PositionChanged"):
        status = facts.states[facts.market(change.market)].status
        before_wad = change.size_wad - change.size_delta_wad
        shrank = abs(change.size_wad) < abs(before_wad) and change.size_wad * before_wad >= 0
        if change.kind in TRADES and not shrank and status not in OPENING:
            found.append(f"account {change.account:#x} opened at status {status}")
        if change.kind in FORCED and status not in LIQUIDATING:
            found.append(f"account {change.account:#x} was liquidated at status {status}")
    return found


def inv_08_sides_do_not_cross(facts: Facts) -> list[str]:
    """Best bid < best ask, as the block found the book."""
    return [
        f"book of {name} shows bid {one.best_bid_wad} and ask {one.best_ask_wad}"
        for name, one in facts.states.items()
        if one.best_bid_wad and one.best_ask_wad and one.best_bid_wad >= one.best_ask_wad
    ]


def inv_08_levels_are_their_orders(facts: Facts) -> list[str]:
    """What the book totals at each of its best prices is the sum of the orders resting there."""
    resting: dict[tuple[str, bool], dict[int, int]] = {side: {} for side in facts.chain_depth}
    for held in facts.mirror.accounts.values():
        for order in held.orders.values():
            levels = resting.get((order.market, order.size_wad > 0))
            if levels is not None:
                sized_wad = levels.get(order.price_wad, 0) + abs(order.size_wad)
                levels[order.price_wad] = sized_wad
    found = []
    for (name, is_buy), shown in facts.chain_depth.items():
        best_first = sorted(resting[name, is_buy].items(), reverse=is_buy)
        if [tuple(level) for level in shown] != best_first[: len(shown)] or (
            len(shown) < min(len(best_first), DEPTH)
        ):
            side = "bids" if is_buy else "asks"
            found.append(f"{side} of {name} are {shown[:3]}, their orders {best_first[:3]}")
    return found


def inv_20_round_trips_do_not_profit(facts: Facts) -> list[str]:
    """There and back at one price is worth nothing, even without its fees."""
    return [
        f"account {one.account:#x} made {one.after_wad - one.before_wad} wei of a round trip"
        for one in facts.trips
        if one.after_wad > one.before_wad
    ]


def inv_20_splitting_gains_nothing(facts: Facts) -> list[str]:
    """An action in k parts gains no more than k wei on the whole of it."""
    return [
        f"account {one.account:#x} gained {one.parts_wad - one.whole_wad} wei in {one.parts} parts"
        for one in facts.splits
        if one.parts_wad > one.whole_wad + one.parts
    ]
